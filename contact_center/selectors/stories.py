"""The story of one call: what happened, what we asked of the network, what it told us.

The event log is the spine: every change of a call wrote its event in the same transaction. Beside
it stand the commands we sent with what came of them, and the network's own reports as they came
in, so that a question about a call is answered from one page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from contact_center.domain.events import RealityHealed
from contact_center.models import (
    Agent,
    Call,
    Command,
    CommandOutcome,
    EventLog,
    Leg,
    Offer,
    Queue,
    RawWebhook,
    Tenant,
    User,
)


@dataclass(frozen=True)
class Moment:
    """One line of a call's story."""

    at: datetime
    #: "event", "command" or "report".
    kind: str
    #: Its name as the log or the network has it.
    name: str
    agent: str = ""
    queue: str = ""
    #: Who asked for it, when a person did.
    actor: str = ""
    #: What else it says: pairs of a name and a value.
    details: Mapping[str, Any] = field(default_factory=dict)
    #: What came of a command; for a report what kept it from being applied.
    outcome: str = ""
    went_wrong: bool = False
    #: What the reconciler found and did (domain/healing.py).
    found: str = ""
    done: str = ""


def call_of(tenant: Tenant, call_id: int) -> Call:
    """Return a call of this organisation. Raises Http404 for any other."""
    call = (
        Call.objects.select_related("queue", "number", "menu_version__menu")
        .filter(tenant=tenant, pk=call_id)
        .first()
    )
    if call is None:
        raise Http404
    return call


def story(call: Call) -> dict[str, Any]:
    """Return everything the page of one call shows."""
    as_of = timezone.now()
    offers = list(
        Offer.objects.filter(call=call)
        .select_related("agent__user", "queue", "disposition")
        .order_by("pk")
    )
    moments = [*_events(call), *_commands(call), *_reports(call, offers)]
    moments.sort(key=lambda moment: moment.at)
    return {
        "as_of": as_of,
        "call": call,
        "offers": offers,
        "segments": list(call.segments.select_related("queue").order_by("started_at", "pk")),
        "moments": moments,
        "lasted": (call.ended_at or as_of) - call.arrived_at,
    }


def _events(call: Call) -> Iterable[Moment]:
    rows = list(EventLog.objects.filter(tenant_id=call.tenant_id, call_id=call.pk).order_by("pk"))
    agents = {
        agent.pk: agent.user.display_name
        for agent in Agent.objects.select_related("user").filter(
            tenant_id=call.tenant_id, pk__in={row.agent_id for row in rows if row.agent_id}
        )
    }
    queues = dict(
        Queue.objects.filter(
            tenant_id=call.tenant_id, pk__in={row.queue_id for row in rows if row.queue_id}
        ).values_list("pk", "name")
    )
    actors = {
        user.pk: user.display_name
        for user in User.objects.filter(
            tenant_id=call.tenant_id, pk__in={row.actor_id for row in rows if row.actor_id}
        )
    }
    for row in rows:
        yield Moment(
            at=row.at,
            kind="event",
            name=row.name,
            agent=agents.get(row.agent_id or 0, ""),
            queue=queues.get(row.queue_id or 0, ""),
            actor=actors.get(row.actor_id or 0, ""),
            details={} if row.name == RealityHealed.name else _worth_saying(row.details),
            went_wrong=row.name in _TROUBLE,
            found=row.details.get("found", ""),
            done=row.details.get("done", ""),
        )


def _worth_saying(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a person can read of an event's details: no ids, nothing empty or false."""
    return {
        name.replace("_", " "): value if value is not True else "✓"
        for name, value in details.items()
        if value not in ("", None, False) and not name.endswith("_id")
    }


def _commands(call: Call) -> Iterable[Moment]:
    rows = Command.objects.filter(Q(call=call) | Q(offer__call=call)).order_by("pk")
    for row in rows:
        yield Moment(
            at=row.asked_at,
            kind="command",
            name=row.kind,
            details={"attempts": row.attempts} if row.attempts > 1 else {},
            outcome=row.outcome,
            went_wrong=row.outcome in (CommandOutcome.REFUSED, CommandOutcome.GAVE_UP),
        )


def _reports(call: Call, offers: list[Offer]) -> Iterable[Moment]:
    sids = {call.sid}
    sids.update(offer.conference_sid for offer in offers if offer.conference_sid)
    sids.update(Leg.objects.filter(offer__call=call).values_list("sid", flat=True))
    rows = RawWebhook.objects.filter(Q(tenant_id=call.tenant_id) | Q(tenant=None), sid__in=sids)
    for row in rows.order_by("pk"):
        said = row.payload.get("StatusCallbackEvent") or row.payload.get("CallStatus") or ""
        yield Moment(
            at=row.received_at,
            kind="report",
            name=f"{row.kind} {said}".strip(),
            outcome=row.problem,
            went_wrong=bool(row.problem),
        )


#: Events that a supervisor looks for when a call went badly.
_TROUBLE = frozenset(
    {
        "offer.timed_out",
        "offer.failed",
        "agent.lost",
        "control.failed",
        "command.failed",
        "reality.healed",
        "report.set_aside",
    }
)
