"""Why a call went to an agent, why a caller still waits, why an agent gets no calls: as data.

No sentences here: the doors make them of the enums and values. Nothing here decides anything
either. ``Explained`` makes a plan as the dispatcher would, and asks ``Eligibility.blocked``, as the
plan did, about the pairs that did not come about; so every pair is either planned or has a reason.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contact_center.domain.eligibility import (
    Blocked,
    Eligibility,
    QueueRules,
    Why,
    engaged,
    reserved_agent,
)
from contact_center.domain.line import Kind, Order, WaitingCall
from contact_center.domain.members import Candidate
from contact_center.domain.ranking import Criterion, Ranking
from contact_center.domain.routing import in_line, plan_offers
from contact_center.domain.skills import Levels, all_needs

#: So many of a queue's callers are looked at one by one for an agent who gets no calls.
LOOKED_AT = 5
_FURTHEST = {why: number for number, why in enumerate(Why)}


# --- why did this call go to this agent -------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SeenAgent:
    """An agent who was considered, with every value that was compared."""

    agent_id: int
    idle_since: datetime
    last_rung: datetime | None
    #: By criterion; times stand in the two fields above.
    scores: Mapping[Criterion, float]


@dataclass(frozen=True, kw_only=True)
class WhyThisAgent:
    """An offer's stored reason, read back. The first of ``considered`` was rung."""

    order: Order
    kind: Kind
    priority: int | None
    #: The supervisor who gave the call this priority; None: it is the queue's own.
    prioritised_by: int | None
    at_head: bool
    waited_since: datetime | None
    #: What the call needed at that moment, and whether it had been more.
    needs: Levels
    relaxed: bool
    #: Who had asked for what, before anything relaxed. Offers of an earlier version do not say.
    asked: Mapping[str, Levels]
    #: How many served the queue and were on duty (None: not counted), and how many of them free.
    on_duty: int | None
    free: int
    #: How many of those each filter left out.
    taken: int
    lacking_skill: int
    tier_not_open: int
    resting: int
    preferred_elsewhere: int
    #: Only this agent was tried: the one the caller knew, or whom a supervisor wanted.
    preferred: bool
    reserved: bool
    #: That supervisor.
    reserved_by: int | None
    ranking: Ranking
    considered: Sequence[SeenAgent]
    #: What put the first before the second; None where there was no second.
    decided_by: Criterion | None


def why_this_agent(reason: Mapping[str, Any]) -> WhyThisAgent | None:
    """Read the reason that is stored with an offer; None where nothing was written down.

    What offers of an earlier version did not write down has the value it had then.
    """
    if not reason:
        return None
    waited_since = reason.get("waited_since")
    decided_by = reason.get("decided_by")
    return WhyThisAgent(
        order=Order(reason.get("order", Order.FIFO)),
        kind=Kind(reason.get("kind", Kind.LIVE)),
        priority=reason.get("priority"),
        prioritised_by=reason.get("prioritised_by"),
        at_head=bool(reason.get("at_head")),
        waited_since=datetime.fromisoformat(waited_since) if waited_since else None,
        needs=_levels(reason.get("needs", ())),
        relaxed=bool(reason.get("relaxed")),
        asked={asker: _levels(levels) for asker, levels in reason.get("asked", {}).items()},
        on_duty=reason.get("on_duty"),
        free=int(reason.get("free", 0)),
        taken=int(reason.get("taken", 0)),
        lacking_skill=int(reason.get("lacking_skill", 0)),
        tier_not_open=int(reason.get("tier_not_open", 0)),
        resting=int(reason.get("resting", 0)),
        preferred_elsewhere=int(reason.get("preferred_elsewhere", 0)),
        preferred=bool(reason.get("preferred")),
        reserved=bool(reason.get("reserved")),
        reserved_by=reason.get("reserved_by"),
        ranking=Ranking(reason.get("ranking", Ranking.LONGEST_IDLE)),
        considered=[_seen_agent(one) for one in reason.get("considered", ())],
        decided_by=Criterion(decided_by) if decided_by else None,
    )


def _levels(written: Iterable[tuple[int, int]]) -> Levels:
    return {int(skill): int(level) for skill, level in written}


def _seen_agent(written: Mapping[str, Any]) -> SeenAgent:
    rung = written.get("last_rung")
    return SeenAgent(
        agent_id=int(written["agent"]),
        idle_since=datetime.fromisoformat(written["idle_since"]),
        last_rung=datetime.fromisoformat(rung) if rung else None,
        scores={
            Criterion(name): float(value)
            for name, value in written.items()
            if name not in ("agent", "idle_since", "last_rung")
        },
    )


# --- why is this caller still waiting, why does this agent get no calls -----------------------


@dataclass(frozen=True, kw_only=True)
class AgentForCall:
    """An agent, and what keeps this call from ringing there; None: it is about to."""

    agent_id: int
    blocked: Blocked | None


@dataclass(frozen=True, kw_only=True)
class WhyWaiting:
    """Why a caller still waits."""

    #: 1 is next, of all who wait.
    place: int
    #: What queue, number, branch and caller asked for, and what of it is needed by now.
    needs: Levels
    needs_now: Levels
    #: Those who are nearest to being rung first.
    agents: Sequence[AgentForCall]
    #: When more agents can take the call though nobody does a thing; None: never.
    opening_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CallForAgent:
    """A waiting call, and what keeps it from ringing at this agent; None: it is about to."""

    segment_id: int
    call_id: int
    place: int
    blocked: Blocked | None


