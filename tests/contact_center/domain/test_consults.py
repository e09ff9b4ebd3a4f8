"""Who hears whom while a colleague is consulted, and in which order it changes."""

import pytest

from contact_center.domain import events as ev
from contact_center.domain.consults import (
    ConsultState,
    Step,
    Talk,
    Wish,
    next_consult_state,
    next_step,
    talk_of,
)
from contact_center.errors import IllegalTransition


def walk(wish: Wish, customer_held: bool, colleague_held: bool) -> list[Talk]:
    """Return through which ways to talk a wish leads, the network doing all that is asked."""
    passed = [talk_of(customer_held=customer_held, colleague_held=colleague_held)]
    while step := next_step(wish, customer_held=customer_held, colleague_held=colleague_held):
        match step:
            case Step.HOLD_CUSTOMER:
                customer_held = True
            case Step.RESUME_CUSTOMER:
                customer_held = False
            case Step.HOLD_COLLEAGUE:
                colleague_held = True
            case Step.RESUME_COLLEAGUE:
                colleague_held = False
            case Step.LET_GO | Step.HAND_OVER:
                return passed
        passed.append(talk_of(customer_held=customer_held, colleague_held=colleague_held))
    return passed


def test_a_swap_passes_through_silence_and_never_through_all_three() -> None:
    assert walk(Wish.CUSTOMER, True, False) == [Talk.COLLEAGUE, Talk.NOBODY, Talk.CUSTOMER]
    assert walk(Wish.COLLEAGUE, False, True) == [Talk.CUSTOMER, Talk.NOBODY, Talk.COLLEAGUE]


@pytest.mark.parametrize("customer_held", [True, False])
@pytest.mark.parametrize("colleague_held", [True, False])
@pytest.mark.parametrize("wish", [Wish.COLLEAGUE, Wish.CUSTOMER])
def test_only_who_heard_already_hears_on_the_way_to_a_talk_of_two(
    wish: Wish, customer_held: bool, colleague_held: bool
) -> None:
    passed = walk(wish, customer_held, colleague_held)
    assert passed[-1] == wish.value
    assert Talk.TOGETHER not in passed[1:]


@pytest.mark.parametrize("customer_held", [True, False])
@pytest.mark.parametrize("colleague_held", [True, False])
@pytest.mark.parametrize("wish", [Wish.TOGETHER, Wish.COMPLETE])
def test_merging_and_completing_end_with_all_three(
    wish: Wish, customer_held: bool, colleague_held: bool
) -> None:
    assert walk(wish, customer_held, colleague_held)[-1] is Talk.TOGETHER


def test_only_completing_hands_the_call_over_and_not_before_all_hear_each_other() -> None:
    assert next_step(Wish.COMPLETE, customer_held=False, colleague_held=False) is Step.HAND_OVER
    assert next_step(Wish.TOGETHER, customer_held=False, colleague_held=False) is None
    assert next_step(Wish.COMPLETE, customer_held=True, colleague_held=False) is not Step.HAND_OVER
    assert next_step(Wish.COMPLETE, customer_held=False, colleague_held=True) is not Step.HAND_OVER


def test_letting_go_never_resumes_the_caller_before_the_colleague_is_out() -> None:
    assert next_step(Wish.CANCEL, customer_held=True, colleague_held=False) is Step.LET_GO


def test_what_is_over_stays_over() -> None:
    with pytest.raises(IllegalTransition):
        next_consult_state(ConsultState.ENDED, ev.ConsultJoined)


def test_nobody_gets_a_call_before_being_in_it() -> None:
    with pytest.raises(IllegalTransition):
        next_consult_state(ConsultState.JOINING, ev.CallHandedOver)
