"""Statements that Django writes once: for what every webhook and every dispatch asks.

A queryset is built, resolved and compiled anew each time it is evaluated, which for the short
statements of a webhook takes two to five times what the database takes to answer (docs/speed.md
has the figures). Here Django still writes the SQL, from the same models and with the same checks,
but once a process; after that only the values change.

    _BY_SID = Prepared(Call.objects.select_for_update(no_key=True).filter(sid=Given("sid")))
    call = _BY_SID.first(sid=call_sid)

    insert(Segment(call=call, kind=…))
    changed = update(Call, {"pk": call.pk, "state": "queued"}, state="offered")

What is asked less than a few times a call stays an ordinary queryset. Every statement goes through
Django's cursor: its wrappers (the time limit, the counting in tests) see it like any other. Model
signals are not sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast, overload

from django.db import DEFAULT_DB_ALIAS, connection, models, transaction
from django.db.models import query as django_query
from django.db.models.expressions import Expression
from django.db.models.sql import UpdateQuery

Row = TypeVar("Row")
Params = Sequence[Any]


class Given(Expression):
    """A value that is not known before the statement runs: a number, a text or a moment.

    ``output_field`` says of what kind, where Django cannot tell from what it is compared with.
    """

    def __init__(self, name: str, output_field: Any = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the place of the value, and its name where the value would be."""
        return "%s", [_Name(self.name)]


class _Name(str):
    """Tells the name of a value from a text that stands in the statement for good."""


class Prepared(Generic[Row]):
    """A queryset of models or of tuples (``values_list``), with a `Given` for each open value.

    ``row`` names the columns of the tuples.
    """

    @overload
    def __init__(self, queryset: models.QuerySet[Any, Row]) -> None: ...

    @overload
    def __init__(self, queryset: models.QuerySet[Any, Any], row: type[Row]) -> None: ...

    def __init__(self, queryset: models.QuerySet[Any, Any], row: Any = None) -> None:
        self._queryset = queryset
        self._row = row
        self._statement: _Select | None = None

    def first(self, **values: Any) -> Row | None:
        """Return the first row; None when there is none."""
        rows = self.all(**values)
        return rows[0] if rows else None

    def all(self, **values: Any) -> list[Row]:
        """Return every row. Raises KeyError when the value of a `Given` is missing."""
        try:
            rows = self._compiled().run(values)
        except OverflowError:
            # SQLite has no such number, and so no row with it. Anybody may write one somewhere.
            return []
        return cast("list[Row]", rows if self._row is None else [self._row(*r) for r in rows])

    def as_value(self, **values: Any) -> tuple[str, Params]:
        """Return the statement, of one row and column, as a value within another one."""
        statement = self._compiled()
        return f"({statement.sql})", [_adapted(values[name]) for name in statement.params]

    def _compiled(self) -> "_Select":
        # Two threads that come first at once both compile, to the same end: each a query of its
        # own, because compiling notes in it which tables are in use.
        statement = self._statement = self._statement or _Select.of(self._queryset.all())
        return statement


def places(number: int) -> list[Any]:
    """Return so many open values, for ``pk__in``: the ids that `read_by_ids` reads."""
    return [Given(f"id {n}") for n in range(number)]


def read_by_ids(
    prepare: Callable[[int], Prepared[Row]], ids: Iterable[int], **values: Any
) -> list[Row]:
    """Read what belongs to ``ids``, none for none.

    ``prepare`` makes the statement for so many ``places``: one, two, four …, so that there are few
    of them; the places that are left over hold the last id again.
    """
    known = sorted(ids)
    if not known:
        return []
    number = 1 << (len(known) - 1).bit_length()
    known += known[-1:] * (number - len(known))
    return prepare(number).all(**{f"id {n}": pk for n, pk in enumerate(known)}, **values)


