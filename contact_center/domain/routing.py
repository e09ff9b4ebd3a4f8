"""Which waiting call is next, and which agent gets it. Pure: the clock is an argument.

Two separate questions, each in a module of its own:

* *Which call*: ``line.py``. One fair line runs across all queues: priority, the wait, the place.
* *Which agent*: of those whom nothing stops (``eligibility.py``, with ``skills.py``) the first by
  the queue's ranking (``ranking.py``).

``plan_offers`` brings them together; ``explaining.py`` says why it came out as it did.
docs/routing.md draws every rule in the order in which it is applied.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from contact_center.domain.eligibility import (
    REST_AFTER_DECLINE as REST_AFTER_DECLINE,
)
from contact_center.domain.eligibility import (
    REST_WHEN_ALONE as REST_WHEN_ALONE,
)
from contact_center.domain.eligibility import (
    Eligibility,
    Why,
    engaged,
    preferred_agent,
    reserved_agent,
)
from contact_center.domain.eligibility import QueueRules as QueueRules
from contact_center.domain.line import Key, Order, aged_order, stand_in_line
from contact_center.domain.line import WaitingCall as WaitingCall
from contact_center.domain.line import line_order as line_order
from contact_center.domain.members import Candidate as Candidate
from contact_center.domain.ranking import Ranking as Ranking
from contact_center.domain.ranking import decided_by, drawn, equals, rank, seen
from contact_center.domain.skills import Levels, lacking

#: So many of the considered agents are kept in the reason of an offer.
CONSIDERED = 5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One call for one agent, and why."""

    call: WaitingCall
    candidate: Candidate
    reason: Mapping[str, Any]


def plan_offers(
    waiting: Iterable[WaitingCall],
    candidates: Iterable[Candidate],
    rules: Mapping[int, QueueRules],
    now: datetime,
    *,
    ageing: timedelta | None = None,
) -> list[Plan]:
    """Pair waiting calls with free agents; nobody waits while someone able is free.

    ``ageing`` is the wait that a step of priority is worth; None or 0: priority is absolute.

    1. The calls stand in line. 2. Each, in its turn, takes the best of the agents who are left and
    whom nothing stops. An agent is rung for one call at a time, however many slots are free.

    The order of the inputs does not matter. Cost: n log n in calls plus, for each queue and each
    different need in it, the candidates who serve it; as long as few calls were refused.
    """
    floor = _Floor(candidates, rules)
    plans = []
    for call in in_line(waiting, rules, ageing=ageing):
        if floor.is_used_up():
            break
        plan = floor.pick(call, now)
        if plan is not None:
            plans.append(plan)
    return plans


def in_line(
    waiting: Iterable[WaitingCall],
    rules: Mapping[int, QueueRules],
    *,
    ageing: timedelta | None = None,
) -> list[WaitingCall]:
    """Return the calls in the order in which they are planned."""
    key: Callable[[WaitingCall], Key] = line_order
    if ageing:
        key = partial(aged_order, ageing=ageing)
    lifo = {queue_id for queue_id, rule in rules.items() if rule.order is Order.LIFO}
    return stand_in_line(waiting, newest_first=lifo, key=key)


class _Floor:
    """The agents who are free, and of each queue the board that ranks them."""

    def __init__(self, candidates: Iterable[Candidate], rules: Mapping[int, QueueRules]) -> None:
        self.rules = rules
        #: Each agent once, with the lowest free slot.
        self.free: dict[int, Candidate] = {}
        for candidate in candidates:
            known = self.free.get(candidate.agent_id)
            if engaged(candidate) is None and (known is None or candidate.slot_id < known.slot_id):
                self.free[candidate.agent_id] = candidate
        self.serving: dict[int, list[Candidate]] = {}
        for candidate in self.free.values():
            for queue_id in candidate.queues:
                self.serving.setdefault(queue_id, []).append(candidate)
        #: Agents who were given to earlier callers, and how many of them each queue has lost.
        self.used: set[int] = set()
        self.taken: Counter[int] = Counter()
        self._boards: dict[tuple[int, tuple[tuple[int, int], ...]], _Board] = {}

    def is_used_up(self) -> bool:
        return len(self.used) == len(self.free)

    def pick(self, call: WaitingCall, now: datetime) -> Plan | None:
        if call.queue_id not in self.serving and call.reserved_for is None:
            return None
        plan = self._board(call, now).pick(call, now)
        if plan is not None:
            self.used.add(plan.candidate.agent_id)
            self.taken.update(plan.candidate.queues.keys())
        return plan

    def _board(self, call: WaitingCall, now: datetime) -> "_Board":
        rules = self.rules.get(call.queue_id, _ORDINARY)
        needs = Eligibility(call.queue_id, rules).needs_of(call, now)
        key = (call.queue_id, tuple(needs.items()))
        board = self._boards.get(key)
        if board is None:
            board = self._boards[key] = _Board(call.queue_id, rules, needs, self)
        return board


_ORDINARY = QueueRules()


