"""A caller asks to be called back, and is: place, attempts, words, and who is not called."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.errors import NotAllowed
from contact_center.models import (
    AgentSlot,
    Call,
    Callback,
    DialAttempt,
    EventLog,
    Offer,
    Queue,
    Segment,
    Timer,
)
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import read_stays, stays_over
from contact_center.selectors.floor import floor_calls, who_waits
from contact_center.selectors.scopes import Scope
from contact_center.services import (
    calling_back,
    dialling,
    offering,
    pacing,
    presence,
    talking,
    wrapping_up,
)
from tests.cast import Cast
from tests.universe.floor import Floor
from tests.universe.http_client import CoreHttpClient

SUPPORT = "+14155550102"
CUSTOMER = "+14155550142"
BUSY, SILENT, DEAD = "+14155550199", "+14155550198", "+14155550197"
MACHINE, DECLINES, FAX = "+14155550196", "+14155550195", "+14155550194"


@pytest.fixture
def support(cast: Cast) -> Queue:
    """A queue whose callers may be called back, at any hour."""
    change(
        cast.support,
        callback_key="1",
        callback_from_hour=0,
        callback_until_hour=24,
        callback_retry_minutes=10,
        callback_attempts=2,
    )
    return cast.support


def change(queue: Queue, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save()


def ask(floor: Floor, number: str = CUSTOMER, *, keys: str = "11") -> Call:
    """A caller waits, asks to be called back and confirms; return the call that is to be made."""
    sid = floor.ring(to=SUPPORT, from_=number)
    floor.pass_seconds(5)
    for key in keys:
        floor.press(sid, key)
        floor.pass_seconds(3)
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=15)
    return Call.objects.get(asked_in__sid=sid)


def heard(floor: Floor, sid: str) -> str:
    return "\n".join(
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == sid and asked.request_id in floor.answers
    )


def accepted(floor: Floor, cast: Cast) -> Offer:
    """Alice accepts the callback that rings at her desk, and her line is up."""
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.accept(cast.alice, offer)
    return offer


def leap(floor: Floor, seconds: float, cast: Cast) -> None:
    """Let a long time pass in which nothing happens on the telephones."""
    floor.traveller.shift(timedelta(seconds=seconds))
    if hasattr(cast.alice, "phone"):
        floor.keep_beating(cast.alice)
    floor.settle()


def state_of(call: Call) -> str:
    return Call.objects.get(pk=call.pk).state


def events_of(call: Call) -> list[str]:
    return list(
        EventLog.objects.filter(call_id=call.pk).order_by("pk").values_list("name", flat=True)
    )


def test_who_asks_is_called_back_talks_and_is_wrapped_up(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor)
    assert state_of(call) == "queued"
    floor.on_duty(cast.alice)
    offer = accepted(floor, cast)
    floor.until(lambda: state_of(call) == "connected", within=20)
    call.refresh_from_db()
    leg = call.sid
    agents_leg = offer.legs.get().sid
    assert floor.hears(agents_leg, leg)
    assert floor.hears(leg, agents_leg)
    floor.pass_seconds(20)
    floor.hang_up(leg)
    floor.pass_seconds(2)
    call.refresh_from_db()
    offer.refresh_from_db()
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "customer", "customer_hung_up")
    assert offer.state == "wrapping_up"
    assert call.callback.outcome == "callback_reached"
    assert [a.outcome for a in DialAttempt.objects.all()] == ["reached"]
    # No alarm is left that would ring for nobody.
    assert not Timer.objects.filter(kind="callback").exists()


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (BUSY, "busy"),
        (SILENT, "no_answer"),
        (DEAD, "failed"),
        (DECLINES, "busy"),
        (FAX, "fax"),
    ],
)
def test_who_is_not_reached_is_tried_again_and_his_agent_is_free(
    floor: Floor, support: Queue, cast: Cast, number: str, outcome: str
) -> None:
    call = ask(floor, number)
    floor.on_duty(cast.alice)
    offer = accepted(floor, cast)
    floor.until(lambda: DialAttempt.objects.filter(outcome=outcome).exists(), within=60)
    floor.pass_seconds(2)
    call.refresh_from_db()
    callback = Callback.objects.get(call=call)
    assert (call.state, call.has_leg, callback.attempts) == ("queued", False, 1)
    assert callback.next_at is not None
    offer.refresh_from_db()
    assert (offer.state, offer.outcome) == ("ended", "not_reached")
    assert AgentSlot.objects.get(agent=cast.alice).activity == "idle"
    assert floor.network.live_legs == 0
    # Nobody is offered him before the time is over, and then somebody is.
    leap(floor, 9 * 60, cast)
    assert floor.pending(cast.alice) is None
    leap(floor, 61, cast)
    assert floor.pending(cast.alice) is not None
    assert Offer.objects.filter(call=call).count() == 2
    assert "command.failed" not in events_of(call)


def test_after_the_last_attempt_it_ends_and_was_never_abandoned(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    change(support, callback_attempts=1)
    call = ask(floor, BUSY)
    floor.on_duty(cast.alice)
    accepted(floor, cast)
    floor.until(lambda: state_of(call) == "ended", within=30)
    call.refresh_from_db()
    assert (call.ended_by, call.end_reason) == ("system", "callback_not_reached")
    assert call.callback.outcome == "callback_not_reached"
    leap(floor, 1800, cast)
    assert DialAttempt.objects.count() == 1
    live = Call.objects.get(kind="live")
    stays = read_stays(stays_over(since=live.arrived_at, until=timezone.now()))[support.pk]
    assert (stays.flowed_out, stays.abandoned.count) == (1, 0)
    of = {
        outcome: [row.pk for row in calls_list(Scope(cast.tenant.pk), {"outcome": outcome})["page"]]
        for outcome in Outcome
    }
    assert of[Outcome.ABANDONED] == []
    assert of[Outcome.CALLED_BACK] == [live.pk]
    assert of[Outcome.CALLBACK_NOT_REACHED] == [call.pk]
    assert of[Outcome.OTHER] == []


def test_a_machine_is_shown_to_the_agent_who_decides(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor, MACHINE)
    floor.on_duty(cast.alice)
    offer = accepted(floor, cast)
    seen = DialAttempt.objects.filter(answered_by="machine_start")
    floor.until(seen.exists, within=20)
    # The network errs now and then: nobody is hung up on.
    assert state_of(call) == "connected"
    dialling.leave_to_machine(offer=offer, agent=cast.alice)
    floor.pass_seconds(2)
    call.refresh_from_db()
    assert (call.state, call.answered_at, call.has_leg) == ("queued", None, False)
    assert call.callback.next_at is not None
    assert AgentSlot.objects.get(agent=cast.alice).activity == "idle"
    assert floor.network.live_legs == 0
    stay = Segment.objects.get(call=call, ended_at=None)
    assert (stay.kind, stay.placed_at) == ("callback", Call.objects.get(kind="live").arrived_at)


def test_the_agent_may_cancel_while_it_rings(floor: Floor, support: Queue, cast: Cast) -> None:
    call = ask(floor, SILENT)
    floor.on_duty(cast.alice)
    offer = accepted(floor, cast)
    floor.until(lambda: Call.objects.get(pk=call.pk).has_leg, within=10)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.pass_seconds(3)
    call.refresh_from_db()
    assert (call.state, call.has_leg) == ("queued", False)
    assert [each.outcome for each in DialAttempt.objects.all()] == ["cancelled"]
    assert call.callback.next_at is not None
    assert floor.network.live_legs == 0


def test_when_the_agents_line_breaks_the_customer_is_not_rung_on_and_nothing_is_counted(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor, SILENT)
    floor.on_duty(cast.alice)
    offer = accepted(floor, cast)
    floor.until(lambda: Call.objects.get(pk=call.pk).has_leg, within=10)
    floor.hang_up(offer.legs.get().sid)
    floor.pass_seconds(3)
    call.refresh_from_db()
    assert (call.state, call.callback.attempts, call.callback.next_at) == ("queued", 0, None)
    assert floor.network.live_legs == 0
    assert AgentSlot.objects.get(agent=cast.alice).activity == "not_responding"


# --- the customer before the agent ---------------------------------------------------------------


def test_where_the_customer_is_rung_first_nobody_is_kept_for_him_and_he_is_next_in_line(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    change(support, callback_first="customer")
    call = ask(floor)
    floor.on_duty(cast.alice)
    floor.until(lambda: Call.objects.get(pk=call.pk).has_leg, within=10)
    assert floor.pending(cast.alice) is None
    assert AgentSlot.objects.get(agent=cast.alice).activity == "idle"
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    call.refresh_from_db()
    stay = Segment.objects.get(call=call, ended_at=None)
    asked_in = Call.objects.get(kind="live")
    assert (stay.kind, stay.at_head, stay.placed_at) == ("queue", True, asked_in.arrived_at)
    assert "You have asked us to call you back" in heard(floor, call.sid)
    offer = accepted(floor, cast)
    floor.until(lambda: state_of(call) == "connected", within=20)
    assert floor.hears(offer.legs.get().sid, call.sid)
    assert call.callback.outcome == "callback_reached"


def test_a_machine_is_not_put_in_line(floor: Floor, support: Queue, cast: Cast) -> None:
    change(support, callback_first="customer")
    call = ask(floor, MACHINE)
    floor.on_duty(cast.alice)
    floor.until(lambda: DialAttempt.objects.filter(outcome="machine").exists(), within=40)
    floor.pass_seconds(2)
    call.refresh_from_db()
    assert (call.state, call.has_leg) == ("queued", False)
    assert call.callback.next_at is not None
    assert floor.network.live_legs == 0
    assert not Offer.objects.exists()


def test_no_more_are_rung_first_than_there_are_free_agents(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    change(support, callback_first="customer")
    for ending in ("0198", "1198", "2198"):
        ask(floor, f"+1415555{ending}")
    floor.on_duty(cast.alice)
    floor.pass_seconds(10)
    assert DialAttempt.objects.filter(ended_at=None).count() == 1
    # Who rings himself meanwhile is not kept waiting for them.
    floor.ring(to=SUPPORT, from_="+14155550150")
    floor.until(lambda: floor.pending(cast.alice) is not None, within=10)


# --- calls per second ----------------------------------------------------------------------------


def test_calls_are_begun_no_faster_than_the_account_may(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    calls = [ask(floor, f"+141555501{n}") for n in (50, 51)]
    floor.on_duty(cast.alice)
    floor.on_duty(cast.bob)
    for agent in (cast.alice, cast.bob):
        offer = floor.pending(agent)
        assert offer is not None
        floor.accept(agent, offer)
    floor.until(lambda: all(state_of(call) == "connected" for call in calls), within=20)
    dialled = sorted(
        leg["created_at"]
        for leg in floor.network.truth()["legs"]
        if leg["direction"] == "outbound-api"
    )
    assert dialled[1] - dialled[0] >= pacing.seconds_between_calls()


# --- one line ------------------------------------------------------------------------------------


def test_who_waits_behind_a_callback_is_told_so_and_one_for_later_stands_in_nobodys_way(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    asked = ask(floor)
    behind = floor.ring(to=SUPPORT, from_="+14155550150")
    floor.pass_seconds(2)
    assert "You are number 2 in line." in heard(floor, behind)
    scope = Scope(cast.tenant.pk)
    [row] = floor_calls(scope)["rows"]
    assert (row.place, len(who_waits(scope))) == (2, 1)
    later = timezone.now() + timedelta(hours=3)
    calling_back.move(callback=asked.callback, actor=cast.carol, at=later)
    floor.pass_seconds(70)
    assert "You are next in line." in heard(floor, behind)
    [row] = floor_calls(scope)["rows"]
    assert row.place == 1


# --- who asks again, and who rings again ---------------------------------------------------------


def test_the_same_number_is_called_once_and_keeps_the_older_place(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    waits = floor.ring(to=SUPPORT, from_=CUSTOMER)
    other = floor.ring(to=SUPPORT, from_="+14155550150")
    floor.pass_seconds(5)
    for sid in (other, waits):
        # The second one types the first one's number.
        for keys in ("1", "1") if sid == waits else ("1", "2", CUSTOMER[2:] + "#", "1"):
            floor.press(sid, keys)
            floor.pass_seconds(2)
    floor.pass_seconds(8)
    call = Call.objects.get(kind="callback")
    assert call.from_number == CUSTOMER
    first = Call.objects.get(sid=waits)
    assert Segment.objects.get(call=call, ended_at=None).placed_at == first.arrived_at
    assert "We were going to call this number already" in heard(floor, waits)
    assert events_of(call).count("callback.merged") == 1


def test_who_rings_himself_takes_the_place_of_his_callback(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor)
    someone = floor.ring(to=SUPPORT, from_="+14155550150")
    again = floor.ring(to=SUPPORT, from_=CUSTOMER)
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "callback_called_again")
    place = Segment.objects.get(call__sid=again, ended_at=None).placed_at
    assert place == Call.objects.get(pk=call.asked_in_id).arrived_at
    assert "callback.replaced" in events_of(Call.objects.get(sid=again))
    floor.pass_seconds(5)
    floor.on_duty(cast.alice)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert (offer.call.sid, Call.objects.get(sid=someone).state) == (again, "queued")
    assert not DialAttempt.objects.exists()


def test_who_rings_while_his_callback_is_offered_is_answered_himself(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    again = floor.ring(to=SUPPORT, from_=CUSTOMER)
    floor.until(lambda: Call.objects.get(sid=again).state == "offered", within=10)
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "callback_called_again")
    assert not DialAttempt.objects.exists()


# --- the one line --------------------------------------------------------------------------------


def test_callbacks_and_callers_stand_in_one_line_by_when_they_came(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    first = floor.ring(to=SUPPORT, from_="+14155550150")
    floor.pass_seconds(2)
    second = ask(floor)
    third = floor.ring(to=SUPPORT, from_="+14155550151")
    floor.pass_seconds(3)
    order = []
    floor.on_duty(cast.alice)
    for _turn in range(3):
        floor.until(lambda: floor.pending(cast.alice) is not None, within=10)
        offer = floor.pending(cast.alice)
        assert offer is not None
        order.append(offer.call_id)
        offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
        floor.settle()
    pks = [Call.objects.get(sid=sid).pk for sid in (first, third)]
    assert order == [pks[0], second.pk, pks[1]]


# --- the number ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("123", "This is no telephone number."),
        ("9005551234", "We cannot call this number."),
        ("911", "We cannot call this number."),
        ("011442079460000", "We cannot call this number."),
    ],
)
def test_numbers_that_are_not_called_are_refused_in_a_sentence(
    floor: Floor, support: Queue, typed: str, words: str
) -> None:
    sid = floor.ring(to=SUPPORT, from_="anonymous")
    floor.pass_seconds(5)
    floor.press(sid, "1")
    floor.pass_seconds(3)
    floor.press(sid, typed + "#")
    floor.pass_seconds(1)
    assert "enter the number" in heard(floor, sid)
    assert words in heard(floor, sid)
    assert Call.objects.get(sid=sid).state == "queued"
    assert not Callback.objects.exists()


def test_a_withheld_number_is_asked_for_read_back_and_confirmed(
    floor: Floor, support: Queue
) -> None:
    sid = floor.ring(to=SUPPORT, from_="anonymous")
    floor.pass_seconds(5)
    for keys in ("1", "4155550143#", "1"):
        floor.press(sid, keys)
        floor.pass_seconds(3)
    assert "You have entered 4 1 5 5 5 5 0 1 4 3." in heard(floor, sid)
    assert Call.objects.get(asked_in__sid=sid).from_number == "+14155550143"


def test_who_does_not_confirm_goes_on_waiting_in_his_place(floor: Floor, support: Queue) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    floor.press(sid, "1")
    floor.pass_seconds(15)
    assert Call.objects.get(sid=sid).state == "queued"
    assert Segment.objects.get(call__sid=sid, kind="queue").dialogue == ""
    assert not Callback.objects.exists()


# --- hours ---------------------------------------------------------------------------------------


def test_nobody_is_rung_while_it_is_night_where_he_is(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    """It is noon in London, and four in the morning in San Francisco."""
    change(support, callback_from_hour=8, callback_until_hour=21)
    call = ask(floor)
    callback = Callback.objects.get(call=call)
    assert callback.next_at == timezone.now().replace(hour=16, minute=0, second=0, microsecond=0)
    assert "unusual hours" in heard(floor, Call.objects.get(kind="live").sid)
    floor.on_duty(cast.alice)
    floor.pass_seconds(3)
    assert floor.pending(cast.alice) is None
    leap(floor, 4 * 3600, cast)
    assert floor.pending(cast.alice) is not None


# --- what gets lost ------------------------------------------------------------------------------


def test_a_lost_answer_rings_nobody_twice(floor: Floor, support: Queue, cast: Cast) -> None:
    call = ask(floor)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.fate = lambda request: 0 if "/webhooks/status/" in request.url else 1
    CoreHttpClient.failures = ["after"]
    floor.accept(cast.alice, offer)
    floor.until(lambda: state_of(call) == "connected", within=30)
    outbound = [leg for leg in floor.network.truth()["legs"] if leg["direction"] == "outbound-api"]
    assert len(outbound) == 1
    assert Call.objects.get(pk=call.pk).sid == outbound[0]["sid"]


def test_every_report_twice_is_the_same_as_once(floor: Floor, support: Queue, cast: Cast) -> None:
    call = ask(floor, BUSY)
    floor.fate = lambda request: 2
    floor.on_duty(cast.alice)
    accepted(floor, cast)
    floor.until(lambda: DialAttempt.objects.filter(outcome="busy").exists(), within=30)
    floor.pass_seconds(3)
    assert Callback.objects.get(call=call).attempts == 1
    assert events_of(call).count("customer.not_reached") == 1


def test_whose_line_is_over_unreported_is_found_out(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor, DECLINES)
    floor.fate = lambda request: 0 if "/webhooks/status/" in request.url else 1
    floor.on_duty(cast.alice)
    accepted(floor, cast)
    floor.until(lambda: DialAttempt.objects.exclude(ended_at=None).exists(), within=90)
    assert state_of(call) == "queued"


# --- promised calls ------------------------------------------------------------------------------


def test_a_promised_call_is_offered_to_who_promised_it_and_then_to_anybody(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    at = timezone.now() + timedelta(hours=1)
    made = calling_back.promise(
        offer=offer, agent=cast.alice, at=at, mine=True, notes="About the parcel"
    )
    floor.hang_up(call.sid)
    floor.pass_seconds(1)
    wrapping_up.finish(offer=Offer.objects.get(pk=offer.pk), agent=cast.alice)
    floor.on_duty(cast.bob)
    floor.traveller.move_to(at - timedelta(seconds=2))
    floor.keep_beating(cast.alice, cast.bob)
    floor.settle()
    assert floor.pending(cast.alice) is None
    assert floor.pending(cast.bob) is None
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    rings = floor.pending(cast.alice)
    assert rings is not None
    assert (rings.call_id, rings.segment.placed_at) == (made.call_id, at)
    assert floor.pending(cast.bob) is None
    # Who does not take it leaves it to anybody.
    offering.decline_offer(offer=rings, agent=cast.alice, fence=rings.fence)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)


def test_a_promised_call_does_not_wait_for_ever_for_who_is_not_there(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    at = timezone.now() + timedelta(hours=1)
    calling_back.promise(offer=offer, agent=cast.alice, at=at, mine=True)
    floor.hang_up(call.sid)
    floor.pass_seconds(1)
    wrapping_up.finish(offer=Offer.objects.get(pk=offer.pk), agent=cast.alice)
    presence.go_off_duty(agent=cast.alice)
    floor.on_duty(cast.bob)
    for moment in (at + timedelta(seconds=1), at + timedelta(seconds=dialling.OWNER_SECONDS - 1)):
        floor.traveller.move_to(moment)
        floor.keep_beating(cast.bob)
        floor.settle()
        assert floor.pending(cast.bob) is None
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)


def test_a_second_promise_moves_the_first(floor: Floor, support: Queue, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    _call, offer, _leg = floor.conversation(cast.alice)
    now = timezone.now()
    for hours in (1, 3):
        made = calling_back.promise(
            offer=offer, agent=cast.alice, at=now + timedelta(hours=hours), mine=False
        )
    assert Callback.objects.get() == made
    assert (made.next_at, made.owner) == (now + timedelta(hours=3), None)
    with pytest.raises(NotAllowed, match="still to come"):
        calling_back.promise(offer=offer, agent=cast.alice, at=now, mine=True)
    with pytest.raises(NotAllowed, match="another agent"):
        calling_back.promise(offer=offer, agent=cast.bob, at=now + timedelta(hours=1), mine=True)


# --- what a supervisor does ----------------------------------------------------------------------


def test_a_supervisor_moves_and_cancels_what_waits_and_nothing_else(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    call = ask(floor)
    callback = Callback.objects.get(call=call)
    later = timezone.now() + timedelta(hours=2)
    calling_back.move(callback=callback, actor=cast.carol, at=later)
    floor.on_duty(cast.alice)
    floor.pass_seconds(2)
    assert floor.pending(cast.alice) is None
    callback.refresh_from_db()
    assert callback.next_at == later
    calling_back.move(callback=callback, actor=cast.carol)
    floor.pass_seconds(2)
    assert floor.pending(cast.alice) is not None
    # Somebody has it at this moment: it cannot be moved, but it can be taken back.
    with pytest.raises(NotAllowed, match="not waiting"):
        calling_back.move(callback=callback, actor=cast.carol, at=later)
    calling_back.cancel(callback=callback, actor=cast.carol)
    floor.pass_seconds(1)
    assert floor.pending(cast.alice) is None
    assert AgentSlot.objects.get(agent=cast.alice).activity == "idle"
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("ended", "callback_cancelled")
    with pytest.raises(NotAllowed, match="over"):
        calling_back.cancel(callback=callback, actor=cast.carol)


# --- instead of a goodbye ------------------------------------------------------------------------


def test_whom_the_queue_does_not_take_may_be_called_back_instead(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    change(support, overflow_to="callback", when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(3)
    assert "call you back at 4 1 5 5 5 5 0 1 4 2" in heard(floor, sid)
    floor.press(sid, "1")
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=15)
    assert Call.objects.get(sid=sid).end_reason == "called_back"
    call = Call.objects.get(asked_in__sid=sid)
    assert (call.state, call.queue_id, call.from_number) == ("queued", support.pk, CUSTOMER)


def test_who_presses_nothing_then_hears_the_goodbye(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    change(support, overflow_to="callback", when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=30)
    assert Call.objects.get(sid=sid).end_reason == "nobody_signed_in"
    assert "Thank you for your call. Goodbye." in heard(floor, sid)
    assert not Callback.objects.exists()
