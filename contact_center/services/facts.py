"""Whom an event concerns, said once."""

from datetime import datetime, timedelta
from typing import TypedDict

from django.utils import timezone

from contact_center.models import Agent, Call, Offer, Segment, Supervision, User


class Concerned(TypedDict, total=False):
    """The references of an event."""

    tenant_id: int
    call_id: int
    segment_id: int
    offer_id: int
    agent_id: int
    queue_id: int | None
    actor_id: int | None
    supervisor_id: int | None


def of_call(call: Call, segment: Segment | None = None) -> Concerned:
    """Return the references of an event about a call."""
    concerned = Concerned(tenant_id=call.tenant_id, call_id=call.pk, queue_id=call.queue_id)
    if segment is not None:
        concerned["segment_id"] = segment.pk
    return concerned


def of_offer(offer: Offer, actor: User | None = None) -> Concerned:
    """Return the references of an event about an offer."""
    return Concerned(
        tenant_id=offer.tenant_id,
        call_id=offer.call_id,
        segment_id=offer.segment_id,
        offer_id=offer.pk,
        agent_id=offer.agent_id,
        queue_id=offer.queue_id,
        actor_id=actor.pk if actor else None,
        # Who has taken a call over sees it in the same place as what they listen to.
        supervisor_id=offer.agent.user_id if offer.is_taken_over else None,
    )


def of_supervision(supervision: Supervision, actor: User | None = None) -> Concerned:
    """Return the references of an event about a supervisor who is with a conversation.

    It names the agent unless the agent is not to know.
    """
    concerned = of_offer(supervision.offer, actor)
    concerned["supervisor_id"] = supervision.supervisor_id
    if supervision.is_private:
        del concerned["agent_id"]
    return concerned


def of_agent(agent: Agent, actor: User | None = None) -> Concerned:
    """Return the references of an event about an agent."""
    return Concerned(
        tenant_id=agent.tenant_id, agent_id=agent.pk, actor_id=actor.pk if actor else None
    )


def talked_seconds(offer: Offer) -> float:
    """Return how long customer and agent have heard each other, hold included; 0.0 for never."""
    if offer.connected_at is None:
        return 0.0
    return round((timezone.now() - offer.connected_at).total_seconds(), 1)


def held_for(offer: Offer, now: datetime) -> timedelta:
    """Return how long the caller of ``offer`` has been on hold in all, by ``now``."""
    return offer.held_for + (now - offer.held_at if offer.held_at is not None else timedelta())


def waited_seconds(offer: Offer) -> float:
    """Return how long the caller of ``offer`` has been in line, the age kept that he came with."""
    since = datetime.fromisoformat(offer.reason.get("waited_since", offer.offered_at.isoformat()))
    return round((timezone.now() - since).total_seconds(), 1)
