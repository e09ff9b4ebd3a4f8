"""Why this agent, why still waiting, why no calls: what is said of a floor."""

import json

from contact_center.domain.eligibility import Blocked, QueueRules, Why
from contact_center.domain.explaining import (
    LOOKED_AT,
    Explained,
    why_no_calls,
    why_this_agent,
    why_waiting,
)
from contact_center.domain.line import Kind, Order
from contact_center.domain.members import Candidate, Membership, Standing
from contact_center.domain.ranking import Criterion, Ranking
from contact_center.domain.routing import plan_offers
from contact_center.domain.skills import RelaxingStep
from tests.contact_center.domain.floors import (
    ALICE,
    BOB,
    CHEN,
    DINA,
    NOON,
    ROUTERS,
    SALES,
    SPANISH,
    SUPPORT,
    ago,
    call,
    free,
    seconds,
)

SPANISH_LINE = QueueRules(
    ranking=Ranking.ROUND_ROBIN,
    on_duty=4,
    needs={SPANISH: 3},
    relaxing=(RelaxingStep(after=seconds(60), skill=SPANISH, level=1),),
    tier_delays={2: seconds(90)},
)

# --- why did this call go to this agent -----------------------------------------------------------


def test_the_stored_reason_says_whom_each_filter_left_out_and_what_decided() -> None:
    speaks = {SPANISH: 4}
    agents = [
        free(ALICE, rung=50, idle=9, skills=speaks),
        free(BOB, rung=80, skills=speaks),
        free(CHEN),  # no Spanish
        free(DINA, skills=speaks, member=Membership(tier=2)),
        free(15, skills=speaks),  # has declined
        free(16, skills=speaks),  # rings for the caller before
        free(17, skills=speaks, standing=Standing.ON_BREAK),
    ]
    waiting = [
        call(1, waited=30, preferred_agent_id=16, preferred_until=NOON + seconds(5)),
        call(2, waited=20, kind=Kind.CALLBACK, refused_by={15: ago(59)}),
    ]
    first, second = plan_offers(waiting, agents, {SALES: SPANISH_LINE}, NOON)
    reason = why_this_agent(json.loads(json.dumps(dict(second.reason))))
    assert reason is not None
    assert (reason.on_duty, reason.free, reason.taken) == (4, 6, 1)
    assert (reason.lacking_skill, reason.tier_not_open, reason.resting) == (1, 1, 1)
    assert (reason.preferred, reason.preferred_elsewhere, reason.reserved) == (False, 0, False)
    assert (reason.needs, reason.relaxed) == ({SPANISH: 3}, False)
    assert reason.asked == {"queue": {SPANISH: 3}}
    assert (reason.kind, reason.order) == (Kind.CALLBACK, Order.FIFO)
    assert (reason.priority, reason.at_head, reason.waited_since) == (5, False, ago(20))
    bob, alice = reason.considered
    assert (bob.agent_id, bob.last_rung) == (BOB, ago(80))
    assert (alice.agent_id, alice.idle_since) == (ALICE, ago(9))
    assert alice.scores == {Criterion.TIER: 1, Criterion.LEVEL: 1, Criterion.HAS_A_CALL: 0}
    assert reason.decided_by is Criterion.LAST_RUNG

    kept = why_this_agent(first.reason)
    assert kept is not None
    assert (kept.preferred, kept.preferred_elsewhere, kept.decided_by) == (True, 4, None)


def test_a_reason_of_an_earlier_version_is_still_read_and_none_is_none() -> None:
    assert why_this_agent({}) is None
    seen = {"agent": ALICE, "idle_since": NOON.isoformat(), "last_rung": None}
    reason = why_this_agent(
        {
            "ranking": "longest_idle",
            "on_duty": None,
            "free": 2,
            "resting": 1,
            "preferred": True,
            "considered": [seen],
            "waited_since": ago(5).isoformat(),
        }
    )
    assert reason is not None
    assert reason.preferred
    assert reason.considered[0].agent_id == ALICE
    assert (reason.free, reason.resting, reason.lacking_skill) == (2, 1, 0)
    assert reason.asked == {}
    assert (reason.decided_by, reason.priority) == (None, None)


# --- why is this caller still waiting -------------------------------------------------------------


def test_a_caller_who_waits_is_told_of_every_agent_what_is_in_the_way() -> None:
    speaks = {SPANISH: 5}
    agents = [
        free(1, standing=Standing.SIGNED_OUT),
        free(2, standing=Standing.ON_BREAK, standing_until=NOON + seconds(300)),
        free(3, standing=Standing.WRAPPING_UP, standing_until=NOON + seconds(20)),
        free(4, skills={SPANISH: 1}),
        free(5, skills=speaks, member=Membership(tier=2)),
        free(6, skills=speaks),
        free(7, skills=speaks, queues=(SUPPORT,)),
        free(8, skills=speaks),
    ]
    waiting = call(1, waited=30, needs={ROUTERS: 0}, refused_by={6: ago(20)})
    urgent = call(2, waited=1, priority=9, refused_by={6: ago(1)})
    why = why_waiting(waiting, [waiting, urgent], agents, {SALES: SPANISH_LINE}, NOON)
    assert why.place == 2
    assert why.needs_now == {SPANISH: 3}
    assert why.opening_at == NOON + seconds(30)
    said = {one.agent_id: one.blocked for one in why.agents}
    assert said == {
        1: Blocked(why=Why.SIGNED_OUT),
        2: Blocked(why=Why.ON_BREAK, until=NOON + seconds(300)),
        3: Blocked(why=Why.WRAPPING_UP, until=NOON + seconds(20)),
        4: Blocked(why=Why.LACKS_SKILL, skill=SPANISH, needed=3, has=1, until=NOON + seconds(30)),
        5: Blocked(why=Why.TIER_NOT_OPEN, tier=2, until=NOON + seconds(60)),
        6: Blocked(why=Why.RESTING, since=ago(20), until=NOON + seconds(40)),
        7: Blocked(why=Why.NOT_A_MEMBER),
        8: Blocked(why=Why.ANOTHER_CALL_FIRST, other_call_id=urgent.call_id),
    }
    nearest_first = [one.agent_id for one in why.agents]
    assert nearest_first == [8, 6, 5, 4, 3, 2, 1, 7]


