"""What an answer in a field says, and what says nothing."""

import pytest

from contact_center.domain.form_fields import FieldKind, Read, Value, Wrong, read_answer

CHOICES = ["Tent", "Stove"]


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (FieldKind.TEXT, "  A-1042 ", "A-1042"),
        (FieldKind.NUMBER, "12", 12),
        (FieldKind.NUMBER, "-12.50", -12.5),
        (FieldKind.NUMBER, "12,5", 12.5),
        (FieldKind.NUMBER, "1e9", None),
        (FieldKind.CHOICE, "Tent", "Tent"),
        (FieldKind.DATE, "2028-02-29", "2028-02-29"),
        (FieldKind.CHECK, "yes", True),
    ],
)
def test_an_answer_says_what_was_meant(kind: FieldKind, typed: str, value: Value | None) -> None:
    assert read_answer(kind, typed, CHOICES).value == value


@pytest.mark.parametrize(
    ("kind", "typed", "wrong"),
    [
        # Twelve hundred and thirty-four, or one and a quarter? Nobody can say.
        (FieldKind.NUMBER, "1,234", Wrong.NO_NUMBER),
        (FieldKind.NUMBER, "1,234.5", Wrong.NO_NUMBER),
        (FieldKind.NUMBER, "12.", None),
        (FieldKind.NUMBER, "about 12", Wrong.NO_NUMBER),
        (FieldKind.NUMBER, "nan", Wrong.NO_NUMBER),
        (FieldKind.NUMBER, "١٢", Wrong.NO_NUMBER),
        (FieldKind.NUMBER, "1" * 16, Wrong.NO_NUMBER),
        (FieldKind.CHOICE, "tent", Wrong.NOT_IN_THE_LIST),
        (FieldKind.DATE, "2027-02-29", Wrong.NO_DATE),
        (FieldKind.DATE, "tomorrow", Wrong.NO_DATE),
    ],
)
def test_what_cannot_be_understood_says_nothing_and_why(
    kind: FieldKind, typed: str, wrong: Wrong | None
) -> None:
    read = read_answer(kind, typed, CHOICES)
    assert read.wrong is wrong
    assert wrong is None or read.value is None


@pytest.mark.parametrize("kind", list(FieldKind))
def test_an_empty_field_says_nothing_and_is_not_wrong(kind: FieldKind) -> None:
    assert read_answer(kind, "  ", CHOICES) == Read()
