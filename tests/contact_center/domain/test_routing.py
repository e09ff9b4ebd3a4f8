"""Routing: who is rung for whom. Properties for every floor, examples for every rule."""

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.routing import (
    CONSIDERED,
    REST_AFTER_DECLINE,
    REST_WHEN_ALONE,
    Candidate,
    Plan,
    QueueRules,
    Ranking,
    WaitingCall,
    line_order,
    plan_offers,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SALES, SUPPORT = 1, 2
ALICE, BOB, CHEN = 11, 12, 13


def call(number: int, *, queue: int = SALES, waited: float = 10, priority: int = 5) -> WaitingCall:
    """A caller who has waited so many seconds."""
    return WaitingCall(
        segment_id=number,
        call_id=100 + number,
        queue_id=queue,
        priority=priority,
        placed_at=NOON - timedelta(seconds=waited),
    )


def free(
    agent: int, *, idle: float = 60, rung: float | None = None, queues: tuple[int, ...] = (SALES,)
) -> Candidate:
    """An agent who has been idle, and was last rung, so many seconds ago."""
    last = None if rung is None else NOON - timedelta(seconds=rung)
    return Candidate(
        agent_id=agent,
        slot_id=agent,
        idle_since=NOON - timedelta(seconds=idle),
        queues=dict.fromkeys(queues, last),
    )


def rules(
    *on_duty: int, ranking: Ranking = Ranking.LONGEST_IDLE, queues: tuple[int, ...] = (SALES,)
) -> dict[int, QueueRules]:
    """The same rules for each of these queues."""
    return {queue: QueueRules(ranking=ranking, on_duty=len(on_duty)) for queue in queues}


def pairs(plans: list[Plan]) -> list[tuple[int, int]]:
    """Who is rung for which segment, in the order planned."""
    return [(plan.call.segment_id, plan.candidate.agent_id) for plan in plans]


# --- which call -----------------------------------------------------------------------------------


def test_whoever_has_waited_longest_is_served_first() -> None:
    plans = plan_offers([call(1, waited=10), call(2, waited=30)], [free(ALICE)], rules(), NOON)
    assert pairs(plans) == [(2, ALICE)]


def test_a_higher_priority_is_served_before_a_longer_wait() -> None:
    waiting = [call(1, waited=300), call(2, waited=5, priority=9)]
    assert pairs(plan_offers(waiting, [free(ALICE)], rules(), NOON)) == [(2, ALICE)]


def test_a_caller_returned_to_the_head_goes_before_an_older_one_of_the_same_priority() -> None:
    returned = replace(call(2, waited=20), at_head=True)
    waiting = [call(1, waited=300), returned]
    assert pairs(plan_offers(waiting, [free(ALICE)], rules(), NOON)) == [(2, ALICE)]
    urgent = call(3, waited=1, priority=6)
    assert pairs(plan_offers([*waiting, urgent], [free(ALICE)], rules(), NOON)) == [(3, ALICE)]


def test_one_fair_line_runs_across_the_queues_of_an_agent() -> None:
    waiting = [call(1, queue=SALES, waited=10), call(2, queue=SUPPORT, waited=11)]
    plans = plan_offers(waiting, [free(ALICE, queues=(SALES, SUPPORT))], rules(), NOON)
    assert pairs(plans) == [(2, ALICE)]


def test_an_agent_is_not_rung_for_a_queue_of_others() -> None:
    assert plan_offers([call(1, queue=SUPPORT)], [free(ALICE)], rules(), NOON) == []


# --- which agent ----------------------------------------------------------------------------------


def test_longest_idle_rings_who_has_been_free_for_the_longest() -> None:
    candidates = [free(ALICE, idle=5), free(BOB, idle=500, rung=1), free(CHEN, idle=50)]
    assert pairs(plan_offers([call(1)], candidates, rules(), NOON)) == [(1, BOB)]


def test_round_robin_rings_who_was_rung_longest_ago_and_newcomers_first() -> None:
    by_turn = rules(ranking=Ranking.ROUND_ROBIN)
    rung = [free(ALICE, idle=500, rung=10), free(BOB, idle=1, rung=20)]
    assert pairs(plan_offers([call(1)], rung, by_turn, NOON)) == [(1, BOB)]
    assert pairs(plan_offers([call(1)], [*rung, free(CHEN)], by_turn, NOON)) == [(1, CHEN)]


def test_in_turn_means_each_of_n_agents_gets_one_of_n_calls() -> None:
    by_turn = rules(ranking=Ranking.ROUND_ROBIN)
    agents = [free(agent, rung=agent) for agent in range(1, 8)]
    served = plan_offers([call(n, waited=n) for n in range(1, 8)], agents, by_turn, NOON)
    assert sorted(plan.candidate.agent_id for plan in served) == list(range(1, 8))


def test_the_reason_names_the_best_of_those_considered() -> None:
    agents = [free(agent, idle=agent) for agent in range(1, 10)]
    [plan] = plan_offers([call(1)], agents, rules(*range(1, 10)), NOON)
    assert plan.reason["ranking"] == "longest_idle"
    assert plan.reason["free"] == 9
    assert plan.reason["on_duty"] == 9
    considered = [seen["agent"] for seen in plan.reason["considered"]]
    assert considered == [9, 8, 7, 6, 5]
    assert len(considered) == CONSIDERED


# --- who declined rests ---------------------------------------------------------------------------


def declined(who: int, seconds_ago: float, number: int = 1) -> WaitingCall:
    refused = {who: NOON - timedelta(seconds=seconds_ago)}
    return replace(call(number), refused_by=refused)


def test_who_declined_is_passed_over_for_a_minute() -> None:
    everybody = rules(ALICE, BOB)
    both = [free(ALICE, idle=900), free(BOB, idle=1)]
    assert pairs(plan_offers([declined(ALICE, 59)], both, everybody, NOON)) == [(1, BOB)]
    minute = REST_AFTER_DECLINE.total_seconds()
    assert pairs(plan_offers([declined(ALICE, minute)], both, everybody, NOON)) == [(1, ALICE)]


def test_who_declined_is_free_for_everybody_else() -> None:
    plans = plan_offers(
        [declined(ALICE, 1), call(2, waited=1)], [free(ALICE)], rules(ALICE, BOB), NOON
    )
    assert pairs(plans) == [(2, ALICE)]
    assert plans[0].reason["resting"] == 0


def test_who_is_alone_on_duty_rests_a_quarter_of_a_minute_only() -> None:
    alone = rules(ALICE)
    assert plan_offers([declined(ALICE, 14)], [free(ALICE)], alone, NOON) == []
    quarter = REST_WHEN_ALONE.total_seconds()
    assert pairs(plan_offers([declined(ALICE, quarter)], [free(ALICE)], alone, NOON)) == [
        (1, ALICE)
    ]


def test_a_busy_colleague_on_duty_keeps_who_declined_resting() -> None:
    assert plan_offers([declined(ALICE, 30)], [free(ALICE)], rules(ALICE, BOB), NOON) == []


# --- the agent the caller was just talking to -----------------------------------------------------


def returned_to(who: int, *, seconds_left: float) -> WaitingCall:
    until = NOON + timedelta(seconds=seconds_left)
    return replace(call(1), at_head=True, preferred_agent_id=who, preferred_until=until)


def test_a_lost_caller_waits_for_the_agent_he_was_talking_to() -> None:
    waiting = [returned_to(ALICE, seconds_left=5)]
    assert plan_offers(waiting, [free(BOB, idle=999)], rules(ALICE, BOB), NOON) == []
    both = [free(BOB, idle=999), free(ALICE, idle=0)]
    [plan] = plan_offers(waiting, both, rules(ALICE, BOB), NOON)
    assert plan.candidate.agent_id == ALICE
    assert plan.reason["preferred"] is True


def test_and_after_that_anybody_will_do() -> None:
    waiting = [returned_to(ALICE, seconds_left=0)]
    assert pairs(plan_offers(waiting, [free(BOB)], rules(ALICE, BOB), NOON)) == [(1, BOB)]


def test_nobody_waits_for_a_preferred_agent_who_has_declined() -> None:
    waiting = [replace(returned_to(ALICE, seconds_left=15), refused_by={ALICE: NOON})]
    both = [free(ALICE, idle=999), free(BOB)]
    assert pairs(plan_offers(waiting, both, rules(ALICE, BOB), NOON)) == [(1, BOB)]


def test_who_waits_for_his_agent_holds_up_nobody_behind_him() -> None:
    waiting = [returned_to(ALICE, seconds_left=5), call(2, waited=1)]
    assert pairs(plan_offers(waiting, [free(BOB)], rules(ALICE, BOB), NOON)) == [(2, BOB)]


# --- properties -----------------------------------------------------------------------------------

QUEUES = st.integers(1, 4)
AGENTS = st.integers(1, 8)
#: Few distinct moments, so that ties are common.
SECONDS = st.integers(0, 90).map(float)
MOMENTS = SECONDS.map(lambda ago: NOON - timedelta(seconds=ago))

calls = st.builds(
    WaitingCall,
    segment_id=st.integers(1, 10_000),
    call_id=st.integers(1, 10_000),
    queue_id=QUEUES,
    priority=st.integers(1, 3),
    placed_at=MOMENTS,
    at_head=st.booleans(),
    preferred_agent_id=st.none() | AGENTS,
    preferred_until=st.none() | SECONDS.map(lambda s: NOON + timedelta(seconds=s - 30)),
    refused_by=st.dictionaries(AGENTS, MOMENTS, max_size=3),
)
lines = st.lists(calls, max_size=14, unique_by=(lambda c: c.segment_id, lambda c: c.call_id))
candidates = st.builds(
    lambda agent, idle, queues: Candidate(
        agent_id=agent, slot_id=agent, idle_since=idle, queues=queues
    ),
    AGENTS,
    MOMENTS,
    st.dictionaries(QUEUES, st.none() | MOMENTS, min_size=1),
)
desks = st.lists(candidates, max_size=8, unique_by=lambda c: c.agent_id)
all_rules = st.dictionaries(
    QUEUES,
    st.builds(QueueRules, ranking=st.sampled_from(Ranking), on_duty=st.none() | st.integers(1, 8)),
)


def may_take(waiting: WaitingCall, agent: Candidate, rules: Mapping[int, QueueRules]) -> bool:
    """The rules said once more, one call and one agent at a time."""
    if waiting.queue_id not in agent.queues:
        return False
    refused = waiting.refused_by.get(agent.agent_id)
    if refused is not None:
        on_duty = rules.get(waiting.queue_id, QueueRules()).on_duty
        others = on_duty is None or on_duty > 1
        if refused + (REST_AFTER_DECLINE if others else REST_WHEN_ALONE) > NOON:
            return False
    preferred = waiting.preferred_agent_id
    kept_for_somebody = (
        preferred is not None
        and waiting.preferred_until is not None
        and waiting.preferred_until > NOON
        and preferred not in waiting.refused_by
    )
    return not kept_for_somebody or agent.agent_id == preferred


@given(lines, desks, all_rules)
def test_nobody_and_no_call_is_used_twice(
    waiting: list[WaitingCall], agents: list[Candidate], rules: dict[int, QueueRules]
) -> None:
    plans = plan_offers(waiting, agents, rules, NOON)
    assert len({plan.call.segment_id for plan in plans}) == len(plans)
    assert len({plan.candidate.agent_id for plan in plans}) == len(plans)


@given(lines, desks, all_rules)
def test_every_pair_is_allowed(
    waiting: list[WaitingCall], agents: list[Candidate], rules: dict[int, QueueRules]
) -> None:
    for plan in plan_offers(waiting, agents, rules, NOON):
        assert may_take(plan.call, plan.candidate, rules)


@given(lines, desks, all_rules)
def test_nobody_waits_while_someone_able_is_free(
    waiting: list[WaitingCall], agents: list[Candidate], rules: dict[int, QueueRules]
) -> None:
    plans = plan_offers(waiting, agents, rules, NOON)
    served = {plan.call.segment_id for plan in plans}
    rung = {plan.candidate.agent_id for plan in plans}
    for caller in waiting:
        for agent in agents:
            if caller.segment_id not in served and agent.agent_id not in rung:
                assert not may_take(caller, agent, rules)


@given(lines, desks, all_rules, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    waiting: list[WaitingCall],
    agents: list[Candidate],
    rules: dict[int, QueueRules],
    shuffler: random.Random,
) -> None:
    plans = plan_offers(waiting, agents, rules, NOON)
    other_waiting, other_agents = list(waiting), list(agents)
    shuffler.shuffle(other_waiting)
    shuffler.shuffle(other_agents)
    assert plan_offers(other_waiting, other_agents, rules, NOON) == plans


@given(lines, desks, all_rules)
def test_nobody_gets_an_agent_whom_somebody_before_him_in_line_could_have_had(
    waiting: list[WaitingCall], agents: list[Candidate], rules: dict[int, QueueRules]
) -> None:
    plans = plan_offers(waiting, agents, rules, NOON)
    served = {plan.call.segment_id for plan in plans}
    for caller in waiting:
        if caller.segment_id in served:
            continue
        for plan in plans:
            if line_order(caller) < line_order(plan.call):
                assert not may_take(caller, plan.candidate, rules)


@given(lines, desks, all_rules)
def test_offers_are_planned_in_the_order_of_the_line(
    waiting: list[WaitingCall], agents: list[Candidate], rules: dict[int, QueueRules]
) -> None:
    planned = [line_order(plan.call) for plan in plan_offers(waiting, agents, rules, NOON)]
    assert planned == sorted(planned)
