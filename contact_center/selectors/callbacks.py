"""Who is to be called back: the list of a supervisor, and what an agent has promised."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from contact_center.domain.line import Kind
from contact_center.models import (
    Agent,
    Call,
    Callback,
    CallbackAttempt,
    Queue,
    Segment,
    SegmentKind,
)
from contact_center.selectors.scopes import Scope

#: So many of those that are over are shown, and for so long.
MOST_ENDED = 50
ENDED_FOR = timedelta(days=2)
#: So many are shown of those that wait.
MOST_WAITING = 200


@dataclass(frozen=True)
class Row:
    """One callback."""

    callback: Callback
    call: Call
    #: What counts for its place in line; None once it has left it.
    placed_at: datetime | None
    #: Its turn can come now.
    is_due: bool
    tried: list[CallbackAttempt]


def callbacks_page(scope: Scope, asked: dict[str, str]) -> dict[str, Any]:
    """Return those that wait for their turn, those for later, and those that are over.

    ``asked`` may name a queue; one that there is none of is as if it had not been asked for.
    """
    as_of = timezone.now()
    queues = list(scope.queues().order_by("name"))
    queue = next((q for q in queues if str(q.pk) == asked.get("queue")), None)
    waiting = _rows(_callbacks(scope, queue).filter(call__ended_at=None)[:MOST_WAITING])
    ended = _callbacks(scope, queue).filter(call__ended_at__gt=as_of - ENDED_FOR)
    return {
        "as_of": as_of,
        "queues": queues,
        "queue": queue,
        "waiting": [row for row in waiting if row.callback.next_at is None],
        "later": sorted(
            (row for row in waiting if row.callback.next_at is not None),
            key=lambda row: row.callback.next_at or as_of,
        ),
        "ended": _rows(ended.order_by("-call__ended_at")[:MOST_ENDED]),
    }


def promised_by(agent: Agent) -> list[Callback]:
    """Return the callbacks that an agent has promised and that are still to be made."""
    mine = Callback.objects.filter(owner=agent, call__ended_at=None)
    return list(mine.select_related("call__queue").order_by("next_at", "pk")[:20])


def _callbacks(scope: Scope, queue: Queue | None) -> QuerySet[Callback]:
    calls = scope.calls().filter(kind=Kind.CALLBACK.value)
    if queue is not None:
        calls = calls.filter(queue=queue)
    stays = Segment.objects.filter(kind=SegmentKind.CALLBACK, ended_at=None)
    return (
        Callback.objects.filter(call__in=calls.order_by().values("pk"))
        .select_related("call__queue", "owner__user")
        .prefetch_related(
            Prefetch("call__segments", stays, to_attr="in_line"),
            Prefetch("tried", CallbackAttempt.objects.order_by("number")),
        )
        .order_by("pk")
    )


def _rows(callbacks: QuerySet[Callback]) -> list[Row]:
    rows = []
    for callback in callbacks:
        call: Any = callback.call
        stay = next(iter(call.in_line), None)
        rows.append(
            Row(
                callback,
                call,
                stay.placed_at if stay is not None else None,
                stay is not None and stay.wait_started_at is not None,
                list(callback.tried.all()),
            )
        )
    rows.sort(key=lambda row: row.placed_at or row.call.arrived_at)
    return rows
