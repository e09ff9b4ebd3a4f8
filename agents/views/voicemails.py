"""What an agent does with a voicemail that is open: it is dealt with, or left to somebody else."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents.doors import for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import calling_back, listening


@require_POST
@for_agents
def done(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """It is dealt with; wrap-up begins. A second press does nothing."""
    listening.finish(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def call_back(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Whoever left it is called, by this agent first."""
    if not calling_back.is_enabled():
        raise Http404
    listening.call_back(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def put_back(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Somebody else is to deal with it; it keeps its place in line."""
    listening.put_back(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)
