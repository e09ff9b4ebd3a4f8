"""What every section of the settings has in common."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """One dictionary of settings: frozen, strict, unknown keys refused, keys in capitals."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        alias_generator=str.upper,
        hide_input_in_errors=True,
    )


def _as_tuple(value: Any) -> Any:
    """Let a list, which is what people write, be the tuple a frozen value needs."""
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(_as_tuple(item) for item in value)
    return value


def _served_path(value: str) -> str:
    if not re.fullmatch(r"/(?:[A-Za-z0-9._~-]+/)+", value):
        raise ValueError("a path like '/webhooks/voice/' is needed, with a slash at both ends")
    return value


def _distinct_codes(value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    codes = [code for code, _label in value]
    if len(set(codes)) != len(codes):
        raise ValueError("a code stands in it twice")
    for code, label in value:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,30}", code):
            raise ValueError(f"{code!r} is no code: letters, digits, - and _, at most 30")
        if not label.strip():
            raise ValueError(f"{code!r} has no label")
    return value


def _rate(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", value):
        raise ValueError("a rate like '100/hour' is needed; there are second, minute, hour, day")
    return value


#: Seconds that must pass: one at least.
Seconds = Annotated[int, Field(ge=1)]
#: A tuple of strings; a list is understood.
Strings = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
#: Pairs of a code and the label people see.
Choices = Annotated[
    tuple[tuple[str, str], ...], BeforeValidator(_as_tuple), AfterValidator(_distinct_codes)
]
#: A path this site serves.
ServedPath = Annotated[str, AfterValidator(_served_path)]
#: "100/hour".
Rate = Annotated[str, AfterValidator(_rate)]
