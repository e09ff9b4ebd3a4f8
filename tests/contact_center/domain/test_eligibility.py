"""Whether an agent may take a call: what is asked, in which order, and what ends by itself."""

from dataclasses import replace
from typing import Any

import pytest

from contact_center.domain.eligibility import Blocked, Eligibility, QueueRules, Why
from contact_center.domain.line import WaitingCall
from contact_center.domain.members import Candidate, Membership, Standing
from contact_center.domain.ranking import Ranking
from contact_center.domain.routing import plan_offers
from contact_center.domain.skills import RelaxingStep
from tests.contact_center.domain.floors import (
    ALICE,
    BOB,
    CHEN,
    NOON,
    ROUTERS,
    SALES,
    SPANISH,
    SUPPORT,
    ago,
    call,
    free,
    pairs,
    seconds,
)

TIERS = {2: seconds(30), 3: seconds(60)}


def blocked(waiting: WaitingCall, agent: Candidate, **rules: Any) -> Blocked | None:
    """What is in the way of these two at noon."""
    return Eligibility(waiting.queue_id, QueueRules(**rules)).blocked(waiting, agent, NOON)


def why(waiting: WaitingCall, agent: Candidate, **rules: Any) -> Why | None:
    """The kind of it."""
    found = blocked(waiting, agent, **rules)
    return found.why if found else None


# --- in the way -----------------------------------------------------------------------------------


def test_the_filters_are_asked_in_the_order_of_the_list() -> None:
    """Everything at once is in the way; one after the other is taken away."""
    waiting = call(
        1,
        reserved_for=BOB,
        needs={SPANISH: 3},
        preferred_agent_id=BOB,
        preferred_until=NOON + seconds(9),
        refused_by={ALICE: ago(20)},
    )
    alice = free(
        ALICE,
        queues=(SUPPORT,),
        standing=Standing.ON_BREAK,
        in_use=1,
        member=Membership(tier=2),
    )
    rules = {"tier_delays": TIERS}
    assert why(waiting, alice, **rules) is Why.RESERVED_FOR_ANOTHER
    waiting = replace(waiting, reserved_for=None)
    assert why(waiting, alice, **rules) is Why.NOT_A_MEMBER
    alice = replace(alice, queues={SALES: None}, memberships={SALES: Membership(tier=2)})
    assert why(waiting, alice, **rules) is Why.ON_BREAK
    alice = replace(alice, standing=Standing.FREE)
    assert why(waiting, alice, **rules) is Why.AT_CAPACITY
    alice = replace(alice, capacity=2)
    assert why(waiting, alice, **rules) is Why.LACKS_SKILL
    alice = replace(alice, skills={SPANISH: 3})
    assert why(waiting, alice, **rules) is Why.TIER_NOT_OPEN
    waiting = replace(waiting, placed_at=ago(30))
    assert why(waiting, alice, **rules) is Why.RESTING
    waiting = replace(waiting, refused_by={})
    assert why(waiting, alice, **rules) is Why.PREFERRED_ELSEWHERE
    assert why(replace(waiting, preferred_until=NOON), alice, **rules) is None


@pytest.mark.parametrize("standing", sorted(set(Standing) - {Standing.FREE}))
def test_whoever_is_not_free_is_not_rung_and_it_is_said_until_when(standing: Standing) -> None:
    busy = free(ALICE, standing=standing, standing_since=ago(5), standing_until=NOON + seconds(7))
    assert blocked(call(1), busy) == Blocked(
        why=Why(standing.value), since=ago(5), until=NOON + seconds(7)
    )
    assert plan_offers([call(1)], [busy], {}, NOON) == []


# --- slots ----------------------------------------------------------------------------------------


def test_an_agent_with_three_slots_takes_a_third_call_and_no_fourth() -> None:
    waiting = [call(1)]
    assert pairs(plan_offers(waiting, [free(ALICE, in_use=2, capacity=3)], {}, NOON)) == [
        (1, ALICE)
    ]
    assert plan_offers(waiting, [free(ALICE, in_use=3, capacity=3)], {}, NOON) == []