@dataclass(frozen=True, kw_only=True)
class QueueForAgent:
    """What a queue has for an agent."""

    queue_id: int
    waiting: int
    #: How many of its calls are kept from this agent by what.
    counts: Mapping[Why, int]
    #: The first few in line.
    first: Sequence[CallForAgent]


@dataclass(frozen=True, kw_only=True)
class WhyNoCalls:
    """Why an agent gets no calls."""

    #: What stops any call at all, first.
    blocked: Blocked | None
    #: Where the agent is a member, and where a call is reserved for her.
    queues: Sequence[QueueForAgent]
    #: When the first of the things in the way ends by itself; None: none of them does.
    opening_at: datetime | None


class Explained:
    """A floor at one moment, every pair of which can be asked about.

    ``agents`` are all who are on duty or not, with their ``standing``; each once. Making it costs
    as much as a plan; a question about a call costs the agents, one about an agent the calls.
    """

    def __init__(
        self,
        waiting: Iterable[WaitingCall],
        agents: Iterable[Candidate],
        rules: Mapping[int, QueueRules],
        now: datetime,
        *,
        ageing: timedelta | None = None,
    ) -> None:
        self.now = now
        self.line = in_line(waiting, rules, ageing=ageing)
        self.agents = sorted(agents, key=lambda agent: agent.agent_id)
        self._rules = rules
        self._places = {call.segment_id: place for place, call in enumerate(self.line, start=1)}
        plans = plan_offers(self.line, self.agents, rules, now, ageing=ageing)
        self._agent_of = {plan.call.segment_id: plan.candidate.agent_id for plan in plans}
        self._call_of = {plan.candidate.agent_id: plan.call for plan in plans}

    def why_not(self, call: WaitingCall, agent: Candidate) -> Blocked | None:
        """Return the first thing that keeps these two apart; None when they are about to be paired.

        Of two whom nothing stops one has somebody else: the agent a call that is before this one,
        or the call an agent who is before this one.
        """
        blocked = self._eligibility(call.queue_id).blocked(call, agent, self.now)
        if blocked is not None:
            return blocked
        agents_call = self._call_of.get(agent.agent_id)
        calls_agent = self._agent_of.get(call.segment_id)
        if agents_call is not None and agents_call.segment_id == call.segment_id:
            return None
        if calls_agent is not None:
            return Blocked(why=Why.ANOTHER_AGENT_FIRST, other_agent_id=calls_agent)
        assert agents_call is not None, "nobody waits while someone able is free"
        return Blocked(why=Why.ANOTHER_CALL_FIRST, other_call_id=agents_call.call_id)

    def why_waiting(self, call: WaitingCall) -> WhyWaiting:
        """Return what keeps ``call``, which stands in the line, from each agent."""
        eligibility = self._eligibility(call.queue_id)
        agents = [
            AgentForCall(agent_id=agent.agent_id, blocked=self.why_not(call, agent))
            for agent in self.agents
        ]
        agents.sort(key=lambda one: -_FURTHEST[one.blocked.why] if one.blocked else -len(Why))
        return WhyWaiting(
            place=self._places[call.segment_id],
            needs=all_needs(eligibility.rules.needs, call.needs),
            needs_now=eligibility.needs_of(call, self.now),
            agents=agents,
            opening_at=eligibility.opening_at(call, self.now),
        )

    def why_no_calls(self, agent: Candidate) -> WhyNoCalls:
        """Return what keeps each waiting call from ``agent``, who is one of the agents."""
        queues: dict[int, list[CallForAgent]] = {queue_id: [] for queue_id in agent.queues}
        openings = []
        for place, call in enumerate(self.line, start=1):
            kept_for = reserved_agent(call, self.now)
            if call.queue_id not in agent.queues and kept_for != agent.agent_id:
                continue
            blocked = self.why_not(call, agent)
            if blocked is not None and blocked.until is not None:
                openings.append(blocked.until)
            queues.setdefault(call.queue_id, []).append(
                CallForAgent(
                    segment_id=call.segment_id, call_id=call.call_id, place=place, blocked=blocked
                )
            )
        return WhyNoCalls(
            blocked=engaged(agent),
            queues=[
                QueueForAgent(
                    queue_id=queue_id,
                    waiting=len(calls),
                    counts=Counter(one.blocked.why for one in calls if one.blocked),
                    first=calls[:LOOKED_AT],
                )
                for queue_id, calls in sorted(queues.items())
            ],
            opening_at=min(openings, default=None),
        )

    def _eligibility(self, queue_id: int) -> Eligibility:
        return Eligibility(queue_id, self._rules.get(queue_id, QueueRules()))


def why_waiting(
    call: WaitingCall,
    waiting: Iterable[WaitingCall],
    agents: Iterable[Candidate],
    rules: Mapping[int, QueueRules],
    now: datetime,
    *,
    ageing: timedelta | None = None,
) -> WhyWaiting:
    """Return why ``call``, one of those ``waiting``, still waits."""
    return Explained(waiting, agents, rules, now, ageing=ageing).why_waiting(call)


def why_no_calls(
    agent: Candidate,
    waiting: Iterable[WaitingCall],
    agents: Iterable[Candidate],
    rules: Mapping[int, QueueRules],
    now: datetime,
    *,
    ageing: timedelta | None = None,
) -> WhyNoCalls:
    """Return why ``agent``, one of the ``agents``, gets none of the calls that are waiting."""
    return Explained(waiting, agents, rules, now, ageing=ageing).why_no_calls(agent)
