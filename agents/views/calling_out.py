"""The dial pad: an agent calls, and reads what came of it."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import calling_out


@require_POST
@for_agents
def call(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Call a number. The softphone gets the token with which it joins, good for 30 seconds."""
    said = checked(forms.DialForm(request.POST))
    offer, join = calling_out.call_out(
        agent=agent,
        written=said["number"],
        lease_key=said["lease"],
        queue_id=said["queue"],
        shown_id=said["shown"],
    )
    return answered(
        {
            "offer": offer.pk,
            "number": offer.call.from_number,
            "join": join,
            "slot": offer.slot.number,
            "joined": reverse("agents:offer-joined", args=[offer.pk]),
            "failed": reverse("agents:offer-failed", args=[offer.pk]),
        }
    )


@require_POST
@for_agents
def read(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """The agent has read why nobody was reached."""
    calling_out.read_result(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)
