"""Contacts: who calls is known by name, once, and nobody else's own are seen."""

from typing import Any

import pytest

from contact_center.domain.telephone_numbers import region_of, typed_number
from contact_center.errors import NotAllowed
from contact_center.models import Contact, ContactNumber, User
from contact_center.selectors.contacts import contact_with, contacts_page, home_region
from contact_center.services.keeping_contacts import (
    MOST_NUMBERS,
    NumberTaken,
    bring_together,
    remove_contact,
    write_contact,
)
from tests.cast import Cast, make_cast

MAREN, ODUYA = "+14155550142", "+14155550143"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


def write(actor: User, name: str, *numbers: str, **said: Any) -> Contact:
    plain: dict[str, Any] = {
        "contact": None,
        "company": "",
        "email": "",
        "notes": "",
        "tags": (),
        "is_shared": True,
    }
    return write_contact(
        name=name, numbers=[(each, "") for each in numbers], actor=actor, **plain | said
    )


@pytest.mark.parametrize(
    ("typed", "region", "kept"),
    [
        ("+1 (415) 555-0142", "", MAREN),
        ("415 555 0142", "US", MAREN),
        ("0049 30 1234567", "US", None),
        ("030 1234567", "DE", "+49301234567"),
        ("415 555 0142", "", None),
        ("Maren", "US", None),
        ("+1 415 555 0142 ext. 7", "", None),
        ("+1", "", None),
        ("", "US", None),
    ],
)
def test_a_number_is_kept_as_the_world_writes_it(typed: str, region: str, kept: str | None) -> None:
    assert typed_number(typed, region) == kept


def test_a_number_says_its_region() -> None:
    assert (region_of("+442079460000"), region_of("nothing")) == ("GB", "")


def test_where_all_our_numbers_are_of_one_country_people_may_leave_it_out(cast: Cast) -> None:
    assert home_region(cast.tenant.pk) == "US"
    cast.sales_number.e164 = "+442079460000"
    cast.sales_number.save()
    assert home_region(cast.tenant.pk) == ""


def test_who_was_written_down_is_known_to_every_colleague(cast: Cast) -> None:
    maren = write(cast.alice.user, "Maren Oduya", MAREN, tags=["Press", " Press ", ""])
    assert contact_with(cast.bob.user, MAREN) == maren
    assert [tag.name for tag in maren.tags.all()] == ["Press"]
    assert contact_with(cast.erin.user, MAREN) is None
    assert contact_with(cast.bob.user, "anonymous") is None


def test_ones_own_contact_is_nobody_elses_and_goes_before_everybodys(cast: Cast) -> None:
    shared = write(cast.bob.user, "Maren Oduya", MAREN)
    own = write(cast.alice.user, "Maren from school", MAREN, is_shared=False)
    assert contact_with(cast.alice.user, MAREN) == own
    assert contact_with(cast.bob.user, MAREN) == shared
    assert list(contacts_page(cast.bob.user)) == [shared]
    with pytest.raises(NotAllowed):
        write(cast.bob.user, "Mine now", contact=own)
    with pytest.raises(NotAllowed):
        remove_contact(contact=own, actor=cast.carol)
    own.refresh_from_db()
    assert own.name == "Maren from school"


def test_a_number_leads_to_one_contact_and_the_two_can_be_brought_together(cast: Cast) -> None:
    old = write(cast.alice.user, "M. Oduya", MAREN, company="Quill", notes="Rings on Mondays.")
    new = write(cast.alice.user, "Maren Oduya", ODUYA, notes="Likes short answers.", tags=["Press"])
    with pytest.raises(NumberTaken) as refused:
        write(cast.alice.user, "Maren Oduya", ODUYA, MAREN, contact=new)
    assert refused.value.other == old
    assert "M. Oduya" in str(refused.value)
    assert [row.number for row in new.numbers.all()] == [ODUYA], "nothing was half written"
    kept = bring_together(kept=new, dropped=old, actor=cast.alice.user)
    assert (kept.name, kept.company) == ("Maren Oduya", "Quill")
    assert kept.notes == "Likes short answers.\n\nRings on Mondays."
    assert {row.number for row in kept.numbers.all()} == {MAREN, ODUYA}
    assert contact_with(cast.bob.user, MAREN) == kept
    assert not Contact.objects.filter(pk=old.pk).exists()


def test_own_and_shared_are_not_brought_together_behind_ones_back(cast: Cast) -> None:
    own = write(cast.alice.user, "Maren", MAREN, is_shared=False)
    shared = write(cast.alice.user, "Oduya", ODUYA)
    with pytest.raises(NotAllowed, match="yours alone"):
        bring_together(kept=shared, dropped=own, actor=cast.alice.user)
    with pytest.raises(NotAllowed, match="one contact already"):
        bring_together(kept=own, dropped=own, actor=cast.alice.user)
    assert Contact.objects.count() == 2


def test_what_is_everybodys_a_supervisor_removes_and_an_agent_does_not(cast: Cast) -> None:
    maren = write(cast.alice.user, "Maren", MAREN)
    with pytest.raises(NotAllowed, match="everybody's"):
        remove_contact(contact=maren, actor=cast.alice.user)
    remove_contact(contact=maren, actor=cast.carol)
    assert not ContactNumber.objects.exists()
    with pytest.raises(NotAllowed, match="not there any more"):
        remove_contact(contact=maren, actor=cast.carol)


def test_an_agent_takes_nobody_away_from_everybody_but_shares_who_was_his_own(cast: Cast) -> None:
    shared = write(cast.bob.user, "Maren", MAREN)
    with pytest.raises(NotAllowed, match="everybody's"):
        write(cast.alice.user, "Mine", MAREN, contact=shared, is_shared=False)
    assert contact_with(cast.bob.user, MAREN) == shared
    own = write(cast.alice.user, "Oduya", ODUYA, is_shared=False)
    write(cast.alice.user, "Oduya", ODUYA, contact=own, is_shared=True)
    assert contact_with(cast.bob.user, ODUYA) == own


def test_nobody_of_another_organisation_changes_ours(cast: Cast) -> None:
    maren = write(cast.alice.user, "Maren", MAREN)
    with pytest.raises(NotAllowed):
        write(cast.erin.user, "Stolen", MAREN, contact=maren)
    theirs = write(cast.erin.user, "Maren, too", MAREN)
    assert contact_with(cast.erin.user, MAREN) == theirs
    assert contact_with(cast.alice.user, MAREN) == maren


def test_a_contact_has_no_more_numbers_than_anybody_has(cast: Cast) -> None:
    many = [f"+141555501{n:02}" for n in range(MOST_NUMBERS + 1)]
    with pytest.raises(NotAllowed, match="10 numbers at most"):
        write(cast.alice.user, "A company", *many)
    assert not Contact.objects.exists()


@pytest.mark.parametrize("words", ["oduya", "Quill mar", "press", "555-0142", "415555"])
def test_somebody_is_found_by_any_part_of_what_is_known(cast: Cast, words: str) -> None:
    maren = write(cast.alice.user, "Maren Oduya", MAREN, company="Quill & Co", tags=["Press"])
    write(cast.alice.user, "Somebody Else", "+442079460000")
    assert list(contacts_page(cast.bob.user, words=words)) == [maren]
    assert list(contacts_page(cast.bob.user, words=words, which="own")) == []
