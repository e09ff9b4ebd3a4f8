"""Accept and decline: exactly one answer counts, and every other learns why it does not."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from contact_center.domain.line import Kind
from contact_center.domain.states import Activity
from contact_center.models import Offer, OfferState, Queue
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once

JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def ringing(cast: Cast) -> Offer:
    return builders.offer(builders.waiting_call(cast.support), cast.alice)


def accept(offer: Offer, **values: object) -> HttpResponse:
    """What the page of the offer's agent sends when Accept is pressed."""
    sent = {"lease": offer.agent.phone.key, "fence": offer.fence} | values
    return signed_in(offer.agent.user).post(
        reverse("agents:offer-accept", args=[offer.pk]), sent, headers=JSON
    )


def decline(offer: Offer, **values: object) -> HttpResponse:
    return signed_in(offer.agent.user).post(
        reverse("agents:offer-decline", args=[offer.pk]),
        {"fence": offer.fence} | values,
        headers=HTMX,
    )


def test_alice_accepts_and_her_softphone_gets_a_pass_for_this_call(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    answer = accept(offer)
    assert answer.status_code == 200
    assert answer.json()["slot"] == 0
    assert answer.json()["join"]
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED


def test_asking_again_from_the_same_tab_gives_another_pass(cast: Cast) -> None:
    """The answer may have been lost on the way."""
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    accept(offer)
    assert accept(offer).status_code == 200


def test_another_tab_cannot_accept(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    answer = accept(offer, lease="0" * 32)
    assert answer.status_code == 409
    assert answer.json()["error"] == "phone-elsewhere"
    offer.refresh_from_db()
    assert offer.state == OfferState.PENDING


def test_who_is_too_late_hears_that_the_call_is_gone(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    Offer.objects.filter(pk=offer.pk).update(deadline=timezone.now() - timedelta(seconds=1))
    answer = accept(offer)
    assert answer.status_code == 410
    assert answer.json()["message"] == "This call is no longer offered to you."


def test_a_call_that_is_on_already_was_taken(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.talking(ringing(cast))
    assert accept(offer).status_code == 409


def test_declining_frees_alice_and_paints_it(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    page = decline(offer)
    assert page.status_code == 200
    assert "Ready for calls" in page.content.decode()
    assert "you declined" in page.content.decode()
    assert cast.alice.slots.get().activity == Activity.IDLE


def test_a_second_decline_is_told_that_it_is_gone(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    decline(offer)
    again = decline(offer)
    assert again.status_code == 410
    assert "no longer offered" in again.content.decode()


@pytest.mark.parametrize("fence", ["", "x", "-1", "9" * 20, "1.5", "\x00"])
def test_a_fence_that_is_nonsense_gets_a_sentence_and_nothing_moves(cast: Cast, fence: str) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    for answer in (accept(offer, fence=fence), decline(offer, fence=fence)):
        assert answer.status_code == 422
    offer.refresh_from_db()
    assert offer.state == OfferState.PENDING


def test_the_fence_of_an_older_offer_does_not_answer_this_one(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    assert accept(offer, fence=offer.fence + 1).status_code == 410
    assert decline(offer, fence=offer.fence + 1).status_code == 410
    offer.refresh_from_db()
    assert offer.state == OfferState.PENDING


def failed(offer: Offer, reason: str) -> HttpResponse:
    return signed_in(offer.agent.user).post(
        reverse("agents:offer-failed", args=[offer.pk]), {"reason": reason}, headers=JSON
    )


def test_a_browser_that_cannot_connect_leaves_the_caller_in_line(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = builders.accepted(ringing(cast))
    assert failed(offer, "microphone-refused 31401").status_code == 200
    assert cast.alice.slots.get().activity == Activity.NOT_RESPONDING
    assert offer.call.segments.filter(ended_at=None, kind="queue").exists()


@pytest.mark.parametrize("reason", ["", "x" * 201, "\x00"])
def test_a_failure_that_says_nothing_or_too_much_is_not_noted(cast: Cast, reason: str) -> None:
    builders.on_duty(cast.alice)
    offer = builders.accepted(ringing(cast))
    assert failed(offer, reason).status_code == 422
    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED


def desk_of(offer: Offer) -> str:
    return signed_in(offer.agent.user).get(reverse("agents:desk")).content.decode()


def test_a_call_is_taken_by_itself_only_where_its_queue_says_so(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    offer = ringing(cast)
    assert "data-answers-at" not in desk_of(offer)
    assert "Taken by itself in" not in desk_of(offer)

    Queue.objects.filter(pk=cast.support.pk).update(auto_answer_seconds=3)
    desk = desk_of(offer)
    at = round((offer.offered_at + timedelta(seconds=3)).timestamp() * 1000)
    assert abs(int(desk.split('data-answers-at="')[1].split('"')[0]) - at) <= 1
    assert "Taken by itself in" in desk
    offer.refresh_from_db()
    assert offer.state == OfferState.PENDING, "to look at it takes nothing"


def test_a_message_is_not_taken_by_itself(cast: Cast) -> None:
    offer = ringing(cast)
    offer.call.kind = Kind.VOICEMAIL
    offer.queue.auto_answer_seconds = 3
    assert offer.answers_itself_at is None
    offer.call.kind = Kind.LIVE
    assert offer.answers_itself_at == offer.offered_at + timedelta(seconds=3)
