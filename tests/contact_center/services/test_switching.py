"""One agent, several conversations: which of them is heard, checked against the network itself."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from contact_center import telephony
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Call, EventLog, Offer
from contact_center.services import connecting, offering, talking
from contact_center.simulator.core.effects import SendRequest
from tests.cast import make_agent
from tests.universe.floor import Floor


@dataclass
class Desk:
    """An agent with room for several calls, and what the network says of each."""

    floor: Floor
    agent: Agent
    lines: dict[str, str] = field(default_factory=dict)

    def rings(self, caller: str) -> Offer:
        """Another customer rings, and the call rings at this desk."""
        self.floor.ring(from_=caller)
        self.floor.until(lambda: self.floor.pending(self.agent) is not None, within=3)
        offer = self.floor.pending(self.agent)
        assert offer is not None
        return offer

    def takes(self, caller: str) -> Offer:
        """Another customer rings and is talked with."""
        offer = self.rings(caller)
        self.lines[offer.call.sid] = self.floor.accept(self.agent, offer)
        self.floor.until(lambda: self.heard() == [offer.call.sid], within=6)
        self.floor.until(lambda: state_of(offer) == "connected", within=2)
        return offer

    def heard(self) -> list[str]:
        """The callers who hear this agent."""
        return [sid for sid, leg in self.lines.items() if self.floor.hears(sid, leg)]

    def look(self, request: SendRequest) -> int:
        """With every request of the network: no two callers hear the agent."""
        assert len(self.heard()) <= 1, self.heard()
        return 1


@pytest.fixture
def desk(floor: Floor, cast: Any) -> Desk:
    """Tess, on duty, who may have three calls."""
    agent = make_agent(cast.tenant, "tess", cast.support, slots=3)
    floor.on_duty(agent)
    desk = Desk(floor, agent)
    floor.fate = desk.look
    return desk


ANA, BEN, CHEN = "+14155550141", "+14155550142", "+14155550143"


def state_of(offer: Offer) -> str:
    return Call.objects.get(pk=offer.call_id).state


def names(offer: Offer) -> list[str]:
    """What has happened in a call since the agent was there."""
    rows = EventLog.objects.filter(offer_id=offer.pk).order_by("pk")
    return list(rows.values_list("name", flat=True))


# --- a second call --------------------------------------------------------------------------------


def test_accepting_a_second_call_holds_the_first_and_only_then_is_the_caller_let_in(
    desk: Desk,
) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    assert state_of(first) == "connected"  # a ring holds nobody
    desk.lines[second.call.sid] = desk.floor.accept(desk.agent, second)
    desk.floor.until(lambda: state_of(second) == "connected", within=6)
    assert state_of(first) == "on_hold"
    assert desk.heard() == [second.call.sid]
    rows = EventLog.objects.filter(name__in=["call.held", "call.connected"]).order_by("pk")
    assert [(row.name, row.offer_id) for row in rows] == [
        ("call.connected", first.pk),
        ("call.held", first.pk),
        ("call.connected", second.pk),
    ]
    assert names(first)[-2:] == ["hold.asked", "call.held"]


def test_a_first_call_that_is_on_hold_already_stays_so(desk: Desk) -> None:
    first = desk.takes(ANA)
    talking.hold(offer=first, agent=desk.agent)
    desk.floor.until(lambda: state_of(first) == "on_hold", within=2)
    desk.takes(BEN)
    assert state_of(first) == "on_hold"
    assert names(first).count("hold.asked") == 1


def test_declining_a_second_call_leaves_the_first_as_it_was(desk: Desk) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    offering.decline_offer(offer=second, agent=desk.agent, fence=second.fence)
    desk.floor.pass_seconds(2)
    assert state_of(first) == "connected"
    assert desk.heard() == [first.call.sid]


def test_a_first_call_that_ends_while_the_second_waits_for_it_lets_the_second_begin(
    desk: Desk,
) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    desk.floor.holds_back = lambda request: "participant-hold" in str(request.params)
    desk.lines[second.call.sid] = desk.floor.accept(desk.agent, second)
    assert state_of(second) == "connecting"
    desk.floor.hang_up(first.call.sid)
    desk.floor.until(lambda: state_of(second) == "connected", within=3)
    assert state_of(first) == "ended"


def test_without_the_report_of_the_hold_the_network_is_asked_and_the_second_begins(
    desk: Desk,
) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    desk.floor.fate = lambda request: (
        0 if "participant-hold" in str(request.params) else desk.look(request)
    )
    desk.lines[second.call.sid] = desk.floor.accept(desk.agent, second)
    desk.floor.until(lambda: state_of(second) == "connected", within=8)
    assert state_of(first) == "on_hold"
    assert desk.heard() == [second.call.sid]


def test_where_the_first_cannot_be_held_the_second_caller_keeps_the_place_in_line(
    desk: Desk, cast: Any
) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    Offer.objects.filter(pk=first.pk).update(conference_sid="CF" + "0" * 32)
    desk.lines[second.call.sid] = desk.floor.accept(desk.agent, second)
    desk.floor.until(lambda: Offer.objects.get(pk=second.pk).state == "ended", within=9)
    assert Offer.objects.get(pk=second.pk).outcome == "withdrawn"
    assert state_of(second) in ("queued", "offered")
    first.refresh_from_db()
    assert first.control_problem["asked"] == "hold"
    assert desk.heard() == [first.call.sid]


def test_a_second_line_that_does_not_come_up_leaves_the_first_caller_on_hold(desk: Desk) -> None:
    first = desk.takes(ANA)
    second = desk.rings(BEN)
    lease = desk.agent.phone
    offering.accept_offer(offer=second, agent=desk.agent, fence=second.fence, lease_key=lease.key)
    desk.floor.until(lambda: state_of(first) == "on_hold", within=2)
    connecting.browser_failed(offer=second, agent=desk.agent, reason="microphone-busy")
    desk.floor.pass_seconds(3)
    assert Offer.objects.get(pk=second.pk).outcome == "failed"
    assert state_of(first) == "on_hold"
    talking.resume(offer=first, agent=desk.agent)
    desk.floor.until(lambda: desk.heard() == [first.call.sid], within=2)


# --- changing between them ------------------------------------------------------------------------


def test_resuming_one_holds_the_other_first(desk: Desk) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    talking.resume(offer=first, agent=desk.agent)
    desk.floor.until(lambda: desk.heard() == [first.call.sid], within=3)
    assert (state_of(first), state_of(second)) == ("connected", "on_hold")
    talking.resume(offer=second, agent=desk.agent)
    desk.floor.until(lambda: desk.heard() == [second.call.sid], within=3)
    assert (state_of(first), state_of(second)) == ("on_hold", "connected")


def test_with_three_calls_one_is_heard_and_two_are_held_whichever_is_resumed(desk: Desk) -> None:
    calls = [desk.takes(ANA), desk.takes(BEN), desk.takes(CHEN)]
    for chosen in (calls[1], calls[0], calls[2]):
        talking.resume(offer=chosen, agent=desk.agent)
        desk.floor.until(lambda chosen=chosen: desk.heard() == [chosen.call.sid], within=3)
        assert sorted(state_of(offer) for offer in calls) == ["connected", "on_hold", "on_hold"]


def test_a_call_that_cannot_be_held_keeps_the_other_one_on_hold_and_says_why(desk: Desk) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    Offer.objects.filter(pk=second.pk).update(conference_sid="CF" + "0" * 32)
    talking.resume(offer=first, agent=desk.agent)
    desk.floor.pass_seconds(8)
    first.refresh_from_db()
    assert (first.hold_asked, first.held_at is None) == ("", False)
    assert first.control_problem["asked"] == "resume"
    assert desk.heard() == [second.call.sid]


def test_nobody_is_resumed_while_another_call_is_being_put_through(desk: Desk) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    third = desk.rings(CHEN)
    desk.floor.holds_back = lambda request: "participant-hold" in str(request.params)
    desk.lines[third.call.sid] = desk.floor.accept(desk.agent, third)
    with pytest.raises(NotAllowed, match="just being put through"):
        talking.resume(offer=first, agent=desk.agent)
    desk.floor.let_go()
    desk.floor.until(lambda: desk.heard() == [third.call.sid], within=6)
    assert (state_of(first), state_of(second)) == ("on_hold", "on_hold")


def test_a_call_accepted_while_another_one_is_being_resumed_comes_to_the_front(desk: Desk) -> None:
    first = desk.takes(ANA)
    talking.hold(offer=first, agent=desk.agent)
    desk.floor.until(lambda: state_of(first) == "on_hold", within=2)
    second = desk.rings(BEN)
    talking.resume(offer=first, agent=desk.agent)
    desk.lines[second.call.sid] = desk.floor.accept(desk.agent, second)
    desk.floor.until(lambda: desk.heard() == [second.call.sid], within=6)
    desk.floor.until(lambda: state_of(second) == "connected", within=2)
    assert state_of(first) == "on_hold"


def test_should_the_network_let_two_be_heard_the_later_one_stays_and_the_other_is_held(
    desk: Desk,
) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    desk.floor.fate = lambda request: 1  # somebody else's doing, so two are heard for a moment
    first.refresh_from_db()
    telephony.network().resume(conference_sid=first.conference_sid, call_sid=first.call.sid)
    desk.floor.until(lambda: desk.heard() == [first.call.sid], within=25)
    assert (state_of(first), state_of(second)) == ("connected", "on_hold")


def test_when_one_ends_the_other_stays_on_hold_until_it_is_resumed(desk: Desk) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    desk.floor.hang_up(second.call.sid)
    desk.floor.pass_seconds(2)
    assert (state_of(first), state_of(second)) == ("on_hold", "ended")
    assert desk.agent.slots.get(number=1).activity == "wrapping_up"
    assert desk.heard() == []
    talking.resume(offer=first, agent=desk.agent)  # beside the wrap-up
    desk.floor.until(lambda: desk.heard() == [first.call.sid], within=2)
    assert desk.agent.slots.get(number=1).activity == "wrapping_up"


def test_a_caller_whose_agent_is_lost_frees_nobody_else(desk: Desk) -> None:
    first, second = desk.takes(ANA), desk.takes(BEN)
    desk.floor.hang_up(desk.lines[second.call.sid])
    desk.floor.pass_seconds(4)
    assert state_of(second) in ("returning", "queued", "offered")
    assert state_of(first) == "on_hold"
    assert desk.agent.slots.get(number=0).activity == "on_hold"
