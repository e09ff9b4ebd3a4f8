"""Who rings: whose number is known, and how it is written."""

import pytest

from contact_center.domain.telephone_numbers import (
    Unfit,
    customers_number,
    known_number,
    outside_number,
    written_in_link,
)


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


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("(415) 555-0142", "+14155550142"),
        ("+44 20 7946 0018", Unfit.ABROAD),
        ("911", Unfit.EMERGENCY),
        ("9-1-1", Unfit.EMERGENCY),
        ("112", Unfit.EMERGENCY),
        ("+44 909 879 0000", Unfit.PREMIUM),
        ("+1 415 555 0142 ext. 3", Unfit.NOT_ONE),
        ("12", Unfit.NOT_ONE),
        ("", Unfit.NOT_ONE),
    ],
)
def test_agents_and_customers_are_called_by_one_rule(written: str, found: str) -> None:
    assert outside_number(written, "US", countries=["US"]) == found
    assert customers_number(written, ["US"]) == found


def test_without_a_list_every_country_is_called() -> None:
    assert outside_number("+44 20 7946 0018", "US") == "+442079460018"
    assert outside_number("020 7946 0018") is Unfit.NOT_ONE


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("tel:+14155550142", "+14155550142"),
        ("TEL:+1-415-555-0142;phone-context=example.com", "+1-415-555-0142"),
        (" 14155550142", "+14155550142"),
        ("tel: 14155550142", "+14155550142"),
        ("(415) 555-0142", "(415) 555-0142"),
        ("tel:", ""),
        ("javascript:alert(1)", "(1)"),
        ("nobody", ""),
    ],
)
def test_a_link_names_a_number_and_nothing_else(link: str, written: str) -> None:
    assert written_in_link(link) == written