def test_a_caller_who_is_about_to_ring_says_where_and_that_others_come_after() -> None:
    waiting = call(1)
    agents = [free(ALICE, idle=9), free(BOB, idle=1)]
    why = why_waiting(waiting, [waiting], agents, {}, NOON)
    assert [(one.agent_id, one.blocked) for one in why.agents] == [
        (ALICE, None),
        (BOB, Blocked(why=Why.ANOTHER_AGENT_FIRST, other_agent_id=ALICE)),
    ]


def test_a_caller_who_is_kept_for_somebody_says_for_whom_and_how_long() -> None:
    known = call(1, preferred_agent_id=BOB, preferred_until=NOON + seconds(12))
    handed = call(2, reserved_for=BOB)
    explained = Explained([known, handed], [free(ALICE)], {}, NOON)
    assert explained.why_waiting(known).agents[0].blocked == Blocked(
        why=Why.PREFERRED_ELSEWHERE, other_agent_id=BOB, until=NOON + seconds(12)
    )
    assert explained.why_waiting(handed).agents[0].blocked == Blocked(
        why=Why.RESERVED_FOR_ANOTHER, other_agent_id=BOB
    )


def test_the_place_is_that_of_the_line_that_is_planned_by() -> None:
    older, urgent = call(1, waited=700, priority=5), call(2, waited=10, priority=6)
    for ageing, places in ((None, (2, 1)), (seconds(600), (1, 2))):
        explained = Explained([older, urgent], [], {}, NOON, ageing=ageing)
        assert tuple(explained.why_waiting(one).place for one in (older, urgent)) == places


# --- why does this agent get no calls -------------------------------------------------------------


def test_an_agent_without_calls_is_told_of_each_queue_who_waits_and_what_is_in_the_way() -> None:
    alice = free(ALICE, queues=(SALES, SUPPORT), skills={SPANISH: 1}, idle=1)
    sales = [call(number, waited=50 - number) for number in range(1, LOOKED_AT + 3)]
    spanish = QueueRules(needs={SPANISH: 3})
    why = why_no_calls(alice, sales, [alice, free(BOB)], {SALES: spanish}, NOON)
    assert why.blocked is None
    assert [(queue.queue_id, queue.waiting) for queue in why.queues] == [(SALES, 7), (SUPPORT, 0)]
    [in_sales, _] = why.queues
    assert in_sales.counts == {Why.LACKS_SKILL: 7}
    assert [one.segment_id for one in in_sales.first] == [1, 2, 3, 4, 5]
    assert [one.place for one in in_sales.first] == [1, 2, 3, 4, 5]
    assert in_sales.first[0].blocked == Blocked(why=Why.LACKS_SKILL, skill=SPANISH, needed=3, has=1)
    assert why.opening_at is None


def test_what_stops_every_call_is_said_once_and_first() -> None:
    resting = free(ALICE, standing=Standing.NOT_RESPONDING, standing_since=ago(40))
    why = why_no_calls(resting, [call(1)], [resting], {}, NOON)
    assert why.blocked == Blocked(why=Why.NOT_RESPONDING, since=ago(40))


def test_an_agent_whose_call_is_about_to_ring_is_told_so() -> None:
    def told(agent: Candidate) -> list[Why | None]:
        agents = [free(ALICE, idle=9), free(BOB, idle=1)]
        [queue] = why_no_calls(agent, [call(1)], agents, {}, NOON).queues
        return [one.blocked.why if one.blocked else None for one in queue.first]

    assert told(free(ALICE)) == [None]
    assert told(free(BOB)) == [Why.ANOTHER_AGENT_FIRST]


def test_an_agent_is_told_when_the_first_thing_in_the_way_ends_by_itself() -> None:
    alice = free(ALICE)
    waiting = [
        call(1, refused_by={ALICE: ago(10)}),
        call(2, preferred_agent_id=BOB, preferred_until=NOON + seconds(7)),
    ]
    assert why_no_calls(alice, waiting, [alice], {}, NOON).opening_at == NOON + seconds(7)


def test_a_call_that_is_reserved_for_somebody_of_another_queue_is_among_hers() -> None:
    alice = free(ALICE, queues=(SUPPORT,), standing=Standing.ON_CALL)
    why = why_no_calls(alice, [call(1, reserved_for=ALICE)], [alice], {}, NOON)
    assert [(queue.queue_id, queue.waiting) for queue in why.queues] == [(SALES, 1), (SUPPORT, 0)]
    assert why.queues[0].counts == {Why.ON_CALL: 1}
