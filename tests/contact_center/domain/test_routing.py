"""Routing: who is rung for whom. An example for every rule; what always holds is beside this, in
test_routing_properties.py.
"""

from dataclasses import replace

from contact_center.domain.routing import (
    CONSIDERED,
    REST_AFTER_DECLINE,
    REST_WHEN_ALONE,
    QueueRules,
    Ranking,
    WaitingCall,
    plan_offers,
)
from tests.contact_center.domain.floors import (
    ALICE,
    BOB,
    CHEN,
    NOON,
    SALES,
    SUPPORT,
    ago,
    call,
    free,
    pairs,
    seconds,
)


def rules(
    *on_duty: int, ranking: Ranking = Ranking.LONGEST_IDLE, queues: tuple[int, ...] = (SALES,)
) -> dict[int, QueueRules]:
    """The same rules for each of these queues."""
    return {queue: QueueRules(ranking=ranking, on_duty=len(on_duty)) for queue in queues}


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
    refused = {who: ago(seconds_ago)}
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
    until = NOON + seconds(seconds_left)
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
