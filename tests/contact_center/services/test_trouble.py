"""What is lost on the way, and who is still served."""

from dataclasses import fields
from typing import Any

import pytest

from contact_center.models import Call, Command, Offer
from contact_center.services import offering, presence, talking
from contact_center.simulator.core.effects import SendRequest
from contact_center.simulator.core.readings import Readings
from tests.universe.floor import SPOKEN_SECONDS, Fate, Floor, open_floor
from tests.universe.http_client import CoreHttpClient


def state_of(sid: str) -> str:
    return Call.objects.get(sid=sid).state


def test_a_customer_whose_agent_is_lost_hears_a_sentence_and_gets_the_agent_back(
    floor: Floor, cast: Any
) -> None:
    lease = floor.on_duty(cast.alice)
    call, offer, leg = floor.conversation(cast.alice)
    floor.on_duty(cast.bob)
    floor.hang_up(leg)  # the browser died; nobody asked for it
    floor.until(lambda: state_of(call.sid) == "queued", within=5)
    spoken = [a for i, a in floor.answers.items() if "lost the line" in a]
    assert spoken
    slot = cast.alice.slots.get()
    assert (slot.activity, slot.problem) == ("not_responding", "lost")
    offer.refresh_from_db()
    assert offer.outcome == "lost"

    floor.keep_beating(cast.alice, cast.bob)
    floor.pass_seconds(10)
    assert floor.pending(cast.bob) is None  # for a while only Alice, who knows the caller
    floor.keep_beating(cast.alice, cast.bob)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=15)
    assert lease.key


def test_who_is_back_at_once_has_the_caller_back_without_a_hand_and_nobody_else_has(
    floor: Floor, cast: Any
) -> None:
    lease = floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice)
    floor.on_duty(cast.bob)
    floor.hang_up(leg)
    floor.until(lambda: state_of(call.sid) == "queued", within=5)
    presence.come_back(agent=cast.alice, lease_key=lease.key)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    again = floor.pending(cast.alice)
    assert again is not None
    assert again.brings_back
    assert again.answers_itself_at == again.offered_at
    # The caller is told what happened once, in the line: nobody waits for the sentence to be over.
    assert len([a for a in floor.answers.values() if "lost the line" in a]) == 1

    # Who declines that after all leaves him to somebody who was not there: they take him by hand.
    offering.decline_offer(offer=again, agent=cast.alice, fence=again.fence)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)
    his = floor.pending(cast.bob)
    assert his is not None
    assert not his.brings_back
    assert his.answers_itself_at is None


def test_a_caller_whose_agents_browser_never_connects_stays_in_line(
    floor: Floor, cast: Any
) -> None:
    lease = floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.accept_offer(offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key)
    floor.on_duty(cast.bob)
    floor.pass_seconds(9)
    floor.keep_beating(cast.alice, cast.bob)
    assert state_of(sid) == "connecting"
    floor.until(lambda: floor.pending(cast.bob) is not None, within=4)
    slot = cast.alice.slots.get()
    assert (slot.activity, slot.problem) == ("not_responding", "connect_failed")
    assert sid not in floor.ended


def lose(*parts: str) -> Fate:
    """Lose every webhook whose URL has one of these parts."""

    def fate(request: SendRequest) -> int:
        return 0 if any(part in request.url for part in parts) else 1

    return fate


def test_a_conversation_comes_about_although_no_conference_report_arrives(
    floor: Floor, cast: Any
) -> None:
    floor.fate = lose("/webhooks/conference/")
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    leg = floor.accept(cast.alice, offer)
    # Looked for when the whisper is surely over.
    floor.until(lambda: floor.hears(sid, leg), within=10)
    floor.until(lambda: state_of(sid) == "connected", within=30)
    talking.hold(offer=offer, agent=cast.alice)
    floor.until(lambda: state_of(sid) == "on_hold", within=6)
    offer.refresh_from_db()
    assert offer.hold_asked == ""


def test_a_call_whose_end_is_never_reported_ends_within_a_minute(floor: Floor, cast: Any) -> None:
    floor.fate = lose("/webhooks/status/", "/webhooks/conference/", "/queue-left/")
    floor.on_duty(cast.alice)
    call, _offer, _leg = _talk(floor, cast)
    floor.hang_up(call.sid)
    took = floor.until(lambda: state_of(call.sid) == "ended", within=60)
    assert took <= 60
    assert cast.alice.slots.get().activity == "wrapping_up"


def _talk(floor: Floor, cast: Any) -> tuple[Call, Offer, str]:
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    leg = floor.accept(cast.alice, offer)
    floor.until(lambda: state_of(sid) == "connected", within=30)
    return Call.objects.get(sid=sid), offer, leg


