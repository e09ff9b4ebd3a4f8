"""Two thousand agents at work on PostgreSQL, and the time the grid of agents takes to be painted.

Run by bench_grid in a process of its own, because it needs Django on that database. Prints JSON:
the seconds of every painting of each way of looking, and of the bare query beside it.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import django

django.setup()

from django.db import connection  # noqa: E402 - Django has to be ready first
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
    Team,
    Tenant,
    User,
)
from contact_center.panels import Panel, draw  # noqa: E402
from contact_center.selectors.grid import GRID_PANELS  # noqa: E402
from contact_center.selectors.looks import look_at  # noqa: E402
from contact_center.selectors.scopes import Scope  # noqa: E402

AGENTS = 2000
QUEUES = 20
#: Each agent has handled so many calls today.
HANDLED = 10
ROUNDS = 20
WARM_UP = 4


def main() -> None:
    tenant = make_floor()
    team = Team.objects.filter(tenant=tenant).first()
    queue = Queue.objects.filter(tenant=tenant).first()
    assert team is not None
    assert queue is not None
    looks: dict[str, dict[str, str]] = {
        "the first page": {},
        "the last page": {"page": "999"},
        "sorted by name": {"sort": "name"},
        "sorted by time": {"sort": "time"},
        "sorted by queue": {"sort": "queue"},
        "one state": {"state": "break"},
        "a part of a name": {"q": "smith 7"},
        "one team": {"team": str(team.pk)},
        "one queue": {"queue": str(queue.pk)},
    }
    panel = GRID_PANELS["floor-agents"]
    actions: dict[str, Callable[[], object]] = {
        name: partial(paint, panel, tenant, asked) for name, asked in looks.items()
    }
    actions["bare"] = partial(read_barely, tenant)
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    # In turns, so that a neighbour on the machine slows all of them.
    for number in range(WARM_UP + ROUNDS):
        for name, action in actions.items():
            started = time.perf_counter()
            action()
            if number >= WARM_UP:
                seconds[name].append(time.perf_counter() - started)
    json.dump({"bare": seconds.pop("bare"), "seconds": seconds}, sys.stdout)


def paint(panel: Panel, tenant: Tenant, asked: dict[str, str]) -> None:
    """As the page, the poll and the socket do it."""
    draw(panel, look_at(Scope(tenant.pk), asked))


def read_barely(tenant: Tenant) -> None:
    """Two thousand rows of one table, and nothing done with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.presence, a.presence_since, s.activity, s.activity_since, u.username"
            " FROM contact_center_agent a JOIN contact_center_agentslot s ON s.agent_id = a.id"
            " JOIN contact_center_user u ON u.id = a.user_id WHERE a.tenant_id = %s",
            [tenant.pk],
        )
        cursor.fetchall()


def make_floor() -> Tenant:
    """Half of the agents talk, a tenth is on a break, the others are free; all had calls today."""
    now = timezone.now()
    tenant = Tenant.objects.create(slug="grid", name="Grid")
    DispatchLock.objects.create(tenant=tenant)
    queues = [Queue.objects.create(tenant=tenant, name=f"Queue {n}") for n in range(QUEUES)]
    teams = [Team.objects.create(tenant=tenant, name=f"Team {n}") for n in range(QUEUES)]
    users = User.objects.bulk_create(
        User(
            tenant=tenant,
            username=f"agent{n}",
            first_name=f"Agent {n}",
            last_name=f"Smith {n % 97}",
            password="!",
        )
        for n in range(AGENTS)
    )
    agents = Agent.objects.bulk_create(
        Agent(
            tenant=tenant,
            user=user,
            team=teams[n % QUEUES],
            presence="break" if n % 10 == 9 else "available",
            presence_since=now - timedelta(seconds=n),
        )
        for n, user in enumerate(users)
    )
    slots = AgentSlot.objects.bulk_create(
        AgentSlot(
            agent=agent,
            activity="on_call" if n % 2 == 0 else "idle",
            activity_since=now - timedelta(seconds=n % 600),
        )
        for n, agent in enumerate(agents)
    )
    PhoneLease.objects.bulk_create(
        PhoneLease(agent=agent, key=f"{n:032d}", claimed_at=now, heard_at=now)
        for n, agent in enumerate(agents)
    )
    QueueMember.objects.bulk_create(
        QueueMember(agent=agent, queue=queues[n % QUEUES]) for n, agent in enumerate(agents)
    )
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    for round_ in range(HANDLED + 1):
        talks = round_ == HANDLED
        having = [(n, agent) for n, agent in enumerate(agents) if not talks or n % 2 == 0]
        at = now if talks else max(midnight, now - timedelta(minutes=10 * (HANDLED - round_)))
        calls = Call.objects.bulk_create(
            Call(
                tenant=tenant,
                sid=f"CA{round_:04d}{n:028d}",
                account_sid="AC",
                from_number=f"+1415555{n:04d}",
                state="connected" if talks else "ended",
                queue=queues[n % QUEUES],
                arrived_at=at,
                answered_at=at,
                ended_at=None if talks else at,
                heard_at=at,
            )
            for n, _agent in having
        )
        stays = Segment.objects.bulk_create(
            Segment(
                call=call,
                kind="conversation",
                queue=call.queue,
                started_at=at,
                ended_at=None if talks else at,
            )
            for call in calls
        )
        Offer.objects.bulk_create(
            Offer(
                tenant=tenant,
                call=call,
                segment=stay,
                queue_id=call.queue_id or 0,
                agent=agent,
                slot=slots[n],
                state="connected" if talks else "ended",
                outcome="" if talks else "handled",
                fence=1,
                offered_at=at,
                deadline=at,
                accepted_at=at,
                connected_at=at,
                conversation_ended_at=None if talks else at,
                ended_at=None if talks else at,
            )
            for (n, agent), call, stay in zip(having, calls, stays, strict=True)
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return tenant


if __name__ == "__main__":
    main()
