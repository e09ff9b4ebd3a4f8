"""The page docs/settings.md, made from the models so that it says what they say.

`manage.py document_settings` writes it; a test compares.
"""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from contact_center.conf.built import BUILT, BUILT_VALUES, TOP_LEVEL
from contact_center.conf.loading import ALIASES, PREFIX, SECTIONS, STRICTER_WINS, nested_model
from contact_center.conf.operations import General
from contact_center.conf.recordings import STORAGES
from contact_center.conf.sections import Section

_INTRODUCTION = """\
# Settings

This page is made from the code by `manage.py document_settings`; a test compares.

Secrets and addresses come from the environment, or a `.env` file: `.env.example` lists every
variable. Everything about the contact center itself is a key of a `DJANGO_TWILIO_CALL` dictionary,
written in Django's settings or given as JSON in the environment variable of the same name:

    DJANGO_TWILIO_CALL_QUEUE={"DEFAULT_NAME": "support"}

- **A key is obeyed or refused by name.** Unknown keys, values that do not fit and keys that are
  not built yet are errors of `manage.py check`, each with a hint. A key that is *not yet* built is
  off as long as nobody writes it.
- **Where one thing has several spellings** the specific dictionary wins over `DJANGO_TWILIO_CALL`,
  that over the top level, and that over the default. Spellings that contradict each other are a
  warning; for what keeps people safe, `True` wins whoever says it.
- Where a setting is the default of something that can be edited, an empty field follows the
  setting and a filled one wins.
- `manage.py django_twilio_call_check_config` looks at all of it, and at the account, its numbers,
  our own public address and the cache (`--offline`, `--json`).

In the last column stands the test that shows what a key does, below `tests/`.
"""

_TOP_LEVEL = """
## The account, the site and Django's own settings

| Key | Type, default | What it does | Shown by |
|---|---|---|---|
"""

_TABLE = "\n| Key | Type | Default | What it does | Shown by |\n|---|---|---|---|---|\n"


def settings_page() -> str:
    """Return the page, in Markdown."""
    parts = [_INTRODUCTION, _TOP_LEVEL]
    parts += [_row(f"`{row.key}`", row.kind, row.effect, _proof(row.shown_by)) for row in TOP_LEVEL]
    parts += ["\n## DJANGO_TWILIO_CALL\n", _TABLE, *_general_rows()]
    for name, model in SECTIONS.items():
        if name == "storage":
            for kind, storage in STORAGES.items():
                parts += _section(name, storage, f"\n## {PREFIX}_STORAGE: {kind}\n")
        else:
            parts += _section(name, model, f"\n## {PREFIX}_{name.upper()}\n")
    return "".join(parts)


def documented_keys(name: str, model: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield each key of a section with its field, those of the dictionaries inside included."""
    for field_name, info in model.model_fields.items():
        key = f"{name}.{info.alias or field_name}" if name else str(info.alias or field_name)
        nested = nested_model(info.annotation)
        if nested:
            yield from documented_keys(key, nested)
        else:
            yield key, info


def _section(name: str, model: type[Section], title: str) -> list[str]:
    parts = [title]
    # The sentence after "DJANGO_TWILIO_CALL_…: " says nothing that the title does not.
    further = (model.__doc__ or "").strip().partition("\n\n")[2]
    if further:
        parts.append(f"\n{' '.join(further.split())}\n")
    parts.append(_TABLE)
    for dotted, info in documented_keys(name.upper(), model):
        shown = dotted.partition(".")[2]
        if dotted in BUILT_VALUES:
            built = " or ".join(_value(value) for value in BUILT_VALUES[dotted])
            effect = f"{info.description} Built: {built}."
        else:
            effect = info.description or _inherited(dotted)
        parts.append(_row(f"`{shown}`", _type(info), _default(info), effect, _built_or_not(dotted)))
    return parts


def _inherited(dotted: str) -> str:
    return (
        f"Opening hours of {dotted.rpartition('.')[2]}; None is closed. They hold once any day is "
        "written, and then a day that is left out is closed, too; until then a queue without a "
        "calendar of its own is open all the time."
    )


def _general_rows() -> Iterator[str]:
    for key, info in documented_keys("", General):
        yield _row(
            f"`{key}`", _type(info), _default(info), info.description or "", _built_or_not(key)
        )
    for alias, target in ALIASES.items():
        section, _dot, key = target.partition(".")
        path = "".join(f"['{part}']" for part in key.split("."))
        effect = f"Another name of `{PREFIX}_{section}{path}`."
        if target in STRICTER_WINS:
            effect += " When they contradict each other, True wins."
        yield _row(f"`{alias}`", "", "", effect, _built_or_not(alias))


def _built_or_not(key: str) -> str:
    return _proof(BUILT[key]) if key in BUILT else "*not yet*"


def _proof(test: str) -> str:
    return f"`{test}`" if test else "*not yet*"


def _row(*cells: str) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |\n"


def _type(info: FieldInfo) -> str:
    shown = _type_name(info.annotation)
    limits = {
        name: getattr(limit, name)
        for limit in info.metadata
        for name in ("ge", "le")
        if getattr(limit, name, None) is not None
    }
    if "ge" in limits and "le" in limits:
        return f"{shown}, {limits['ge']}-{limits['le']}"
    return f"{shown}, {limits['ge']} or more" if "ge" in limits else shown


def _type_name(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin is Literal:
        return "one of " + ", ".join(f"`{value!r}`" for value in get_args(annotation))
    if origin is tuple:
        inside = get_args(annotation)[0]
        return "list of pairs" if get_origin(inside) is tuple else "list of text"
    arguments = get_args(annotation)
    if arguments:  # X | None
        kinds = [_type_name(kind) for kind in arguments if kind is not type(None)]
        return f"{kinds[0]} or None"
    names = {bool: "bool", int: "int", float: "number", str: "text", SecretStr: "text, secret"}
    return names.get(annotation, "`{'start': '09:00', 'end': '17:00'}`")


def _default(info: FieldInfo) -> str:
    if info.default is PydanticUndefined:
        return "required"
    return _value(info.default)


def _value(value: object) -> str:
    if isinstance(value, Section):
        value = value.model_dump()
    if isinstance(value, tuple):
        value = list(value)
    return f"`{value!r}`"
