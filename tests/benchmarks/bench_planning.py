"""Planning 1,000 waiting callers among 1,000 agents, against one sort of the same 2,000 keys.

Pure: no database. Every agent serves three of twenty queues, every caller waits in one. The growth
is the exponent by which time grows from 500 + 500 to 2,000 + 2,000; n log n gives about 1.1.
"""

import math
import random
import time
from datetime import UTC, datetime, timedelta

from contact_center.domain.routing import (
    Candidate,
    QueueRules,
    WaitingCall,
    line_order,
    plan_offers,
)
from tests.benchmarks.measures import Measure, ratio

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUEUES = 20
SMALL, WANTED, LARGE = 500, 1_000, 2_000
ROUNDS = 5


def run() -> dict[str, object]:
    """The ratio at 1,000 by 1,000, and how it grows."""
    callers, agents, rules = a_floor(WANTED)
    keys = [line_order(caller) for caller in callers]
    keys += [(0, 0, int(agent.idle_since.timestamp() * 1e6), agent.agent_id) for agent in agents]
    random.Random(7).shuffle(keys)
    growth = math.log2(_seconds(LARGE) / _seconds(SMALL)) / math.log2(LARGE / SMALL)
    return {
        "1,000 callers by 1,000 agents": ratio(
            lambda: plan_offers(callers, agents, rules, NOON),
            lambda: sorted(keys),
            times=3,
            at_most=200,
        ),
        "growth, exponent": Measure(growth, "", at_most=1.3),
    }


def a_floor(size: int) -> tuple[list[WaitingCall], list[Candidate], dict[int, QueueRules]]:
    """So many callers and as many free agents, the same each time."""
    draw = random.Random(size)
    callers = [
        WaitingCall(
            segment_id=number,
            call_id=number,
            queue_id=draw.randrange(QUEUES),
            priority=draw.choice((0, 0, 0, 5)),
            placed_at=NOON - timedelta(seconds=draw.uniform(1, 600)),
        )
        for number in range(size)
    ]
    agents = [
        Candidate(
            agent_id=number,
            slot_id=number,
            idle_since=NOON - timedelta(seconds=draw.uniform(1, 600)),
            queues=dict.fromkeys(draw.sample(range(QUEUES), 3)),
        )
        for number in range(size)
    ]
    return callers, agents, {queue: QueueRules(on_duty=size // 7) for queue in range(QUEUES)}


def _seconds(size: int) -> float:
    callers, agents, rules = a_floor(size)
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        plan_offers(callers, agents, rules, NOON)
        taken.append(time.perf_counter() - started)
    return min(taken)
