"""Callers who are sent on and get nowhere, by hand: each is found."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Agent, AgentSlot, Call, EventLog, Offer, Segment, Transfer
from contact_center.services import offering, transferring, wrapping_up
from contact_center.simulator.core.directory import dialled_leg
from tests.cast import Cast
from tests.universe.invariants import Watch
from tests.universe.invariants.ending import equals_the_truth
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation

ANSWERS, BUSY = "+14155550177", "+14155550199"


class Talk:
    """Alice talks with a caller of Support, and sends him on."""

    def __init__(self, floor: WatchedFloor, cast: Cast) -> None:
        self.floor, self.cast = floor, cast
        self.call, self.offer, self.leg = floor.talk(cast.alice)

    def is_in(self, state: str, within: float = 10) -> None:
        here = Call.objects.filter(pk=self.call.pk, state=state)
        self.floor.until(here.exists, within=within)

    def to_queue(self) -> None:
        transferring.send_to_queue(offer=self.offer, agent=self.cast.alice, queue=self.cast.sales)
        self.is_in("queued")

    def to_bob(self) -> Offer:
        bob = self.cast.bob
        self.floor.on_duty(bob)
        transferring.send_to_agent(offer=self.offer, agent=self.cast.alice, colleague=bob)
        return self.rings(bob)

    def rings(self, agent: Agent) -> Offer:
        self.floor.until(lambda: self.floor.pending(agent) is not None, within=10)
        offer = self.floor.pending(agent)
        assert offer is not None
        return offer

    def comes_back(self) -> Offer:
        """Bob declines; the caller rings at Alice's desk."""
        offer = self.to_bob()
        offering.decline_offer(offer=offer, agent=self.cast.bob, fence=offer.fence)
        return self.rings(self.cast.alice)

    def outside(self, number: str) -> None:
        transferring.send_to_number(offer=self.offer, agent=self.cast.alice, written=number)
        self.is_in("outside")

    def is_over(self) -> None:
        """The caller hangs up, and everybody is done."""
        self.floor.journal.act(self.floor.now, "customer", "hangs up", self.call.sid)
        self.floor.hang_up(self.call.sid)
        for offer in Offer.objects.filter(state="wrapping_up"):
            wrapping_up.finish(offer=offer, agent=offer.agent)
        for agent in (self.cast.alice, self.cast.bob):
            if hasattr(agent, "phone"):
                self.floor.keep_beating(agent)
        self.floor.pass_seconds(20)


@pytest.fixture
def talk(floor: WatchedFloor, cast: Cast) -> Talk:
    return Talk(floor, cast)


def found(watch: Watch, sid: str) -> str:
    with pytest.raises(Violation) as violation:
        watch.after_step([sid])
    assert violation.value.invariant == "transfer"
    return violation.value.sentence


def found_at_the_end(floor: WatchedFloor) -> str:
    with pytest.raises(Violation) as violation:
        equals_the_truth(floor)
    return str(violation.value)


@pytest.mark.parametrize(
    "sends",
    [
        Talk.to_queue,
        Talk.to_bob,
        Talk.comes_back,
        lambda talk: talk.outside(ANSWERS),
        lambda talk: talk.outside(BUSY),
    ],
    ids=["to a queue", "to a colleague", "and back", "outside", "outside and back"],
)
def test_whoever_is_sent_on_and_looked_after_is_well(
    talk: Talk, watch: Watch, sends: Callable[[Talk], object]
) -> None:
    watch.everything()
    sends(talk)
    watch.everything()
    talk.floor.pass_seconds(4)
    watch.everything()
    talk.is_over()
    talk.floor.pass_seconds(70)
    watch.at_the_end()


def test_what_was_asked_and_is_never_answered(talk: Talk, watch: Watch) -> None:
    Transfer.objects.create(
        tenant=talk.call.tenant,
        call=talk.call,
        offer=talk.offer,
        kind="queue",
        to_queue=talk.cast.sales,
        asked_at=timezone.now(),
    )
    watch.everything()
    talk.floor.nothing_happens(6)
    watch.everything()
    talk.floor.nothing_happens(2)
    assert "is not told how it went" in found(watch, talk.call.sid)


def test_a_telephone_outside_that_rings_twice_for_one_caller(talk: Talk, watch: Watch) -> None:
    talk.outside(ANSWERS)
    talk.floor.pass_seconds(4)
    watch.everything()
    talk.floor.nothing_happens(2)
    inside = talk.floor.network._world
    dialled_leg(inside, inside.legs[talk.call.sid], "+14155550102", ANSWERS)
    assert "rung twice for one caller" in found(watch, talk.call.sid)


