"""During a call: what is asked is shown as asked, and nothing can be asked without a call."""

import pytest
from django.http import HttpResponse
from django.urls import reverse

from contact_center.models import Command, Leg, LegKind, Offer
from tests import builders
from tests.builders import signed_in
from tests.cast import Cast

pytestmark = pytest.mark.once


def post(offer: Offer, name: str) -> HttpResponse:
    return signed_in(offer.agent.user).post(
        reverse(f"agents:call-{name}", args=[offer.pk]), headers={"HX-Request": "true"}
    )


@pytest.fixture
def talking(cast: Cast) -> Offer:
    """Alice talks; her line is in the call."""
    builders.on_duty(cast.alice)
    offer = builders.talking(builders.offer(builders.waiting_call(cast.support), cast.alice))
    Leg.objects.create(
        tenant=offer.tenant,
        sid="CA" + "f" * 32,
        kind=LegKind.AGENT,
        offer=offer,
        started_at=offer.accepted_at,
    )
    return offer


def test_hold_is_asked_and_shown_as_asked(talking: Offer) -> None:
    page = post(talking, "hold").content.decode()
    assert "Holding" in page
    assert "hears music" not in page
    assert Command.objects.get().kind == "hold"


def test_a_second_press_asks_nothing_twice(talking: Offer) -> None:
    post(talking, "hold")
    post(talking, "hold")
    assert Command.objects.count() == 1


def test_resume_without_hold_asks_nothing(talking: Offer) -> None:
    assert post(talking, "resume").status_code == 200
    assert not Command.objects.exists()


def test_mute_and_hang_up_are_asked_of_the_network(talking: Offer) -> None:
    assert 'data-outcome="asked"' in post(talking, "mute").content.decode()
    assert "Hanging up" in post(talking, "hang-up").content.decode()
    assert [c.kind for c in Command.objects.order_by("pk")] == ["mute", "end_conversation"]


@pytest.mark.parametrize("name", ["hold", "resume", "mute", "unmute"])
def test_without_a_conversation_nothing_can_be_asked(cast: Cast, name: str) -> None:
    builders.on_duty(cast.alice)
    offer = builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), cast.alice))
    answer = post(offer, name)
    assert answer.status_code == 409
    assert "There is no conversation any more." in answer.content.decode()
    assert "Finish" in answer.content.decode(), "the panels are true"
    assert not Command.objects.exists()