class _Board(Eligibility):
    """The free agents of one queue who have what a call needs, best first.

    It only narrows down whom to ask about; ``blocked`` decides about each. Agents who were used up
    by earlier calls are passed.
    """

    def __init__(self, queue_id: int, rules: QueueRules, needs: Levels, floor: _Floor) -> None:
        super().__init__(queue_id, rules)
        self.needs = needs
        self.floor = floor
        self.serving = floor.serving.get(queue_id, [])
        able = [agent for agent in self.serving if lacking(needs, agent.levels) is None]
        self.ranked = sorted(able, key=lambda agent: rank(rules.ranking, agent, queue_id, needs))
        self._able = {agent.agent_id for agent in able}
        self._tiers = Counter(agent.membership(queue_id).tier for agent in able)
        self._written: dict[int, dict[str, Any]] = {}
        self._equals = equals(self.ranked, queue_id) if rules.ranking is Ranking.RANDOM else []
        #: Where to look next when the agent at a place is used up; shortened as it is followed.
        self._jump = list(range(1, len(self.ranked) + 1))

    def pick(self, call: WaitingCall, now: datetime) -> Plan | None:
        considered: list[Candidate] = []
        for candidate in self._asked(call, now):
            blocked = self.blocked(call, candidate, now)
            if blocked is None:
                considered.append(candidate)
                if len(considered) == CONSIDERED:
                    break
            elif blocked.why is Why.TIER_NOT_OPEN:
                break  # nor is any tier after it
        if not considered:
            return None
        return Plan(call=call, candidate=considered[0], reason=self._reason(call, considered, now))

    def _asked(self, call: WaitingCall, now: datetime) -> Iterator[Candidate]:
        """Yield who is left, best first; of a call that is kept for somebody, that one alone."""
        only = reserved_agent(call, now)
        if only is None:
            only = preferred_agent(call, now)
        if only is not None:
            if only in self.floor.free and only not in self.floor.used:
                yield self.floor.free[only]
        elif self.rules.ranking is Ranking.RANDOM:
            for place in drawn(call.segment_id, self._equals):
                if self.ranked[place].agent_id not in self.floor.used:
                    yield self.ranked[place]
        else:
            place = -1
            while (place := self._left_after(place)) < len(self.ranked):
                yield self.ranked[place]

    def _left_after(self, place: int) -> int:
        """Return the next place whose agent is not used up, or the length of the ranking.

        Who is used up stays so for this plan: the way over them is walked once and remembered.
        """
        place += 1
        walked = []
        while place < len(self.ranked) and self.ranked[place].agent_id in self.floor.used:
            walked.append(place)
            place = self._jump[place]
        for passed in walked:
            self._jump[passed] = place
        return place

    def _reason(
        self, call: WaitingCall, considered: Sequence[Candidate], now: datetime
    ) -> dict[str, Any]:
        """Return what is stored with the offer; ``explaining.WhyThisAgent`` reads it."""
        ranking = self.rules.ranking
        reserved = reserved_agent(call, now) is not None
        kept = reserved or preferred_agent(call, now) is not None
        next_best = considered[1] if len(considered) > 1 else None
        return {
            # which call
            "order": self.rules.order.value,
            "kind": call.kind.value,
            "priority": call.priority,
            "prioritised_by": call.prioritised_by,
            "at_head": call.at_head,
            "waited_since": call.placed_at.isoformat(),
            "needs": [] if reserved else list(self.needs.items()),
            "asked": {} if reserved else self._asked_for(call),
            "relaxed": not reserved and self.is_relaxed(call, now),
            # which agent: how many each filter left out, of those free when the plan was begun
            "on_duty": self.rules.on_duty,
            "free": len(self.serving),
            "taken": self.floor.taken[self.queue_id],
            "lacking_skill": 0 if reserved else len(self.serving) - len(self.ranked),
            "tier_not_open": 0 if reserved else self._number_in_closed_tiers(call, now),
            "resting": self._number_resting(call, now),
            "preferred_elsewhere": len(self.ranked) - 1 if kept and not reserved else 0,
            "preferred": kept and not reserved,
            "reserved": reserved,
            "reserved_by": call.reserved_by if reserved else None,
            # and the first few of those who were left
            "ranking": ranking.value,
            "considered": [self._seen(agent) for agent in considered],
            "decided_by": decided_by(ranking, considered[0], next_best, self.queue_id, self.needs),
        }

    def _asked_for(self, call: WaitingCall) -> dict[str, list[tuple[int, int]]]:
        return {asker: list(levels.items()) for asker, levels in self.asked_by(call).items()}

    def _seen(self, agent: Candidate) -> dict[str, Any]:
        """Return what is written down of an agent, whom the next calls may consider as well."""
        written = self._written.get(agent.agent_id)
        if written is None:
            written = seen(self.rules.ranking, agent, self.queue_id, self.needs)
            self._written[agent.agent_id] = written
        return written

    def _number_in_closed_tiers(self, call: WaitingCall, now: datetime) -> int:
        if not self.rules.tier_delays:
            return 0
        return sum(
            number for tier, number in self._tiers.items() if now < self.tier_opens_at(call, tier)
        )

    def _number_resting(self, call: WaitingCall, now: datetime) -> int:
        return sum(
            agent_id in self._able
            and agent_id not in self.floor.used
            and bool(self._rests(call, agent_id, now))
            for agent_id in call.refused_by
        )
