"""What holds on every floor, whatever its queues are set to.

The rules are said once more here, naively, one call and one agent at a time; what the planner does
with sorted boards must come to the same.
"""

import random
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from contact_center.domain.eligibility import (
    REST_AFTER_DECLINE,
    REST_WHEN_ALONE,
    Eligibility,
    Why,
)
from contact_center.domain.explaining import Explained, why_this_agent
from contact_center.domain.line import Kind, Order, WaitingCall
from contact_center.domain.members import Candidate, Standing
from contact_center.domain.routing import in_line
from contact_center.domain.skills import all_needs
from tests.contact_center.domain.floors import (
    FLOORS,
    NOON,
    SECONDS,
    STANDING_FOR,
    Floor,
    pairs,
    seconds,
)

# --- the rules, said once more --------------------------------------------------------------------


def still_needed(call: WaitingCall, floor: Floor, now: datetime) -> dict[int, int]:
    """By skill, the level that is needed after so long a wait."""
    rules = floor.rules_of(call)
    left: dict[int, int] = {}
    asked = [rules.needs, *call.asked.values()]
    for skill in {skill for levels in asked for skill in levels}:
        level = max(levels.get(skill, 0) for levels in asked)
        for step in rules.relaxing:
            if step.skill in (None, skill) and call.placed_at + step.after <= now:
                level = min(level, step.level)
        left[skill] = level
    return left


def has_the_skills(call: WaitingCall, agent: Candidate, floor: Floor, now: datetime) -> bool:
    """Whether the agent has every level that is still needed."""
    needed = still_needed(call, floor, now)
    return all(
        any(
            has >= level
            for own, has in agent.skills.items()
            if skill in (own, STANDING_FOR.get(own))
        )
        for skill, level in needed.items()
        if level
    )


def tier_is_open(call: WaitingCall, agent: Candidate, floor: Floor, now: datetime) -> bool:
    """Whether the caller has waited long enough for the agent's tier."""
    rules = floor.rules_of(call)
    tier = agent.membership(call.queue_id).tier
    if rules.tiers_on_duty is not None and all(other >= tier for other in rules.tiers_on_duty):
        return True
    return all(
        call.placed_at + delay <= now
        for other, delay in rules.tier_delays.items()
        if 2 <= other <= tier
    )


def has_rested(call: WaitingCall, agent: Candidate, floor: Floor, now: datetime) -> bool:
    """Whether it is long enough ago that the agent declined this call."""
    refused_at = call.refused_by.get(agent.agent_id)
    alone = call.reserved_for is not None or floor.rules_of(call).on_duty == 1
    rest = REST_WHEN_ALONE if alone else REST_AFTER_DECLINE
    return refused_at is None or now >= refused_at + rest


def is_kept_for_another(call: WaitingCall, agent: Candidate, now: datetime) -> bool:
    """Whether the caller waits for the agent he knows, and this is not she."""
    return (
        call.preferred_agent_id not in (None, agent.agent_id)
        and call.preferred_until is not None
        and now < call.preferred_until
        and call.preferred_agent_id not in call.refused_by
    )


def is_free(agent: Candidate) -> bool:
    """Whether the agent can be rung at all."""
    return agent.standing is Standing.FREE and agent.in_use < agent.capacity


def may_take(call: WaitingCall, agent: Candidate, floor: Floor, now: datetime = NOON) -> bool:
    """Whether nothing stops these two."""
    if not is_free(agent) or not has_rested(call, agent, floor, now):
        return False
    if call.reserved_for is not None:
        return call.reserved_for == agent.agent_id
    return (
        call.queue_id in agent.queues
        and has_the_skills(call, agent, floor, now)
        and tier_is_open(call, agent, floor, now)
        and not is_kept_for_another(call, agent, now)
    )


def weight(call: WaitingCall, ageing: timedelta) -> timedelta:
    """The wait and the head start of a caller, at noon."""
    return NOON - call.placed_at + call.standing * ageing


# --- the pairs ------------------------------------------------------------------------------------


@given(FLOORS)
def test_nobody_and_no_call_is_used_twice(floor: Floor) -> None:
    plans = floor.plan()
    assert len({plan.call.segment_id for plan in plans}) == len(plans)
    assert len({plan.candidate.agent_id for plan in plans}) == len(plans)


@given(FLOORS)
def test_every_pair_is_allowed(floor: Floor) -> None:
    for plan in floor.plan():
        assert may_take(plan.call, plan.candidate, floor)