def _with_constants(sql: str, params: Params) -> tuple[str, Params]:
    """Write what never changes into the statement; return it with the names of what does.

    PostgreSQL keeps one plan for every value to come. It knows how rare ``'idle'`` is, and that a
    partial index fits ``kind = 'queue'``, only of values that stand in the statement.
    """
    pieces = sql.split("%s")
    assert len(pieces) == len(params) + 1, sql
    places = ["%s" if isinstance(param, _Name) else _literal(param) for param in params]
    written = "".join(piece + place for piece, place in zip(pieces, [*places, ""], strict=True))
    return written, [param for param in params if isinstance(param, _Name)]


def _literal(constant: Any) -> str:
    """Return a number or a text as SQL; a moment or anything else has to be a `Given`."""
    if isinstance(constant, int) and not isinstance(constant, bool):
        return str(constant)
    if isinstance(constant, str):
        return "'" + str(constant).replace("'", "''").replace("%", "%%") + "'"
    raise TypeError(f"{constant!r} cannot stand in a prepared statement; say Given.")


@dataclass(frozen=True)
class _Select:
    """What Django made of a queryset, and how its rows are read."""

    sql: str
    params: Params
    #: By column: what the database's value goes through.
    converters: Mapping[int, tuple[Sequence[Any], Expression]]
    locks: bool
    #: None for tuples. Otherwise the model, where its columns are, and their attributes …
    model: type[models.Model] | None = None
    start: int = 0
    stop: int = 0
    attributes: Sequence[str] = ()
    #: … and who makes the models related to it (``select_related``).
    related: Sequence[Any] = ()

    @classmethod
    def of(cls, queryset: models.QuerySet[Any, Any]) -> "_Select":
        """Let Django compile ``queryset``, and learn from it what `ModelIterable` learns."""
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = _with_constants(*compiler.as_sql())
        expressions = [column[0] for column in compiler.select]
        tuples = cls(
            sql=sql,
            params=params,
            converters=compiler.get_converters(expressions),
            locks=queryset.query.select_for_update,
        )
        if queryset._iterable_class is not django_query.ModelIterable:
            return tuples
        known = compiler.klass_info
        start, stop = known["select_fields"][0], known["select_fields"][-1] + 1
        related: Any = django_query.get_related_populators
        return replace(
            tuples,
            model=known["model"],
            start=start,
            stop=stop,
            attributes=[column.target.attname for column in expressions[start:stop]],
            related=related(known, compiler.select, DEFAULT_DB_ALIAS),
        )

    def run(self, values: Mapping[str, Any]) -> list[Any]:
        if self.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError(
                "A row is locked to the end of a transaction, and there is none."
            )
        params = [_adapted(values[name]) for name in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, params)
            rows = cursor.fetchall()
        if self.converters:
            rows = [self._converted(row) for row in rows]
        return rows if self.model is None else [self._instance(row) for row in rows]

    def _converted(self, row: Sequence[Any]) -> tuple[Any, ...]:
        new = list(row)
        for position, (converters, expression) in self.converters.items():
            for converter in converters:
                new[position] = converter(new[position], expression, connection)
        return tuple(new)

    def _instance(self, row: Sequence[Any]) -> models.Model:
        assert self.model is not None
        instance = self.model.from_db(
            DEFAULT_DB_ALIAS, self.attributes, row[self.start : self.stop]
        )
        for populator in self.related:
            populator.populate(row, instance)
        return instance


def update(model: type[models.Model], where: Mapping[str, Any], /, **changes: Any) -> int:
    """Change the rows that are as ``where`` says; return how many there were.

    The same as ``model.objects.filter(**where).update(**changes)``; values only, no expressions.
    """
    conditions = tuple((name, value is None) for name, value in where.items())
    sql, names, fields = _update_statement(model, conditions, tuple(changes))
    given = {_old(name): _adapted(value) for name, value in where.items()}
    for name, field in fields.items():
        given[name] = field.get_db_prep_save(changes[name], connection)
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(sql, [given[name] for name in names])
        return int(cursor.rowcount)


