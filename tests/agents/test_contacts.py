"""The pages of contacts, through their doors."""

from typing import Any

import pytest
from django.test import Client

from contact_center.models import Contact
from contact_center.services.keeping_contacts import write_contact
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.once

MAREN = "+14155550142"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice.user)
    return client


def known(cast: Cast, name: str, *numbers: str, **said: Any) -> Contact:
    plain = {"company": "", "email": "", "notes": "", "tags": (), "is_shared": True}
    return write_contact(
        contact=None,
        name=name,
        numbers=[(each, "") for each in numbers],
        actor=cast.alice.user,
        **plain | said,
    )


def text(response: Any) -> str:
    return response.content.decode()


def test_a_caller_is_written_down_from_beside_the_call(alice: Client, cast: Cast) -> None:
    page = alice.get(f"/agents/contacts/new/?number=%2B{MAREN[1:]}")
    assert MAREN in text(page)
    answer = alice.post(
        "/agents/contacts/new/",
        {
            "name": "Maren Oduya",
            "number_0": "(415) 555-0142",
            "label_0": "Mobile",
            "tags": "Press, Quill",
            "is_shared": "on",
        },
        follow=True,
    )
    assert answer.status_code == 200
    maren = Contact.objects.get()
    assert [(row.number, row.label) for row in maren.numbers.all()] == [(MAREN, "Mobile")]
    assert (maren.owner, {tag.name for tag in maren.tags.all()}) == (None, {"Press", "Quill"})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Write a name"),
        ({"number_0": "Maren"}, "That is no telephone number"),
        ({"email": "maren at home"}, "ann@example.com"),
    ],
)
def test_what_cannot_be_understood_is_said_and_nothing_typed_is_lost(
    alice: Client, wrong: dict[str, str], sentence: str
) -> None:
    said = {"name": "Maren", "number_0": MAREN, "notes": "Likes short answers."} | wrong
    answer = alice.post("/agents/contacts/new/", said)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "Likes short answers." in text(answer)
    assert not Contact.objects.exists()


def test_a_taken_number_leads_to_who_has_it_and_two_become_one(alice: Client, cast: Cast) -> None:
    old = known(cast, "M. Oduya", MAREN)
    new = known(cast, "Maren Oduya")
    said = {"name": "Maren Oduya", "number_0": MAREN, "is_shared": "on"}
    refused = alice.post(f"/agents/contacts/{new.pk}/", said)
    assert refused.status_code == 422
    assert "is the number of M. Oduya already" in text(refused)
    assert f"/agents/contacts/{new.pk}/together/{old.pk}/" in text(refused)
    alice.post(f"/agents/contacts/{new.pk}/together/{old.pk}/")
    assert [row.number for row in Contact.objects.get().numbers.all()] == [MAREN]


def test_a_name_that_is_markup_is_shown_as_it_was_typed(alice: Client, cast: Cast) -> None:
    row = known(cast, "<script>alert(1)</script>", MAREN, notes="<b>bold</b>")
    for path in ("/agents/contacts/", f"/agents/contacts/{row.pk}/"):
        assert "<script>alert(1)" not in text(alice.get(path))
        assert "&lt;script&gt;" in text(alice.get(path))


def test_nobody_elses_own_contact_is_there(alice: Client, cast: Cast) -> None:
    own = known(cast, "Maren from school", MAREN, is_shared=False)
    bob = Client()
    bob.force_login(cast.bob.user)
    erin = Client()
    erin.force_login(cast.erin.user)
    assert "Maren from school" in text(alice.get("/agents/contacts/?which=own"))
    for other in (bob, erin):
        assert "Maren" not in text(other.get("/agents/contacts/"))
        assert other.get(f"/agents/contacts/{own.pk}/").status_code == 404
        assert other.post(f"/agents/contacts/{own.pk}/remove/").status_code == 404
        assert other.post(f"/agents/contacts/{own.pk}/", {"name": "Mine"}).status_code == 404
    own.refresh_from_db()
    assert own.name == "Maren from school"


def test_an_agent_who_may_not_remove_it_reads_why(alice: Client, cast: Cast) -> None:
    row = known(cast, "Maren", MAREN)
    answer = alice.post(f"/agents/contacts/{row.pk}/remove/")
    assert answer.status_code == 422
    assert "A supervisor can remove it" in text(answer)
    assert Contact.objects.filter(pk=row.pk).exists()
    own = known(cast, "Mine", is_shared=False)
    assert alice.post(f"/agents/contacts/{own.pk}/remove/").status_code == 302
    assert not Contact.objects.filter(pk=own.pk).exists()


def test_an_empty_list_says_how_somebody_comes_onto_it(alice: Client) -> None:
    assert "Nobody is written down yet." in text(alice.get("/agents/contacts/"))
    assert "Nobody like that." in text(alice.get("/agents/contacts/?q=maren"))
    assert alice.get("/agents/contacts/?page=nine&which=nobody").status_code == 200
