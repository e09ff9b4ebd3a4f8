"""What the watch says when two agents have one call, or something that was over lives again."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from contact_center.models import Agent, AgentSlot, Call, Leg, Offer, Segment
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def drop_index(name: str) -> None:
    """Take a unique index away until the end of the test, which rolls everything back."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")


def offer_again(offer: Offer, agent: Agent, segment: Segment, slot: AgentSlot) -> None:
    now = timezone.now()
    Offer.objects.create(
        tenant=offer.tenant,
        call=offer.call,
        segment=segment,
        queue=offer.queue,
        agent=agent,
        slot=slot,
        fence=offer.fence + 1,
        offered_at=now,
        deadline=now,
    )


def ringing(floor: WatchedFloor, agent: Agent) -> Offer:
    floor.on_duty(agent)
    floor.ring()
    floor.until(lambda: floor.pending(agent) is not None, within=5)
    offer = floor.pending(agent)
    assert offer is not None
    return offer


def test_a_floor_on_which_all_is_well_goes_through_a_whole_call(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    watch.everything()
    floor.hang_up(call.sid)
    floor.pass_seconds(90)
    watch.at_the_end()
    assert Call.objects.get().state == "ended"


def test_two_agents_who_are_offered_one_call(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    offer = ringing(floor, cast.alice)
    watch.everything()
    drop_index("one_live_offer_per_segment")
    offer_again(offer, cast.bob, offer.segment, cast.bob.slots.get())
    with pytest.raises(Violation, match="I1: One stay of the call is offered twice") as found:
        watch.after_step([offer.call.sid])
    assert found.value.call_sid == offer.call.sid


def test_one_slot_that_has_two_offers(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    offer = ringing(floor, cast.alice)
    now = timezone.now()
    other = Segment.objects.create(
        call=offer.call,
        kind="queue",
        queue=offer.queue,
        placed_at=now,
        started_at=now,
        ended_at=now,
    )
    drop_index("one_live_offer_per_slot")
    drop_index("one_call_rings_per_agent")
    offer_again(offer, cast.alice, other, offer.slot)
    with pytest.raises(Violation, match="I1: One slot has the call twice"):
        watch.after_step([offer.call.sid])


@pytest.mark.parametrize(
    ("rows", "changes", "sentence"),
    [
        ("call", {"state": "queued"}, "The call is queued, so none of its offers lives"),
        ("offer", {"state": "accepted"}, "so one that is pending of its offers lives"),
        ("slot", {"activity": "idle"}, "Offer .* is pending, but its agent's slot is idle"),
    ],
)
def test_call_offer_and_slot_that_tell_different_stories(
    floor: WatchedFloor,
    watch: Watch,
    cast: Any,
    rows: str,
    changes: dict[str, str],
    sentence: str,
) -> None:
    offer = ringing(floor, cast.alice)
    watch.everything()
    one = {"call": offer.call, "offer": offer, "slot": offer.slot}[rows]
    type(one).objects.filter(pk=one.pk).update(**changes)
    with pytest.raises(Violation, match=f"I1: .*{sentence}"):
        watch.after_step([offer.call.sid])


def test_a_hold_that_only_the_call_knows_of(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    Call.objects.filter(pk=call.pk).update(state="on_hold")
    with pytest.raises(Violation, match=r"I1: The call is on_hold, the slot on_call, .* not held"):
        watch.after_step([call.sid])


def test_an_agent_who_is_busy_with_nothing(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    AgentSlot.objects.filter(agent=cast.alice).update(activity="connecting")
    with pytest.raises(Violation, match=r"I1: Agent .* is connecting with no offer"):
        watch.everything()


def test_a_second_leg_of_an_agent_in_one_conference(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    watch.everything()
    # A number that leads into the conversation of somebody else.
    offer.refresh_from_db()
    stranger = floor.network.dial_in("+14155550177", "+14155550102")
    inside = floor.network._world
    room = inside.conferences[offer.conference_sid]
    room.participants[stranger] = replace(room.participants[call.sid], leg_sid=stranger)
    with pytest.raises(Violation, match="I3: 2 agents' legs are in one conference"):
        watch.after_step([call.sid])


def test_an_agents_leg_that_goes_on_without_an_offer(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    _call, _offer, leg = floor.talk(cast.alice)
    Leg.objects.filter(sid=leg).update(offer=None)
    watch.everything()
    floor.nothing_happens(59)
    watch.everything()
    floor.nothing_happens(2)
    with pytest.raises(Violation, match="I3: A browser's leg goes on; its offer is none"):
        watch.everything()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"end_reason": "busy"}, "The call had ended, and changed afterwards: end_reason"),
        ({"network_status": "ringing"}, "The network's last word was completed; now we believe"),
    ],
)
def test_a_call_that_changes_after_its_end(
    floor: WatchedFloor, watch: Watch, cast: Any, changes: dict[str, str], sentence: str
) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    floor.hang_up(call.sid)
    watch.everything()
    Call.objects.filter(pk=call.pk, state="ended").update(**changes)
    with pytest.raises(Violation, match=f"I6: {sentence}"):
        watch.after_step([call.sid])


def test_a_call_that_was_offered_less_often_than_before(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    watch.everything()
    Call.objects.filter(pk=call.pk).update(offers_made=0)
    with pytest.raises(Violation, match="I6: The call was offered 1 times, now 0 times"):
        watch.after_step([call.sid])


def test_a_call_that_vanishes(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    sid = floor.wait_in_line()
    watch.everything()
    Segment.objects.all().delete()
    Call.objects.all().delete()
    with pytest.raises(Violation, match="I6: The call was queued and is not in our database"):
        watch.after_step([sid])


def test_an_offer_that_goes_back(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    watch.everything()
    Offer.objects.filter(pk=offer.pk).update(state="accepted")
    Call.objects.filter(pk=call.pk).update(state="connecting")
    AgentSlot.objects.filter(agent=cast.alice).update(activity="connecting")
    with pytest.raises(Violation, match=r"I6: Offer .* went back from connected to accepted"):
        watch.after_step([call.sid])
