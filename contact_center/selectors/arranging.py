"""What a supervisor can do with a waiting caller, and what was done: for a page and its dialog.

Queues and agents of other teams are not among the choices. Whoever was arranged something with
stands in the event log; what of it concerns the present stay is told wherever it explains a wait.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.eligibility import KEPT_FOR
from contact_center.domain.line import HIGHEST_PRIORITY, LOWEST_PRIORITY
from contact_center.domain.states import Activity, CallState, Presence
from contact_center.domain.status import ShownState, shown_status
from contact_center.models import (
    Agent,
    Call,
    EventLog,
    Queue,
    QueueMember,
    Segment,
    User,
)
from contact_center.selectors import hours, limits
from contact_center.selectors.scopes import Scope

Context = dict[str, Any]

#: What supervisors do with waiting callers, and what comes of it.
ARRANGED = (
    ev.CallMoved.name,
    ev.CallReserved.name,
    ev.ReservationEnded.name,
    ev.CallPrioritised.name,
)
#: So many of one stay are told, the last.
MOST_ARRANGED = 12


# --- what was done -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arranged:
    """One thing that a supervisor arranged about a stay, or that ended it."""

    at: datetime
    name: str
    #: The supervisor; empty when it came about by itself.
    actor: str
    #: For whom the caller is or was kept; empty: nobody, or an agent of another team.
    agent: str
    #: Whence he was moved.
    queue: str
    priority: int | None
    #: That priority is the queue's.
    queues_own: bool
    pulled: bool
    over_capacity: bool
    reason: str


def arranged(stay: Segment, scope: Scope) -> list[Arranged]:
    """Return what was arranged about a stay, the first first."""
    rows = list(
        EventLog.objects.filter(
            tenant_id=scope.tenant_id,
            call_id=stay.call_id,
            segment_id=stay.pk,
            name__in=ARRANGED,
        ).order_by("-pk")[:MOST_ARRANGED]
    )[::-1]
    if not rows:
        return []
    ours = {"tenant_id": scope.tenant_id}
    agents = scope.covered(row.agent_id for row in rows if row.agent_id is not None)
    names = {
        agent.pk: agent.user.display_name
        for agent in Agent.objects.filter(**ours, pk__in=agents).select_related("user")
    }
    queues = dict(
        Queue.objects.filter(
            **ours, pk__in={row.queue_id for row in rows if row.queue_id is not None}
        ).values_list("pk", "name")
    )
    people = user_names(scope.tenant_id, {row.actor_id for row in rows if row.actor_id})
    return [
        Arranged(
            at=row.at,
            name=row.name,
            actor=people.get(row.actor_id or 0, ""),
            agent=names.get(row.agent_id or 0, ""),
            queue=queues.get(row.queue_id or 0, ""),
            priority=row.details.get("priority"),
            queues_own=bool(row.details.get("queues_own")),
            pulled=bool(row.details.get("pulled")),
            over_capacity=bool(row.details.get("over_capacity")),
            reason=str(row.details.get("reason", "")),
        )
        for row in rows
    ]


def user_names(tenant_id: int, pks: set[int]) -> dict[int, str]:
    """Return the names of these people of one organisation."""
    people = User.objects.filter(tenant_id=tenant_id, pk__in=pks) if pks else ()
    return {user.pk: user.display_name for user in people}


@dataclass(frozen=True)
class Kept:
    """That a caller is kept for one agent."""

    #: Empty: an agent of another team.
    agent: str
    by: str
    until: datetime


def kept(stay: Segment, scope: Scope, now: datetime) -> Kept | None:
    """Return for whom the caller of a stay is kept; None when everybody may have him."""
    agent, until = stay.reserved_for, stay.reserved_until
    if agent is None or until is None or until <= now:
        return None
    return Kept(
        agent=agent.user.display_name if scope.covered([agent.pk]) else "",
        by=stay.reserved_by.display_name if stay.reserved_by is not None else "",
        until=until,
    )


# --- what can be done ----------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueChoice:
    """A queue to which a caller could be moved."""

    queue_id: int
    name: str
    waiting: int
    is_open: bool
    #: It takes nobody more who comes by himself; a supervisor may fill it beyond that.
    is_full: bool


@dataclass(frozen=True)
class AgentChoice:
    """An agent to whom a caller could be given."""

    agent_id: int
    name: str
    state: ShownState
    serves: bool


def arrangeable(stay: Segment, scope: Scope, user: User) -> Context:
    """Return what can be done with the caller of ``stay``, as it is at this moment."""
    as_of = timezone.now()
    call = Call.objects.get(pk=stay.call_id)
    waits = stay.ended_at is None and call.state in (CallState.QUEUED, CallState.OFFERED)
    context: Context = {"as_of": as_of, "call": call, "stay": stay, "waits": waits}
    if not waits:
        return context
    assert stay.queue is not None
    return context | {
        "since": stay.placed_at or stay.started_at,
        "kept": kept(stay, scope, as_of),
        "queues": _queues(stay, scope, as_of),
        "agents": _agents(stay, scope, user),
        "own_priority": stay.priority,
        "queue_priority": stay.queue.priority or current().queue.default_priority,
        "priorities": range(HIGHEST_PRIORITY, LOWEST_PRIORITY - 1, -1),
        "minutes": int(KEPT_FOR.total_seconds() // 60),
    }


def _queue_of(stay: Segment) -> int:
    assert stay.queue_id is not None, "who waits waits in a queue"
    return stay.queue_id


def _queues(stay: Segment, scope: Scope, now: datetime) -> list[QueueChoice]:
    others = list(
        scope.widest.queues().exclude(pk=_queue_of(stay)).order_by("name").values_list("pk", "name")
    )
    known = limits.limits_of(scope.tenant_id)
    lines = limits.lines_of(
        scope.tenant_id, [pk for pk, _name in others if pk in known], known, now
    )
    return [
        QueueChoice(
            queue_id=pk,
            name=name,
            waiting=lines[pk].waiting if pk in lines else 0,
            is_open=hours.hours_of(scope.tenant_id, pk, now).is_open,
            is_full=pk in lines and lines[pk].waiting >= known[pk].most,
        )
        for pk, name in others
    ]


def _agents(stay: Segment, scope: Scope, user: User) -> list[AgentChoice]:
    """Return who is on duty, who can be rung at once first; the supervisor pulls instead."""
    agents = (
        scope.widest.agents()
        .filter(presence=Presence.AVAILABLE, user__is_active=True)
        .exclude(user=user)
        .select_related("user")
        .prefetch_related("slots")
    )
    serving = set(
        QueueMember.objects.filter(queue_id=_queue_of(stay)).values_list("agent_id", flat=True)
    )
    choices = [
        AgentChoice(
            agent_id=agent.pk,
            name=agent.user.display_name,
            state=shown_status(
                Presence.AVAILABLE, [Activity(slot.activity) for slot in agent.slots.all()]
            ).state,
            serves=agent.pk in serving,
        )
        for agent in agents
    ]
    choices.sort(key=lambda one: (one.state is not ShownState.AVAILABLE, not one.serves, one.name))
    return choices
