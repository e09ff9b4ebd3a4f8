"""The floor of the crowd: queues, agents in some of them, and callers who will ring."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    DispatchLock,
    PhoneLease,
    Queue,
    QueueMember,
    Segment,
    Tenant,
    User,
)

QUEUES = 12
#: So many queues each agent serves: neighbours overlap, and no queue stands alone.
QUEUES_EACH = 3
#: Seconds a desk rings. Short, so that some ring in vain.
RING_SECONDS = 6
#: This share of the callers waits already when the first clock starts.
EARLY = 0.5
#: Callers who come later come at this pace, per second.
PACE = 60
#: This share of the callers gives up, after so many seconds at most.
IMPATIENT = 0.85
PATIENCE_SECONDS = 6.0


@dataclass(frozen=True)
class Scale:
    """How many take part, and the seed of everything they decide."""

    agents: int
    callers: int
    seed: int


@dataclass(frozen=True)
class Visitor:
    """A caller, or one to be: until he rings, nobody has asked for his wait document."""

    call_sid: str
    segment: int
    rings_at: datetime
    waits_already: bool
    #: Seconds after which he gives up; None: he stays until somebody talked to him.
    patience: float | None


def make_floor(scale: Scale) -> tuple[Tenant, list[Visitor]]:
    """Write everybody. Half of the callers have been waiting, the others ring one by one."""
    chance = random.Random(scale.seed)
    now = timezone.now()
    tenant = Tenant.objects.create(slug="crowd", name="Crowd")
    DispatchLock.objects.create(tenant=tenant)
    queues = Queue.objects.bulk_create(
        Queue(
            tenant=tenant,
            name=f"Queue {n}",
            priority=5 if n % 4 else 6,
            strategy="round_robin" if n % 2 else "longest_idle",
            ring_seconds=RING_SECONDS,
            callback_key="",
        )
        for n in range(QUEUES)
    )
    _make_agents(tenant, queues, scale.agents, now)
    visitors = _make_callers(tenant, queues, scale.callers, chance, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return tenant, visitors


def _make_agents(tenant: Tenant, queues: list[Queue], number: int, now: datetime) -> None:
    users = User.objects.bulk_create(
        User(tenant=tenant, username=f"agent{n}", password="!") for n in range(number)
    )
    agents = Agent.objects.bulk_create(
        Agent(tenant=tenant, user=user, presence="available", presence_since=now) for user in users
    )
    AgentSlot.objects.bulk_create(
        AgentSlot(agent=agent, idle_since=now + timedelta(milliseconds=n), activity_since=now)
        for n, agent in enumerate(agents)
    )
    PhoneLease.objects.bulk_create(
        PhoneLease(
            agent=agent,
            key=f"{n:032x}",
            claimed_at=now,
            heard_at=now + timedelta(hours=1),
            ring_heard_at=now,
            microphone_ok=True,
        )
        for n, agent in enumerate(agents)
    )
    QueueMember.objects.bulk_create(
        QueueMember(agent=agent, queue=queues[(n + more) % QUEUES])
        for n, agent in enumerate(agents)
        for more in range(QUEUES_EACH)
    )


def _make_callers(
    tenant: Tenant, queues: list[Queue], number: int, chance: random.Random, now: datetime
) -> list[Visitor]:
    early = int(number * EARLY)
    ring_at = [now - timedelta(seconds=(early - n) / PACE) for n in range(early)]
    ring_at += [now + timedelta(seconds=(n + 1) / PACE) for n in range(number - early)]
    calls = Call.objects.bulk_create(
        Call(
            tenant=tenant,
            sid=f"CA{n:032x}",
            account_sid=settings.TWILIO_ACCOUNT_SID,
            from_number="+14155550142",
            to_number="+14155550100",
            state="queued",
            queue=chance.choice(queues),
            arrived_at=at,
            heard_at=at,
        )
        for n, at in enumerate(ring_at)
    )
    segments = Segment.objects.bulk_create(
        Segment(
            call=call,
            kind="queue",
            queue=call.queue,
            started_at=at,
            placed_at=at,
            network_queue_sid="QU" + "0" * 32,
            wait_started_at=at if at <= now else None,
            wait_heard_at=at if at <= now else None,
        )
        for call, at in zip(calls, ring_at, strict=True)
    )
    return [
        Visitor(
            call_sid=call.sid,
            segment=segment.pk,
            rings_at=at,
            waits_already=at <= now,
            patience=chance.uniform(0, PATIENCE_SECONDS) if chance.random() < IMPATIENT else None,
        )
        for call, segment, at in zip(calls, segments, ring_at, strict=True)
    ]