def test_another_agent_who_is_rung_for_who_was_sent_to_a_colleague(
    talk: Talk, watch: Watch
) -> None:
    talk.to_bob()
    Transfer.objects.update(to_agent=talk.cast.erin)
    assert f"was sent to {talk.cast.erin.pk}" in found(watch, talk.call.sid)


def test_a_colleague_who_is_rung_twice_for_one_caller(talk: Talk, watch: Watch) -> None:
    rings = talk.to_bob()
    wrapping_up.finish(offer=talk.offer, agent=talk.cast.alice)
    earlier = Offer.objects.filter(pk=talk.offer.pk)
    earlier.update(segment=rings.segment, agent=talk.cast.bob)
    assert "is rung twice for a caller who was sent there" in found(watch, talk.call.sid)


def test_a_caller_who_was_sent_on_and_hears_the_agent(talk: Talk, watch: Watch) -> None:
    watch.everything()
    now = timezone.now()
    Offer.objects.filter(pk=talk.offer.pk).update(state="wrapping_up")
    AgentSlot.objects.filter(agent=talk.cast.alice).update(activity="wrapping_up")
    Call.objects.filter(pk=talk.call.pk).update(state="transferring")
    watch.after_step([talk.call.sid])
    about = {"tenant": talk.call.tenant, "call": talk.call, "offer": talk.offer}
    Transfer.objects.create(**about, kind="queue", state="gone", asked_at=now, left_at=now)
    assert "he hears that agent's leg" in found(watch, talk.call.sid)


# --- at the end ----------------------------------------------------------------------------------


def no_colleague_accepts(talk: Talk) -> None:
    talk.comes_back()
    Transfer.objects.update(state="gone")
    EventLog.objects.filter(name="transfer.returned").delete()


def nowhere(talk: Talk) -> None:
    talk.to_queue()
    talk.floor.pass_seconds(3)
    Transfer.objects.update(stay=None)


def for_ever(talk: Talk) -> None:
    talk.to_queue()
    talk.is_over()
    Transfer.objects.update(state="asked")
    EventLog.objects.filter(name="call.transferred").delete()


def twice(talk: Talk) -> None:
    talk.to_queue()
    [told] = EventLog.objects.filter(name="call.transferred")
    told.pk = None
    told.save()


def without_a_reason(talk: Talk) -> None:
    talk.comes_back()
    Transfer.objects.update(returned="")


def to_the_end_of_the_line(talk: Talk) -> None:
    talk.comes_back()
    Segment.objects.filter(pk=Transfer.objects.get().stay_id).update(at_head=False)


def to_another_queue(talk: Talk) -> None:
    talk.comes_back()
    Segment.objects.filter(pk=Transfer.objects.get().stay_id).update(queue=talk.cast.sales)


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (no_colleague_accepts, "did not take him, and he did not come back"),
        (nowhere, "He was sent on, and is elsewhere"),
        (for_ever, "nobody was told"),
        (twice, "2 times call.transferred, and it was so 1 times"),
        (without_a_reason, "nobody knows why"),
        (to_the_end_of_the_line, "not to the head of a line"),
        (to_another_queue, "He came back to queue"),
    ],
)
def test_a_transfer_that_came_to_what_it_must_not(
    talk: Talk, breaks: Callable[[Talk], None], sentence: str
) -> None:
    breaks(talk)
    talk.is_over()
    talk.floor.pass_seconds(60)
    said = found_at_the_end(talk.floor)
    assert said.startswith("transfer: ")
    assert sentence in said


def test_nobody_who_answered_outside_and_a_caller_who_was_not_brought_back(talk: Talk) -> None:
    talk.outside(BUSY)
    talk.rings(talk.cast.alice)
    talk.floor.pass_seconds(6)
    talk.is_over()
    talk.floor.pass_seconds(60)
    outside = Segment.objects.get(kind="outside")
    Transfer.objects.update(state="gone", stay=outside)
    EventLog.objects.filter(name="transfer.returned").delete()
    assert "Nobody answered outside, and he did not come back" in found_at_the_end(talk.floor)


def test_a_caller_who_was_sent_outside_and_is_said_to_have_left(talk: Talk, cast: Any) -> None:
    talk.outside(ANSWERS)
    talk.floor.pass_seconds(6)
    talk.is_over()
    Call.objects.update(ended_by="customer", end_reason="customer_hung_up")
    assert "I5: It is recorded as ended by customer" in found_at_the_end(talk.floor)
