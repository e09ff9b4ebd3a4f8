"""Whom an event concerns, said once."""

from typing import TypedDict

from contact_center.models import Agent, Call, Offer, Segment, User


class Concerned(TypedDict, total=False):
    """The references of an event."""

    tenant_id: int
    call_id: int
    segment_id: int
    offer_id: int
    agent_id: int
    queue_id: int | None
    actor_id: int | None


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
    )


def of_agent(agent: Agent, actor: User | None = None) -> Concerned:
    """Return the references of an event about an agent."""
    return Concerned(
        tenant_id=agent.tenant_id, agent_id=agent.pk, actor_id=actor.pk if actor else None
    )
