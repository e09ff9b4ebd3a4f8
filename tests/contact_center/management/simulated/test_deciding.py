"""What an invented agent decides, with the desk before him and nothing else."""

import random
from dataclasses import replace

import pytest

from contact_center.domain.states import Presence
from contact_center.management.simulated.deciding import (
    CallOnDesk,
    Course,
    Desk,
    Mind,
    Press,
    decide,
    draw_course,
    leave,
)
from contact_center.models import OfferState

COURSE = Course(answer=Press.ACCEPT, answer_after_s=3, wrap_up_s=8, away_s=20, break_s=40)
FREE = Desk(presence=Presence.AVAILABLE, has_phone=True)


def in_call(state: OfferState, for_s: float, *, held: bool = False, pending: bool = False) -> Desk:
    call = CallOnDesk(
        offer_id=4, fence=1, slot=0, state=state, for_s=for_s, is_held=held, is_pending=pending
    )
    return replace(FREE, call=call)


def test_who_has_no_phone_yet_goes_on_duty_first() -> None:
    assert decide(COURSE, replace(FREE, has_phone=False)) is Press.GO_ON_DUTY
    left_over = replace(in_call(OfferState.CONNECTED, 5), has_phone=False)
    assert decide(COURSE, left_over) is Press.GO_ON_DUTY


def test_a_free_agent_waits_and_one_sent_home_by_a_supervisor_stays_there() -> None:
    assert decide(COURSE, FREE) is None
    assert decide(COURSE, replace(FREE, presence=Presence.OFFLINE, presence_for_s=900)) is None


@pytest.mark.parametrize("answer", [Press.ACCEPT, Press.DECLINE, None])
def test_what_rings_is_answered_after_a_few_seconds_declined_or_left_to_ring(
    answer: Press | None,
) -> None:
    course = replace(COURSE, answer=answer)
    assert decide(course, in_call(OfferState.PENDING, 2.9)) is None
    assert decide(course, in_call(OfferState.PENDING, 3.0)) is answer


def test_while_the_line_is_being_connected_nothing_is_pressed() -> None:
    assert decide(COURSE, in_call(OfferState.ACCEPTED, 9)) is None


def test_most_talk_until_the_customer_hangs_up() -> None:
    assert decide(COURSE, in_call(OfferState.CONNECTED, 3600)) is None


def test_some_hang_up_first_and_once() -> None:
    course = replace(COURSE, hang_up_after_s=50)
    assert decide(course, in_call(OfferState.CONNECTED, 49)) is None
    assert decide(course, in_call(OfferState.CONNECTED, 50)) is Press.HANG_UP
    assert decide(course, in_call(OfferState.CONNECTED, 51, pending=True)) is None


def test_who_is_put_on_hold_is_brought_back() -> None:
    course = replace(COURSE, hold_after_s=10, resume_after_s=18)
    assert decide(course, in_call(OfferState.CONNECTED, 9)) is None
    assert decide(course, in_call(OfferState.CONNECTED, 10)) is Press.HOLD
    assert decide(course, in_call(OfferState.CONNECTED, 11, pending=True)) is None
    assert decide(course, in_call(OfferState.CONNECTED, 12, held=True)) is None
    assert decide(course, in_call(OfferState.CONNECTED, 18, held=True)) is Press.RESUME
    assert decide(course, in_call(OfferState.CONNECTED, 19)) is None  # not a second time


def test_wrap_up_is_finished_sometimes_with_a_break_after_it() -> None:
    rests = replace(COURSE, takes_break=True)
    assert decide(COURSE, in_call(OfferState.WRAPPING_UP, 7)) is None
    assert decide(COURSE, in_call(OfferState.WRAPPING_UP, 8)) is Press.FINISH
    assert decide(rests, in_call(OfferState.WRAPPING_UP, 8)) is Press.FINISH_AND_TAKE_A_BREAK


def test_a_break_ends_and_who_let_it_ring_out_comes_back() -> None:
    on_break = replace(FREE, presence=Presence.BREAK, presence_for_s=39)
    assert decide(COURSE, on_break) is None
    assert decide(COURSE, replace(on_break, presence_for_s=40)) is Press.END_BREAK
    assert decide(COURSE, replace(FREE, not_responding_for_s=19)) is None
    assert decide(COURSE, replace(FREE, not_responding_for_s=20)) is Press.COME_BACK


def test_who_goes_home_declines_hangs_up_or_finishes_and_then_goes_off_duty() -> None:
    assert leave(in_call(OfferState.PENDING, 0)) is Press.DECLINE_AND_GO_OFF_DUTY
    assert leave(in_call(OfferState.ACCEPTED, 0)) is None
    assert leave(in_call(OfferState.CONNECTED, 0)) is Press.HANG_UP
    assert leave(in_call(OfferState.CONNECTED, 0, pending=True)) is None
    assert leave(in_call(OfferState.WRAPPING_UP, 0)) is Press.FINISH_AND_GO_OFF_DUTY
    assert leave(FREE) is Press.GO_OFF_DUTY
    assert leave(replace(FREE, presence=Presence.BREAK)) is Press.GO_OFF_DUTY
    assert leave(replace(FREE, presence=Presence.OFFLINE)) is None


def test_one_seed_and_name_draw_the_same_courses_and_each_call_another() -> None:
    def courses(seed: int, username: str) -> list[Course]:
        mind = Mind(seed=seed, username=username)
        ringing = in_call(OfferState.PENDING, 0)
        assert ringing.call is not None
        drawn = []
        for n in range(1, 6):
            desk = replace(ringing, call=replace(ringing.call, offer_id=n))
            drawn.append(mind.course_for(desk))
            assert mind.course_for(desk) is mind.course_for(FREE) is drawn[-1]
        return drawn

    assert courses(7, "agent001") == courses(7, "agent001")
    assert courses(7, "agent001") != courses(8, "agent001")
    assert courses(7, "agent001") != courses(7, "agent002")
    assert len(set(courses(7, "agent001"))) == 5


def test_nearly_all_calls_are_answered_and_everything_else_happens_too() -> None:
    draw = random.Random(7)
    drawn = [draw_course(draw) for _call in range(1000)]

    assert 880 < sum(one.answer is Press.ACCEPT for one in drawn) < 960
    assert {one.answer for one in drawn} == {Press.ACCEPT, Press.DECLINE, None}
    for share in (
        sum(one.hold_after_s is not None for one in drawn),
        sum(one.hang_up_after_s is not None for one in drawn),
        sum(one.takes_break for one in drawn),
    ):
        assert 20 < share < 200
    assert all(one.hold_after_s < one.resume_after_s for one in drawn if one.hold_after_s)
