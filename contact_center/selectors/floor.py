"""What the floor shows: who waits, who works, what goes on and what came of it.

Each panel has one function here and one template; ``FLOOR_PANELS`` names them. Everything is
counted within what whoever looks may see and wants to (selectors/scopes.py), and read whole: they
are as of a moment before the first query (selectors/one_look.py). Whatever goes on is read anew up
to four times a second, so the statements are prepared, each for a scope. The agents have a module
of their own (grid.py).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef

from contact_center.domain.alerting import AlertKind, Level
from contact_center.domain.line import Kind
from contact_center.domain.states import Activity, CallState, Presence
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
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.panels import Panel
from contact_center.selectors.figures import Figures, queues_of, rules_of, todays_figures
from contact_center.selectors.one_look import as_of, seen_once
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.selectors.scopes import SCOPES, Scope
from contact_center.selectors.standing import Standing, in_order
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
    level: str
    #: The stay that a supervisor who looks may arrange something about; None: there is none.
    stay_id: int | None = None
    #: What a supervisor arranged: for whom the caller is kept, and a priority of his own.
    kept_for: str = ""
    own_priority: int | None = None
    #: He was moved here, and the network has not said yet that he is here.
    on_the_way: bool = False
    #: What it is: the caller himself, or a message of his.
    kind: str = Kind.LIVE
    stands_in_line: bool = False
    #: His place in the line, from 1. It changes with everybody who leaves it, so that the row is
    #: given it beside (templatetags/kept.py), and two rows that differ in nothing else are equal.
    place: int | None = field(default=None, compare=False)


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
    now = as_of()
    today = todays_figures(scope)
    waiting = who_waits(scope)
    longest = min(waiting, key=lambda one: one.placed_at, default=None)
    states = shown_states(scope).values()
    limits, kind = thresholds_of(scope.tenant_id), AlertKind.LONGEST_WAIT
    first_since = longest.placed_at if longest else None
    first_queue = longest.queue_id if longest else None
    return {
        "as_of": now,
        "scope": scope,
        "counted_as_of": today.as_of,
        "waiting": len(waiting),
        "waiting_queues": len({one.queue_id for one in waiting}),
        "queues": len(today.queues),
        "longest": longest,
        "longest_level": limits.waited(first_since, now, queue_id=first_queue),
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
    now = as_of()
    today = todays_figures(scope)
    since: dict[int, list[datetime]] = defaultdict(list)
    for one in who_waits(scope):
        since[one.queue_id].append(one.placed_at)
    states = shown_states(scope)
    members: dict[int, Counter[ShownState]] = defaultdict(Counter)
    for queue_id, agent_id in _MEMBERS.all(tenant_id=scope.tenant_id):
        if agent_id in states:
            members[queue_id][counted_as(states[agent_id])] += 1
    limits = thresholds_of(scope.tenant_id)
    rows = []
    for queue in queues_of(scope):
        first = min(since[queue.pk], default=None)
        rows.append(
            QueueRow(
                queue=queue,
                waiting=len(since[queue.pk]),
                first_since=first,
                level=limits.waited(first, now, queue_id=queue.pk),
                agents={state: members[queue.pk][state] for state in COUNTED_STATES},
                figures=today.queues.get(queue.pk) or Figures(rules_of(queue)),
            )
        )
    rows.sort(key=lambda row: (row.first_since or now, row.queue.name, row.queue.pk))
    return {
        "as_of": now,
        "scope": scope,
        "counted_as_of": today.as_of,
        "states": COUNTED_STATES,
        "rows": rows,
    }


def floor_calls(scope: Scope) -> Context:
    """Return the calls that go on: who waits first, longest first; then the others by age."""
    now = as_of()
    # Read as plain columns, as the rows of the grid and for its reason; the stays and the offers of
    # all calls, whatever of them is seen.
    stays = {stay.call_id: stay for stay in _STAYS.all(tenant_id=scope.tenant_id)}
    # A wrap-up goes on without its caller. The newest offer is the last, and stays.
    agents = {
        call_id: shown_name(*name) for call_id, *name in _TAKERS.all(tenant_id=scope.tenant_id)
    }
    in_line, limits = _places_in_line(scope), thresholds_of(scope.tenant_id)
    rows = []
    for call_id, caller, state, queue_id, queue, arrived_at, kind in _live_calls(scope).all():
        stay = stays.get(call_id)
        since = stay.placed_at if stay is not None and stay.kind == SegmentKind.QUEUE else None
        place = in_line.get(stay.stay_id) if stay is not None else None
        rows.append(
            CallRow(
                call_id=call_id,
                caller=caller,
                state=state,
                queue=queue or "",
                agent=agents.get(call_id, ""),
                arrived_at=arrived_at,
                waiting_since=since,
                level=limits.waited(since, now, queue_id=queue_id),
                stands_in_line=place is not None,
                place=place,
                **(_arranged(stay, state, now) if stay and stay.stay_id in in_line else {}),
                kind=kind,
            )
        )
    rows.sort(key=lambda row: (row.waiting_since is None, row.waiting_since or row.arrived_at))
    return {"as_of": now, "rows": rows}


def floor_ended(scope: Scope) -> Context:
    """Return the last calls that ended: who ended them, and why."""
    now = as_of()
    calls = _ended_calls(scope).all()
    # The last conversation is the last, and stays.
    agents = {
        call_id: shown_name(*name)
        for call_id, *name in read_by_ids(_talkers, [call[0] for call in calls])
    }
    return {
        "as_of": now,
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


class Waiting(NamedTuple):
    """The stay of somebody who waits in a queue."""

    stay_id: int
    queue_id: int
    queue_name: str
    placed_at: datetime
    at_head: bool
    #: What a supervisor said, and what the queue says.
    own_priority: int | None
    queue_priority: int | None
    kind: str


@seen_once
def who_waits(scope: Scope) -> list[Waiting]:
    """Return who waits on the line: who came back first, then by age."""
    return [one for one in _who_stands_in_line(scope) if one.kind == SegmentKind.QUEUE]


@seen_once
def _who_stands_in_line(scope: Scope) -> list[Waiting]:
    """Return the same with those who are to be called back, which is one line."""
    return _waiting(scope).all()


@lru_cache(maxsize=SCOPES)
def _waiting(scope: Scope) -> Prepared[Waiting]:
    stays = scope.waiting().order_by("-at_head", "placed_at", "pk")
    columns = ("pk", "queue_id", "queue__name", "placed_at", "at_head")
    return Prepared(
        stays.values_list(*columns, "priority", "queue__priority", "kind"),
        row=Waiting,
    )


_TO_BE_CALLED = Segment.objects.filter(
    call=OuterRef("pk"), kind=SegmentKind.CALLBACK, ended_at=None
)


@lru_cache(maxsize=SCOPES)
def _live_calls(scope: Scope) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        scope.calls()
        .filter(ended_at=None)
        # Messages in line are many, and in a hurry none: they have a page of their own.
        .exclude(kind=Kind.VOICEMAIL, state=CallState.QUEUED)
        # Who is yet to be called back stands on a list of its own, for days perhaps.
        .exclude(Exists(_TO_BE_CALLED), state=CallState.QUEUED.value)
        .order_by("arrived_at", "pk")
        .values_list(
            *("pk", "from_number", "state", "queue_id", "queue__name", "arrived_at", "kind")
        )
    )


@lru_cache(maxsize=SCOPES)
def _ended_calls(scope: Scope) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        scope.calls()
        .filter(ended_at__isnull=False)
        .order_by("-ended_at", "-pk")
        .values_list(
            *("pk", "from_number", "ended_by", "end_reason", "queue__name"),
            *("arrived_at", "ended_at"),
        )[:ENDED_CALLS]
    )


_MEMBERS = Prepared(
    QueueMember.objects.filter(queue__tenant_id=Given("tenant_id")).values_list(
        "queue_id", "agent_id"
    )
)


class _Stay(NamedTuple):
    """Where a call is, and what was arranged about that."""

    call_id: int
    stay_id: int
    kind: str
    placed_at: datetime | None
    wait_started_at: datetime | None
    moved_by_id: int | None
    own_priority: int | None
    reserved_until: datetime | None
    first_name: str | None
    last_name: str | None
    username: str | None


_STAYS = Prepared(
    Segment.objects.filter(
        call__tenant_id=Given("tenant_id"), call__ended_at=None, ended_at=None
    ).values_list(
        *("call_id", "pk", "kind", "placed_at", "wait_started_at", "moved_by_id", "priority"),
        *(
            "reserved_until",
            *(f"reserved_for__{column.partition('__')[2]}" for column in NAME_COLUMNS),
        ),
    ),
    row=_Stay,
)
_TAKERS = Prepared(
    Offer.objects.filter(tenant_id=Given("tenant_id"), ended_at=None)
    .exclude(state=OfferState.WRAPPING_UP)
    .order_by("pk")
    .values_list("call_id", *NAME_COLUMNS)
)


@cache
def _talkers(calls: int) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        Offer.objects.filter(call__pk__in=places(calls))
        .exclude(connected_at=None)
        .order_by("connected_at")
        .values_list("call_id", *NAME_COLUMNS)
    )


def _places_in_line(scope: Scope) -> dict[int, int]:
    """Return the place of each waiting caller in the line of the queue, by stay.

    As the caller is told it (selectors/estimates.py).
    """
    lines: dict[int, list[Waiting]] = defaultdict(list)
    for one in _who_stands_in_line(scope):
        lines[one.queue_id].append(one)
    found: dict[int, int] = {}
    for line in lines.values():
        stays = [one.stay_id for one in line]
        if any(one.own_priority for one in line):
            stays = in_order(
                (
                    Standing(
                        one.stay_id,
                        one.placed_at,
                        one.at_head,
                        one.own_priority,
                        one.queue_priority,
                    )
                    for one in line
                ),
                ageing=rules_of_queues(scope.tenant_id).ageing,
            )
        found |= {stay_id: place for place, stay_id in enumerate(stays, start=1)}
    return found


def _arranged(stay: "_Stay", state: str, now: datetime) -> dict[str, Any]:
    """Return what of a row is about arranging; of who is being put through there is nothing."""
    if state not in (CallState.QUEUED, CallState.OFFERED):
        return {}
    is_kept = stay.reserved_until is not None and stay.reserved_until > now
    return {
        "stay_id": stay.stay_id,
        "kept_for": (
            shown_name(stay.first_name or "", stay.last_name or "", stay.username or "")
            if is_kept
            else ""
        ),
        "own_priority": stay.own_priority,
        "on_the_way": stay.moved_by_id is not None and stay.wait_started_at is None,
    }


def counted_as(state: ShownState) -> ShownState:
    """Return as what an agent is counted: whom a call is put through to is on it."""
    return ShownState.ON_CALL if state is ShownState.CONNECTING else state


@seen_once
def shown_states(scope: Scope) -> dict[int, ShownState]:
    """Return the state of every agent: as much of an agent as totals need, in one query."""
    presences: dict[int, str] = {}
    activities: dict[int, list[Activity]] = defaultdict(list)
    for agent_id, presence, activity in _doing(scope).all():
        presences[agent_id] = presence
        if activity is not None:
            activities[agent_id].append(Activity(activity))
    return {
        agent_id: shown_status(Presence(presence), activities[agent_id]).state
        for agent_id, presence in presences.items()
    }


@lru_cache(maxsize=SCOPES)
def _doing(scope: Scope) -> Prepared[tuple[int, str, str | None]]:
    agents = scope.agents().filter(user__is_active=True)
    return Prepared(agents.values_list("pk", "presence", "slots__activity"))
