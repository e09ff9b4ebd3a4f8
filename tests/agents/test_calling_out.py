"""The dial pad's doors: who may call, what the page gets, and what a link fills in."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contact_center.domain.callbacks import Tried
from contact_center.models import Call, DialAttempt, Offer, PhoneNumber
from contact_center.services import calling_out, dialling, presence
from contact_center.services.transitions import lock_call
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.once]

DESK = reverse("agents:desk")
CALL = reverse("agents:call-out")
CUSTOMER = "+14155550142"


def at_work(cast: Cast) -> str:
    """Alice is on duty; return the key of her phone."""
    lease = presence.claim_phone(agent=cast.alice)
    presence.report_phone(
        agent=cast.alice, lease_key=lease.key, ring_heard=True, microphone_ok=True
    )
    presence.go_on_duty(agent=cast.alice, lease_key=lease.key)
    return lease.key


def post(cast: Cast, **said: Any) -> Any:
    browser = signed_in(cast.alice.user)
    return browser.post(CALL, said, headers={"Accept": "application/json"})


def test_an_agent_calls_and_the_page_gets_what_it_connects_with(cast: Cast) -> None:
    key = at_work(cast)
    answer = post(cast, number="(415) 555-0142", lease=key, queue=cast.support.pk)
    offer = Offer.objects.get()
    assert answer.status_code == 200
    made = answer.json()
    assert (made["offer"], made["slot"], bool(made["join"])) == (offer.pk, 0, True)
    assert made["number"] == CUSTOMER
    assert (offer.call.from_number, offer.queue) == (CUSTOMER, cast.support)


def test_a_refusal_is_a_sentence_and_calls_nobody(cast: Cast) -> None:
    key = at_work(cast)
    for number in ("911", "hello", "+442079460000", ""):
        answer = post(cast, number=number, lease=key)
        assert answer.status_code in (409, 422)
        assert answer.json()["message"]
    assert post(cast, number=CUSTOMER, lease="0" * 32).status_code == 409
    assert not Call.objects.exists()


def test_nobody_else_calls(cast: Cast) -> None:
    assert Client().post(CALL, headers={"Accept": "application/json"}).status_code == 401
    for person in (cast.carol, cast.dana, cast.dave):
        assert signed_in(person).post(CALL, {"number": CUSTOMER}).status_code == 404
    assert signed_in(cast.alice.user).get(CALL).status_code == 405


def test_somebody_elses_number_cannot_be_shown(cast: Cast) -> None:
    key = at_work(cast)
    theirs = PhoneNumber.objects.create(tenant=cast.other_tenant, e164="+14155550190")
    assert post(cast, number=CUSTOMER, lease=key, shown=theirs.pk).status_code == 409
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    ("asked", "filled_in"),
    [
        ("%2B14155550142", "+14155550142"),
        ("+14155550142", "+14155550142"),
        ("tel:%2B1-415-555-0142;ext=3", "+1-415-555-0142"),
        ("tel:+14155550142", "+14155550142"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_a_link_fills_the_pad_in_and_calls_nobody(cast: Cast, asked: str, filled_in: str) -> None:
    at_work(cast)
    page = signed_in(cast.alice.user).get(f"{DESK}?dial={asked}").content.decode()
    assert f'value="{filled_in}" aria-describedby="dial-help' in page
    assert ("data-filled" in page) == bool(filled_in)
    assert not Call.objects.exists()


def test_the_last_number_is_there_to_be_put_in_again_and_only_ones_own(cast: Cast) -> None:
    key = at_work(cast)
    browser = signed_in(cast.alice.user)
    assert 'data-number="" hidden' in browser.get(DESK).content.decode()
    calling_out.call_out(agent=cast.alice, written=CUSTOMER, lease_key=key)
    assert f'data-number="{CUSTOMER}">' in browser.get(DESK).content.decode()
    assert 'data-number="" hidden' in signed_in(cast.bob.user).get(DESK).content.decode()


def test_a_link_leads_through_the_sign_in(cast: Cast) -> None:
    answer = Client().get(f"{DESK}?dial=%2B14155550142")
    assert answer.status_code == 302
    assert "dial%3D%252B14155550142" in answer.headers["Location"]


def test_what_was_not_reached_is_said_until_it_was_read(cast: Cast) -> None:
    key = at_work(cast)
    offer, _token = calling_out.call_out(agent=cast.alice, written=CUSTOMER, lease_key=key)
    dialling.not_reached(lock_call(offer.call_id), DialAttempt.objects.get(offer=offer), Tried.BUSY)
    browser = signed_in(cast.alice.user)
    page = browser.get(DESK).content.decode()
    assert "The line was busy. Call again in a few minutes." in page
    assert "?dial=%2B14155550142" in page
    assert (
        signed_in(cast.bob.user).post(reverse("agents:call-read", args=[offer.pk])).status_code
        == 404
    )
    browser.post(reverse("agents:call-read", args=[offer.pk]))
    assert "call-not-reached" not in browser.get(DESK).content.decode()