@lru_cache(maxsize=500)
def _update_statement(
    model: type[models.Model], conditions: Sequence[tuple[str, bool]], changes: Sequence[str]
) -> tuple[str, Params, Mapping[str, Any]]:
    filters = {name: None if is_null else Given(_old(name)) for name, is_null in conditions}
    queryset = model._default_manager.filter(**filters)
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values({name: Given(name) for name in changes})
    sql, names = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    return sql, names, {name: model._meta.get_field(name) for name in changes}


def _old(name: str) -> str:
    """Return how a column's value before the change is called beside the one after it."""
    return f"old {name}"


def insert(instance: models.Model) -> None:
    """Add ``instance``, a new one, and give it its id.

    Raises IntegrityError where the database refuses it.
    """
    statement = _insert_statement(type(instance))
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(statement.sql + statement.returning, statement.values(instance))
        [instance.pk] = cursor.fetchone()
    instance._state.adding = False
    instance._state.db = DEFAULT_DB_ALIAS


def insert_and_count(instance: models.Model, number: Prepared[Any], **values: Any) -> int:
    """Add ``instance`` like `insert`; return what ``number`` says, read in the same statement.

    ``number`` is a statement of one row at most, with one number; none counts as 0. Whether the new
    row is in it the databases do not agree on.
    """
    statement = _insert_statement(type(instance))
    sql, params = number.as_value(**values)
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(
            f"{statement.sql}{statement.returning}, {sql}", [*statement.values(instance), *params]
        )
        [instance.pk, found] = cursor.fetchone()
    instance._state.adding = False
    instance._state.db = DEFAULT_DB_ALIAS
    return found or 0


def insert_all(instances: Sequence[models.Model]) -> None:
    """Add ``instances``, of one model, in one statement. They do not learn their ids."""
    if not instances:
        return
    statement = _insert_statement(type(instances[0]))
    sql = statement.sql + f", {statement.places}" * (len(instances) - 1)
    values = [value for instance in instances for value in statement.values(instance)]
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), connection.cursor() as cursor:
        cursor.execute(sql, values)


@dataclass(frozen=True)
class _Insert:
    """``INSERT … VALUES (…)`` of one row, the places of one more, and what returns its id."""

    sql: str
    places: str
    returning: str
    attributes: Sequence[str]
    #: By position: the fields whose values a database wants in a form of its own.
    in_a_form: Sequence[tuple[int, Any]]

    def values(self, instance: models.Model) -> list[Any]:
        values = [_adapted(getattr(instance, name)) for name in self.attributes]
        for position, field in self.in_a_form:
            values[position] = field.get_db_prep_save(field.pre_save(instance, True), connection)
        return values


#: Fields whose values every database takes as they are (moments: as `_adapted` makes them), when
#: they are of the right type.
_AS_IT_IS = (
    models.BooleanField,
    models.CharField,
    models.DateTimeField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
)


@lru_cache(maxsize=100)
def _insert_statement(model: type[models.Model]) -> _Insert:
    fields = [field for field in model._meta.local_concrete_fields if not field.primary_key]
    database: Any = connection.ops
    quote = database.quote_name
    places = f"({', '.join(['%s'] * len(fields))})"
    returning, _params = database.return_insert_columns([model._meta.pk])
    columns = ", ".join(quote(field.column) for field in fields)
    sql = f"{database.insert_statement()} {quote(model._meta.db_table)} ({columns})"
    return _Insert(
        sql=f"{sql} VALUES {places}",
        places=places,
        returning=f" {returning}",
        attributes=[field.attname for field in fields],
        in_a_form=[
            (position, field)
            for position, field in enumerate(fields)
            if not isinstance(field, _AS_IT_IS)
            or any(getattr(field, name, False) for name in ("auto_now", "auto_now_add"))
        ],
    )


def _adapted(value: Any) -> Any:
    """Return ``value`` as the database compares it; SQLite keeps moments as text."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