def test_a_caller_whose_every_report_is_lost_and_who_gives_up_frees_the_line(
    floor: Floor, cast: Any
) -> None:
    sid = floor.ring()
    floor.fate = lose("/webhooks/", "/static/")
    floor.hang_up(sid)
    floor.until(lambda: state_of(sid) == "ended", within=70)


def test_every_webhook_twice_makes_no_difference(floor: Floor, cast: Any) -> None:
    floor.fate = lambda request: 2
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice, to="+14155550102")
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: call.sid in floor.ended, within=8)
    call.refresh_from_db()
    assert (call.state, call.ended_by) == ("ended", "agent")
    assert Offer.objects.count() == 1
    assert cast.alice.slots.get().activity == "wrapping_up"


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_move_to_the_agent_that_times_out_still_brings_the_caller_there(
    floor: Floor, cast: Any, lost: str
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    CoreHttpClient.failures[:] = [lost]
    floor.accept(cast.alice, offer)
    floor.until(lambda: state_of(sid) == "connected", within=9)
    assert Command.objects.get(kind="dequeue").attempts >= 1
    assert Offer.objects.count() == 1


def test_a_caller_who_was_fetched_back_is_not_fetched_out_of_the_next_conversation(
    floor: Floor, cast: Any
) -> None:
    """The answer to the first request was lost; the request is not made again for nothing."""
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice)
    CoreHttpClient.failures[:] = ["after"]
    floor.hang_up(leg)
    floor.until(lambda: state_of(call.sid) == "queued", within=5)
    floor.on_duty(cast.bob)
    floor.pass_seconds(20)
    floor.keep_beating(cast.bob)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=10)
    offer = floor.pending(cast.bob)
    assert offer is not None
    floor.accept(cast.bob, offer)
    floor.until(lambda: state_of(call.sid) == "connected", within=9)
    floor.keep_beating(cast.bob)
    floor.pass_seconds(10)
    assert state_of(call.sid) == "connected"
    assert len([request for request in floor.requests if "/lost/" in request.url]) == 1
    asked = Command.objects.get(kind="redirect_call")
    assert (asked.outcome, asked.answer) == ("gave_up", "It was overtaken by events.")


def test_a_hold_that_the_network_refuses_says_so_and_the_customer_still_hears(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, offer, leg = floor.conversation(cast.alice)
    Offer.objects.filter(pk=offer.pk).update(conference_sid="CF" + "0" * 32)
    talking.hold(offer=offer, agent=cast.alice)
    floor.pass_seconds(8)
    offer.refresh_from_db()
    assert offer.hold_asked == ""
    assert offer.held_at is None
    assert offer.control_problem["asked"] == "hold"
    assert floor.hears(call.sid, leg)


TURNED = {one.name: not one.default for one in fields(Readings)}


@pytest.mark.parametrize(
    "readings",
    [Readings(), Readings(**TURNED), *(Readings(**{name: TURNED[name]}) for name in TURNED)],
    ids=["usual", "all turned round", *TURNED],
)
def test_a_call_runs_its_course_under_every_reading_of_the_network(
    cast: Any, readings: Readings
) -> None:
    with open_floor(readings=readings) as floor:
        floor.on_duty(cast.alice)
        call, _offer, leg = floor.conversation(cast.alice)
        assert floor.hears(call.sid, leg)
        floor.hang_up(leg)
        floor.until(lambda: state_of(call.sid) == "queued", within=5)
        floor.hang_up(call.sid)
        floor.until(lambda: state_of(call.sid) == "ended", within=5)
        assert Offer.objects.count() == 1


@pytest.mark.parametrize(("believed", "talks"), [(False, True), (True, False)])
def test_a_browser_that_says_it_is_somebody_else_gets_nobodys_call(
    cast: Any, believed: bool, talks: bool
) -> None:
    """Where the network repeats what it says, not even its own; the caller is not lost over it."""
    with open_floor(readings=Readings(parameters_of_a_browser_replace_ours=believed)) as floor:
        floor.on_duty(cast.alice)
        bob = floor.on_duty(cast.bob)
        sid = floor.ring()
        floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
        offer = floor.pending(cast.alice)
        assert offer is not None
        leg = floor.accept(cast.alice, offer, From=f"client:{bob.identity(0)}", To="+14155550142")
        floor.pass_seconds(1 + SPOKEN_SECONDS)
        assert (state_of(sid) == "connected") is talks
        assert floor.hears(sid, leg) is talks
        if talks:
            return
        assert leg in floor.ended
        floor.until(lambda: floor.pending(cast.bob) is not None, within=15)
        [call] = Call.objects.all()
        assert call.offers.get(outcome="failed").agent == cast.alice
