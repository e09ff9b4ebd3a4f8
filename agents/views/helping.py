"""An agent in a call asks for a supervisor, or needs none any more."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents.doors import for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import helping


@require_POST
@for_agents
def ask(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Call every supervisor; the caller hears nothing of it."""
    helping.ask_for_help(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)


@require_POST
@for_agents
def withdraw(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Take it back."""
    helping.withdraw_help(offer=access.own_offer(agent, offer_id), agent=agent)
    return painted(agent)
