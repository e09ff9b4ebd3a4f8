"""A queue sends its callers to an outside number: what they hear, who talks, what it counts as."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.states import CallState
from contact_center.models import Call, EventLog, Queue, Segment
from contact_center.selectors import figures
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.scopes import Scope
from contact_center.services.sending_outside import RING_SECONDS
from contact_center.simulator.core.effects import SendRequest, Speak, StartAudio
from tests.cast import Cast
from tests.contact_center.services.test_overflowing import (
    MAIN,
    SUPPORT,
    ended,
    heard,
    names_of,
    say_of,
    where,
)
from tests.universe.floor import Floor

ANSWERS, BUSY, NEVER, FAILS, DECLINES = (
    f"+1415555{ending}" for ending in ("0177", "0199", "0198", "0197", "0195")
)
ELSEWHERE = "We are connecting you with a colleague."


def sends_outside(queue: Queue, number: str = ANSWERS, **more: object) -> None:
    say_of(queue, **{"overflow_to": "number", "overflow_number": number, "capacity": 1} | more)


def overflows(floor: Floor, cast: Cast, number: str = ANSWERS) -> str:
    """A customer rings whose queue is full; return the SID of the call."""
    sends_outside(cast.support, number)
    floor.ring(to=SUPPORT)
    return floor.ring(to=SUPPORT)


def state(sid: str) -> str:
    return Call.objects.get(sid=sid).state


def outside_legs(floor: Floor) -> list[dict[str, Any]]:
    """What the network knows to be true of the lines to outside numbers."""
    legs: Any = floor.network.truth()["legs"]
    return [leg for leg in legs if leg["parent_sid"] is not None]


def outside_leg(floor: Floor) -> str:
    [leg] = outside_legs(floor)
    return str(leg["sid"])


def kinds(sid: str) -> list[tuple[str, str]]:
    stays = Segment.objects.filter(call__sid=sid).order_by("started_at", "pk")
    return list(stays.values_list("kind", "end_reason"))


def sentences(floor: Floor, sid: str) -> list[str]:
    return [
        effect.clip.text
        for _at, effect in floor.sounds
        if isinstance(effect, StartAudio) and effect.leg_sid == sid
        if isinstance(effect.clip, Speak)
    ]


def test_a_caller_for_whom_there_is_no_room_is_told_so_and_talks_with_the_outside_number(
    floor: Floor, cast: Cast
) -> None:
    sid = overflows(floor, cast)
    assert state(sid) == CallState.OUTSIDE
    told = heard(floor, sid)
    assert ELSEWHERE in told
    assert f"<Number>{ANSWERS}</Number>" in told
    assert f'callerId="{SUPPORT}"' in told  # ours, never the customer's
    floor.pass_seconds(10)
    other = outside_leg(floor)
    assert floor.hears(sid, other)
    assert floor.hears(other, sid)
    assert outside_legs(floor)[0]["from"] == SUPPORT

    floor.hang_up(other)
    floor.pass_seconds(10)
    assert sentences(floor, sid) == [
        f"One moment, please. {ELSEWHERE}",
        "Thank you for your call. Goodbye.",
    ]
    assert ended(sid) == ("ended", "system", "outside")
    assert kinds(sid) == [("queue", "overflowed"), ("outside", "outside"), ("goodbye", "outside")]
    assert names_of(sid) == ["call.arrived", "call.sent_outside", "outside.ended", "call.ended"]
    rows = EventLog.objects.filter(name__in=("call.sent_outside", "outside.ended")).order_by("pk")
    assert [row.details for row in rows] == [{"reason": "overflowed"}, {"reached": True}]


@pytest.mark.parametrize("number", [BUSY, NEVER, FAILS, DECLINES])
def test_whom_nobody_answers_outside_hears_the_closing_sentence(
    floor: Floor, cast: Cast, number: str
) -> None:
    say_of(cast.support, closing_text="Please write to us.")
    sid = overflows(floor, cast, number)
    floor.until(lambda: "Please write to us." in sentences(floor, sid), within=RING_SECONDS + 10)
    floor.pass_seconds(10)
    assert sentences(floor, sid)[1:] == ["Please write to us.", "Thank you for your call. Goodbye."]
    assert ended(sid) == ("ended", "system", "outside_not_reached")
    assert floor.ended[sid] == "completed"
    assert EventLog.objects.get(name="outside.ended").details == {"reached": False}


def test_without_a_closing_sentence_of_its_own_ours_says_why_he_was_sent_there(
    floor: Floor, cast: Cast
) -> None:
    sends_outside(cast.support, BUSY, when_nobody="overflow", capacity=5)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    assert "Nobody can take your call at the moment." in heard(floor, sid)


def test_who_has_waited_too_long_is_sent_outside(floor: Floor, cast: Cast) -> None:
    sends_outside(cast.support, capacity=5, max_wait_seconds=20)
    sid = floor.ring(to=MAIN)
    floor.press(sid, "2")
    floor.until(lambda: state(sid) == "outside", within=40)
    assert where(sid) == ""
    floor.pass_seconds(10)
    assert floor.hears(sid, outside_leg(floor))
    assert kinds(sid)[:2] == [("menu", "menu"), ("queue", "waited_too_long")]
    assert names_of(sid)[-2:] == ["wait.expired", "call.sent_outside"]


def test_with_nobody_signed_in_callers_are_sent_outside_where_the_queue_says_so(
    floor: Floor, cast: Cast
) -> None:
    sends_outside(cast.support, capacity=5)
    assert where(floor.ring(to=SUPPORT)) == "Support"
    sends_outside(cast.support, capacity=5, when_nobody="overflow")
    sid = floor.ring(to=SUPPORT)
    assert state(sid) == "outside"
    assert EventLog.objects.get(name="call.sent_outside").details == {"reason": "nobody_signed_in"}
    floor.hang_up(sid)
    floor.on_duty(cast.alice)
    assert state(floor.ring(to=SUPPORT)) in ("queued", "offered")


def test_the_number_of_the_queue_at_the_end_of_a_chain_is_rung(floor: Floor, cast: Cast) -> None:
    say_of(cast.support, capacity=1, overflow_to="queue", overflow_queue=cast.sales)
    sends_outside(cast.sales)
    assert [where(floor.ring(to=SUPPORT)) for _ in range(2)] == ["Support", "Sales"]
    sid = floor.ring(to=SUPPORT)
    assert state(sid) == "outside"
    assert Call.objects.get(sid=sid).queue == cast.support


def test_without_overflow_nobody_is_sent_outside(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"ENABLE_OVERFLOW": False}
    sid = overflows(floor, cast)
    floor.pass_seconds(10)
    assert ended(sid) == ("ended", "system", "full")


def test_a_caller_who_hangs_up_outside_frees_the_line_and_has_not_abandoned(
    floor: Floor, cast: Cast
) -> None:
    ringing, talking = overflows(floor, cast, NEVER), ""
    floor.pass_seconds(4)
    floor.hang_up(ringing)
    floor.pass_seconds(1)
    sends_outside(cast.support, ANSWERS)
    talking = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.hang_up(talking)
    floor.pass_seconds(1)
    for sid in (ringing, talking):
        assert ended(sid) == ("ended", "system", "outside")
    assert [leg["status"] for leg in outside_legs(floor)] == ["canceled", "completed"]


def test_each_is_an_outcome_of_its_own_flowed_out_and_never_abandoned(
    floor: Floor, cast: Cast
) -> None:
    overflows(floor, cast, BUSY)
    floor.pass_seconds(10)
    sends_outside(cast.support, ANSWERS)
    floor.hang_up(floor.ring(to=SUPPORT))
    floor.pass_seconds(2)
    now = timezone.now()
    scope = Scope(cast.tenant.pk)
    counts = figures.report(scope, since=figures.midnight(now), until=now).queues[cast.support.pk]
    assert (counts.counts.offered, counts.counts.flowed_out, counts.counts.abandoned) == (2, 2, 0)
    listed = {
        outcome: calls_list(scope, {"outcome": outcome})["page"].paginator.count
        for outcome in Outcome
    }
    assert {outcome: number for outcome, number in listed.items() if number} == {
        Outcome.LIVE: 1,
        Outcome.OUTSIDE: 1,
        Outcome.OUTSIDE_NOT_REACHED: 1,
    }


def test_nobody_talks_outside_for_longer_than_a_call_may_last(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_CALL = {"MAX_DURATION": 60}
    sid = overflows(floor, cast)
    assert 'timeLimit="60"' in heard(floor, sid)
    floor.pass_seconds(5)
    assert floor.hears(sid, outside_leg(floor))
    floor.traveller.shift(60)
    floor.pass_seconds(5)
    assert ended(sid) == ("ended", "system", "outside")


def test_asking_everything_twice_rings_once_and_says_the_same(floor: Floor, cast: Cast) -> None:
    floor.fate = lambda request: 2
    sid = overflows(floor, cast, BUSY)
    floor.pass_seconds(10)
    assert len(outside_legs(floor)) == 1
    assert names_of(sid).count("call.sent_outside") == 1
    assert names_of(sid).count("outside.ended") == 1
    assert len(sentences(floor, sid)) == 3


def test_whose_return_goes_unheard_hears_the_goodbye_and_rings_nobody_again(
    floor: Floor, cast: Cast
) -> None:
    floor.fate = _loses_returns
    sid = overflows(floor, cast, BUSY)
    floor.pass_seconds(20)
    assert len(outside_legs(floor)) == 1
    assert state(sid) == "ended"


def _loses_returns(request: SendRequest) -> int:
    return 0 if "back-from-outside" in request.url else 1


def test_a_call_that_is_gone_unseen_is_found_to_be_over(floor: Floor, cast: Cast) -> None:
    sid = overflows(floor, cast)
    floor.pass_seconds(10)
    floor.fate = lambda request: 0
    floor.hang_up(sid)
    floor.until(lambda: state(sid) == "ended", within=60)
    assert ended(sid) == ("ended", "system", "outside")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+1 415 555 0177", "+14155550177"),
        (" +1 (415) 555-0177 ", "+14155550177"),
        ("tel:+44-20-7946-0123", "+442079460123"),
    ],
)
def test_a_number_is_kept_in_one_way_however_it_was_written(
    cast: Cast, written: str, kept: str
) -> None:
    sends_outside(cast.support, written)
    cast.support.refresh_from_db()
    assert cast.support.overflow_number == kept


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "Write the number that callers are connected with."),
        ("4155550177", "There is no such number. Write it with its country, like +1 415 555 0177."),
        ("+1 415 55", "There is no such number."),
        ("sip:carol@example.com", "There is no such number."),
        ("+1 415 555 0177 ext. 5", "There is no such number."),
        ("911", "Nobody is sent to an emergency number."),
        ("112", "Nobody is sent to an emergency number."),
        ("+1911", "Nobody is sent to an emergency number."),
        ("+1 900 555 1234", "This number costs extra."),
        ("+34 806 123 456", "This number costs extra."),
        (MAIN, "This is one of your own numbers: callers would go round in a circle."),
    ],
)
def test_a_number_to_which_nobody_may_be_sent_is_refused_in_a_sentence(
    cast: Cast, written: str, sentence: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        sends_outside(cast.support, written)
    assert sentence in refusal.value.message_dict["overflow_number"][0]
