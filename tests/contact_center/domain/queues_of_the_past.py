"""Queues as theory has them: an M/M/n+M, seeded. Callers come, agents talk, and some give up."""

import heapq
import random

from contact_center.domain.waits import Ending, Stay


def queue_of_the_past(
    seed: int,
    *,
    agents: int,
    load: float,
    calls: int,
    handle_seconds: float = 180,
    patience_seconds: float = 300,
) -> list[Stay]:
    """The stays of a queue whose ``agents`` are offered ``load`` times what they can do."""
    draw = random.Random(seed)
    free_at = [0.0] * agents
    now, stays = 0.0, []
    for _call in range(calls):
        now += draw.expovariate(load * agents / handle_seconds)
        begins = max(free_at[0], now)
        patience = draw.expovariate(1 / patience_seconds)
        if begins - now <= patience:
            heapq.heapreplace(free_at, begins + draw.expovariate(1 / handle_seconds))
            stays.append(Stay(now, begins, Ending.ANSWERED))
        else:
            stays.append(Stay(now, now + patience, Ending.ABANDONED))
    return stays
