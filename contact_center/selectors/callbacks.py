"""Who is to be called back: the lists of a supervisor, and what an agent has promised.

Each list is a panel of its own. A scope that names a queue narrows them to what is for that queue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from contact_center.domain.line import Kind
from contact_center.models import (
    Agent,
    Call,
    Callback,
    DialAttempt,
    Segment,
    SegmentKind,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.panels import Panel
from contact_center.selectors.one_look import as_of
from contact_center.selectors.scopes import Scope

Context = dict[str, Any]

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
    tried: list[DialAttempt]


def callbacks_waiting(scope: Scope) -> Context:
    """Return those that wait for their turn, as they stand in line."""
    rows = _rows(_callbacks(scope).filter(call__ended_at=None, next_at=None)[:MOST_WAITING])
    rows.sort(key=lambda row: row.placed_at or row.call.arrived_at)
    return {"as_of": as_of(), "rows": rows}


def callbacks_later(scope: Scope) -> Context:
    """Return those that nobody is to be called for yet, the next first."""
    later = _callbacks(scope).filter(call__ended_at=None, next_at__isnull=False)
    return {"as_of": as_of(), "rows": _rows(later.order_by("next_at", "pk")[:MOST_WAITING])}


def callbacks_ended(scope: Scope) -> Context:
    """Return those that came to their end of late, the last first."""
    now = as_of()
    ended = _callbacks(scope).filter(call__ended_at__gt=now - ENDED_FOR)
    return {"as_of": now, "rows": _rows(ended.order_by("-call__ended_at", "-pk")[:MOST_ENDED])}


CALLBACK_PANELS: dict[str, Panel] = {
    "callbacks-waiting": Panel("supervisors/_callbacks_waiting.html", callbacks_waiting),
    "callbacks-later": Panel("supervisors/_callbacks_later.html", callbacks_later),
    "callbacks-ended": Panel("supervisors/_callbacks_ended.html", callbacks_ended),
}


def promised_by(agent: Agent) -> list[Callback]:
    """Return the callbacks that an agent has promised and that are still to be made."""
    return _PROMISED.all(agent_id=agent.pk)


_PROMISED = Prepared(
    Callback.objects.filter(owner_id=Given("agent_id"), call__ended_at=None)
    .select_related("call__queue")
    .order_by("next_at", "pk")[:20]
)


def _callbacks(scope: Scope) -> QuerySet[Callback]:
    calls = scope.all_queues.calls().filter(kind=Kind.CALLBACK.value)
    if scope.queue_id:
        calls = calls.filter(queue_id=scope.queue_id)
    stays = Segment.objects.filter(kind=SegmentKind.CALLBACK, ended_at=None)
    return (
        Callback.objects.filter(call__in=calls.order_by().values("pk"))
        .select_related("call__queue", "owner__user")
        .prefetch_related(
            Prefetch("call__segments", stays, to_attr="in_line"),
            Prefetch("tried", DialAttempt.objects.order_by("number")),
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
                list(callback.tried.all()),
            )
        )
    return rows
