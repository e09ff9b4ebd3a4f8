"""Whether an agent may take a call now, and if not, what is in the way.

``Eligibility.blocked`` is the one place that decides. The planner rings nobody whom it blocks, and
every explanation asks it again: what a page says can never differ from what the dispatcher did.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from contact_center.domain.line import Order, WaitingCall
from contact_center.domain.members import Candidate, Standing
from contact_center.domain.ranking import Ranking
from contact_center.domain.skills import (
    QUEUE,
    Levels,
    RelaxingStep,
    all_needs,
    lacking,
    next_relaxing,
    relaxed,
)

#: Who declined or did not answer is not rung again for the same call so long …
REST_AFTER_DECLINE = timedelta(seconds=60)
#: … or so long when nobody else on duty serves the queue.
REST_WHEN_ALONE = timedelta(seconds=15)
#: So long a supervisor keeps a caller for an agent who is on a call, or does not come back.
KEPT_FOR = timedelta(minutes=5)

_AT_ONCE = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class QueueRules:
    """What routing needs to know of a queue."""

    ranking: Ranking = Ranking.LONGEST_IDLE
    #: How many agents on duty serve the queue, free or not. Whoever is rung is one of them. It
    #: matters only where a call was refused; None: not counted, nobody is known to be alone.
    on_duty: int | None = None
    order: Order = Order.FIFO
    #: What every call of the queue needs, beside its own needs.
    needs: Levels = field(default_factory=dict)
    relaxing: tuple[RelaxingStep, ...] = ()
    #: How long a caller has waited when a tier is rung for him, too. A tier that is not named opens
    #: with the one before it, and none before that one.
    tier_delays: Mapping[int, timedelta] = field(default_factory=dict)
    #: The tiers of which somebody is on duty, free or not; None: not counted.
    tiers_on_duty: frozenset[int] | None = None


class Why(StrEnum):
    """What stops a call and an agent from being paired, in the order in which it is asked."""

    RESERVED_FOR_ANOTHER = "reserved_for_another"
    NOT_A_MEMBER = "not_a_member"
    SIGNED_OUT = Standing.SIGNED_OUT.value
    ON_BREAK = Standing.ON_BREAK.value
    PHONE_AWAY = Standing.PHONE_AWAY.value
    NOT_RESPONDING = Standing.NOT_RESPONDING.value
    RINGING = Standing.RINGING.value
    ON_CALL = Standing.ON_CALL.value
    WRAPPING_UP = Standing.WRAPPING_UP.value
    LEAVING = Standing.LEAVING.value
    AT_CAPACITY = "at_capacity"
    LACKS_SKILL = "lacks_skill"
    TIER_NOT_OPEN = "tier_not_open"
    RESTING = "resting"
    PREFERRED_ELSEWHERE = "preferred_elsewhere"
    #: Nothing stops these two, but each can have one only (domain/explaining.py).
    ANOTHER_CALL_FIRST = "another_call_first"
    ANOTHER_AGENT_FIRST = "another_agent_first"


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """What is in the way, with the values that a sentence about it needs."""

    why: Why
    #: Since when, and when it ends by itself (None: somebody has to do something).
    since: datetime | None = None
    until: datetime | None = None
    skill: int | None = None
    needed: int | None = None
    has: int | None = None
    tier: int | None = None
    #: The agent or the call that goes first, or for whom this call is kept.
    other_agent_id: int | None = None
    other_call_id: int | None = None


class Eligibility:
    """Who may take the calls of one queue."""

    def __init__(self, queue_id: int, rules: QueueRules) -> None:
        self.queue_id = queue_id
        self.rules = rules

    def blocked(self, call: WaitingCall, agent: Candidate, now: datetime) -> Blocked | None:
        """Return the first thing that stops ``agent`` from being rung for ``call``, or None.

        A call that a supervisor reserved for an agent asks nothing of membership, skills and tier:
        a person has decided. That the agent is free, and rests after declining, still holds.
        """
        reserved = reserved_agent(call, now) is not None
        return (
            self._reserved(call, agent, now)
            or (_ASKS if call.asked_by_agent == agent.agent_id else None)
            or (None if reserved else self._not_a_member(agent))
            or engaged(agent)
            or (None if reserved else self._lacks_skill(call, agent, now))
            or (None if reserved else self._tier_not_open(call, agent, now))
            or self._rests(call, agent.agent_id, now)
            or (None if reserved else self._preferred_elsewhere(call, agent, now))
        )

    def may_have_one_behind(self, last: WaitingCall, agent: Candidate, now: datetime) -> bool:
        """Return whether ``agent`` may be able to take somebody who stands behind ``last`` in line.

        Of those nothing is known but that they are of the same queue, kind and priority, and kept
        for whom he is kept. No needs of theirs are less than what their queue still asks for.
        """
        kept_for = reserved_agent(last, now)
        if kept_for is not None:
            return kept_for == agent.agent_id
        if self._not_a_member(agent):
            return False
        steps = self.rules.relaxing
        if self.rules.order is Order.LIFO or last.at_head:
            # They may have waited for as long as anybody.
            longest = max((step.after for step in steps), default=_AT_ONCE)
            return lacking(relaxed(self.rules.needs, steps, longest), agent.levels) is None
        needs = relaxed(self.rules.needs, steps, now - last.placed_at)
        return lacking(needs, agent.levels) is None and not self._tier_not_open(last, agent, now)

    def needs_of(self, call: WaitingCall, now: datetime) -> Levels:
        """Return what ``call`` still needs: queue, number, branch and caller, after relaxing."""
        if not self.rules.needs and not call.needs:
            return _NOTHING
        needs = all_needs(self.rules.needs, call.needs)
        return relaxed(needs, self.rules.relaxing, now - call.placed_at)

    def asked_by(self, call: WaitingCall) -> dict[str, Levels]:
        """Return who asks for what of it, the queue first, before anything relaxes."""
        of_queue = {QUEUE: self.rules.needs} if self.rules.needs else {}
        return of_queue | {asker.value: levels for asker, levels in call.asked.items()}

    def is_relaxed(self, call: WaitingCall, now: datetime) -> bool:
        """Return whether less is needed by now than in the beginning."""
        return self.needs_of(call, now) != all_needs(self.rules.needs, call.needs)

    def opens_after(self, tier: int) -> timedelta:
        """Return how long a caller has waited when ``tier`` is rung, too.

        At once for the foremost tier of which somebody is on duty: a delay is there to leave the
        call to those before, and where there are none it would help nobody.
        """
        staffed = self.rules.tiers_on_duty
        if staffed is not None and not any(other < tier for other in staffed):
            return _AT_ONCE
        delays = self.rules.tier_delays
        return max((delays[other] for other in delays if 1 < other <= tier), default=_AT_ONCE)

    def tier_opens_at(self, call: WaitingCall, tier: int) -> datetime:
        """Return from when on ``call`` may ring in ``tier``."""
        return call.placed_at + self.opens_after(tier)

    def opening_at(self, call: WaitingCall, now: datetime) -> datetime | None:
        """Return when more agents than now can take ``call`` though nobody does a thing.

        A need relaxes, a tier opens, somebody has rested, or the agent for whom the call is kept,
        or whom the caller knows, is waited for no longer. A clock that looks again at each of these
        moments misses no pair.
        """
        return min((moment for moment in self._openings(call, now) if moment > now), default=None)

    def _openings(self, call: WaitingCall, now: datetime) -> Iterator[datetime]:
        for agent_id in call.refused_by:
            resting = self._rests(call, agent_id, now)
            if resting and resting.until:
                yield resting.until
        if reserved_agent(call, now) is not None:
            if call.reserved_until:
                yield call.reserved_until
            return
        relaxing = self.next_relaxing_at(call, now)
        if relaxing:
            yield relaxing
        tier = self.next_tier_at(call, now)
        if tier:
            yield tier
        if preferred_agent(call, now) is not None and call.preferred_until:
            yield call.preferred_until

    def next_relaxing_at(self, call: WaitingCall, now: datetime) -> datetime | None:
        """Return when ``call`` needs less than now; None when it never will."""
        needs = all_needs(self.rules.needs, call.needs)
        after = next_relaxing(needs, self.rules.relaxing, now - call.placed_at)
        return None if after is None else call.placed_at + after

    def next_tier_at(self, call: WaitingCall, now: datetime) -> datetime | None:
        """Return when another tier opens for ``call``; None when all are open."""
        waited = now - call.placed_at
        to_come = [self.opens_after(tier) for tier in self.rules.tier_delays]
        after = min((after for after in to_come if after > waited), default=None)
        return None if after is None else call.placed_at + after

    # --- the filters, in the order of Why ---------------------------------------------------

    def _reserved(self, call: WaitingCall, agent: Candidate, now: datetime) -> Blocked | None:
        kept_for = reserved_agent(call, now)
        if kept_for is None or kept_for == agent.agent_id:
            return None
        return Blocked(
            why=Why.RESERVED_FOR_ANOTHER, other_agent_id=kept_for, until=call.reserved_until
        )

    def _not_a_member(self, agent: Candidate) -> Blocked | None:
        return None if self.queue_id in agent.queues else _NOT_A_MEMBER

    def _lacks_skill(self, call: WaitingCall, agent: Candidate, now: datetime) -> Blocked | None:
        lack = lacking(self.needs_of(call, now), agent.levels)
        if lack is None:
            return None
        return Blocked(
            why=Why.LACKS_SKILL,
            skill=lack.skill,
            needed=lack.needed,
            has=lack.has,
            until=self._enough_at(call, agent, now),
        )

    def _enough_at(self, call: WaitingCall, agent: Candidate, now: datetime) -> datetime | None:
        """Return when so little is needed that this agent has it."""
        moment = self.next_relaxing_at(call, now)
        while moment is not None and lacking(self.needs_of(call, moment), agent.levels):
            moment = self.next_relaxing_at(call, moment)
        return moment

    def _tier_not_open(self, call: WaitingCall, agent: Candidate, now: datetime) -> Blocked | None:
        if not self.rules.tier_delays:
            return None
        tier = agent.membership(self.queue_id).tier
        opens_at = self.tier_opens_at(call, tier)
        if now >= opens_at:
            return None
        return Blocked(why=Why.TIER_NOT_OPEN, tier=tier, until=opens_at)

    def _rests(self, call: WaitingCall, agent_id: int, now: datetime) -> Blocked | None:
        refused_at = call.refused_by.get(agent_id)
        if refused_at is None:
            return None
        nobody_else = self.rules.on_duty is not None and self.rules.on_duty <= 1
        alone = nobody_else or reserved_agent(call, now) is not None
        until = refused_at + (REST_WHEN_ALONE if alone else REST_AFTER_DECLINE)
        return Blocked(why=Why.RESTING, since=refused_at, until=until) if now < until else None

    def _preferred_elsewhere(
        self, call: WaitingCall, agent: Candidate, now: datetime
    ) -> Blocked | None:
        waits_for = preferred_agent(call, now)
        if waits_for is None or waits_for == agent.agent_id:
            return None
        return Blocked(
            why=Why.PREFERRED_ELSEWHERE, other_agent_id=waits_for, until=call.preferred_until
        )


_NOTHING: Levels = {}
_NOT_A_MEMBER = Blocked(why=Why.NOT_A_MEMBER)
#: Who consults a queue is in the very call that it is about.
_ASKS = Blocked(why=Why.ON_CALL)


def engaged(agent: Candidate) -> Blocked | None:
    """Return what stops this agent from being rung for any call at all, or None."""
    if agent.standing is not Standing.FREE:
        return Blocked(
            why=Why(agent.standing.value), since=agent.standing_since, until=agent.standing_until
        )
    if agent.in_use >= agent.capacity:
        return Blocked(why=Why.AT_CAPACITY)
    return None


def reserved_agent(call: WaitingCall, now: datetime) -> int | None:
    """Return the agent for whom a supervisor keeps this call."""
    if call.reserved_until is not None and now >= call.reserved_until:
        return None
    return call.reserved_for


def preferred_agent(call: WaitingCall, now: datetime) -> int | None:
    """Return the agent whom this caller still waits for, alone."""
    if call.preferred_agent_id is None or call.preferred_until is None:
        return None
    if call.preferred_agent_id in call.refused_by:
        return None  # there is nobody left to wait for
    return call.preferred_agent_id if now < call.preferred_until else None
