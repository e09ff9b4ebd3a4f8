"""What became of the crowd, read from the database when everybody has left."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from contact_center.models import AgentSlot, Call, EventLog, Offer, QueueMember, Segment, Timer
from tests.under_fire.crowd.floor import Visitor
from tests.under_fire.crowd.order import Caller, Offered, passed_over, rung_twice

#: What makes a caller free to be offered (again), and what ends that.
REFUSALS = frozenset({"offer.declined", "offer.timed_out", "offer.failed"})
FREES = REFUSALS | {"wait.started", "offer.withdrawn"}
TAKES = frozenset({"call.offered", "call.ended"})
OVER = REFUSALS | {"offer.withdrawn", "agent.lost", "wrap_up.finished", "wrap_up.timed_out"}


@dataclass(frozen=True)
class _Fact:
    name: str
    call: int | None
    offer: int | None
    agent: int | None
    committed: datetime


def problems(visitors: Iterable[Visitor]) -> list[str]:
    """Return a sentence for everything that must not be; nothing when all is well."""
    facts = _facts()
    offers, callers = _history(facts)
    serves = defaultdict(set)
    for agent, queue in QueueMember.objects.values_list("agent_id", "queue_id"):
        serves[agent].add(queue)
    return [
        *passed_over(offers, callers, serves),
        *rung_twice(offers),
        *_lost(visitors),
        *_ended_once(facts),
        *_left_over(),
    ]


def _facts() -> list[_Fact]:
    """Everything that happened, in the order in which it became true for everybody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, call_id, offer_id, agent_id, pg_xact_commit_timestamp(xmin), id"
            f" FROM {EventLog._meta.db_table} ORDER BY 5, 6"
        )
        return [_Fact(*row[:5]) for row in cursor.fetchall()]


def _history(facts: list[_Fact]) -> tuple[list[Offered], list[Caller]]:
    callers = {
        row["call_id"]: Caller(
            call=row["call_id"],
            queue=row["queue_id"],
            priority=row["queue__priority"],
            placed_at=row["placed_at"],
        )
        for row in Segment.objects.filter(kind="queue").values(
            "call_id", "queue_id", "queue__priority", "placed_at"
        )
    }
    committed: dict[int, datetime] = {}
    over: dict[int, datetime] = {}
    # Who waited before the first clock has no event of it.
    began = {fact.call for fact in facts if fact.name == "wait.started"}
    free_since: dict[int, datetime | None] = {
        call: caller.placed_at for call, caller in callers.items() if call not in began
    }
    ended: set[int] = set()
    for fact in facts:
        call, offer = fact.call, fact.offer
        if offer is not None and fact.name == "call.offered":
            committed[offer] = fact.committed
        if offer is not None and fact.name in OVER:
            over.setdefault(offer, fact.committed)
        if call is None:
            continue
        caller = callers[call]
        if fact.name in REFUSALS and fact.agent is not None:
            caller.refused_by.add(fact.agent)
        if fact.name in TAKES and (since := free_since.pop(call, None)) is not None:
            caller.free.append((since, fact.committed))
        if fact.name == "call.ended":
            ended.add(call)
        if fact.name in FREES and call not in ended:
            free_since[call] = fact.committed
    for call, since in free_since.items():
        if since is not None:
            callers[call].free.append((since, None))
    offers = [
        Offered(
            pk=row["pk"],
            call=row["call_id"],
            agent=row["agent_id"],
            began=row["offered_at"],
            committed=committed[row["pk"]],
            over=over.get(row["pk"]),
        )
        for row in Offer.objects.order_by("pk").values("pk", "call_id", "agent_id", "offered_at")
    ]
    return offers, list(callers.values())


def _lost(visitors: Iterable[Visitor]) -> list[str]:
    """Who stayed until somebody talked to him must have been answered."""
    answered = set(EventLog.objects.filter(name="offer.accepted").values_list("call_id", flat=True))
    calls = dict(Call.objects.values_list("sid", "pk"))
    return [
        f"call {calls[visitor.call_sid]} stayed in line and was never answered"
        for visitor in visitors
        if visitor.patience is None and calls[visitor.call_sid] not in answered
    ]


def _ended_once(facts: list[_Fact]) -> list[str]:
    ends: dict[int, int] = defaultdict(int)
    for fact in facts:
        if fact.name == "call.ended" and fact.call is not None:
            ends[fact.call] += 1
    return [
        f"call {pk} ended {ends[pk]} times"
        for pk in Call.objects.values_list("pk", flat=True)
        if ends[pk] != 1
    ]


def _left_over() -> list[str]:
    """Return what is still there although everybody has left."""
    busy = AgentSlot.objects.exclude(activity__in=["idle", "not_responding"])
    return [
        *(f"agent {slot.agent_id} is still {slot.activity}" for slot in busy),
        *(
            f"call {row.call_id} is still in a {row.kind}"
            for row in Segment.objects.filter(ended_at=None)
        ),
        *(f"offer {row.pk} is still {row.state}" for row in Offer.objects.filter(ended_at=None)),
        *(f"timer {row.kind} belongs to nobody" for row in Timer.objects.filter(kind="ring")),
    ]
