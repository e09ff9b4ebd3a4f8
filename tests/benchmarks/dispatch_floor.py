"""Floors of many sizes on PostgreSQL, each an organisation, and how long a dispatch takes in each.

Run by bench_dispatch in a process of its own, because it needs Django on that database:
`dispatch_floor 50x10 500x200`, agents by waiting callers. Prints JSON: of each floor the seconds of
every dispatch that made one offer, of the bare row picks and bare locked round trips between them,
of the dispatches among agents who were all free, and the statements of one.
"""

import json
import sys
import time
from collections.abc import Callable
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

ROUNDS = 60
#: Each of these sets a whole floor free, which costs more than the dispatch.
ROUNDS_ALL_FREE = 20
#: A statement is prepared once a connection has asked it five times.
WARM_UP = 8


def main(sizes: list[str]) -> None:
    floors = []
    for size in sizes:
        agents, waiting = map(int, size.split("x"))
        floors.append((agents, waiting, *make_floor(f"floor-{size}", agents, waiting)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    json.dump([measure(*floor) for floor in floors], sys.stdout)


def measure(agents: int, waiting: int, tenant: Tenant, slots: list[AgentSlot]) -> dict[str, object]:
    """Let one agent after the other become free."""
    figures: dict[str, list[float]] = {"ours": [], "pick": [], "round_trip": [], "all_free": []}
    for number in range(WARM_UP):
        statements = offer_one(tenant, slots[number % agents])
        bare_pick(tenant, slots[0])
        bare_round_trip(tenant)
    for number in range(ROUNDS):
        slot = slots[(WARM_UP + number) % agents]
        figures["pick"].append(seconds_of(lambda slot=slot: bare_pick(tenant, slot)))
        put_back_who_was_picked(tenant)
        figures["round_trip"].append(seconds_of(lambda: bare_round_trip(tenant)))
        free(slot)
        figures["ours"].append(seconds_of(lambda: dispatch_one(tenant)))
        busy(slot)
    Call.objects.filter(tenant=tenant).exclude(pk=first_call(tenant)).update(state="connected")
    for _warm in range(WARM_UP):
        everybody_is_free(tenant)
        with CaptureQueriesContext(connection) as captured:
            dispatch_one(tenant)
        busy(AgentSlot.objects.get(agent__tenant=tenant, activity="ringing"))
    for _round in range(ROUNDS_ALL_FREE):
        everybody_is_free(tenant)
        figures["all_free"].append(seconds_of(lambda: dispatch_one(tenant)))
        busy(AgentSlot.objects.get(agent__tenant=tenant, activity="ringing"))
    AgentSlot.objects.filter(agent__tenant=tenant).update(activity="on_call")
    return {
        "agents": agents,
        "waiting": waiting,
        "statements": statements,
        "all_free_statements": statements_in(captured),
        **figures,
    }


def seconds_of(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def dispatch_one(tenant: Tenant) -> None:
    made = dispatch(tenant.pk)
    assert made == 1


def first_call(tenant: Tenant) -> int:
    return Call.objects.filter(tenant=tenant).order_by("pk").values_list("pk", flat=True)[0]


def offer_one(tenant: Tenant, slot: AgentSlot) -> int:
    """Let one agent be offered one call; return how many statements that took."""
    free(slot)
    with CaptureQueriesContext(connection) as captured:
        assert dispatch(tenant.pk) == 1
    busy(slot)
    return statements_in(captured)


def statements_in(captured: CaptureQueriesContext) -> int:
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT")) for query in captured)


def free(slot: AgentSlot) -> None:
    AgentSlot.objects.filter(pk=slot.pk).update(activity="idle", idle_since=timezone.now())


def everybody_is_free(tenant: Tenant) -> None:
    AgentSlot.objects.filter(agent__tenant=tenant).update(
        activity="idle", idle_since=timezone.now()
    )


def busy(slot: AgentSlot) -> None:
    """Put everything back as it was: the caller waits, the agent talks."""
    offer = Offer.objects.get(slot=slot)
    Timer.objects.filter(offer=offer).delete()
    Call.objects.filter(pk=offer.call_id).update(state="queued", offers_made=0)
    offer.delete()
    AgentSlot.objects.filter(pk=slot.pk).update(activity="on_call")


def bare_pick(tenant: Tenant, slot: AgentSlot) -> None:
    """Take whoever is first in one line and give him to an agent, as a queue in a table does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM contact_center_call WHERE tenant_id = %s AND state = 'queued'"
            " ORDER BY arrived_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
            [tenant.pk],
        )
        [(call_id,)] = cursor.fetchall()
        cursor.execute("UPDATE contact_center_call SET state = 'offered' WHERE id = %s", [call_id])
        cursor.execute(
            "UPDATE contact_center_agentslot SET activity = activity WHERE id = %s", [slot.pk]
        )


def put_back_who_was_picked(tenant: Tenant) -> None:
    Call.objects.filter(tenant=tenant, state="offered").update(state="queued")


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


def make_floor(name: str, agents_wanted: int, waiting: int) -> tuple[Tenant, list[AgentSlot]]:
    """Five queues; everybody is on a call, except whom a round makes free."""
    now = timezone.now()
    tenant = Tenant.objects.create(slug=name, name=name)
    DispatchLock.objects.create(tenant=tenant)
    queues = [Queue.objects.create(tenant=tenant, name=f"Queue {n}") for n in range(5)]
    users = User.objects.bulk_create(
        User(tenant=tenant, username=f"{name}-agent{n}", password="!") for n in range(agents_wanted)
    )
    agents = Agent.objects.bulk_create(
        Agent(tenant=tenant, user=user, presence="available") for user in users
    )
    slots = AgentSlot.objects.bulk_create(
        AgentSlot(agent=agent, activity="on_call", idle_since=now) for agent in agents
    )
    PhoneLease.objects.bulk_create(
        PhoneLease(
            agent=agent,
            key=f"{tenant.pk:04d}{n:028d}",
            claimed_at=now,
            heard_at=now + timedelta(hours=1),
        )
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
            sid=f"CA{tenant.pk:04d}{n:028d}",
            account_sid="AC",
            state="queued",
            queue=queues[n % 5],
            arrived_at=now,
            heard_at=now,
        )
        for n in range(waiting)
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
    return tenant, slots


if __name__ == "__main__":
    main(sys.argv[1:])
