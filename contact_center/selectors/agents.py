"""The page of one agent, for supervisors: what goes on, today's calls, and what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone

from contact_center.models import Agent, EventLog, Offer, OfferState, Queue, User
from contact_center.panels import Panel
from contact_center.selectors import desk, supervising
from contact_center.selectors.figures import AgentFigures, todays_agent_figures
from contact_center.selectors.scopes import Scope

Context = dict[str, Any]

#: Today's calls, and what happened: the last of them.
MOST_CALLS = 50
MOST_EVENTS = 50


@dataclass(frozen=True)
class Happened:
    """One thing that happened to an agent."""

    pk: int
    at: datetime
    name: str
    #: Who did it, where that was not the agent.
    actor: str
    call_id: int | None
    #: The state an agent was set to, and what else was said.
    presence: str
    reason: str
    why: str
    sign_out: bool


def live_offer_of(agent: Agent, offer_id: int) -> Offer:
    """Return an offer that was made to this agent. Raises Http404 for any other."""
    offer = Offer.objects.filter(agent=agent, tenant_id=agent.tenant_id, pk=offer_id).first()
    if offer is None:
        raise Http404
    return offer


def agent_now(agent: Agent) -> Context:
    """Return what the agent is doing, since when, with whom, and what a supervisor may do."""
    context = desk.own_status(agent)
    offers = list(
        Offer.objects.filter(agent=agent, ended_at=None)
        .select_related("call", "queue")
        .order_by("-pk")
    )
    talking = [offer for offer in offers if offer.state == OfferState.CONNECTED]
    talking.sort(key=lambda offer: offer.held_at is not None)  # the one that is heard first
    context |= {
        "offers": offers,
        "talking": talking[0] if talking else None,
        "supervisors": supervising.present_supervisors(talking[0]) if talking else [],
        "wrapping_up": [offer for offer in offers if offer.state == OfferState.WRAPPING_UP],
        "queues": list(
            Queue.objects.filter(members__agent=agent, tenant_id=agent.tenant_id)
            .order_by("name")
            .values_list("name", flat=True)
        ),
    }
    return context


def agent_day(agent: Agent) -> Context:
    """Return today's figures and calls of the agent, the newest first.

    What the agent sees at the own desk is of this moment; the figures that a queue has, too, are
    added up for all agents at once and a few seconds old, as those of the queues.
    """
    as_of = timezone.now()
    day = desk.day_of(agent, as_of)
    counted = todays_agent_figures(Scope(agent.tenant_id))
    offers = list(
        Offer.objects.filter(agent=agent, offered_at__gte=day.since)
        .select_related("call", "queue", "disposition")
        .order_by("-offered_at", "-pk")[: MOST_CALLS + 1]
    )
    return {
        "as_of": as_of,
        "agent": agent,
        "day": day,
        # Of who became an agent since they were added up there are none.
        "figures": counted.value.get(agent.pk, AgentFigures()),
        "counted_as_of": counted.as_of,
        "offers": offers[:MOST_CALLS],
        "is_cut": len(offers) > MOST_CALLS,
    }


def agent_story(agent: Agent) -> Context:
    """Return what happened to the agent in the last day: who did what, the newest first."""
    as_of = timezone.now()
    rows = list(
        EventLog.objects.filter(
            agent_id=agent.pk, tenant_id=agent.tenant_id, at__gt=as_of - timedelta(days=1)
        ).order_by("-at", "-pk")[:MOST_EVENTS]
    )
    actors = {
        user.pk: user.display_name
        for user in User.objects.filter(
            tenant_id=agent.tenant_id, pk__in={row.actor_id for row in rows if row.actor_id}
        ).exclude(pk=agent.user_id)
    }
    return {
        "as_of": as_of,
        "rows": [
            Happened(
                pk=row.pk,
                at=row.at,
                name=row.name,
                actor=actors.get(row.actor_id or 0, ""),
                call_id=row.call_id,
                presence=str(row.details.get("presence", "")),
                reason=_reason(row),
                why=str(row.details.get("why", "")),
                sign_out=bool(row.details.get("sign_out")),
            )
            for row in rows
        ],
    }


def _reason(row: EventLog) -> str:
    """Return the label of a break; why anything else came about stands as it is."""
    reason = str(row.details.get("reason", ""))
    chose_no_break = row.details.get("presence") in ("available", "offline")
    return reason if chose_no_break else desk.break_label(reason)


AGENT_PANELS: dict[str, Panel] = {
    "agent-now": Panel("supervisors/_agent_now.html", agent_now),
    "agent-day": Panel("supervisors/_agent_day.html", agent_day),
    "agent-story": Panel("supervisors/_agent_story.html", agent_story),
}
