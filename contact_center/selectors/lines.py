"""What a dispatch has to know: who is free, and who stands at the head of the lines.

Read in a few prepared statements (models/prepared.py), and no more of it than can matter: callers
in the order of their line, as many as there are agents to take them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.db.models import Count, F, IntegerField, Window
from django.db.models.functions import RowNumber

from contact_center.conf import current
from contact_center.domain.routing import (
    REST_AFTER_DECLINE,
    Candidate,
    QueueRules,
    Ranking,
    WaitingCall,
)
from contact_center.domain.states import Activity, CallState, Presence
from contact_center.models import (
    AgentSlot,
    Offer,
    OfferOutcome,
    QueueMember,
    Segment,
    SegmentKind,
)
from contact_center.models.prepared import Given, Prepared, places, read_by_ids


@dataclass
class Lines:
    """The head of the lines that free agents serve, and what is known of their queues."""

    waiting: list[WaitingCall]
    rules: dict[int, QueueRules]
    #: By queue, in seconds.
    ring_times: dict[int, int]
    #: By call: how often it was offered before.
    offers_made: dict[int, int]
    #: The queues in which more callers may stand than were read.
    cut: set[int]


_WAITING = Segment.objects.filter(
    kind=SegmentKind.QUEUE,
    ended_at=None,
    wait_started_at__isnull=False,
    call__state=CallState.QUEUED,
)
_WAITING_TENANTS = Prepared(_WAITING.values_list("call__tenant_id").distinct())

_FREE = AgentSlot.objects.filter(
    activity=Activity.IDLE,
    agent__presence=Presence.AVAILABLE,
    agent__phone__silent_since=None,
    agent__phone__isnull=False,
)
_FREE_TENANTS = Prepared(_FREE.order_by().values_list("agent__tenant_id").distinct())
#: Ordered downwards, so that the lowest free slot of an agent is the one that stays.
_FREE_SLOTS = Prepared(
    _FREE.filter(agent__tenant_id=Given("tenant_id"), agent__memberships__queue__isnull=False)
    .order_by("-number")
    .values_list(
        "pk",
        "agent_id",
        "idle_since",
        "agent__memberships__queue_id",
        "agent__memberships__last_offered_at",
    )
)


def tenants_with_work() -> list[int]:
    """Return the organisations in which a caller waits while an agent is free."""
    waiting = {tenant_id for (tenant_id,) in _WAITING_TENANTS.all()}
    if not waiting:
        return []
    return sorted(waiting & {tenant_id for (tenant_id,) in _FREE_TENANTS.all()})


def free_agents(tenant_id: int, now: datetime) -> list[Candidate]:
    """Return the agents of an organisation who can be offered a call, each with one slot."""
    slots: dict[int, tuple[int, datetime | None]] = {}
    queues: dict[int, dict[int, datetime | None]] = {}
    for slot_id, agent_id, idle_since, queue_id, rung in _FREE_SLOTS.all(tenant_id=tenant_id):
        slots[agent_id] = (slot_id, idle_since)
        queues.setdefault(agent_id, {})[queue_id] = rung
    return [
        Candidate(
            agent_id=agent_id,
            slot_id=slot_id,
            idle_since=idle_since or now,
            queues=queues[agent_id],
        )
        for agent_id, (slot_id, idle_since) in slots.items()
    ]


def heads_of_lines(candidates: list[Candidate], now: datetime, *, most: int) -> Lines:
    """Return the callers whom free agents could be offered, of each queue the first ``most``."""
    queue_ids = {queue_id for candidate in candidates for queue_id in candidate.queues}
    rows = read_by_ids(_heads, queue_ids, most=most)
    refused = _read_refusals([row.call_id for row in rows if row.offers_made], now)
    on_duty = _count_on_duty({row.queue_id for row in rows if row.call_id in refused})
    settings = current()
    lengths = Counter(row.queue_id for row in rows)
    lines = Lines([], {}, {}, {}, cut={queue for queue, n in lengths.items() if n == most})
    for row in rows:
        if row.queue_id not in lines.rules:
            lines.ring_times[row.queue_id] = row.ring_seconds or settings.call.default_timeout
            lines.rules[row.queue_id] = QueueRules(
                ranking=Ranking(row.strategy or settings.queue.default_routing_strategy),
                on_duty=on_duty.get(row.queue_id),
            )
        lines.offers_made[row.call_id] = row.offers_made
        lines.waiting.append(
            WaitingCall(
                segment_id=row.segment_id,
                call_id=row.call_id,
                queue_id=row.queue_id,
                priority=row.priority or settings.queue.default_priority,
                placed_at=row.placed_at or now,
                at_head=row.at_head,
                preferred_agent_id=row.preferred_agent_id,
                preferred_until=row.preferred_until,
                refused_by=refused.get(row.call_id, {}),
            )
        )
    return lines


class _Head(NamedTuple):
    """A caller near the head of a line, and what is set for the queue."""

    segment_id: int
    call_id: int
    queue_id: int
    placed_at: datetime | None
    at_head: bool
    preferred_agent_id: int | None
    preferred_until: datetime | None
    offers_made: int
    priority: int | None
    strategy: str
    ring_seconds: int | None


@cache
def _heads(queues: int) -> Prepared[_Head]:
    place = Window(
        RowNumber(),
        partition_by="queue_id",
        order_by=[F("at_head").desc(), F("placed_at").asc(), F("pk").asc()],
    )
    return Prepared(
        _WAITING.filter(queue__pk__in=places(queues))
        .annotate(place=place)
        .filter(place__lte=Given("most", IntegerField()))
        .values_list(
            "pk", "call_id", "queue_id", "placed_at", "at_head", "preferred_agent_id",
            "preferred_until", "call__offers_made", "queue__priority", "queue__strategy",
            "queue__ring_seconds",
        ),
        row=_Head,
    )  # fmt: skip


def _read_refusals(call_ids: list[int], now: datetime) -> dict[int, dict[int, datetime]]:
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
        outcome__in=[OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT, OfferOutcome.FAILED],
        ended_at__gt=Given("since"),
    )
    return Prepared(refusals.values_list("call_id", "agent_id", "ended_at"))


def _count_on_duty(queue_ids: set[int]) -> dict[int, int]:
    """Count who serves these queues; asked only where somebody declined, for it reads them all."""
    return dict(read_by_ids(_on_duty, queue_ids))


@cache
def _on_duty(queues: int) -> Prepared[tuple[int, int]]:
    on_duty = QueueMember.objects.filter(
        queue__pk__in=places(queues),
        agent__presence=Presence.AVAILABLE,
        agent__phone__silent_since=None,
        agent__phone__isnull=False,
    )
    return Prepared(on_duty.values_list("queue_id").annotate(Count("pk")))
