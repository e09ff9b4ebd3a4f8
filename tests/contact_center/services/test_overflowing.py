"""No room, nobody there, too long a wait: where callers go, what they hear, how it is counted."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.states import Presence
from contact_center.models import Call, EventLog, MenuChoice, MenuVersion, Queue, Segment
from contact_center.selectors import figures
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.scopes import Scope
from contact_center.services import keeping_hours, presence
from contact_center.services.keeping_hours import Hours
from tests.cast import Cast
from tests.universe.floor import Floor

MAIN, SALES, SUPPORT = "+14155550100", "+14155550101", "+14155550102"


def say_of(queue: Queue, **values: Any) -> None:
    """What an admin writes about a queue."""
    for name, value in values.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save()


def heard(floor: Floor, sid: str) -> str:
    """What this caller was told so far."""
    return "\n".join(
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == sid and asked.request_id in floor.answers
    )


def where(sid: str) -> str:
    """In whose line a caller is; "" for in none."""
    call = Call.objects.get(sid=sid)
    live = Segment.objects.filter(call=call, kind="queue", ended_at=None).first()
    return live.queue.name if live is not None and live.queue is not None else ""


def ended(sid: str) -> tuple[str, str, str]:
    call = Call.objects.get(sid=sid)
    return (call.state, call.ended_by, call.end_reason)


def ring(floor: Floor, number: int, to: str = SUPPORT) -> list[str]:
    return [floor.ring(to=to) for _ in range(number)]


def names_of(sid: str) -> list[str]:
    rows = EventLog.objects.filter(call_id=Call.objects.get(sid=sid).pk).order_by("pk")
    return list(rows.values_list("name", flat=True))


# --- capacity ------------------------------------------------------------------------------------


def test_a_full_queue_says_so_says_goodbye_and_hangs_up(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=2)
    inside = ring(floor, 2)
    sid = floor.ring(to=SUPPORT)
    told = heard(floor, sid)
    assert "Very many people are calling at the moment." in told
    assert "Thank you for your call. Goodbye." in told
    assert "<Enqueue" not in told
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "full")
    assert floor.ended[sid] == "completed"
    assert [where(one) for one in inside] == ["Support", "Support"]


def test_when_one_leaves_there_is_room_for_one(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=2)
    first, _second = ring(floor, 2)
    floor.hang_up(first)
    floor.pass_seconds(1)
    assert where(floor.ring(to=SUPPORT)) == "Support"
    assert where(floor.ring(to=SUPPORT)) == ""


def test_a_full_queue_keeps_nobody_out_of_another(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=1)
    ring(floor, 2)
    assert where(floor.ring(to=SALES)) == "Sales"


def test_whose_agent_is_lost_comes_back_to_a_line_that_is_full(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=1)
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice, to=SUPPORT)
    assert where(floor.ring(to=SUPPORT)) == "Support"
    floor.hang_up(leg)
    floor.until(lambda: where(call.sid) == "Support", within=10)
    assert "Very many people" not in heard(floor, call.sid)


def test_a_sentence_of_its_own_is_said_to_who_did_not_choose_another_language(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, capacity=1, closing_text="The bakery is sold out.")
    ring(floor, 1)
    told = heard(floor, floor.ring(to=SUPPORT))
    assert "The bakery is sold out." in told
    assert "Very many people" not in told


def test_our_own_sentence_is_said_in_the_language_that_was_chosen(floor: Floor, cast: Cast) -> None:
    menu = cast.menu.menu
    menu.asks_language = True
    menu.save()
    spanish = MenuVersion.objects.create(
        menu=menu, number=2, language="es-ES", greeting="Bienvenido.", published_at=timezone.now()
    )
    MenuChoice.objects.create(version=spanish, key="2", label="ayuda", queue=cast.support)
    say_of(cast.support, capacity=1, closing_text="The bakery is sold out.")
    ring(floor, 1)
    sid = floor.ring(to=MAIN)
    floor.press(sid, "2")
    floor.press(sid, "2")
    told = heard(floor, sid)
    assert "En este momento recibimos muchas llamadas." in told
    assert "bakery" not in told


# --- overflow ------------------------------------------------------------------------------------


def test_from_the_threshold_on_callers_go_to_the_other_queue(floor: Floor, cast: Cast) -> None:
    say_of(
        cast.support,
        capacity=5,
        overflow_to="queue",
        overflow_queue=cast.sales,
        overflow_percent=60,
    )
    assert [where(sid) for sid in ring(floor, 3)] == ["Support"] * 3
    sid = floor.ring(to=SUPPORT)
    assert where(sid) == "Sales"
    call = Call.objects.get(sid=sid)
    assert call.queue == cast.sales
    assert f">q_{cast.sales.pk}</Enqueue>" in heard(floor, sid)
    stays = Segment.objects.filter(call=call, kind="queue").order_by("pk")
    assert [(stay.queue, stay.end_reason) for stay in stays] == [
        (cast.support, "overflowed"),
        (cast.sales, ""),
    ]
    event = EventLog.objects.get(name="call.overflowed")
    assert event.queue_id == cast.support.pk
    assert event.details == {"reason": "overflowed", "to_queue_id": cast.sales.pk}


def test_who_pressed_a_key_overflows_like_everybody(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=1, overflow_to="queue", overflow_queue=cast.sales)
    ring(floor, 1)
    sid = floor.ring(to=MAIN)
    floor.press(sid, "2")
    assert where(sid) == "Sales"
    assert names_of(sid)[-4:] == [
        "menu.key_pressed", "call.overflowed", "call.queued", "wait.started",
    ]  # fmt: skip
    kinds = Segment.objects.filter(call__sid=sid).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["menu", "queue", "queue"]


def test_who_has_overflowed_is_offered_to_an_agent_of_the_other_queue(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, capacity=1, overflow_to="queue", overflow_queue=cast.sales)
    cast.alice.memberships.filter(queue=cast.support).delete()
    first = floor.ring(to=SUPPORT)
    sid = floor.ring(to=SUPPORT)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert (offer.call.sid, offer.queue) == (sid, cast.sales)
    assert where(first) == "Support"


def test_an_overflow_to_a_sentence_says_it_and_hangs_up(floor: Floor, cast: Cast) -> None:
    say_of(
        cast.support,
        capacity=2,
        overflow_percent=50,
        overflow_to="sentence",
        closing_text="Please write to us.",
    )
    ring(floor, 1)
    sid = floor.ring(to=SUPPORT)
    assert "Please write to us." in heard(floor, sid)
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "overflowed")


def test_two_queues_that_overflow_into_each_other_fill_up_and_then_refuse(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, capacity=1, overflow_to="queue", overflow_queue=cast.sales)
    say_of(cast.sales, capacity=1, overflow_to="queue", overflow_queue=cast.support)
    assert [where(sid) for sid in ring(floor, 3)] == ["Support", "Sales", ""]


def test_nobody_is_sent_on_to_a_queue_that_is_closed(floor: Floor, cast: Cast) -> None:
    say_of(
        cast.support,
        capacity=2,
        overflow_to="queue",
        overflow_queue=cast.sales,
        overflow_percent=50,
    )
    made = keeping_hours.make_calendar(
        hours=Hours(name="Never", zone="UTC", week=()), actor=cast.dana
    )
    keeping_hours.let_follow(calendar_id=made.pk, queue_ids=[cast.sales.pk], actor=cast.dana)
    assert [where(sid) for sid in ring(floor, 3)] == ["Support", "Support", ""]


def test_a_target_that_was_removed_is_none(floor: Floor, cast: Cast) -> None:
    other = Queue.objects.create(tenant=cast.tenant, name="Overflow")
    say_of(cast.support, capacity=1, overflow_to="queue", overflow_queue=other)
    other.delete()
    sid = ring(floor, 2)[1]
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "full")


# --- nobody signed in ----------------------------------------------------------------------------


def test_with_nobody_signed_in_callers_wait_unless_the_queue_says_otherwise(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, overflow_to="sentence")
    assert where(floor.ring(to=SUPPORT)) == "Support"
    say_of(cast.support, when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    assert "Nobody can take your call at the moment." in heard(floor, sid)
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "nobody_signed_in")


def test_who_is_on_a_break_is_signed_in(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, overflow_to="queue", overflow_queue=cast.sales, when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    assert where(sid) == "Sales"
    floor.hang_up(sid)
    floor.pass_seconds(1)
    floor.on_duty(cast.alice)
    presence.set_presence(agent=cast.alice, presence=Presence.BREAK, reason="lunch")
    assert where(floor.ring(to=SUPPORT)) == "Support"
    presence.set_presence(agent=cast.alice, presence=Presence.OFFLINE)
    assert where(floor.ring(to=SUPPORT)) == "Sales"


# --- the longest wait ----------------------------------------------------------------------------


def test_who_has_waited_too_long_hears_a_sentence_and_the_goodbye(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, max_wait_seconds=20)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(19)
    assert where(sid) == "Support"
    floor.pass_seconds(16)  # a piece of music
    assert "we could not answer in time" in heard(floor, sid)
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "waited_too_long")
    stay = Segment.objects.get(call__sid=sid, kind="queue")
    assert stay.end_reason == "waited_too_long"
    assert names_of(sid).count("wait.expired") == 1


def test_who_has_waited_too_long_goes_on_to_the_other_queue_with_his_age(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, max_wait_seconds=20, overflow_to="queue", overflow_queue=cast.sales)
    say_of(cast.sales, max_wait_seconds=20)
    sid = floor.ring(to=SUPPORT)
    younger = floor.ring(to=SALES)
    floor.until(lambda: where(sid) == "Sales", within=40)
    assert "Goodbye" not in heard(floor, sid)
    old = Segment.objects.get(call__sid=sid, kind="queue", queue=cast.support)
    new = Segment.objects.get(call__sid=sid, kind="queue", queue=cast.sales)
    assert (old.end_reason, new.placed_at) == ("waited_too_long", old.placed_at)
    floor.on_duty(cast.alice)
    cast.alice.memberships.filter(queue=cast.support).delete()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert offer.call.sid == sid  # he has waited for longer than the other one
    assert where(younger) in ("Sales", "")


def test_in_the_other_queue_the_wait_is_counted_anew_and_nobody_goes_back(
    floor: Floor, cast: Cast
) -> None:
    for queue, other in ((cast.support, cast.sales), (cast.sales, cast.support)):
        say_of(queue, max_wait_seconds=20, overflow_to="queue", overflow_queue=other)
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: where(sid) == "Sales", within=40)
    floor.pass_seconds(15)
    assert where(sid) == "Sales"
    floor.pass_seconds(30)
    assert ended(sid) == ("ended", "system", "waited_too_long")
    stays = Segment.objects.filter(call__sid=sid, kind="queue")
    assert sorted(stay.queue.name for stay in stays if stay.queue) == ["Sales", "Support"]


def test_an_offer_is_not_torn_away_and_afterwards_the_caller_leaves(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, max_wait_seconds=20, ring_seconds=30)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    floor.pass_seconds(28)
    assert floor.pending(cast.alice) is not None
    assert Call.objects.get(sid=sid).state == "offered"
    floor.pass_seconds(25)  # she does not answer
    assert ended(sid) == ("ended", "system", "waited_too_long")


def test_who_accepts_in_the_last_moment_talks_with_the_caller(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, max_wait_seconds=20, ring_seconds=30)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    floor.pass_seconds(15)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.connect_browser(cast.alice, floor.accept(cast.alice, offer))
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=5)
    floor.pass_seconds(30)
    assert Call.objects.get(sid=sid).state == "connected"


def test_whose_agent_was_lost_may_wait_the_whole_time_again(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, max_wait_seconds=20)
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice, to=SUPPORT)
    floor.pass_seconds(25)
    floor.hang_up(leg)
    floor.until(lambda: where(call.sid) == "Support", within=10)
    floor.pass_seconds(17)
    assert where(call.sid) == "Support"
    floor.pass_seconds(25)
    assert ended(call.sid) == ("ended", "system", "waited_too_long")


def test_who_hangs_up_on_the_way_out_has_not_abandoned(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, max_wait_seconds=20)
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: Call.objects.get(sid=sid).state == "leaving", within=40)
    floor.hang_up(sid)
    floor.pass_seconds(2)
    assert ended(sid) == ("ended", "system", "waited_too_long")


def test_asking_twice_sends_nobody_on_twice(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, max_wait_seconds=20, overflow_to="queue", overflow_queue=cast.sales)
    floor.fate = lambda request: 2
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: where(sid) == "Sales", within=40)
    floor.pass_seconds(5)
    assert names_of(sid).count("call.overflowed") == 1
    assert Segment.objects.filter(call__sid=sid, kind="queue").count() == 2


def test_a_longest_wait_that_is_changed_holds_for_who_waits_already(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(30)
    assert where(sid) == "Support"
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_MAX_WAIT_TIME": 20}
    floor.pass_seconds(20)
    assert where(sid) == ""


# --- what it is counted as -----------------------------------------------------------------------


def test_each_is_an_outcome_of_its_own_flowed_out_and_never_abandoned(
    floor: Floor, cast: Cast
) -> None:
    say_of(cast.support, capacity=1, max_wait_seconds=20)
    waited = floor.ring(to=SUPPORT)
    floor.ring(to=SUPPORT)  # full
    say_of(cast.support, overflow_to="queue", overflow_queue=cast.sales)
    moved = floor.ring(to=SUPPORT)  # goes to Sales, and stays there
    say_of(cast.support, overflow_to="sentence")
    left = floor.ring(to=SUPPORT)
    floor.hang_up(left)  # in the middle of the sentence
    floor.pass_seconds(45)
    say_of(cast.support, when_nobody="overflow")
    floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    assert (ended(waited)[2], where(moved)) == ("waited_too_long", "Sales")
    now = timezone.now()
    scope = Scope(cast.tenant.pk)
    report = figures.report(scope, since=figures.midnight(now), until=now)
    support = report.queues[cast.support.pk].counts
    assert (support.offered, support.flowed_out, support.abandoned) == (5, 5, 0)
    listed = {
        outcome: calls_list(scope, {"outcome": outcome})["page"].paginator.count
        for outcome in Outcome
    }
    assert {outcome: number for outcome, number in listed.items() if number} == {
        Outcome.LIVE: 1,
        Outcome.FULL: 1,
        Outcome.OVERFLOWED: 1,
        Outcome.WAITED_TOO_LONG: 1,
        Outcome.NOBODY_SIGNED_IN: 1,
    }


@pytest.mark.parametrize("fate", [1, 2])
def test_the_log_says_why_a_caller_was_turned_away(floor: Floor, cast: Cast, fate: int) -> None:
    say_of(cast.support, capacity=1)
    ring(floor, 1)
    floor.fate = lambda request: fate
    sid = floor.ring(to=SUPPORT)
    rows = EventLog.objects.filter(call_id=Call.objects.get(sid=sid).pk, name="call.turned_away")
    assert [(row.queue_id, row.details["reason"]) for row in rows] == [(cast.support.pk, "full")]
