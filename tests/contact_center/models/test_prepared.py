"""A prepared statement does what the queryset would have done, with whatever values."""

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Expression, IntegerField
from django.test.utils import CaptureQueriesContext

from contact_center.models import Agent, Call, Offer, Segment, StoredAnswer
from contact_center.models.prepared import (
    Given,
    Prepared,
    insert,
    insert_all,
    insert_and_count,
    update,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_call(cast: Any, sid: str, **fields: Any) -> Call:
    """A call that is not written yet."""
    return Call(
        tenant=cast.tenant, sid=sid, account_sid="AC", arrived_at=NOON, heard_at=NOON, **fields
    )


def columns(instance: Any) -> dict[str, Any]:
    """What the database holds of a row, as the ORM reads it."""
    return dict(type(instance).objects.values().get(pk=instance.pk))


def test_a_row_is_read_as_the_queryset_reads_it(cast: Any) -> None:
    for sid in ("CA1", "CA2"):
        insert(a_call(cast, sid, queue=cast.sales))
    prepared = Prepared(
        Call.objects.select_related("queue").filter(sid=Given("sid"), arrived_at__lte=Given("at"))
    )
    for sid in ("CA1", "CA2"):
        found = prepared.first(sid=sid, at=NOON)
        assert found is not None
        with CaptureQueriesContext(connection) as more:
            assert (found.sid, found.arrived_at, found.queue) == (sid, NOON, cast.sales)
        assert len(more) == 0
    assert prepared.first(sid="CA1", at=NOON - timedelta(seconds=1)) is None
    assert prepared.first(sid="CA3", at=NOON) is None


def test_only_the_columns_asked_for_are_read(cast: Any) -> None:
    insert(a_call(cast, "CA1"))
    found = Prepared(Call.objects.only("state").filter(sid=Given("sid"))).first(sid="CA1")
    assert found is not None
    assert found.get_deferred_fields() >= {"sid", "arrived_at"}
    assert found.state == "arrived"


def test_tuples_are_in_their_order_and_in_our_types(cast: Any) -> None:
    for minutes in (1, 0):
        call = a_call(cast, f"CA{minutes}")
        call.heard_at = NOON + timedelta(minutes=minutes)
        insert(call)
    rows = Prepared(
        Call.objects.filter(tenant=Given("tenant"))
        .order_by("heard_at")
        .values_list("heard_at", "sid")
    )
    assert rows.all(tenant=cast.tenant.pk) == [
        (NOON, "CA0"),
        (NOON + timedelta(minutes=1), "CA1"),
    ]


def test_a_value_that_was_not_given_is_missed(cast: Any) -> None:
    with pytest.raises(KeyError, match="sid"):
        Prepared(Call.objects.filter(sid=Given("sid"))).first(side="CA1")


def test_a_number_that_no_row_can_have_finds_nothing(cast: Any) -> None:
    assert Prepared(Call.objects.filter(pk=Given("pk"))).first(pk=10**30) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_first_at_once_make_the_same_statement(cast: Any) -> None:
    """As in a process that has just started: one is in the midst of it when the other is done."""
    second_is_inside, first_is_done = threading.Event(), threading.Event()
    answers: list[list[Agent]] = []

    class Between(Expression):
        """Is reached when the tables are chosen and not written yet."""

        def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
            if threading.current_thread() is second:
                second_is_inside.set()
                assert first_is_done.wait(10)
            else:
                second.start()
                assert second_is_inside.wait(10)
            return "1", []

    between = Between(output_field=IntegerField())
    prepared = Prepared(Agent.objects.select_related("user").order_by("pk").annotate(one=between))

    def ask() -> None:
        try:
            answers.append(prepared.all())
        finally:
            connection.close()

    second = threading.Thread(target=ask)
    answers.append(prepared.all())
    first_is_done.set()
    second.join(10)
    everybody = list(Agent.objects.order_by("pk"))
    assert answers == [everybody, everybody]
    assert prepared.all() == everybody


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_outside_a_transaction() -> None:
    prepared = Prepared(Call.objects.select_for_update().filter(sid=Given("sid")))
    with transaction.atomic():
        assert prepared.first(sid="CA1") is None
    with pytest.raises(transaction.TransactionManagementError):
        prepared.first(sid="CA1")


def test_only_the_rows_that_are_as_we_read_them_change(cast: Any) -> None:
    mine, other = a_call(cast, "CA1"), a_call(cast, "CA2", ended_at=NOON)
    insert(mine)
    insert(other)
    before = columns(other)
    later = NOON + timedelta(seconds=5)
    assert update(Call, {"pk": mine.pk, "state": "queued"}, state="offered") == 0
    assert update(Call, {"ended_at": None, "arrived_at": NOON}, state="queued", heard_at=later) == 1
    assert columns(mine) == columns(mine) | {"state": "queued", "heard_at": later}
    assert columns(other) == before
    # The same names with another value that is null: another statement.
    assert update(Call, {"ended_at": NOON, "arrived_at": NOON}, ended_at=None, turn=3) == 1
    assert columns(other) == before | {"ended_at": None, "turn": 3}


def test_the_state_before_and_the_state_after_are_told_apart(cast: Any) -> None:
    call = a_call(cast, "CA1")
    insert(call)
    assert update(Call, {"pk": call.pk, "state": "arrived"}, state="queued") == 1
    assert update(Call, {"pk": call.pk, "state": "arrived"}, state="ended") == 0
    assert columns(call)["state"] == "queued"


def test_a_new_row_is_the_one_the_queryset_would_have_written(cast: Any) -> None:
    alice: Agent = cast.alice
    call = a_call(cast, "CA1", queue=cast.sales, state="offered")
    insert(call)
    segment = Segment(call=call, kind="queue", queue=cast.sales, started_at=NOON)
    insert(segment)
    slot = alice.slots.get()
    fields: dict[str, Any] = {
        "tenant": cast.tenant,
        "call": call,
        "segment": segment,
        "queue": cast.sales,
        "agent": alice,
        "slot": slot,
        "reason": {"considered": [{"agent": 1}], "resting": 0},
        "offered_at": NOON,
        "deadline": NOON,
    }
    ours = Offer(**fields, fence=1)
    insert(ours)
    assert not ours._state.adding
    written = columns(ours)
    ours.delete()
    theirs = Offer.objects.create(**fields, fence=1, conference_key=ours.conference_key)
    assert columns(theirs) | {"id": written["id"]} == written


def test_several_rows_are_written_at_once() -> None:
    answers = [
        StoredAnswer(call_sid="CA1", path=f"/{n}/", body="<Response/>", created_at=NOON)
        for n in range(3)
    ]
    with CaptureQueriesContext(connection) as statements:
        insert_all(answers)
        insert_all([])
    assert len(statements) == 1
    assert sorted(StoredAnswer.objects.values_list("path", flat=True)) == ["/0/", "/1/", "/2/"]


def go_on_regardless(answer: StoredAnswer) -> None:
    """Write what cannot be written, without a savepoint, and ask for more."""
    with suppress(IntegrityError):
        insert(answer)
    StoredAnswer.objects.count()


def test_what_the_database_refuses_takes_the_transaction_back() -> None:
    answer = StoredAnswer(call_sid="CA1", path="/", body="first", created_at=NOON)
    insert_all([answer])
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_all([answer])
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        go_on_regardless(answer)
    assert StoredAnswer.objects.get().body == "first"


def test_a_row_is_added_and_something_counted_in_one_statement(cast: Any) -> None:
    number = Prepared(
        Call.objects.filter(queue_id=Given("queue_id"), state="arrived")
        .order_by()
        .values("queue_id")
        .annotate(number=Count("pk"))
        .values_list("number")
    )
    for sid in ("CA1", "CA2"):
        insert(a_call(cast, sid, queue=cast.sales))
    new = a_call(cast, "CA3", queue=cast.support)
    assert insert_and_count(new, number, queue_id=cast.sales.pk) == 2
    assert columns(new)["sid"] == "CA3"
    other = a_call(cast, "CA4", queue=cast.sales)
    with CaptureQueriesContext(connection) as asked:
        assert insert_and_count(other, number, queue_id=0) == 0
    assert len(asked) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_and_count(a_call(cast, "CA4"), number, queue_id=0)
