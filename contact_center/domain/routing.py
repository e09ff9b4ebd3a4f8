"""Which waiting call is next, and which agent gets it. Pure: the clock is an argument.

Two separate questions. *Which call*: higher priority first; within it a caller who was returned
to the head of the line, then whoever has waited longest (``placed_at``). *Which agent*: of those
who are free and serve the queue, by the queue's ranking. One fair line runs across all queues.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

#: Who declined or did not answer is not rung again for the same call so long …
REST_AFTER_DECLINE = timedelta(seconds=60)
#: … or so long when nobody else on duty serves the queue.
REST_WHEN_ALONE = timedelta(seconds=15)
#: So many of the considered agents are kept in the reason of an offer.
CONSIDERED = 5


class Ranking(StrEnum):
    """How the free agents of a queue are ranked."""

    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"


@dataclass(frozen=True, kw_only=True)
class WaitingCall:
    """A caller in line. ``segment_id`` names the stay; times are aware."""

    segment_id: int
    call_id: int
    queue_id: int
    priority: int
    placed_at: datetime
    at_head: bool = False
    #: For a while only this agent is tried (the one the caller was just talking to).
    preferred_agent_id: int | None = None
    preferred_until: datetime | None = None
    #: Agents who had this call offered and did not take it, and when.
    refused_by: Mapping[int, datetime] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A free slot of an agent who is on duty."""

    agent_id: int
    slot_id: int
    idle_since: datetime
    #: The queues this agent serves, and when each last rang them (None: never).
    queues: Mapping[int, datetime | None]


@dataclass(frozen=True, kw_only=True)
class QueueRules:
    """What routing needs to know of a queue."""

    ranking: Ranking = Ranking.LONGEST_IDLE
    #: How many agents on duty serve the queue, free or not. Whoever is rung is one of them. It
    #: matters only where a call was refused; None: not counted, nobody is known to be alone.
    on_duty: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One call for one agent, and why."""

    call: WaitingCall
    candidate: Candidate
    reason: Mapping[str, Any]


def line_order(call: WaitingCall) -> tuple[int, bool, datetime, int]:
    """Return the key by which waiting calls stand in line; smaller is nearer the head."""
    return (-call.priority, not call.at_head, call.placed_at, call.segment_id)


def plan_offers(
    waiting: Iterable[WaitingCall],
    candidates: Iterable[Candidate],
    rules: Mapping[int, QueueRules],
    now: datetime,
) -> list[Plan]:
    """Pair waiting calls with free agents; nobody waits while someone able is free.

    The order of the inputs does not matter. Cost: n log n in calls plus candidates of the queues
    concerned, as long as few calls were refused.
    """
    boards = _boards(candidates, rules)
    used: set[int] = set()
    plans = []
    for call in sorted(waiting, key=line_order):
        board = boards.get(call.queue_id)
        if board is None:
            continue
        plan = board.pick(call, used, now)
        if plan is not None:
            used.add(plan.candidate.agent_id)
            plans.append(plan)
    return plans


def _boards(
    candidates: Iterable[Candidate], rules: Mapping[int, QueueRules]
) -> dict[int, "_Board"]:
    serving: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        for queue_id in candidate.queues:
            serving.setdefault(queue_id, []).append(candidate)
    return {
        queue_id: _Board(queue_id, rules.get(queue_id, QueueRules()), free)
        for queue_id, free in serving.items()
    }


class _Board:
    """The free agents of one queue, best first; agents used up by earlier calls are passed."""

    def __init__(self, queue_id: int, rules: QueueRules, free: Sequence[Candidate]) -> None:
        self.queue_id = queue_id
        self.rules = rules
        self.ranked = sorted(free, key=self._rank)
        #: Where to look next when the agent at a place is used up; shortened as it is followed.
        self._jump = list(range(1, len(self.ranked) + 1))

    def pick(self, call: WaitingCall, used: set[int], now: datetime) -> Plan | None:
        waits_for = _preferred(call, now)
        resting = 0
        best: Candidate | None = None
        considered: list[dict[str, Any]] = []
        position = -1
        while (position := self._free_after(position, used)) < len(self.ranked):
            candidate = self.ranked[position]
            if waits_for is not None and candidate.agent_id != waits_for:
                continue
            if self._rests(call, candidate.agent_id, now):
                resting += 1
                continue
            best = best or candidate
            considered.append(self._seen(candidate))
            if len(considered) == CONSIDERED:
                break
        if best is None:
            return None
        return Plan(
            call=call,
            candidate=best,
            reason={
                "ranking": self.rules.ranking.value,
                "on_duty": self.rules.on_duty,
                "free": len(self.ranked),
                "resting": resting,
                "preferred": waits_for is not None,
                "considered": considered,
                "waited_since": call.placed_at.isoformat(),
            },
        )

    def _free_after(self, position: int, used: set[int]) -> int:
        """Return the next place whose agent is not used up, or the length of the ranking.

        Who is used up stays so for this plan: the way over them is walked once and remembered.
        """
        place = position + 1
        walked = []
        while place < len(self.ranked) and self.ranked[place].agent_id in used:
            walked.append(place)
            place = self._jump[place]
        for passed in walked:
            self._jump[passed] = place
        return place

    def _rank(self, candidate: Candidate) -> tuple[bool, float, float, int]:
        """Smaller is better; the agent's id decides between equals."""
        idle = candidate.idle_since.timestamp()
        if self.rules.ranking is Ranking.ROUND_ROBIN:
            rung = candidate.queues[self.queue_id]
            return (rung is not None, rung.timestamp() if rung else 0.0, idle, candidate.agent_id)
        return (False, idle, 0.0, candidate.agent_id)

    def _rests(self, call: WaitingCall, agent_id: int, now: datetime) -> bool:
        refused_at = call.refused_by.get(agent_id)
        if refused_at is None:
            return False
        others = self.rules.on_duty is None or self.rules.on_duty > 1
        return now < refused_at + (REST_AFTER_DECLINE if others else REST_WHEN_ALONE)

    def _seen(self, candidate: Candidate) -> dict[str, Any]:
        rung = candidate.queues[self.queue_id]
        return {
            "agent": candidate.agent_id,
            "idle_since": candidate.idle_since.isoformat(),
            "last_rung": rung.isoformat() if rung else None,
        }


def _preferred(call: WaitingCall, now: datetime) -> int | None:
    if call.preferred_agent_id is None or call.preferred_until is None:
        return None
    if call.preferred_agent_id in call.refused_by:
        return None  # there is nobody left to wait for
    return call.preferred_agent_id if now < call.preferred_until else None
