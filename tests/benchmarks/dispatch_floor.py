"""A floor of 500 agents and 200 waiting callers on PostgreSQL, and the time one dispatch takes.

Run by bench_dispatch in a process of its own, because it needs Django on that database. Prints
JSON: the seconds of every bare round trip and of every dispatch that made one offer, and the
statements of one.
"""

import json
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
ROUNDS = 200
#: A statement is prepared once a connection has asked it five times.
WARM_UP = 8


def main() -> None:
    tenant, slots = make_floor()
    bare, ours = [], []
    for slot in slots[:WARM_UP]:
        bare_round_trip(tenant)
        statements = offer_one(tenant, slot)
    for slot in slots[WARM_UP : WARM_UP + ROUNDS]:
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
            "bare_s": bare,
            "dispatch_s": ours,
            "statements": statements,
        },
        sys.stdout,
    )


def offer_one(tenant: Tenant, slot: AgentSlot) -> int:
    """Let one agent be offered one call; return how many statements that took."""
    free(slot)
    with CaptureQueriesContext(connection) as captured:
        assert dispatch(tenant.pk) == 1
    busy(slot)
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in captured)


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
