"""Who rings: whose number is known, and how it is written."""

import pytest

from contact_center.domain.telephone_numbers import known_number


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("+14155550142", "+14155550142"),
        (" +1 (415) 555-0142 ", "+14155550142"),
        ("+49 30 901820", "+4930901820"),
        # A trunk zero that belongs into the brackets.
        ("+44 (0)20 7946 0018", "+442079460018"),
    ],
)
def test_a_number_is_known_however_it_is_written(said: str, known: str) -> None:
    assert known_number(said) == known


@pytest.mark.parametrize(
    "said",
    [
        *("", "anonymous", "Anonymous", "restricted", "unknown", "+266696687", "+8656696"),
        *("+7378742833", "+2562533", "+86282452253", "+266 696687"),
        *("4155550142", "client:alice", "sip:ana@example.com", "+1", "+1415555014299999", "+x"),
    ],
)
def test_who_withholds_a_number_or_has_none_is_nobody_we_know(said: str) -> None:
    assert known_number(said) == ""
