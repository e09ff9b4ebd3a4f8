"""Which of the agents who may take a call is rung.

A ranking is a list of criteria. The first at which two agents differ decides, and its name is kept
with the offer. Tier, level and whether an agent has a call come before every ranking: who talks to
nobody is rung before somebody who would have to put a caller on hold. The agent's id ends every
tie, so that the same floor always gives the same answer.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import gcd
from typing import Any, TypeAlias

from contact_center.domain.line import Order
from contact_center.domain.members import Candidate
from contact_center.domain.skills import Levels


class Ranking(StrEnum):
    """How the free agents of a queue are ranked."""

    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"
    LEAST_BUSY = "least_busy"
    FEWEST_CALLS = "fewest_calls"
    LEAST_TALK = "least_talk"
    FIXED_ORDER = "fixed_order"
    RANDOM = "random"
    SKILLS_BASED = "skills_based"


class Criterion(StrEnum):
    """What is compared."""

    TIER = "tier"
    LEVEL = "level"
    #: Whether the agent has a call at the moment.
    HAS_A_CALL = "has_a_call"
    IDLE_SINCE = "idle_since"
    LAST_RUNG = "last_rung"
    IN_USE = "in_use"
    HANDLED = "handled"
    TALK_SECONDS = "talk_seconds"
    POSITION = "position"
    #: The sum of the agent's levels in the skills that the call needs; more is better.
    MATCH = "match"
    #: How many skills the agent has that this call does not need: who can do less else goes first.
    #: The best of a category is no skill beside the one it is.
    OTHER_SKILLS = "other_skills"
    DRAW = "draw"
    AGENT = "agent"


#: What is compared before anything that a ranking says.
_FIRST = (Criterion.TIER, Criterion.LEVEL, Criterion.HAS_A_CALL)
#: What is compared, in turn.
CRITERIA: Mapping[Ranking, tuple[Criterion, ...]] = {
    ranking: (*_FIRST, *criteria, Criterion.AGENT)
    for ranking, criteria in {
        Ranking.LONGEST_IDLE: (Criterion.IDLE_SINCE,),
        Ranking.ROUND_ROBIN: (Criterion.LAST_RUNG, Criterion.IDLE_SINCE),
        Ranking.LEAST_BUSY: (Criterion.IN_USE, Criterion.HANDLED, Criterion.IDLE_SINCE),
        Ranking.FEWEST_CALLS: (Criterion.HANDLED, Criterion.IDLE_SINCE),
        Ranking.LEAST_TALK: (Criterion.TALK_SECONDS, Criterion.IDLE_SINCE),
        Ranking.FIXED_ORDER: (Criterion.POSITION,),
        Ranking.RANDOM: (Criterion.DRAW,),
        Ranking.SKILLS_BASED: (Criterion.MATCH, Criterion.OTHER_SKILLS, Criterion.IDLE_SINCE),
    }.items()
}


@dataclass(frozen=True)
class Strategy:
    """What a strategy's name stands for: which call is next, and which agent gets it."""

    order: Order
    ranking: Ranking


#: Every name that a queue or QUEUE.DEFAULT_ROUTING_STRATEGY may have. fifo and lifo speak of calls,
#: the others of agents; what a name does not speak of is fifo, and longest idle.
STRATEGIES: Mapping[str, Strategy] = {
    "fifo": Strategy(Order.FIFO, Ranking.LONGEST_IDLE),
    "lifo": Strategy(Order.LIFO, Ranking.LONGEST_IDLE),
    **{ranking.value: Strategy(Order.FIFO, ranking) for ranking in Ranking},
}

# --- keys -------------------------------------------------------------------------------------

#: Smaller is better.
Key: TypeAlias = tuple[float, ...]


def _last_rung(agent: Candidate, queue_id: int, needs: Levels) -> float:
    rung = agent.queues.get(queue_id)
    return float("-inf") if rung is None else rung.timestamp()


