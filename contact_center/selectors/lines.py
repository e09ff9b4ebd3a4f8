"""What a dispatch has to know: who is free, and who stands at the head of the lines.

Read in a few prepared statements (models/prepared.py), and no more of it than can matter: callers
in the order of their line, as many as there are agents to take them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import NamedTuple

from django.db.models import (
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Window,
)
from django.db.models.functions import RowNumber

from contact_center.conf import current
from contact_center.domain.consults import ConsultState
from contact_center.domain.line import Kind, Order, Term, terms
from contact_center.domain.members import Membership
from contact_center.domain.routing import (
    REST_AFTER_DECLINE,
    Candidate,
    QueueRules,
    WaitingCall,
    in_line,
)
from contact_center.domain.skills import Kept, asked_by, best_of_categories
from contact_center.domain.slots import Slot
from contact_center.domain.states import Activity, CallState
from contact_center.models import (
    IN_LINE,
    WHO_CAN_BE_RUNG,
    AgentSkill,
    AgentSlot,
    Consult,
    Leg,
    Offer,
    OfferOutcome,
    QueueMember,
    Segment,
)
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.selectors.capacity import Chosen
from contact_center.selectors.queue_rules import RulesOfQueues, rules_of_queues


@dataclass
class Lines:
    """The head of the lines that free agents serve, and what is known of their queues."""

    waiting: list[WaitingCall]
    rules: dict[int, QueueRules]
    #: By queue, in seconds.
    ring_times: dict[int, int]
    #: By call: how often it was offered before.
    offers_made: dict[int, int]
    #: Of each part of a line in which more may stand than were read, the last who was.
    last_read: list[WaitingCall]
    #: The wait that a step of priority is worth; None: priority is absolute.
    ageing: timedelta | None
    #: The queues in which who is called back is rung before any agent is.
    customer_first: Collection[int] = frozenset()


WAITING = Segment.objects.filter(
    kind__in=IN_LINE,
    ended_at=None,
    wait_started_at__isnull=False,
    call__state=CallState.QUEUED,
)
_WAITING_TENANTS = Prepared(WAITING.values_list("call__tenant_id").distinct())

_ON_DUTY = AgentSlot.objects.filter(WHO_CAN_BE_RUNG)
#: An agent may have such a slot and be rung for nothing all the same (domain/slots.py).
_FREE = _ON_DUTY.filter(activity=Activity.IDLE)
_FREE_TENANTS = Prepared(_FREE.order_by().values_list("agent__tenant_id").distinct())
#: Every slot of the agents of whom one is free: what the others do decides as well.
_SLOTS = Prepared(
    _ON_DUTY.filter(
        agent__in=AgentSlot.objects.filter(activity=Activity.IDLE).order_by().values("agent_id"),
        agent__tenant_id=Given("tenant_id"),
    )
    .order_by("number")
    .values_list(
        "pk",
        "activity",
        "idle_since",
        "agent_id",
        "agent__max_calls",
        "agent__next_presence",
        "agent__sign_out_next",
        "agent__on_duty_since",
        "agent__memberships__queue_id",
        "agent__memberships__last_offered_at",
        "agent__memberships__tier",
        "agent__memberships__level",
        "agent__memberships__position",
    )
)
#: Who consults a queue, and could talk with somebody of it now: the caller hears music, and nobody
#: who was rung before is still on the way in.
_ASKING = Consult.objects.filter(
    ~Exists(Leg.objects.filter(consult=OuterRef("pk"), ended_at=None)),
    ended_at=None,
    state=ConsultState.WAITING.value,
    wish="",
    offer__held_at__isnull=False,
)
_ASKING_TENANTS = Prepared(_ASKING.order_by().values_list("tenant_id").distinct())
_ORDINARY = Membership()
#: The id of none.
NO_QUEUE = 0


def tenants_with_work() -> list[int]:
    """Return the organisations in which a caller, or a consult, waits while an agent is free."""
    waiting = {tenant_id for (tenant_id,) in (*_WAITING_TENANTS.all(), *_ASKING_TENANTS.all())}
    if not waiting:
        return []
    return sorted(waiting & {tenant_id for (tenant_id,) in _FREE_TENANTS.all()})


def free_agents(tenant_id: int, now: datetime) -> list[Candidate]:
    """Return the agents of an organisation who can be offered a call, each with one slot."""
    free = {}
    for agent_id, desk in _read_desks(tenant_id).items():
        room = desk.chosen.room_of(list(desk.slots.values()), now)
        if room.may_ring(desk.chosen.capacity):
            free[agent_id] = (desk, room)
    # What not every ranking compares is read only where one does.
    rules = rules_of_queues(tenant_id)
    skills = read_skills(free) if rules.needs_skills else {}
    work = read_work(free) if rules.counts_calls else {}
    return [
        Candidate(
            agent_id=agent_id,
            slot_id=room.slot_id,
            idle_since=room.idle_since or now,
            queues=desk.queues,
            memberships=desk.memberships,
            skills=skills.get(agent_id, {}),
            categories=best_of_categories(skills.get(agent_id, {}), rules.standing_for),
            in_use=room.in_use,
            capacity=desk.chosen.capacity,
            handled=work.get(agent_id, NO_WORK).handled,
            talk_seconds=work.get(agent_id, NO_WORK).talk_seconds,
        )
        for agent_id, (desk, room) in free.items()
    ]


@dataclass
class _Desk:
    """An agent one of whose slots is free."""

    chosen: Chosen
    slots: dict[int, Slot] = field(default_factory=dict)
    queues: dict[int, datetime | None] = field(default_factory=dict)
    memberships: dict[int, Membership] = field(default_factory=dict)


def _read_desks(tenant_id: int) -> dict[int, _Desk]:
    desks: dict[int, _Desk] = {}
    for (
        slot_id,
        activity,
        idle_since,
        agent_id,
        max_calls,
        next_presence,
        sign_out_next,
        on_duty_since,
        queue_id,
        rung,
        tier,
        level,
        position,
    ) in _SLOTS.all(tenant_id=tenant_id):
        desk = desks.get(agent_id)
        if desk is None:
            chosen = Chosen(max_calls, next_presence, sign_out_next, on_duty_since)
            desk = desks[agent_id] = _Desk(chosen)
        if slot_id not in desk.slots:
            desk.slots[slot_id] = Slot(slot_id, _ACTIVITIES[activity], idle_since=idle_since)
        if queue_id is None:
            continue  # serves no queue: a supervisor who pulls a call perhaps
        desk.queues[queue_id] = rung
        membership = Membership(tier=tier, level=level, position=position)
        if membership != _ORDINARY:
            desk.memberships[queue_id] = membership
    return desks


_ACTIVITIES = {activity.value: activity for activity in Activity}


def read_skills(agent_ids: Collection[int]) -> dict[int, dict[int, int]]:
    """Return the skills of these agents, with their levels; who has none is not in it."""
    skills: dict[int, dict[int, int]] = {}
    for agent_id, skill_id, level in read_by_ids(_skills, agent_ids):
        skills.setdefault(agent_id, {})[skill_id] = level
    return skills


@cache
def _skills(agents: int) -> Prepared[tuple[int, int, int]]:
    rows = AgentSkill.objects.filter(agent__pk__in=places(agents))
    return Prepared(rows.values_list("agent_id", "skill_id", "level"))


class Work(NamedTuple):
    """What an agent has done since going on duty."""

    handled: int
    talk_seconds: float


NO_WORK = Work(0, 0.0)


def read_work(agent_ids: Collection[int]) -> dict[int, Work]:
    """Return what these agents have done since going on duty; who did nothing is not in it."""
    return {
        agent_id: Work(handled, talked.total_seconds() if talked is not None else 0.0)
        for agent_id, handled, talked in read_by_ids(_work, agent_ids)
    }


@cache
def _work(agents: int) -> Prepared[tuple[int, int, timedelta | None]]:
    handled = Offer.objects.filter(
        agent__pk__in=places(agents),
        outcome=OfferOutcome.HANDLED,
        offered_at__gte=F("agent__on_duty_since"),
    )
    return Prepared(
        handled.order_by()
        .values_list("agent_id")
        .annotate(handled=Count("pk"), talked=Sum(F("conversation_ended_at") - F("connected_at")))
    )


def heads_of_lines(
    tenant_id: int,
    candidates: list[Candidate],
    now: datetime,
    *,
    most: int,
    has_consults: bool = False,
) -> Lines:
    """Return the callers whom free agents could be offered.

    Consults of a queue stand among them, all of them read: there are few. Of each queue and kind
    the first ``most``, and as many again of those with a priority of their
    own and of those who are kept for an agent: these are few, and the planner puts them where they
    belong. Who is kept for somebody is read whatever the queue.
    """
    rules = rules_of_queues(tenant_id)
    by_order: dict[Order, set[int]] = {}
    for queue_id in {queue_id for candidate in candidates for queue_id in candidate.queues}:
        by_order.setdefault(rules.of(queue_id).order, set()).add(queue_id)
    if not by_order:
        by_order[Order.FIFO] = {NO_QUEUE}
    found = {
        # Who is kept for somebody comes with each order.
        row.segment_id: row
        for order, queue_ids in sorted(by_order.items())
        for row in read_by_ids(_HEADS[order], queue_ids, most=most, tenant_id=tenant_id)
    }
    rows = list(found.values())
    asking = _ASKING_OF.all(tenant_id=tenant_id) if has_consults else []
    everybody: list[Head | Asking] = [*rows, *asking]
    refused = read_refusals([row.call_id for row in rows if row.offers_made], now)
    on_duty = count_on_duty(
        {row.queue_id for row in rows if row.call_id in refused}
        | {one.queue_id for one in asking if one.refused}
    )
    staffed = read_tiers_on_duty({row.queue_id for row in everybody}, rules)
    settings = current()
    lines = Lines([], {}, {}, {}, [], rules.ageing, rules.customer_first)
    parts: dict[tuple[object, ...], list[WaitingCall]] = {}
    for row in everybody:
        if row.queue_id not in lines.rules:
            lines.ring_times[row.queue_id] = row.ring_seconds or settings.call.default_timeout
            lines.rules[row.queue_id] = replace(
                rules.of(row.queue_id),
                on_duty=on_duty.get(row.queue_id),
                tiers_on_duty=staffed.get(row.queue_id),
            )
        if isinstance(row, Asking):
            lines.waiting.append(row.waiting_call(now, rules.skills))
            continue
        lines.offers_made[row.call_id] = row.offers_made
        caller = row.waiting_call(refused.get(row.call_id, {}), now, rules.skills)
        lines.waiting.append(caller)
        part = (row.queue_id, row.kind, row.own_priority, row.reserved_for_id)
        parts.setdefault(part, []).append(caller)
    lines.last_read = [
        in_line(part, lines.rules, ageing=rules.ageing)[-1]
        for part in parts.values()
        if len(part) == most
    ]
    return lines


class Head(NamedTuple):
    """A caller in line, and what is set for the queue."""

    segment_id: int
    call_id: int
    queue_id: int
    placed_at: datetime | None
    at_head: bool
    preferred_agent_id: int | None
    preferred_until: datetime | None
    offers_made: int
    priority: int | None
    ring_seconds: int | None
    kind: str
    #: What number, menu branch and caller asked for.
    needs: Kept
    #: What a supervisor arranged.
    own_priority: int | None
    prioritised_by_id: int | None
    reserved_for_id: int | None
    reserved_until: datetime | None
    reserved_by_id: int | None

    def waiting_call(
        self, refused_by: Mapping[int, datetime], now: datetime, skills: Collection[int]
    ) -> WaitingCall:
        """Return the caller as routing sees him; ``skills`` are those that there are."""
        return WaitingCall(
            segment_id=self.segment_id,
            call_id=self.call_id,
            queue_id=self.queue_id,
            priority=self.own_priority or self.priority or current().queue.default_priority,
            prioritised_by=self.prioritised_by_id if self.own_priority else None,
            placed_at=self.placed_at or now,
            at_head=self.at_head,
            # Whoever is on the line is live, though he was called back.
            kind=Kind(self.kind) if self.kind in set(Kind) else Kind.LIVE,
            preferred_agent_id=self.preferred_agent_id,
            preferred_until=self.preferred_until,
            reserved_for=self.reserved_for_id,
            reserved_until=self.reserved_until,
            reserved_by=self.reserved_by_id,
            refused_by=refused_by,
            asked=asked_by(self.needs, skills) if self.needs else {},
        )


class Asking(NamedTuple):
    """A consult in line, and what is set for the queue that is asked."""

    consult_id: int
    call_id: int
    queue_id: int
    asked_at: datetime
    agent_id: int
    priority: int | None
    ring_seconds: int | None
    #: What the caller whom it is about asked for: he may stay with who comes.
    needs: Kept
    refused: Mapping[str, str]

    def waiting_call(self, now: datetime, skills: Collection[int]) -> WaitingCall:
        """Return the consult as routing sees it: as a caller of the queue who came then."""
        rests = {int(pk): datetime.fromisoformat(at) for pk, at in self.refused.items()}
        return WaitingCall(
            segment_id=-self.consult_id,
            call_id=self.call_id,
            queue_id=self.queue_id,
            priority=self.priority or current().queue.default_priority,
            placed_at=self.asked_at,
            refused_by={pk: at for pk, at in rests.items() if now - at < REST_AFTER_DECLINE},
            asked=asked_by(self.needs, skills) if self.needs else {},
            consult_id=self.consult_id,
            asked_by_agent=self.agent_id,
        )


_ASKING_OF = Prepared(
    _ASKING.filter(tenant_id=Given("tenant_id")).values_list(
        "pk", "call_id", "queue_id", "asked_at", "offer__agent_id",
        "queue__priority", "queue__ring_seconds", "call__needs", "refused",
    ),
    row=Asking,
)  # fmt: skip


#: The columns of a head.
HEAD = (
    "pk", "call_id", "queue_id", "placed_at", "at_head", "preferred_agent_id",
    "preferred_until", "call__offers_made", "queue__priority", "queue__ring_seconds",
    "kind", "call__needs",
    "priority", "prioritised_by_id", "reserved_for_id", "reserved_until", "reserved_by_id",
)  # fmt: skip


#: The terms of a line as columns. What is the same for everybody in a part orders nobody in it: the
#: standing, and what it is worth; who came earlier would have had to come earlier, too. A part is
#: what is of one kind in a queue, without those whom a supervisor gave another priority, or keeps
#: for somebody; of each the first are read, so that no number of messages hides a caller.
_COLUMNS = {
    Term.AT_HEAD: "at_head",
    Term.AS_IF_PLACED_AT: "placed_at",
    Term.PLACED_AT: "placed_at",
    Term.SEGMENT: "pk",
}


def _heads(queues: int, order: Order) -> Prepared[Head]:
    columns = [
        F(_COLUMNS[by.term]).desc() if by.downwards else F(_COLUMNS[by.term]).asc()
        for by in terms(order)
        if by.term in _COLUMNS
    ]
    place = Window(
        RowNumber(),
        partition_by=["queue_id", "kind", "priority", "reserved_for_id"],
        order_by=columns,
    )
    return Prepared(
        WAITING.filter(
            Q(queue__pk__in=places(queues)) | Q(reserved_for__isnull=False),
            call__tenant_id=Given("tenant_id"),
        )
        .annotate(place=place)
        .filter(place__lte=Given("most", IntegerField()))
        .values_list(*HEAD),
        row=Head,
    )


#: One statement for each way in which the callers of a queue can stand.
_HEADS = {order: cache(partial(_heads, order=order)) for order in Order}


#: How an offer ends that its agent did not take.
REFUSED = (OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT, OfferOutcome.FAILED)


def read_refusals(call_ids: Collection[int], now: datetime) -> dict[int, dict[int, datetime]]:
    """Return by call the agents who did not take it a moment ago, and when."""
    refused: dict[int, dict[int, datetime]] = {}
    for call_id, agent_id, ended_at in read_by_ids(
        _refusals, call_ids, since=now - REST_AFTER_DECLINE
    ):
        refused.setdefault(call_id, {})[agent_id] = ended_at or now
    return refused


@cache
def _refusals(calls: int) -> Prepared[tuple[int, int, datetime | None]]:
    refusals = Offer.objects.filter(
        call__pk__in=places(calls),
        outcome__in=REFUSED,
        ended_at__gt=Given("since"),
    )
    return Prepared(refusals.values_list("call_id", "agent_id", "ended_at"))


def count_on_duty(queue_ids: Collection[int]) -> dict[int, int]:
    """Count who serves these queues.

    A dispatch asks only where somebody declined, for it reads them all.
    """
    return dict(read_by_ids(_on_duty, queue_ids))


@cache
def _on_duty(queues: int) -> Prepared[tuple[int, int]]:
    return Prepared(_serving(queues).values_list("queue_id").annotate(Count("pk")))


def read_tiers_on_duty(
    queue_ids: Collection[int], rules: RulesOfQueues
) -> dict[int, frozenset[int]]:
    """Return the tiers of which somebody is on duty, of the queues that have delays for any."""
    delayed = [queue_id for queue_id in queue_ids if rules.of(queue_id).tier_delays]
    staffed: dict[int, set[int]] = {queue_id: set() for queue_id in delayed}
    for queue_id, tier in read_by_ids(_tiers_on_duty, delayed):
        staffed[queue_id].add(tier)
    return {queue_id: frozenset(tiers) for queue_id, tiers in staffed.items()}


@cache
def _tiers_on_duty(queues: int) -> Prepared[tuple[int, int]]:
    return Prepared(_serving(queues).values_list("queue_id", "tier").distinct())


def _serving(queues: int) -> QuerySet[QueueMember]:
    """Return who is on duty in so many queues."""
    return QueueMember.objects.filter(WHO_CAN_BE_RUNG, queue__pk__in=places(queues))