@settings(max_examples=300)
@given(FLOORS)
def test_nobody_waits_while_someone_able_is_free(floor: Floor) -> None:
    plans = floor.plan()
    served = {plan.call.segment_id for plan in plans}
    rung = {plan.candidate.agent_id for plan in plans}
    event(f"{min(len(plans), 3)} pairs")
    for caller in floor.waiting:
        for agent in floor.agents:
            if caller.segment_id not in served and agent.agent_id not in rung:
                assert not may_take(caller, agent, floor)


@given(FLOORS)
def test_nobody_gets_more_calls_than_there_are_slots_nor_is_rung_while_one_rings(
    floor: Floor,
) -> None:
    for plan in floor.plan():
        assert plan.candidate.in_use < plan.candidate.capacity
        assert plan.candidate.standing is Standing.FREE


@given(FLOORS, SECONDS)
def test_at_every_step_of_relaxing_the_skills_are_respected(floor: Floor, later: float) -> None:
    now = NOON + seconds(later)
    for plan in floor.plan(now):
        if plan.call.reserved_for is None:
            assert has_the_skills(plan.call, plan.candidate, floor, now)


@given(FLOORS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(floor: Floor, shuffler: random.Random) -> None:
    other = Floor(list(floor.waiting), list(floor.agents), floor.rules, floor.ageing)
    shuffler.shuffle(other.waiting)
    shuffler.shuffle(other.agents)
    assert other.plan() == floor.plan()


@given(FLOORS)
def test_an_agent_who_is_given_once_for_each_free_slot_is_rung_once(floor: Floor) -> None:
    second_slots = [replace(agent, slot_id=agent.slot_id + 5_000) for agent in floor.agents]
    doubled = replace(floor, agents=[*second_slots, *floor.agents])
    assert doubled.plan() == floor.plan()


# --- the line -------------------------------------------------------------------------------------


@given(FLOORS)
def test_nobody_gets_an_agent_whom_somebody_before_him_in_line_could_have_had(
    floor: Floor,
) -> None:
    places = {
        one.segment_id: place
        for place, one in enumerate(in_line(floor.waiting, floor.rules, ageing=floor.ageing))
    }
    plans = floor.plan()
    served = {plan.call.segment_id for plan in plans}
    for caller in floor.waiting:
        for plan in plans:
            before = places[caller.segment_id] < places[plan.call.segment_id]
            if caller.segment_id not in served and before:
                assert not may_take(caller, plan.candidate, floor)


@given(FLOORS)
def test_without_ageing_no_lower_priority_is_served_before_a_higher_one(floor: Floor) -> None:
    plans = replace(floor, ageing=None).plan()
    served = {plan.call.segment_id for plan in plans}
    for caller in floor.waiting:
        for plan in plans:
            if caller.segment_id not in served and caller.standing > plan.call.standing:
                assert not may_take(caller, plan.candidate, floor)


@given(FLOORS, st.integers(1, 6).map(lambda tens: seconds(10 * tens)))
def test_with_ageing_nobody_of_a_fifo_queue_yields_to_one_who_has_waited_less_than_the_difference(
    floor: Floor, ageing: timedelta
) -> None:
    floor = replace(floor, ageing=ageing)
    plans = floor.plan()
    served = {plan.call.segment_id for plan in plans}
    for caller in floor.waiting:
        if caller.segment_id in served or floor.rules_of(caller).order is Order.LIFO:
            continue
        for plan in plans:
            lighter = weight(plan.call, ageing) < weight(caller, ageing)
            if lighter and plan.call.at_head <= caller.at_head:
                assert not may_take(caller, plan.candidate, floor)


@settings(max_examples=500)
@given(FLOORS)
def test_in_a_lifo_queue_nobody_yields_to_one_of_the_same_priority_who_has_waited_longer(
    floor: Floor,
) -> None:
    plans = floor.plan()
    served = {plan.call.segment_id for plan in plans}
    for caller in floor.waiting:
        if caller.segment_id in served or floor.rules_of(caller).order is Order.FIFO:
            continue
        for plan in plans:
            if (
                plan.call.queue_id == caller.queue_id
                and plan.call.standing == caller.standing
                and plan.call.at_head <= caller.at_head
                and plan.call.placed_at < caller.placed_at
            ):
                assert not may_take(caller, plan.candidate, floor)


@given(FLOORS)
def test_offers_are_planned_in_the_order_of_the_line(floor: Floor) -> None:
    line = in_line(floor.waiting, floor.rules, ageing=floor.ageing)
    planned = [line.index(plan.call) for plan in floor.plan()]
    assert planned == sorted(planned)


@given(FLOORS)
def test_a_callback_stands_where_its_caller_would_stand(floor: Floor) -> None:
    def become(kind: Kind) -> Floor:
        return replace(floor, waiting=[replace(one, kind=kind) for one in floor.waiting])

    assert pairs(become(Kind.CALLBACK).plan()) == pairs(become(Kind.LIVE).plan())


# --- the explanations -----------------------------------------------------------------------------


@given(FLOORS)
def test_every_pair_is_either_planned_or_has_a_reason(floor: Floor) -> None:
    planned = set(pairs(floor.plan()))
    explained = Explained(floor.waiting, floor.agents, floor.rules, NOON, ageing=floor.ageing)
    for caller in floor.waiting:
        for agent in floor.agents:
            reason = explained.why_not(caller, agent)
            assert (reason is None) == ((caller.segment_id, agent.agent_id) in planned)
            if reason is not None:
                contest = reason.why in (Why.ANOTHER_CALL_FIRST, Why.ANOTHER_AGENT_FIRST)
                assert contest == may_take(caller, agent, floor)


@given(FLOORS)
def test_a_reason_says_who_asked_for_what_was_needed(floor: Floor) -> None:
    for plan in floor.plan():
        reason = why_this_agent(plan.reason)
        assert reason is not None
        if reason.reserved:
            assert (reason.needs, reason.asked) == ({}, {})
            continue
        for skill, level in reason.needs.items():
            assert max(levels.get(skill, 0) for levels in reason.asked.values()) >= level
        at_first = all_needs(*reason.asked.values())
        assert reason.relaxed == (at_first != reason.needs)
        assert reason.asked.get("queue", {}) == floor.rules_of(plan.call).needs


@given(FLOORS)
def test_what_a_page_says_of_a_caller_it_says_of_each_agent(floor: Floor) -> None:
    explained = Explained(floor.waiting, floor.agents, floor.rules, NOON, ageing=floor.ageing)
    of_calls = {
        (caller.segment_id, one.agent_id): one.blocked
        for caller in floor.waiting
        for one in explained.why_waiting(caller).agents
    }
    for agent in floor.agents:
        for queue in explained.why_no_calls(agent).queues:
            assert sum(queue.counts.values()) + sum(
                one.blocked is None for one in queue.first
            ) >= min(queue.waiting, len(queue.first))
            for one in queue.first:
                assert of_calls[one.segment_id, agent.agent_id] == one.blocked


@given(FLOORS)
def test_the_counts_of_a_reason_add_up(floor: Floor) -> None:
    for plan in floor.plan():
        reason = why_this_agent(plan.reason)
        assert reason is not None
        assert reason.considered[0].agent_id == plan.candidate.agent_id
        assert (reason.decided_by is None) == (len(reason.considered) == 1)
        if not reason.reserved:
            assert reason.lacking_skill == sum(
                is_free(agent)
                and plan.call.queue_id in agent.queues
                and not has_the_skills(plan.call, agent, floor, NOON)
                for agent in floor.agents
            )
            assert len(reason.considered) <= reason.free - reason.lacking_skill


# --- what comes by itself -------------------------------------------------------------------------


@given(FLOORS, SECONDS, SECONDS)
def test_nothing_opens_between_two_moments_that_were_told(
    floor: Floor, start: float, later: float
) -> None:
    now = NOON + seconds(start)
    for caller in floor.waiting:
        eligibility = Eligibility(caller.queue_id, floor.rules_of(caller))
        opening_at = eligibility.opening_at(caller, now)
        moment = now + seconds(later)
        if opening_at is not None and opening_at <= moment:
            moment = opening_at - timedelta(microseconds=1)
        for agent in floor.agents:
            before = may_take(caller, agent, floor, now)
            assert may_take(caller, agent, floor, moment) == before


@given(FLOORS, SECONDS)
def test_what_is_said_to_end_by_itself_has_ended_then_and_not_before(
    floor: Floor, start: float
) -> None:
    now = NOON + seconds(start)
    for caller in floor.waiting:
        eligibility = Eligibility(caller.queue_id, floor.rules_of(caller))
        for agent in floor.agents:
            blocked = eligibility.blocked(caller, agent, now)
            if blocked is None or blocked.until is None:
                continue
            just_before = blocked.until - timedelta(microseconds=1)
            still = eligibility.blocked(caller, agent, just_before)
            after = eligibility.blocked(caller, agent, blocked.until)
            assert still is not None
            assert still.why is blocked.why
            assert after is None or after.why is not blocked.why
