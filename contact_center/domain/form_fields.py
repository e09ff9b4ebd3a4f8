"""Fields that an admin thinks up: what may be answered, and what an answer says. Pure.

An answer is kept twice: as it was typed, so that half a sentence is there after a reload, and as
what it says, once it says something.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

#: Of an answer as it is typed.
LONGEST_ANSWER = 1000
#: More digits than this a program that reads the figures would round.
MOST_DIGITS = 15
#: What a ticked box sends.
TICKED = "yes"

Value = str | int | float | bool


class FieldKind(StrEnum):
    """What kind of answer a field wants."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"
    CHECK = "check"


class Wrong(StrEnum):
    """Why an answer says nothing."""

    NO_NUMBER = "no_number"
    NO_DATE = "no_date"
    NOT_IN_THE_LIST = "not_in_the_list"


@dataclass(frozen=True)
class Read:
    """What an answer says; nothing, where nothing was typed or it cannot be understood."""

    value: Value | None = None
    wrong: Wrong | None = None


def read_answer(kind: FieldKind, typed: str, choices: list[str]) -> Read:
    """Return what ``typed`` says in a field of this kind.

    A date is written like 2026-11-29. A number has a point or a comma before its decimals, and
    nothing between its thousands: 1,234 could be either, so it is none.
    """
    typed = typed.strip()
    if not typed:
        return Read()
    match kind:
        case FieldKind.TEXT:
            return Read(typed)
        case FieldKind.NUMBER:
            number = _number(typed)
            return Read(wrong=Wrong.NO_NUMBER) if number is None else Read(number)
        case FieldKind.CHOICE:
            return Read(typed) if typed in choices else Read(wrong=Wrong.NOT_IN_THE_LIST)
        case FieldKind.DATE:
            try:
                return Read(date.fromisoformat(typed).isoformat())
            except ValueError:
                return Read(wrong=Wrong.NO_DATE)
        case FieldKind.CHECK:
            return Read(value=True)


def _number(typed: str) -> int | float | None:
    whole, comma, decimals = typed.partition(",")
    if comma and (len(decimals) == 3 or "." in typed):
        return None
    written = f"{whole}.{decimals}" if comma else typed
    if not all(sign.isascii() and (sign.isdigit() or sign in "+-.") for sign in written):
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        return None
    if len(number.as_tuple().digits) > MOST_DIGITS:
        return None
    return int(number) if number == number.to_integral_value() else float(number)