_VALUES: Mapping[Criterion, Callable[[Candidate, int, Levels], float]] = {
    Criterion.TIER: lambda agent, queue_id, needs: agent.membership(queue_id).tier,
    Criterion.LEVEL: lambda agent, queue_id, needs: agent.membership(queue_id).level,
    Criterion.HAS_A_CALL: lambda agent, queue_id, needs: int(agent.in_use > 0),
    Criterion.IDLE_SINCE: lambda agent, queue_id, needs: agent.idle_since.timestamp(),
    Criterion.LAST_RUNG: _last_rung,
    Criterion.IN_USE: lambda agent, queue_id, needs: agent.in_use,
    Criterion.HANDLED: lambda agent, queue_id, needs: agent.handled,
    Criterion.TALK_SECONDS: lambda agent, queue_id, needs: agent.talk_seconds,
    Criterion.POSITION: lambda agent, queue_id, needs: agent.membership(queue_id).position,
    Criterion.MATCH: lambda agent, queue_id, needs: (
        -sum(agent.levels.get(skill, 0) for skill in needs)
    ),
    Criterion.OTHER_SKILLS: lambda agent, queue_id, needs: len(agent.skills.keys() - needs.keys()),
    #: Drawn for each call anew (``drawn``), so equal for all in a list that serves many calls.
    Criterion.DRAW: lambda agent, queue_id, needs: 0,
    Criterion.AGENT: lambda agent, queue_id, needs: agent.agent_id,
}


def rank(ranking: Ranking, agent: Candidate, queue_id: int, needs: Levels) -> Key:
    """Return the key of an agent; the best has the smallest."""
    return tuple(_VALUES[criterion](agent, queue_id, needs) for criterion in CRITERIA[ranking])


def decided_by(
    ranking: Ranking, best: Candidate, next_best: Candidate | None, queue_id: int, needs: Levels
) -> Criterion | None:
    """Return what put ``best`` before ``next_best``; None where there was no choice."""
    if next_best is None:
        return None
    return next(
        criterion
        for criterion in CRITERIA[ranking]
        if criterion is Criterion.DRAW
        or _VALUES[criterion](best, queue_id, needs)
        != _VALUES[criterion](next_best, queue_id, needs)
    )


def seen(ranking: Ranking, agent: Candidate, queue_id: int, needs: Levels) -> dict[str, Any]:
    """Return what is written down of an agent who was considered: every value that was compared."""
    rung = agent.queues.get(queue_id)
    values: dict[str, Any] = {
        criterion.value: abs(_VALUES[criterion](agent, queue_id, needs))
        for criterion in CRITERIA[ranking]
        if criterion not in _WRITTEN_OTHERWISE
    }
    return {
        "agent": agent.agent_id,
        "idle_since": agent.idle_since.isoformat(),
        "last_rung": rung.isoformat() if rung else None,
        **values,
    }


_WRITTEN_OTHERWISE = {
    Criterion.AGENT,
    Criterion.IDLE_SINCE,
    Criterion.LAST_RUNG,
    Criterion.DRAW,
}

# --- drawing lots -----------------------------------------------------------------------------


def equals(ranked: Sequence[Candidate], queue_id: int) -> list[range]:
    """Return the places of a ranked list, those together of whom the lot decides."""
    groups: list[range] = []
    before = None
    for place, agent in enumerate(ranked):
        membership = agent.membership(queue_id)
        group = (membership.tier, membership.level, agent.in_use > 0)
        if group == before:
            groups[-1] = range(groups[-1].start, place + 1)
        else:
            groups.append(range(place, place + 1))
        before = group
    return groups


def drawn(lot: int, groups: Sequence[range]) -> Iterator[int]:
    """Yield the places of each group, one group after the other, in an order drawn by lot.

    The lot is the segment's id: the same floor draws the same again, so a decision can be repeated
    and explained. Everybody is as likely to be the first. The places are gone round in strides that
    share no divisor with their number, so that each is met once: a draw costs as much as the places
    that are looked at, and shuffles nothing.
    """
    for group in groups:
        number = len(group)
        place = _mixed(lot) % number
        stride = _mixed(lot + 1) % number or 1
        while gcd(stride, number) != 1:
            stride += 1
        for _ in group:
            yield group[place]
            place = (place + stride) % number


def _mixed(lot: int) -> int:
    """Return 64 bits that show nothing of the order in which lots are given out (splitmix64)."""
    bits = (lot * 0x9E3779B97F4A7C15) & _64_BITS
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & _64_BITS
    return bits ^ (bits >> 31)


_64_BITS = (1 << 64) - 1