def test_nobody_is_rung_for_two_calls_at_once_however_many_slots_are_free() -> None:
    alice = free(ALICE, capacity=3)
    slots = [replace(alice, slot_id=number) for number in (3, 1, 2)]
    [plan] = plan_offers([call(1, waited=9), call(2, waited=8)], slots, {}, NOON)
    assert (plan.call.segment_id, plan.candidate.slot_id) == (1, 1)
    ringing = replace(alice, in_use=1, standing=Standing.RINGING)
    assert plan_offers([call(1)], [ringing], {}, NOON) == []


# --- skills ---------------------------------------------------------------------------------------

STEPS = (
    RelaxingStep(after=seconds(30), skill=SPANISH, level=3),
    RelaxingStep(after=seconds(60)),
)


def test_who_lacks_a_skill_is_told_which_and_when_less_will_do() -> None:
    waiting = call(1, waited=10, needs={SPANISH: 4})
    assert blocked(waiting, free(ALICE, skills={SPANISH: 2}), relaxing=STEPS) == Blocked(
        why=Why.LACKS_SKILL, skill=SPANISH, needed=4, has=2, until=ago(10) + seconds(60)
    )
    assert blocked(waiting, free(ALICE, skills={SPANISH: 3}), relaxing=STEPS) == Blocked(
        why=Why.LACKS_SKILL, skill=SPANISH, needed=4, has=3, until=ago(10) + seconds(30)
    )
    assert blocked(waiting, free(ALICE)) == Blocked(
        why=Why.LACKS_SKILL, skill=SPANISH, needed=4, has=0, until=None
    )


def test_after_each_step_more_agents_are_rung() -> None:
    rules = {SALES: QueueRules(needs={SPANISH: 4}, relaxing=STEPS)}
    some, none = free(ALICE, skills={SPANISH: 3}, idle=1), free(BOB, idle=900)
    for waited, expected in ((29, []), (30, [(1, ALICE)]), (59, [(1, ALICE)]), (60, [(1, BOB)])):
        assert pairs(plan_offers([call(1, waited=waited)], [some, none], rules, NOON)) == expected


def test_a_reason_says_what_was_needed_and_whether_that_had_been_more() -> None:
    rules = {SALES: QueueRules(needs={SPANISH: 4}, relaxing=STEPS)}
    agents = [free(ALICE, skills={SPANISH: 3, ROUTERS: 2}), free(BOB)]
    [plan] = plan_offers([call(1, waited=30, needs={ROUTERS: 2})], agents, rules, NOON)
    assert plan.reason["needs"] == [(SPANISH, 3), (ROUTERS, 2)]
    assert plan.reason["relaxed"] is True
    assert plan.reason["lacking_skill"] == 1


# --- tiers ----------------------------------------------------------------------------------------


def tier_rung(waited: float, *staffed: int, tier: int = 2) -> bool:
    """Whether an agent of a tier is rung while somebody of these is on duty, but busy."""
    rules = {SALES: QueueRules(tier_delays=TIERS, tiers_on_duty=frozenset(staffed))}
    alice = free(ALICE, member=Membership(tier=tier))
    return bool(plan_offers([call(1, waited=waited)], [alice], rules, NOON))


def test_a_tier_is_rung_after_its_delay_while_somebody_before_it_is_on_duty() -> None:
    assert not tier_rung(29, 1, 2)
    assert tier_rung(30, 1, 2)
    assert not tier_rung(59, 1, 2, 3, tier=3)
    assert tier_rung(60, 1, 2, 3, tier=3)


def test_a_tier_before_which_nobody_is_on_duty_is_rung_at_once() -> None:
    assert tier_rung(0, 2)
    assert tier_rung(0, 3, tier=3)
    assert not tier_rung(59, 2, 3, tier=3)


def test_a_tier_without_a_delay_opens_with_the_one_before_it() -> None:
    waiting, fourth = call(1, waited=59), free(ALICE, member=Membership(tier=4))
    found = blocked(waiting, fourth, tier_delays=TIERS)
    assert found == Blocked(why=Why.TIER_NOT_OPEN, tier=4, until=NOON + seconds(1))


def test_no_tier_opens_before_the_one_in_front_of_it() -> None:
    third = free(ALICE, member=Membership(tier=3))
    crossed = {2: seconds(60), 3: seconds(30)}
    assert why(call(1, waited=45), third, tier_delays=crossed) is Why.TIER_NOT_OPEN
    assert why(call(1, waited=60), third, tier_delays=crossed) is None


