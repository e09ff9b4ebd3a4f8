"""Whoever rings again gets the agent he spoke with, where the queue waits for that."""

from datetime import timedelta

import pytest

from contact_center.domain.states import Presence
from contact_center.models import Agent, Call, Offer, Segment
from contact_center.services import offering, presence, talking, wrapping_up
from tests.cast import Cast
from tests.universe.floor import Floor

SUPPORT = "+14155550102"
MAREN, SOMEBODY = "+14155550142", "+14155550143"


@pytest.fixture
def waits(cast: Cast) -> int:
    """Support keeps callers for the agent they know, for so many seconds."""
    cast.support.last_agent_seconds = 40
    cast.support.save()
    return 40


def speak(floor: Floor, agent: Agent, caller: str) -> None:
    """The caller and this agent speak, and wrap-up is over."""
    sid = floor.ring(to=SUPPORT, from_=caller)
    floor.until(lambda: floor.pending(agent) is not None, within=10)
    offer = floor.pending(agent)
    assert offer is not None
    floor.accept(agent, offer)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=20)
    talking.hang_up(offer=Offer.objects.get(pk=offer.pk), agent=agent)
    floor.until(lambda: agent.slots.get().activity == "wrapping_up", within=10)
    wrapping_up.finish(offer=Offer.objects.get(pk=offer.pk), agent=agent)
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=20)


def rung(floor: Floor, cast: Cast) -> Agent | None:
    """Who is rung, if anybody is."""
    return next((one for one in (cast.alice, cast.bob) if floor.pending(one) is not None), None)


def test_who_rings_again_is_kept_for_the_agent_he_spoke_with(
    floor: Floor, cast: Cast, waits: int
) -> None:
    floor.on_duty(cast.alice)
    speak(floor, cast.alice, MAREN)
    floor.on_duty(cast.bob)
    floor.keep_beating(cast.alice)
    # Bob has never had a call: without it he would be the next.
    floor.ring(to=SUPPORT, from_=MAREN)
    floor.until(lambda: rung(floor, cast) is not None, within=10)
    assert rung(floor, cast) == cast.alice
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert offer.reason["preferred"]


def test_who_has_not_rung_before_is_kept_for_nobody(floor: Floor, cast: Cast, waits: int) -> None:
    floor.on_duty(cast.alice)
    speak(floor, cast.alice, MAREN)
    floor.on_duty(cast.bob)
    floor.keep_beating(cast.alice)
    floor.ring(to=SUPPORT, from_=SOMEBODY)
    floor.until(lambda: rung(floor, cast) is not None, within=10)
    assert rung(floor, cast) == cast.bob


@pytest.mark.parametrize("why", ["queue does not wait", "off duty", "a month ago", "withheld"])
def test_nobody_is_kept_for_who_cannot_come(floor: Floor, cast: Cast, waits: int, why: str) -> None:
    floor.on_duty(cast.alice)
    caller = "anonymous" if why == "withheld" else MAREN
    speak(floor, cast.alice, caller)
    if why == "queue does not wait":
        cast.support.last_agent_seconds = None
        cast.support.save()
    elif why == "off duty":
        presence.set_presence(agent=cast.alice, presence=Presence.OFFLINE)
    elif why == "a month ago":
        offer = Offer.objects.get()
        offer.offered_at -= timedelta(days=30)
        offer.save()
    sid = floor.ring(to=SUPPORT, from_=caller)
    stay = Segment.objects.get(call__sid=sid, kind="queue")
    assert (stay.preferred_agent, stay.preferred_until) == (None, None)


def test_a_known_agent_who_does_not_take_it_is_waited_for_no_longer(
    floor: Floor, cast: Cast, waits: int
) -> None:
    floor.on_duty(cast.alice)
    speak(floor, cast.alice, MAREN)
    floor.on_duty(cast.bob)
    floor.keep_beating(cast.alice)
    floor.keep_beating(cast.bob)
    floor.ring(to=SUPPORT, from_=MAREN)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=10)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)
