"""What an agent does during a call. Each asks; the panels show when it has happened."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents.doors import for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import dialling, talking


@require_POST
@for_agents
def hold(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Let the caller hear music and nobody else."""
    talking.hold(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def resume(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Bring the caller back from hold."""
    talking.resume(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def mute(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Let nobody hear the agent."""
    talking.mute(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def unmute(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Let the agent be heard again."""
    talking.unmute(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def hang_up(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """End the conversation."""
    talking.hang_up(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def not_reached(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Leave a machine that has answered a callback; the customer is tried again later."""
    dialling.leave_to_machine(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)
