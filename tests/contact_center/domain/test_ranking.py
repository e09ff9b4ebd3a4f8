"""Which of the agents who may take a call is rung: an example for every ranking."""

from collections import Counter
from typing import Any

import pytest

from contact_center.domain.eligibility import QueueRules
from contact_center.domain.line import Order
from contact_center.domain.members import Candidate, Membership
from contact_center.domain.ranking import STRATEGIES, Criterion, Ranking, drawn
from contact_center.domain.routing import Plan, plan_offers
from tests.contact_center.domain.floors import (
    ALICE,
    BILLING,
    BOB,
    CHEN,
    DINA,
    NOON,
    ROUTERS,
    SALES,
    SPANISH,
    SUPPORT,
    call,
    free,
)


def rung(ranking: Ranking, *agents: Candidate, number: int = 1, **more: Any) -> Plan:
    """The offer that one caller leads to."""
    rules = {SALES: QueueRules(ranking=ranking, on_duty=len(agents))}
    [plan] = plan_offers([call(number, **more)], agents, rules, NOON)
    return plan


def order(ranking: Ranking, *agents: Candidate, **more: Any) -> list[int]:
    """The agents as they were considered, best first."""
    return [seen["agent"] for seen in rung(ranking, *agents, **more).reason["considered"]]


# --- the rankings ---------------------------------------------------------------------------------


def test_longest_idle_goes_by_all_queues() -> None:
    here = free(ALICE, idle=300, queues=(SALES, SUPPORT))
    assert order(Ranking.LONGEST_IDLE, here, free(BOB, idle=301)) == [BOB, ALICE]


def test_round_robin_goes_by_this_queue_alone() -> None:
    agents = [free(ALICE, rung=10, idle=900), free(BOB, rung=20, idle=1), free(CHEN, idle=5)]
    assert order(Ranking.ROUND_ROBIN, *agents) == [CHEN, BOB, ALICE]


def test_least_busy_goes_by_slots_then_by_calls_handled() -> None:
    agents = [
        free(ALICE, in_use=2, capacity=3, handled=0),
        free(BOB, in_use=1, capacity=3, handled=9),
        free(CHEN, in_use=1, capacity=3, handled=8, idle=1),
        free(DINA, in_use=1, capacity=3, handled=8, idle=2),
    ]
    assert order(Ranking.LEAST_BUSY, *agents) == [DINA, CHEN, BOB, ALICE]


def test_fewest_calls_and_least_talk_go_by_the_shift() -> None:
    agents = [
        free(ALICE, handled=4, talk_seconds=3300, idle=1),
        free(BOB, handled=7, talk_seconds=2400, idle=2),
        free(CHEN, handled=7, talk_seconds=2400, idle=3),
    ]
    assert order(Ranking.FEWEST_CALLS, *agents) == [ALICE, CHEN, BOB]
    assert order(Ranking.LEAST_TALK, *agents) == [CHEN, BOB, ALICE]


def test_a_fixed_order_is_kept_whatever_else_is_so() -> None:
    agents = [
        free(ALICE, member=Membership(position=3), idle=900),
        free(BOB, member=Membership(position=1), idle=1, handled=50),
        free(CHEN, member=Membership(position=2)),
    ]
    assert order(Ranking.FIXED_ORDER, *agents) == [BOB, CHEN, ALICE]


def test_skills_based_rings_the_best_match_and_of_equals_who_can_do_least_else() -> None:
    needs = {SPANISH: 2, ROUTERS: 1}
    agents = [
        free(ALICE, skills={SPANISH: 3, ROUTERS: 3}, idle=900),
        free(BOB, skills={SPANISH: 5, ROUTERS: 2, BILLING: 5}, idle=900),
        free(CHEN, skills={SPANISH: 5, ROUTERS: 2}, idle=1),
        free(DINA, skills={SPANISH: 1, ROUTERS: 5}, idle=900),
    ]
    plan = rung(Ranking.SKILLS_BASED, *agents, needs=needs)
    considered = plan.reason["considered"]
    assert [seen["agent"] for seen in considered] == [CHEN, BOB, ALICE]
    assert [seen["match"] for seen in considered] == [7, 7, 6]
    assert plan.reason["decided_by"] == "other_skills"
    assert plan.reason["lacking_skill"] == 1


