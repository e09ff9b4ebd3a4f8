"""Sending the caller on: where to, as it is now, and the three ways."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from agents import forms
from agents.doors import checked, for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.selectors import targets as selectors
from contact_center.services import transferring


@require_safe
@for_agents
def targets(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Colleagues and queues as they are at this moment; the page asks again while it is open."""
    offer = access.own_offer(agent, offer_id)
    words = request.GET.get("q", "")[:100]
    return render(
        request, "agents/_transfer_targets.html", selectors.targets_of(agent, offer.pk, words)
    )


@require_POST
@for_agents
def to_queue(request: HttpRequest, agent: Agent, offer_id: int, queue_id: int) -> HttpResponse:
    """Let the caller wait in a queue."""
    transferring.send_to_queue(
        offer=access.own_offer(agent, offer_id),
        agent=agent,
        queue=access.queue_of_agent(agent, queue_id),
    )
    return painted(agent)


@require_POST
@for_agents
def to_agent(request: HttpRequest, agent: Agent, offer_id: int, agent_id: int) -> HttpResponse:
    """Let the caller ring at the desk of a colleague, and nowhere else."""
    transferring.send_to_agent(
        offer=access.own_offer(agent, offer_id),
        agent=agent,
        colleague=access.colleague(agent, agent_id),
    )
    return painted(agent)


@require_POST
@for_agents
def to_number(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Connect the caller with an outside number."""
    offer = access.own_offer(agent, offer_id)
    said = checked(forms.NumberForm(request.POST))
    transferring.send_to_number(offer=offer, agent=agent, written=said["number"])
    return painted(agent)
