"""A floor of 500 agents and 200 waiting callers on PostgreSQL, and the time one dispatch takes.

Run by bench_dispatch in a process of its own, because it needs Django on that database. Prints
JSON: seconds of a bare round trip, seconds of a dispatch that makes one offer, its statements.
"""

import json
import statistics
import sys
import time
from datetime import timedelta

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 - Django has to be ready first
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from contact_center.models import (  # noqa: E402
    Agent,
    AgentSlot,
    Call,
    DispatchLock,
    Offer,
    PhoneLease,
    Queue,
    QueueMember,
    Segment,
    Tenant,
    Timer,
    User,
)
from contact_center.services.offering import dispatch  # noqa: E402

AGENTS = 500
WAITING = 200
ROUNDS = 40


def main() -> None:
    tenant, slots = make_floor()
    bare, ours = [], []
    with CaptureQueriesContext(connection) as captured:
        offer_one(tenant, slots[0])
    for slot in slots[1:ROUNDS]:
        started = time.perf_counter()
        bare_round_trip(tenant)
        bare.append(time.perf_counter() - started)
        free(slot)
        started = time.perf_counter()
        made = dispatch(tenant.pk)
        ours.append(time.perf_counter() - started)
        assert made == 1
        busy(slot)
    json.dump(
        {
            "bare_s": statistics.median(bare),
            "dispatch_s": statistics.median(ours),
            "statements": len(captured),
        },
        sys.stdout,
    )


def offer_one(tenant: Tenant, slot: AgentSlot) -> None:
    free(slot)
    assert dispatch(tenant.pk) == 1
    busy(slot)


def free(slot: AgentSlot) -> None:
    AgentSlot.objects.filter(pk=slot.pk).update(activity="idle", idle_since=timezone.now())


def busy(slot: AgentSlot) -> None:
    """Put everything back as it was: the caller waits, the agent talks."""
    offer = Offer.objects.get(slot=slot)
    Timer.objects.filter(offer=offer).delete()
    Call.objects.filter(pk=offer.call_id).update(state="queued", offers_made=0)
    offer.delete()
    AgentSlot.objects.filter(pk=slot.pk).update(activity="on_call")


def bare_round_trip(tenant: Tenant) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contact_center_dispatchlock WHERE tenant_id = %s FOR UPDATE",
            [tenant.pk],
        )
        cursor.fetchall()
        cursor.execute(
            "UPDATE contact_center_dispatchlock SET tenant_id = tenant_id WHERE tenant_id = %s",
            [tenant.pk],
        )


def make_floor() -> tuple[Tenant, list[AgentSlot]]:
    """Five queues; everybody is on a call, except whom a round makes free."""
    now = timezone.now()
    tenant = Tenant.objects.create(slug="floor", name="Floor")
    DispatchLock.objects.create(tenant=tenant)
    queues = [Queue.objects.create(tenant=tenant, name=f"Queue {n}") for n in range(5)]
    users = User.objects.bulk_create(
        User(tenant=tenant, username=f"agent{n}", password="!") for n in range(AGENTS)
    )
    agents = Agent.objects.bulk_create(
        Agent(tenant=tenant, user=user, presence="available") for user in users
    )
    slots = AgentSlot.objects.bulk_create(
        AgentSlot(agent=agent, activity="on_call", idle_since=now) for agent in agents
    )
    PhoneLease.objects.bulk_create(
        PhoneLease(agent=agent, key=f"{n:032d}", claimed_at=now, heard_at=now + timedelta(hours=1))
        for n, agent in enumerate(agents)
    )
    QueueMember.objects.bulk_create(
        QueueMember(agent=agent, queue=queues[(n + more) % 5])
        for n, agent in enumerate(agents)
        for more in (0, 1)
    )
    calls = Call.objects.bulk_create(
        Call(
            tenant=tenant,
            sid=f"CA{n:032d}",
            account_sid="AC",
            state="queued",
            queue=queues[n % 5],
            arrived_at=now,
            heard_at=now,
        )
        for n in range(WAITING)
    )
    Segment.objects.bulk_create(
        Segment(
            call=call,
            kind="queue",
            queue=call.queue,
            started_at=now,
            placed_at=now + timedelta(milliseconds=n),
            wait_started_at=now,
        )
        for n, call in enumerate(calls)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return tenant, slots


if __name__ == "__main__":
    main()
