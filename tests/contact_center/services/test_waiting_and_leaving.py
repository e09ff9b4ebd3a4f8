"""Callers in line: what they hear, their place, and what happens when they give up."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction

from contact_center.domain.states import Presence
from contact_center.models import Call, Command, Offer, Segment
from contact_center.services import offering, presence, queueing
from contact_center.services.transitions import lock_call
from contact_center.telephony.instructions import Enqueue
from tests.universe.floor import Floor


def state_of(sid: str) -> str:
    return Call.objects.get(sid=sid).state


def last_answer(floor: Floor, path: str) -> str:
    """The last document given for a URL with ``path`` in it."""
    ids = [request.request_id for request in floor.requests if path in request.url]
    return floor.answers[ids[-1]]


def test_a_caller_with_nobody_there_hears_the_place_in_line_and_music(
    floor: Floor, cast: Any
) -> None:
    floor.ring()
    second = floor.ring(from_="+14155550143")
    assert state_of(second) == "queued"
    answer = last_answer(floor, "/wait/")
    assert "You are number 2 in line" in answer
    assert "<Play>http://localhost:8000/static/hold_music.mp3</Play>" in answer
    assert 'loop="0"' not in answer


def test_the_place_in_line_is_said_once_a_minute_not_with_every_piece_of_music(
    floor: Floor, cast: Any
) -> None:
    floor.ring()
    floor.pass_seconds(150)
    waits = [floor.answers[r.request_id] for r in floor.requests if "/wait/" in r.url]
    assert len(waits) >= 6
    assert sum("next in line" in answer for answer in waits) == 3


def test_a_caller_who_gives_up_in_line_is_abandoned(floor: Floor, cast: Any) -> None:
    sid = floor.ring()
    floor.pass_seconds(20)
    floor.hang_up(sid)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "customer", "abandoned")
    assert not Offer.objects.exists()
    assert not Segment.objects.filter(call=call, ended_at=None).exists()


def test_a_caller_who_gives_up_while_it_rings_frees_the_agent_within_two_seconds(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    floor.hang_up(sid)
    took = floor.until(lambda: cast.alice.slots.get().activity == "idle", within=2)
    assert took <= 2
    offer = Offer.objects.get()
    assert (offer.state, offer.outcome) == ("ended", "withdrawn")
    assert state_of(sid) == "ended"
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "available"


def test_a_caller_who_leaves_between_accept_and_join_leaves_no_agent_alone(
    floor: Floor, cast: Any
) -> None:
    lease = floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    token = offering.accept_offer(
        offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key
    )
    floor.hang_up(sid)
    leg = floor.connect_browser(cast.alice, token)
    floor.until(lambda: leg in floor.ended, within=3)
    assert cast.alice.slots.get().activity == "idle"
    assert state_of(sid) == "ended"


def test_a_declined_caller_keeps_the_place_and_rings_at_a_colleague(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    placed = Segment.objects.get(call__sid=sid, kind="queue").placed_at
    floor.on_duty(cast.bob)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=2)
    assert floor.pending(cast.alice) is None
    assert Segment.objects.get(call__sid=sid, ended_at=None).placed_at == placed
    assert cast.alice.slots.get().activity == "idle"


def test_who_declined_is_not_rung_at_once_again_even_when_alone(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.keep_beating(cast.alice)
    floor.pass_seconds(10)
    assert floor.pending(cast.alice) is None
    floor.keep_beating(cast.alice)
    floor.pass_seconds(10)
    assert floor.pending(cast.alice) is not None


def test_an_agent_who_does_not_answer_is_not_responding_and_has_a_way_back(
    floor: Floor, cast: Any
) -> None:
    lease = floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    for _ in range(6):
        floor.pass_seconds(5)
        floor.keep_beating(cast.alice)
    slot = cast.alice.slots.get()
    assert (slot.activity, slot.problem) == ("not_responding", "no_answer")
    assert state_of(sid) == "queued"
    floor.pass_seconds(10)
    assert floor.pending(cast.alice) is None
    floor.keep_beating(cast.alice)
    floor.pass_seconds(10)
    floor.keep_beating(cast.alice)
    presence.come_back(agent=cast.alice, lease_key=lease.key)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=61)


def test_nobody_on_a_break_or_with_a_silent_phone_is_rung(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="lunch")
    floor.on_duty(cast.bob)
    floor.pass_seconds(20)  # Bob's desk is not heard of any more
    floor.ring()
    floor.pass_seconds(10)
    assert floor.pending(cast.alice) is None
    assert floor.pending(cast.bob) is None
    floor.keep_beating(cast.bob)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=2)


@pytest.mark.once
def test_a_desk_not_heard_of_for_five_minutes_is_off_duty(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    floor.pass_seconds(280)
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "available"
    floor.pass_seconds(40)
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "offline"


def test_a_menu_without_a_key_asks_three_times_and_says_goodbye(floor: Floor, cast: Any) -> None:
    sid = floor.ring(to="+14155550100")
    floor.until(lambda: sid in floor.ended, within=120)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "no_choice_in_menu")
    assert call.misses == 3
    assert not Segment.objects.filter(call=call, kind="queue").exists()


def test_a_wrong_key_is_said_and_the_right_one_still_counts(floor: Floor, cast: Any) -> None:
    sid = floor.ring(to="+14155550100")
    floor.press(sid, "9")
    assert "not in the menu" in last_answer(floor, "/menu/")
    floor.press(sid, "1")
    assert Call.objects.get(sid=sid).queue == cast.sales


def test_a_caller_who_hangs_up_in_the_menu_is_not_an_abandoned_one(floor: Floor, cast: Any) -> None:
    sid = floor.ring(to="+14155550100")
    floor.hang_up(sid)
    call = Call.objects.get(sid=sid)
    assert (call.ended_by, call.end_reason) == ("customer", "hung_up_in_menu")
    assert not Command.objects.filter(kind="redirect_call").exists()


def test_the_stays_of_a_call_add_up_without_gap_or_overlap(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = floor.conversation(cast.alice, to="+14155550102")
    floor.pass_seconds(12)
    floor.hang_up(call.sid)
    call.refresh_from_db()
    stays = list(Segment.objects.filter(call=call).order_by("started_at", "pk"))
    assert stays[0].started_at == call.arrived_at
    assert stays[-1].ended_at == call.ended_at
    for before, after in pairwise(stays):
        assert before.ended_at == after.started_at


def test_who_is_put_back_in_line_leaves_it_by_another_address_each_time(
    floor: Floor, cast: Any
) -> None:
    """An answer is kept by its address: the second time there is another reason, and answer."""
    call = Call.objects.get(sid=floor.ring())
    actions = []
    for _time in range(2):
        with transaction.atomic():
            [enqueue] = queueing.stay_in_line(lock_call(call.pk))
        assert isinstance(enqueue, Enqueue)
        actions.append(enqueue.action)
    first = next(action for action in floor.answers.values() if "queue-left" in action)
    assert len(set(actions)) == 2
    assert not any(f'"{action}"' in first for action in actions)
    segment = Segment.objects.get(call=call, ended_at=None)
    assert all(f"/queue-left/{segment.pk}/" in action for action in actions)