def test_the_best_of_a_category_counts_for_a_match_and_is_no_skill_beside_it() -> None:
    any_language = 9
    agents = [
        free(ALICE, skills={SPANISH: 4}, categories={any_language: 4}, idle=1),
        free(BOB, skills={SPANISH: 5}, categories={any_language: 5}, idle=1),
        free(CHEN, skills={SPANISH: 5, BILLING: 1}, categories={any_language: 5}, idle=900),
        free(DINA, skills={BILLING: 5}, idle=900),
    ]
    plan = rung(Ranking.SKILLS_BASED, *agents, needs={any_language: 2})
    seen = plan.reason["considered"]
    assert [(one["agent"], one["match"], one["other_skills"]) for one in seen] == [
        (BOB, 5, 1),
        (CHEN, 5, 2),
        (ALICE, 4, 1),
    ]
    assert plan.reason["lacking_skill"] == 1
    # Where nothing of the category is needed it makes nobody able to do more.
    plan = rung(Ranking.SKILLS_BASED, *agents, needs={})
    assert [one["other_skills"] for one in plan.reason["considered"]] == [1, 1, 1, 2]


def test_skills_based_keeps_who_can_do_more_for_those_who_need_it() -> None:
    agents = [free(ALICE, skills={SPANISH: 5}, idle=900), free(BOB, idle=1)]
    assert order(Ranking.SKILLS_BASED, *agents) == [BOB, ALICE]


# --- drawing lots ---------------------------------------------------------------------------------


def test_a_draw_can_be_repeated_and_treats_everybody_alike() -> None:
    agents = [free(agent) for agent in range(1, 6)]
    first = Counter(
        rung(Ranking.RANDOM, *agents, number=number).candidate.agent_id for number in range(1, 1001)
    )
    assert sorted(first) == [1, 2, 3, 4, 5]
    assert all(150 < times < 250 for times in first.values())
    for number in range(1, 20):
        once = order(Ranking.RANDOM, *agents, number=number)
        assert sorted(once) == [1, 2, 3, 4, 5]
        assert order(Ranking.RANDOM, *reversed(agents), number=number) == once


def test_a_draw_passes_every_place_once_and_keeps_groups_together() -> None:
    for lot in range(200):
        places = list(drawn(lot, [range(1), range(1, 8), range(8, 20)]))
        assert places[0] == 0
        assert sorted(places[1:8]) == list(range(1, 8))
        assert sorted(places[8:]) == list(range(8, 20))


def test_lots_are_drawn_within_a_tier_and_a_level() -> None:
    second = Membership(level=2)
    agents = [free(agent, member=second) for agent in (1, 2)] + [free(agent) for agent in (3, 4)]
    for number in range(1, 20):
        assert set(order(Ranking.RANDOM, *agents, number=number)[:2]) == {3, 4}


# --- what comes before and after every ranking ----------------------------------------------------


@pytest.mark.parametrize("ranking", Ranking)
def test_tier_comes_before_level_and_level_before_every_ranking(ranking: Ranking) -> None:
    best = {"idle": 900, "skills": {SPANISH: 5}}
    agents = [
        free(ALICE, member=Membership(tier=2, level=1), **best),
        free(BOB, member=Membership(tier=1, level=2), **best),
        free(CHEN, member=Membership(tier=1, level=1, position=9), idle=1, handled=9),
    ]
    assert order(ranking, *agents) == [CHEN, BOB, ALICE]


@pytest.mark.parametrize("ranking", sorted(set(Ranking) - {Ranking.RANDOM}))
def test_between_equals_the_agents_number_decides_and_it_is_said(ranking: Ranking) -> None:
    plan = rung(ranking, free(CHEN), free(ALICE), free(BOB))
    assert plan.candidate.agent_id == ALICE
    assert plan.reason["decided_by"] is Criterion.AGENT


def test_what_decided_is_the_first_thing_in_which_two_differ() -> None:
    agents = [free(ALICE, idle=9, rung=5), free(BOB, idle=1, rung=8)]
    assert rung(Ranking.ROUND_ROBIN, *agents).reason["decided_by"] == "last_rung"
    assert rung(Ranking.LONGEST_IDLE, *agents).reason["decided_by"] == "idle_since"
    assert rung(Ranking.RANDOM, *agents).reason["decided_by"] == "draw"
    second = free(BOB, member=Membership(tier=2))
    assert rung(Ranking.RANDOM, free(ALICE), second).reason["decided_by"] == "tier"
    assert rung(Ranking.LONGEST_IDLE, free(ALICE)).reason["decided_by"] is None


# --- names ----------------------------------------------------------------------------------------


def test_every_strategy_of_the_settings_stands_for_an_order_and_a_ranking() -> None:
    chosen = {name: (one.order, one.ranking) for name, one in STRATEGIES.items()}
    assert chosen["fifo"] == (Order.FIFO, Ranking.LONGEST_IDLE)
    assert chosen["lifo"] == (Order.LIFO, Ranking.LONGEST_IDLE)
    for name in ("round_robin", "least_busy", "skills_based"):
        assert chosen[name] == (Order.FIFO, Ranking(name))
    assert set(Ranking) < set(chosen)
