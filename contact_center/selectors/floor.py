"""What the floor shows: who waits, who works, what goes on and what came of it.

Each panel has one function here and one template; ``FLOOR_PANELS`` names them. Everything is
counted within what whoever looks may see and wants to (selectors/scopes.py), and read whole:
``as_of`` is taken before the first query. The agents have a module of their own (grid.py).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone

from contact_center.domain.alerting import AlertKind, Level
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, shown_status
from contact_center.models import (
    Offer,
    OfferState,
    Queue,
    QueueMember,
    Segment,
    SegmentKind,
)
from contact_center.models.people import shown_name
from contact_center.panels import Panel
from contact_center.selectors.figures import Figures, rules_of, todays_figures
from contact_center.selectors.scopes import Scope
from contact_center.selectors.thresholds import thresholds_of

Context = dict[str, Any]

#: What an offer says of how its agent is called.
NAME_COLUMNS = ("agent__user__first_name", "agent__user__last_name", "agent__user__username")

#: How many ended calls the floor lists.
ENDED_CALLS = 12

#: How the agents of a queue are counted; whom a call is put through to is on it.
COUNTED_STATES: tuple[ShownState, ...] = (
    ShownState.AVAILABLE,
    ShownState.RINGING,
    ShownState.ON_CALL,
    ShownState.HOLD,
    ShownState.WRAP_UP,
    ShownState.BREAK,
    ShownState.NOT_RESPONDING,
)

# --- rows ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueRow:
    """One queue: who waits in it, who is there for them, and what today came to so far."""

    queue: Queue
    waiting: int
    first_since: datetime | None
    level: str
    #: How many of the agents who serve it are in each state.
    agents: Mapping[ShownState, int]
    figures: Figures

    @property
    def free(self) -> int:
        """How many of the agents who serve it could take a call now."""
        return self.agents.get(ShownState.AVAILABLE, 0)


@dataclass(frozen=True)
class CallRow:
    """One call that goes on. Nothing but values, and all that a row shows, as AgentRow."""

    call_id: int
    #: The caller's number.
    caller: str
    state: str
    #: Empty for a call that was led to none yet.
    queue: str
    #: Who is rung for the caller or talks with them; empty for nobody.
    agent: str
    arrived_at: datetime
    #: Since when the caller has waited for an agent; None when he does not.
    waiting_since: datetime | None
    #: His place in the line, from 1.
    place: int | None
    level: str


@dataclass(frozen=True)
class EndedRow:
    """One call that ended. Nothing but values, and all that a row shows, as AgentRow."""

    call_id: int
    #: The caller's number.
    caller: str
    ended_by: str
    end_reason: str
    #: Empty for a call that was led to none.
    queue: str
    #: Who talked with the caller last; empty for nobody.
    agent: str
    lasted: timedelta
    ended_at: datetime


# --- the panels ------------------------------------------------------------------------------


def floor_tiles(scope: Scope) -> Context:
    """Return the totals: who waits and who is free now, and what today came to so far."""
    as_of = timezone.now()
    today = todays_figures(scope)
    waiting = scope.waiting().aggregate(callers=Count("pk"), queues=Count("queue", distinct=True))
    longest = (
        scope.waiting().select_related("queue").order_by("placed_at").first()
        if waiting["callers"]
        else None
    )
    states = shown_states(scope).values()
    limits, kind = thresholds_of(scope.tenant_id), AlertKind.LONGEST_WAIT
    first_since = longest.placed_at if longest else None
    first_queue = longest.queue_id if longest else None
    return {
        "as_of": as_of,
        "scope": scope,
        "counted_as_of": today.as_of,
        "waiting": waiting["callers"],
        "waiting_queues": waiting["queues"],
        "queues": len(today.queues),
        "longest": longest,
        "longest_level": limits.waited(first_since, as_of, queue_id=first_queue),
        "breach_minutes": limits.limit(kind, Level.BREACH, queue_id=first_queue),
        "warn_minutes": limits.limit(kind, Level.WARN, queue_id=first_queue),
        "free": sum(state is ShownState.AVAILABLE for state in states),
        "present": sum(state is not ShownState.OFFLINE for state in states),
        "total": today.total,
    }


def floor_queues(scope: Scope) -> Context:
    """Return the queues, the one whose caller has waited longest first.

    Who waits and what agents do is of this moment; the figures of today may be a few seconds old.
    """
    as_of = timezone.now()
    today = todays_figures(scope)
    waiting = {
        queue_id: (callers, first)
        for queue_id, callers, first in scope.waiting()
        .values("queue_id")
        .annotate(callers=Count("pk"), first=Min("placed_at"))
        .values_list("queue_id", "callers", "first")
    }
    states = shown_states(scope)
    members: dict[int, Counter[ShownState]] = defaultdict(Counter)
    for queue_id, agent_id in QueueMember.objects.filter(
        queue__tenant_id=scope.tenant_id
    ).values_list("queue_id", "agent_id"):
        if agent_id in states:
            members[queue_id][_counted_as(states[agent_id])] += 1
    limits = thresholds_of(scope.tenant_id)
    rows = []
    for queue in scope.queues():
        callers, first = waiting.get(queue.pk, (0, None))
        rows.append(
            QueueRow(
                queue=queue,
                waiting=callers,
                first_since=first,
                level=limits.waited(first, as_of, queue_id=queue.pk),
                agents={state: members[queue.pk][state] for state in COUNTED_STATES},
                figures=today.queues.get(queue.pk) or Figures(rules_of(queue)),
            )
        )
    rows.sort(key=lambda row: (row.first_since or as_of, row.queue.name, row.queue.pk))
    return {
        "as_of": as_of,
        "scope": scope,
        "counted_as_of": today.as_of,
        "states": COUNTED_STATES,
        "rows": rows,
    }


def floor_calls(scope: Scope) -> Context:
    """Return the calls that go on: who waits first, longest first; then the others by age."""
    as_of = timezone.now()
    calls = list(
        scope.calls()
        .filter(ended_at=None)
        .order_by("arrived_at", "pk")
        .values_list("pk", "from_number", "state", "queue_id", "queue__name", "arrived_at")
    )
    ids = [call[0] for call in calls]
    # Read as plain columns, as the rows of the grid and for its reason.
    stays = {
        call_id: (stay_id, placed_at if kind == SegmentKind.QUEUE else None)
        for call_id, stay_id, kind, placed_at in Segment.objects.filter(
            call__in=ids, ended_at=None
        ).values_list("call_id", "pk", "kind", "placed_at")
    }
    # A wrap-up goes on without its caller. The newest offer is the last, and stays.
    agents = {
        call_id: shown_name(*name)
        for call_id, *name in Offer.objects.filter(call__in=ids, ended_at=None)
        .exclude(state=OfferState.WRAPPING_UP)
        .order_by("pk")
        .values_list("call_id", *NAME_COLUMNS)
    }
    places, limits = _places(scope), thresholds_of(scope.tenant_id)
    rows = []
    for call_id, caller, state, queue_id, queue, arrived_at in calls:
        stay_id, since = stays.get(call_id, (None, None))
        rows.append(
            CallRow(
                call_id=call_id,
                caller=caller,
                state=state,
                queue=queue or "",
                agent=agents.get(call_id, ""),
                arrived_at=arrived_at,
                waiting_since=since,
                place=places.get(stay_id) if stay_id is not None else None,
                level=limits.waited(since, as_of, queue_id=queue_id),
            )
        )
    rows.sort(key=lambda row: (row.waiting_since is None, row.waiting_since or row.arrived_at))
    return {"as_of": as_of, "rows": rows}


def floor_ended(scope: Scope) -> Context:
    """Return the last calls that ended: who ended them, and why."""
    as_of = timezone.now()
    calls = list(
        scope.calls()
        .filter(ended_at__isnull=False)
        .order_by("-ended_at", "-pk")
        .values_list(
            *("pk", "from_number", "ended_by", "end_reason", "queue__name"),
            *("arrived_at", "ended_at"),
        )[:ENDED_CALLS]
    )
    # The last conversation is the last, and stays.
    agents = {
        call_id: shown_name(*name)
        for call_id, *name in Offer.objects.filter(call__in=[call[0] for call in calls])
        .exclude(connected_at=None)
        .order_by("connected_at")
        .values_list("call_id", *NAME_COLUMNS)
    }
    return {
        "as_of": as_of,
        "rows": [
            EndedRow(
                call_id=call_id,
                caller=caller,
                ended_by=ended_by,
                end_reason=end_reason,
                queue=queue or "",
                agent=agents.get(call_id, ""),
                lasted=ended_at - arrived_at,
                ended_at=ended_at,
            )
            for call_id, caller, ended_by, end_reason, queue, arrived_at, ended_at in calls
        ],
    }


FLOOR_PANELS: dict[str, Panel] = {
    "floor-tiles": Panel("supervisors/_floor_tiles.html", floor_tiles),
    "floor-queues": Panel("supervisors/_floor_queues.html", floor_queues),
    "floor-calls": Panel("supervisors/_floor_calls.html", floor_calls),
    "floor-ended": Panel("supervisors/_floor_ended.html", floor_ended),
}


# --- reading ---------------------------------------------------------------------------------


def _places(scope: Scope) -> dict[int, int]:
    """Return the place of each waiting caller in the line of the queue, by stay.

    As the caller is told it (services/queueing.py): who came back first, then by age.
    """
    stays = scope.waiting().order_by("-at_head", "placed_at", "pk")
    lines: Counter[int] = Counter()
    places = {}
    for stay_id, queue_id in stays.values_list("pk", "queue_id"):
        lines[queue_id] += 1
        places[stay_id] = lines[queue_id]
    return places


def _counted_as(state: ShownState) -> ShownState:
    return ShownState.ON_CALL if state is ShownState.CONNECTING else state


def shown_states(scope: Scope) -> dict[int, ShownState]:
    """Return the state of every agent: as much of an agent as totals need, in one query."""
    presences: dict[int, Presence] = {}
    activities: dict[int, list[Activity]] = defaultdict(list)
    for agent_id, presence, activity in (
        scope.agents().filter(user__is_active=True).values_list("pk", "presence", "slots__activity")
    ):
        presences[agent_id] = Presence(presence)
        if activity is not None:
            activities[agent_id].append(Activity(activity))
    return {
        agent_id: shown_status(presence, activities[agent_id]).state
        for agent_id, presence in presences.items()
    }
