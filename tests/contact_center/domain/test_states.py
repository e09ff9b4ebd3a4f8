"""The two state tables: complete, connected, never a trap, and drawn as they are."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contact_center.domain import diagrams
from contact_center.domain import events as ev
from contact_center.domain.states import (
    ACTIVITY_TIME_LIMITS,
    ACTIVITY_TRANSITIONS,
    CALL_TIME_LIMITS,
    CALL_TRANSITIONS,
    TALKING_STATES,
    WAITING_STATES,
    Activity,
    CallState,
    next_activity,
    next_call_state,
)
from contact_center.errors import IllegalTransition

ROOT = Path(__file__).resolve().parents[3]

#: What a call and the slot that has it are doing at the same time.
TOGETHER = {
    CallState.OFFERED: Activity.RINGING,
    CallState.CONNECTING: Activity.CONNECTING,
    CallState.CONNECTED: Activity.ON_CALL,
    CallState.ON_HOLD: Activity.ON_HOLD,
}
#: Activities of a slot that has no call any more.
ALONE = {Activity.IDLE, Activity.WRAPPING_UP, Activity.NOT_RESPONDING}


def reachable_from(start: Any, table: Mapping[Any, Mapping[Any, Any]]) -> set[Any]:
    """Every state that some course of events leads to."""
    found = {start}
    frontier = [start]
    while frontier:
        for following in table[frontier.pop()].values():
            if following not in found:
                found.add(following)
                frontier.append(following)
    return found


def test_every_state_has_a_row() -> None:
    assert set(CALL_TRANSITIONS) == set(CallState)
    assert set(ACTIVITY_TRANSITIONS) == set(Activity)


def test_every_state_can_be_reached() -> None:
    assert reachable_from(CallState.ARRIVED, CALL_TRANSITIONS) == set(CallState)
    assert reachable_from(Activity.IDLE, ACTIVITY_TRANSITIONS) == set(Activity)


def test_a_caller_can_hang_up_in_every_state_and_the_end_is_final() -> None:
    for state in set(CallState) - {CallState.ENDED}:
        assert next_call_state(state, ev.CallEnded) is CallState.ENDED
    assert not CALL_TRANSITIONS[CallState.ENDED]


def test_an_agent_can_get_back_to_idle_from_everywhere() -> None:
    for activity in Activity:
        assert Activity.IDLE in reachable_from(activity, ACTIVITY_TRANSITIONS)


def test_every_waiting_state_has_a_limit_and_the_event_that_ends_it_is_possible_there() -> None:
    assert set(CALL_TIME_LIMITS) == set(CallState) - {CallState.ENDED}
    for state, limit in CALL_TIME_LIMITS.items():
        assert limit.ends_with in CALL_TRANSITIONS[state], state
        assert limit.seconds or limit.source
    assert {Activity.RINGING, Activity.CONNECTING, Activity.WRAPPING_UP} == set(
        ACTIVITY_TIME_LIMITS
    )
    for activity, limit in ACTIVITY_TIME_LIMITS.items():
        assert limit.ends_with in ACTIVITY_TRANSITIONS[activity], activity


def test_the_states_in_which_a_customer_waits_or_talks_do_not_overlap() -> None:
    assert not WAITING_STATES & TALKING_STATES
    assert set(TOGETHER) == (WAITING_STATES | TALKING_STATES) - {CallState.QUEUED}


@pytest.mark.parametrize("state", list(TOGETHER))
def test_one_event_moves_the_call_and_its_agent_to_states_that_belong_together(
    state: CallState,
) -> None:
    activity = TOGETHER[state]
    call_moves, slot_moves = CALL_TRANSITIONS[state], ACTIVITY_TRANSITIONS[activity]
    # A call may end by itself, and it goes on without an agent who is relieved of it: then it is
    # somebody else's, whose slot is another. Everything else happens to both.
    assert set(call_moves) - set(slot_moves) <= {ev.CallEnded, ev.CallTakenOver}
    of_the_agent_alone = {
        ev.AgentRelieved,
        # A colleague who is consulted about another agent's call.
        ev.ConsultAccepted,
        ev.ConsultDeclined,
        ev.ConsultUnanswered,
        ev.ConsultJoined,
        ev.ConsultMissed,
        ev.ConsultEnded,
    }
    assert set(slot_moves) - set(call_moves) <= of_the_agent_alone
    for event in set(slot_moves) & set(call_moves):
        call_after, slot_after = call_moves[event], slot_moves[event]
        if event is ev.CallHandedOver:
            # It goes on with the colleague who was consulted, whose slot is on the call already.
            assert slot_after is Activity.WRAPPING_UP
        elif call_after in TOGETHER:
            assert slot_after is TOGETHER[call_after], event
        else:
            assert slot_after in ALONE, event


def test_what_is_not_a_row_is_refused_with_a_sentence() -> None:
    with pytest.raises(IllegalTransition, match=r"'call\.connected' cannot happen while 'queued'"):
        next_call_state(CallState.QUEUED, ev.CallConnected)
    with pytest.raises(IllegalTransition, match=r"'call\.offered' cannot happen while 'on_call'"):
        next_activity(Activity.ON_CALL, ev.CallOffered)


@pytest.mark.parametrize("event", ev.all_events().values())
def test_nothing_wakes_a_call_that_has_ended(event: type[ev.Event]) -> None:
    with pytest.raises(IllegalTransition):
        next_call_state(CallState.ENDED, event)


def test_the_page_of_diagrams_is_the_one_the_tables_make() -> None:
    page = (ROOT / "docs" / "call-states.md").read_text(encoding="utf-8")
    assert page == diagrams.document(), "run `python manage.py document_states`"


def test_every_move_is_drawn() -> None:
    page = diagrams.document()
    for table in (CALL_TRANSITIONS, ACTIVITY_TRANSITIONS):
        for state, moves in table.items():
            for event, to in moves.items():
                assert f"    {state} --> {to} : {event.name}\n" in page