def test_an_open_tier_is_rung_only_when_nobody_before_it_is_free() -> None:
    rules = {SALES: QueueRules(tier_delays=TIERS)}
    second = free(BOB, idle=900, member=Membership(tier=2))
    waiting = [call(1, waited=40)]
    [plan] = plan_offers(waiting, [second, free(ALICE, idle=1)], rules, NOON)
    assert plan.candidate.agent_id == ALICE
    third = free(CHEN, member=Membership(tier=3))
    [plan] = plan_offers(waiting, [second, third], rules, NOON)
    assert plan.candidate.agent_id == BOB
    assert plan.reason["tier_not_open"] == 1


# --- a supervisor's word --------------------------------------------------------------------------


def test_a_caller_whom_a_supervisor_handed_to_bob_waits_for_bob_alone() -> None:
    waiting = [call(1, waited=900, reserved_for=BOB), call(2, waited=1)]
    assert pairs(plan_offers(waiting, [free(ALICE)], {}, NOON)) == [(2, ALICE)]
    both = [free(ALICE, idle=900), free(BOB)]
    assert pairs(plan_offers(waiting, both, {}, NOON)) == [(1, BOB), (2, ALICE)]


def test_a_supervisors_word_goes_over_membership_skills_and_tier() -> None:
    waiting = [call(1, waited=0, reserved_for=BOB, needs={SPANISH: 5})]
    bob = free(BOB, queues=(SUPPORT,), member=Membership(tier=3))
    for ranking in Ranking:
        rules = {SALES: QueueRules(tier_delays=TIERS, ranking=ranking)}
        [plan] = plan_offers(waiting, [bob], rules, NOON)
        assert plan.reason["reserved"] is True
        assert plan.reason["needs"] == []


def test_but_not_over_what_bob_is_doing_and_who_has_declined_rests_as_if_alone() -> None:
    waiting = call(1, reserved_for=BOB)
    assert why(waiting, free(BOB, standing=Standing.ON_CALL)) is Why.ON_CALL
    assert why(replace(waiting, refused_by={BOB: ago(14)}), free(BOB)) is Why.RESTING
    assert why(replace(waiting, refused_by={BOB: ago(15)}), free(BOB)) is None


# --- what comes by itself -------------------------------------------------------------------------


def test_the_dispatcher_is_told_the_next_moment_at_which_a_pair_can_become_possible() -> None:
    rules = QueueRules(relaxing=STEPS, tier_delays={2: seconds(45)}, needs={SPANISH: 4})
    queue = Eligibility(SALES, rules)
    waiting = call(
        1,
        waited=10,
        preferred_agent_id=BOB,
        preferred_until=NOON + seconds(5),
        refused_by={ALICE: ago(58)},
    )
    moments, now = [], NOON
    while (moment := queue.opening_at(waiting, now)) is not None:
        moments.append((moment - NOON).total_seconds())
        now = moment
    assert moments == [2, 5, 20, 35, 50]


def test_a_call_is_kept_for_somebody_until_the_time_that_was_said_and_then_for_nobody() -> None:
    rules = QueueRules(needs={SPANISH: 3})
    waiting = call(1, reserved_for=BOB, reserved_until=NOON + seconds(60))
    eligibility = Eligibility(SALES, rules)
    assert eligibility.blocked(waiting, free(ALICE), NOON) == Blocked(
        why=Why.RESERVED_FOR_ANOTHER, other_agent_id=BOB, until=NOON + seconds(60)
    )
    assert eligibility.blocked(waiting, free(BOB), NOON) is None, "a supervisor has decided"
    assert eligibility.opening_at(waiting, NOON) == NOON + seconds(60)
    over = replace(waiting, reserved_until=NOON)
    for agent in (free(ALICE), free(BOB)):
        assert why(over, agent, needs={SPANISH: 3}) is Why.LACKS_SKILL


def test_nothing_comes_by_itself_for_a_plain_call_nor_for_one_that_is_reserved() -> None:
    assert Eligibility(SALES, QueueRules()).opening_at(call(1), NOON) is None
    rules = QueueRules(relaxing=STEPS, tier_delays=TIERS, needs={SPANISH: 4})
    reserved = call(1, reserved_for=BOB)
    assert Eligibility(SALES, rules).opening_at(reserved, NOON) is None
