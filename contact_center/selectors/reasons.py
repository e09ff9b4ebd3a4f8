"""Why a caller still waits, and why an agent gets no calls: at this moment, with names for ids.

The floor is read as a dispatch reads it (lines.py), but with every agent, on duty or not, and every
caller; then the rules themselves are asked (domain/explaining.py). Why a call went to an agent
stands with its offer; timelines.py reads it back.

What is of other teams is counted and never named: neither as who is asked about, nor as who goes
first, nor as whom a caller waits for.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils import timezone

from contact_center.domain.eligibility import (
    REST_AFTER_DECLINE,
    Blocked,
    Eligibility,
    Why,
    reserved_agent,
)
from contact_center.domain.events import PlaceKept
from contact_center.domain.explaining import Explained, WhyWaiting
from contact_center.domain.line import WaitingCall
from contact_center.domain.members import Candidate, Membership, Standing
from contact_center.domain.routing import QueueRules
from contact_center.domain.skills import Levels, best_of_categories
from contact_center.domain.slots import Room, Slot
from contact_center.domain.states import Activity, CallState, Presence
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    EventLog,
    Offer,
    OfferState,
    PhoneLease,
    Queue,
    QueueMember,
    Segment,
)
from contact_center.panels import Panel
from contact_center.selectors.arranging import arranged, kept, user_names
from contact_center.selectors.capacity import Chosen
from contact_center.selectors.lines import (
    HEAD,
    NO_WORK,
    REFUSED,
    WAITING,
    Head,
    count_on_duty,
    read_refusals,
    read_skills,
    read_tiers_on_duty,
    read_work,
)
from contact_center.selectors.needed import Need, named_needs
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.selectors.scopes import Scope
from contact_center.selectors.stories import SeenCall
from contact_center.selectors.timelines import agent_names, skill_names

Context = dict[str, Any]

#: So many agents are shown one by one, those nearest to being rung; the others are counted.
MOST_AGENTS = 60


@dataclass(frozen=True)
class SeenAgent:
    """An agent, as somebody sees her who may see so much."""

    agent: Agent
    scope: Scope


# --- the floor at one moment ----------------------------------------------------------------------


@dataclass(frozen=True)
class Floor:
    """Every agent and every waiting caller of an organisation, and the rules between them."""

    as_of: datetime
    explained: Explained
    rules: Mapping[int, QueueRules]
    calls: Mapping[int, WaitingCall]
    agents: Mapping[int, Candidate]


def read_floor(tenant_id: int, now: datetime) -> Floor:
    """Return the floor of an organisation as it is ``now``; nine statements, however big it is."""
    rules = rules_of_queues(tenant_id)
    heads = [Head(*row) for row in WAITING.filter(call__tenant_id=tenant_id).values_list(*HEAD)]
    refused = read_refusals([head.call_id for head in heads if head.offers_made], now)
    queue_ids = {head.queue_id for head in heads}
    on_duty = count_on_duty(queue_ids)
    staffed = read_tiers_on_duty(queue_ids, rules)
    by_queue = {
        queue_id: replace(
            rules.of(queue_id),
            # Of a queue that nobody on duty serves there is no row.
            on_duty=on_duty.get(queue_id, 0),
            tiers_on_duty=staffed.get(queue_id),
        )
        for queue_id in queue_ids
    }
    calls = [head.waiting_call(refused.get(head.call_id, {}), now, rules.skills) for head in heads]
    agents = _read_agents(
        tenant_id,
        now,
        # As the dispatcher: what no ranking of this organisation compares is not compared.
        skills=read_skills if rules.needs_skills else None,
        standing_for=rules.standing_for,
        work=read_work if rules.counts_calls else None,
    )
    return Floor(
        as_of=now,
        explained=Explained(calls, agents, by_queue, now, ageing=rules.ageing),
        rules=by_queue,
        calls={call.call_id: call for call in calls},
        agents={agent.agent_id: agent for agent in agents},
    )


class _Stands(NamedTuple):
    """What an agent is doing, since when and until when by itself."""

    standing: Standing
    since: datetime | None = None
    until: datetime | None = None


def _read_agents(
    tenant_id: int,
    now: datetime,
    *,
    skills: Callable[[list[int]], Mapping[int, Levels]] | None,
    standing_for: Mapping[int, int],
    work: Callable[[list[int]], Mapping[int, Any]] | None,
    only: int | None = None,
) -> list[Candidate]:
    """Return all agents, each with the slot that would ring, as ``lines.free_agents`` does.

    ``only``: one agent alone, by id.
    """
    ours: dict[str, int] = {"agent__tenant_id": tenant_id}
    people = Agent.objects.filter(tenant_id=tenant_id)
    if only is not None:
        ours, people = {**ours, "agent_id": only}, people.filter(pk=only)
    slots: dict[int, list[Slot]] = defaultdict(list)
    for agent_id, pk, activity, since, idle_since in (
        AgentSlot.objects.filter(**ours)
        .order_by("agent_id", "number")
        .values_list("agent_id", "pk", "activity", "activity_since", "idle_since")
    ):
        slots[agent_id].append(Slot(pk, Activity(activity), since, idle_since))
    queues: dict[int, dict[int, datetime | None]] = defaultdict(dict)
    memberships: dict[int, dict[int, Membership]] = defaultdict(dict)
    for agent_id, queue_id, rung, tier, level, position in QueueMember.objects.filter(
        **ours
    ).values_list("agent_id", "queue_id", "last_offered_at", "tier", "level", "position"):
        queues[agent_id][queue_id] = rung
        memberships[agent_id][queue_id] = Membership(tier=tier, level=level, position=position)
    phones = dict(PhoneLease.objects.filter(**ours).values_list("agent_id", "silent_since"))
    ending = _read_ends(ours)
    rows = list(people.values_list("pk", "presence", "presence_since", *Chosen._fields))
    ids = [pk for pk, *_presence in rows]
    skilled = skills(ids) if skills else {}
    worked = work(ids) if work else {}
    agents = []
    for pk, presence, presence_since, *choice in rows:
        chosen = Chosen(*choice)
        room = chosen.room_of(slots.get(pk, []), now)
        stands = (
            _chosen(Presence(presence), presence_since, pk in phones, phones.get(pk))
            if room.decides is None and room.in_use < chosen.capacity
            else _occupied(room, ending)
        )
        done = worked.get(pk, NO_WORK)
        agents.append(
            Candidate(
                agent_id=pk,
                slot_id=room.slot_id,
                idle_since=room.idle_since or now,
                queues=queues.get(pk, {}),
                memberships=memberships.get(pk, {}),
                skills=skilled.get(pk, {}),
                categories=best_of_categories(skilled.get(pk, {}), standing_for),
                in_use=room.in_use,
                # Whose slots are still to be made has room for nothing.
                capacity=chosen.capacity if room.slot_id else room.in_use,
                handled=done.handled,
                talk_seconds=done.talk_seconds,
                standing=stands.standing,
                standing_since=stands.since,
                standing_until=stands.until,
            )
        )
    return agents


def candidates_of(
    tenant_id: int, now: datetime, *, only: int | None = None
) -> dict[int, Candidate]:
    """Return by agent what each is doing; what rankings compare is left out.

    ``only``: of one agent alone, by id.
    """
    agents = _read_agents(tenant_id, now, skills=None, work=None, standing_for={}, only=only)
    return {agent.agent_id: agent for agent in agents}


def _read_ends(ours: Mapping[str, int]) -> dict[int, datetime | None]:
    """Return by slot when its ringing or its wrap-up ends by itself."""
    live = Offer.objects.filter(
        **ours,
        ended_at=None,
        state__in=(OfferState.PENDING, OfferState.WRAPPING_UP),
    )
    return {
        slot_id: deadline if state == OfferState.PENDING else wrap_up_until
        for slot_id, state, deadline, wrap_up_until in live.values_list(
            "slot_id", "state", "deadline", "wrap_up_until"
        )
    }


def _chosen(
    presence: Presence, since: datetime | None, has_phone: bool, silent_since: datetime | None
) -> _Stands:
    """Return what an agent who has a free slot chose, and whether the desk can ring."""
    if presence is Presence.OFFLINE:
        return _Stands(Standing.SIGNED_OUT, since)
    if presence is Presence.BREAK:
        return _Stands(Standing.ON_BREAK, since)
    if not has_phone or silent_since is not None:
        return _Stands(Standing.PHONE_AWAY, silent_since)
    return _Stands(Standing.FREE)


def _occupied(room: Room, ending: Mapping[int, datetime | None]) -> _Stands:
    """Return what an agent is doing who cannot be rung; of one who has several calls, nothing:
    that they are as many as there may be is counted.
    """
    if room.decides is None:
        return _Stands(room.standing)
    return _Stands(room.standing, room.decides.since, ending.get(room.decides.slot_id))


# --- with names -----------------------------------------------------------------------------------


class Ahead(StrEnum):
    """Why another call is before this one."""

    HIGHER_PRIORITY = "higher_priority"
    WAITED_LONGER = "waited_longer"
    #: Returned to the head, the newest of a lifo queue, or an older kind of work.
    IN_LINE = "in_line"


@dataclass(frozen=True)
class InTheWay:
    """What keeps a call from an agent, with names for ids."""

    blocked: Blocked
    #: The skill that is missing, and how much of it is enough when this ends by itself.
    skill: str = ""
    enough: int = 0
    #: The agent who goes first or is waited for; empty: one whose name is not for who looks.
    other_agent: str = ""
    #: The supervisor who keeps the call for that agent.
    by: str = ""
    #: What the agent did with this call: an OfferOutcome.
    refusal: str = ""
    ahead: Ahead | None = None
    #: The call that goes first, where whoever looks may see it.
    other_call_id: int | None = None


@dataclass(frozen=True)
class AgentRow:
    """An agent, and what is in the way of the call; None: about to be rung."""

    agent_id: int
    name: str
    way: InTheWay | None


@dataclass(frozen=True)
class CallRow:
    """A waiting call, and what is in its way to the agent; None: about to ring."""

    call_id: int
    caller: str
    place: int
    waiting_since: datetime
    way: InTheWay | None


@dataclass(frozen=True)
class QueueRows:
    """What a queue has for an agent."""

    queue_id: int
    name: str
    waiting: int
    #: How many of its calls are kept from the agent by what, the nearest to ringing first.
    counts: Sequence[tuple[Why, int]]
    first: Sequence[CallRow]

    @property
    def further(self) -> int:
        """How many more stand in it than are shown."""
        return self.waiting - len(self.first)


class _Naming:
    """Names for the ids of some pairs; each kind of name is read once for all of them."""

    def __init__(
        self, floor: Floor, scope: Scope, pairs: Sequence[tuple[int, int, Blocked | None]]
    ) -> None:
        self._floor = floor
        found = [(call, agent, blocked) for call, agent, blocked in pairs if blocked is not None]
        others = {blocked.other_agent_id for *_pair, blocked in found}
        agents = {agent for _call, agent, _blocked in pairs}
        seen = scope.covered(agents | {pk for pk in others if pk is not None})
        self.names = agent_names(scope.tenant_id, seen)
        self._skills = skill_names({b.skill for *_pair, b in found if b.skill is not None})
        calls = {b.other_call_id for *_pair, b in found if b.other_call_id is not None}
        self._calls = set(
            scope.widest.calls().filter(pk__in=calls).values_list("pk", flat=True) if calls else ()
        )
        supervisors = {floor.calls[call].reserved_by for call, *_pair in found}
        self._supervisors = user_names(scope.tenant_id, {pk for pk in supervisors if pk})
        resting = {(call, agent) for call, agent, b in found if b.why is Why.RESTING}
        self._refusals = _read_outcomes(resting, floor.as_of)

    def way(self, call_id: int, agent_id: int, blocked: Blocked | None) -> InTheWay | None:
        """Return what is in the way of a call to an agent."""
        if blocked is None:
            return None
        other_call = blocked.other_call_id
        return InTheWay(
            blocked=blocked,
            skill=self._skills.get(blocked.skill or 0, ""),
            enough=self._enough(call_id, blocked),
            other_agent=self.names.get(blocked.other_agent_id or 0, ""),
            by=self._supervisors.get(self._floor.calls[call_id].reserved_by or 0, ""),
            refusal=self._refusals.get((call_id, agent_id), ""),
            ahead=self._ahead(call_id, other_call) if other_call is not None else None,
            other_call_id=other_call if other_call in self._calls else None,
        )

    def _enough(self, call_id: int, blocked: Blocked) -> int:
        if blocked.skill is None or blocked.until is None:
            return 0
        call = self._floor.calls[call_id]
        eligibility = Eligibility(call.queue_id, self._floor.rules[call.queue_id])
        return eligibility.needs_of(call, blocked.until).get(blocked.skill, 0)

    def _ahead(self, call_id: int, other_id: int) -> Ahead:
        call, other = self._floor.calls[call_id], self._floor.calls[other_id]
        if other.standing > call.standing:
            return Ahead.HIGHER_PRIORITY
        if other.placed_at < call.placed_at and not other.at_head:
            return Ahead.WAITED_LONGER
        return Ahead.IN_LINE


def _read_outcomes(pairs: set[tuple[int, int]], now: datetime) -> dict[tuple[int, int], str]:
    """Return what these agents did with these calls the last time."""
    if not pairs:
        return {}
    rows = Offer.objects.filter(
        call_id__in={call_id for call_id, _agent in pairs},
        outcome__in=REFUSED,
        ended_at__gt=now - REST_AFTER_DECLINE,
    )
    return {
        (call_id, agent_id): outcome
        for call_id, agent_id, outcome in rows.order_by("ended_at").values_list(
            "call_id", "agent_id", "outcome"
        )
    }


# --- why is this caller still waiting -------------------------------------------------------------


def call_why(seen: SeenCall) -> Context:
    """Return what keeps a waiting call from each agent who serves its queue, or is to have it."""
    as_of = timezone.now()
    call = Call.objects.select_related("queue").get(pk=seen.call.pk)
    context: Context = {"as_of": as_of, "call": call, "is_over": call.ended_at is not None}
    if call.state != CallState.QUEUED:
        return context
    floor = read_floor(call.tenant_id, as_of)
    waiting = floor.calls.get(call.pk)
    if waiting is None:
        # In the line, but the network has not said yet that the caller is there.
        return context | {"is_on_the_way": True}
    why = floor.explained.why_waiting(waiting)
    stay = Segment.objects.select_related("reserved_for__user", "reserved_by").get(
        pk=waiting.segment_id
    )
    serving = [
        one
        for one in why.agents
        if waiting.queue_id in floor.agents[one.agent_id].queues
        or one.agent_id == reserved_agent(waiting, as_of)
    ]
    ours = seen.scope.covered(one.agent_id for one in serving)
    shown = [one for one in serving if one.agent_id in ours]
    naming = _Naming(
        floor, seen.scope, [(call.pk, one.agent_id, one.blocked) for one in shown[:MOST_AGENTS]]
    )
    rows = [
        AgentRow(
            one.agent_id,
            naming.names.get(one.agent_id, ""),
            naming.way(call.pk, one.agent_id, one.blocked),
        )
        for one in shown[:MOST_AGENTS]
    ]
    return context | {
        "waits": True,
        "waiting_since": waiting.placed_at,
        "place": why.place,
        "kept_from": _kept_from(seen, waiting),
        "of": len(floor.calls),
        "needs": _needs(floor, waiting, why),
        "kept": kept(stay, seen.scope, as_of),
        "arranged": arranged(stay, seen.scope),
        "opening_at": why.opening_at,
        "next": rows[0] if rows and rows[0].way is None else None,
        "somebody_is_next": any(one.blocked is None for one in serving),
        "rows": rows,
        "further": len(shown) - len(rows),
        "counts": _counted(one.blocked.why for one in shown if one.blocked),
        "of_other_teams": len(serving) - len(shown),
        "serving": len(serving),
        "not_serving": len(why.agents) - len(serving),
    }


@dataclass(frozen=True)
class EarlierCall:
    """The call whose place a caller has who gave up waiting and rang again."""

    since: datetime
    #: None: not for whoever looks.
    call_id: int | None


def _kept_from(seen: SeenCall, waiting: WaitingCall) -> EarlierCall | None:
    """Return whose place it is, where it was kept from an earlier call."""
    if waiting.placed_at >= seen.call.arrived_at:
        return None
    facts = EventLog.objects.filter(call_id=seen.call.pk, name=PlaceKept.name)
    fact = facts.order_by("-pk").first()
    if fact is None:
        return None
    earlier = fact.details["of_call_id"]
    visible = seen.scope.widest.calls().filter(pk=earlier).exists()
    return EarlierCall(waiting.placed_at, earlier if visible else None)


def _needs(floor: Floor, call: WaitingCall, why: WhyWaiting) -> list[Need]:
    eligibility = Eligibility(call.queue_id, floor.rules[call.queue_id])
    asked = eligibility.asked_by(call)
    return named_needs(why.needs, why.needs_now, asked, skill_names(why.needs))


def _counted(whys: Iterable[Why]) -> list[tuple[Why, int]]:
    """Return how often each was in the way, the nearest to ringing first."""
    counts = Counter(whys)
    return [(why, counts[why]) for why in reversed(Why) if counts[why]]


# --- why does this agent get no calls -------------------------------------------------------------


def agent_why(seen: SeenAgent) -> Context:
    """Return what is in the way of any call to an agent, then of each that waits in her queues."""
    as_of = timezone.now()
    agent = seen.agent
    floor = read_floor(agent.tenant_id, as_of)
    candidate = floor.agents[agent.pk]
    why = floor.explained.why_no_calls(candidate)
    naming = _Naming(
        floor,
        seen.scope,
        [(one.call_id, agent.pk, one.blocked) for queue in why.queues for one in queue.first],
    )
    callers = dict(
        Call.objects.filter(
            pk__in=[one.call_id for queue in why.queues for one in queue.first]
        ).values_list("pk", "from_number")
    )
    names = dict(
        Queue.objects.filter(
            tenant_id=agent.tenant_id, pk__in=[queue.queue_id for queue in why.queues]
        ).values_list("pk", "name")
    )
    queues = [
        QueueRows(
            queue_id=queue.queue_id,
            name=names.get(queue.queue_id, ""),
            waiting=queue.waiting,
            counts=[(why, queue.counts[why]) for why in reversed(Why) if queue.counts.get(why)],
            first=[
                CallRow(
                    one.call_id,
                    callers.get(one.call_id, ""),
                    one.place,
                    floor.calls[one.call_id].placed_at,
                    naming.way(one.call_id, agent.pk, one.blocked),
                )
                for one in queue.first
            ],
        )
        for queue in why.queues
    ]
    return {
        "as_of": as_of,
        "agent": agent,
        "way": InTheWay(why.blocked) if why.blocked else None,
        "free_since": None if why.blocked else candidate.idle_since,
        "queues": sorted(queues, key=lambda queue: queue.name),
        "waiting": sum(queue.waiting for queue in queues),
        "next": next((row for q in queues for row in q.first if row.way is None), None),
        "opening_at": why.opening_at,
    }


CALL_WHY_PANELS: dict[str, Panel] = {"call-why": Panel("supervisors/_call_why.html", call_why)}
AGENT_WHY_PANELS: dict[str, Panel] = {"agent-why": Panel("supervisors/_agent_why.html", agent_why)}
