"""Calls that agents make: for which queues, with which numbers, into which countries."""

from typing import Any

from contact_center.domain.telephone_numbers import regions_for, written_in_link
from contact_center.models import Agent, Offer, PhoneNumber, Queue, Tenant
from contact_center.models.prepared import Given, Prepared

Context = dict[str, Any]


def countries_called(tenant: Tenant) -> list[str]:
    """Return the countries (ISO codes) that agents may call: those of our own numbers, or as set
    up."""
    if tenant.calls_to:
        return list(tenant.calls_to)
    ours = PhoneNumber.objects.filter(tenant=tenant).order_by("pk").values_list("e164", flat=True)
    return regions_for(*ours)


def numbers_shown(tenant_id: int) -> list[PhoneNumber]:
    """Return the numbers of ours that a customer may see who is called."""
    return list(_SHOWN.all(tenant_id=tenant_id))


def queues_called_for(agent: Agent) -> list[Queue]:
    """Return the queues for which an agent may call: those that the agent serves."""
    return list(_QUEUES.all(agent_id=agent.pk))


def dial_pad(agent: Agent, asked: str = "") -> Context:
    """Return what the dial pad offers, filled in with what a link asks for.

    What was chosen for the agent's last call is chosen again.
    """
    last = _LAST.first(agent_id=agent.pk)
    return {
        "number": written_in_link(asked),
        "queues": queues_called_for(agent),
        "numbers": numbers_shown(agent.tenant_id),
        "queue_id": last.queue_id if last is not None else None,
        "shown_id": last.call.number_id if last is not None else None,
        "last_number": last.call.from_number if last is not None else "",
    }


_SHOWN = Prepared(
    PhoneNumber.objects.filter(
        tenant_id=Given("tenant_id"), may_be_shown=True, is_room=False
    ).order_by("e164")
)
_QUEUES = Prepared(Queue.objects.filter(members__agent_id=Given("agent_id")).order_by("name"))
_LAST = Prepared(
    Offer.objects.filter(agent_id=Given("agent_id"), call__kind="outgoing")
    .select_related("call")
    .order_by("-pk")[:1]
)
