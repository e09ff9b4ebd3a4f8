"""Somebody is consulted: what the agent asks, and what a colleague answers."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents, painted
from contact_center.domain.consults import Wish
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import consulted, consulting

# --- the agent -----------------------------------------------------------------------------------


@require_POST
@for_agents
def ask(request: HttpRequest, agent: Agent, offer_id: int, agent_id: int) -> HttpResponse:
    """Put the caller on hold and ring a colleague."""
    consulting.ask(
        offer=access.own_offer(agent, offer_id),
        agent=agent,
        colleague=access.colleague(agent, agent_id),
    )
    return painted(agent)


@require_POST
@for_agents
def ask_queue(request: HttpRequest, agent: Agent, offer_id: int, queue_id: int) -> HttpResponse:
    """Put the caller on hold and ring whoever of a queue is next."""
    consulting.ask_queue(
        offer=access.own_offer(agent, offer_id),
        agent=agent,
        queue=access.queue_of_agent(agent, queue_id),
    )
    return painted(agent)


@require_POST
@for_agents
def ask_number(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Put the caller on hold and ring an outside number."""
    offer = access.own_offer(agent, offer_id)
    said = checked(forms.NumberForm(request.POST))
    consulting.ask_outside(offer=offer, agent=agent, written=said["number"])
    return painted(agent)


@require_POST
@for_agents
def wish(request: HttpRequest, agent: Agent, offer_id: int, wished: Wish) -> HttpResponse:
    """Swap, merge, complete or cancel."""
    consulting.wish(offer=access.own_offer(agent, offer_id), agent=agent, wished=wished)
    return painted(agent)


# --- the colleague -------------------------------------------------------------------------------


@require_POST
@for_agents
def accept(request: HttpRequest, agent: Agent, consult_id: int) -> HttpResponse:
    """Be ready to talk. The softphone gets the token with which it joins, good for 30 seconds."""
    consult = access.own_consult(agent, consult_id)
    said = checked(forms.AcceptForm(request.POST))
    join = consulted.accept(
        consult=consult, colleague=agent, lease_key=said["lease"], ring=said["fence"] or None
    )
    consult.refresh_from_db()
    return answered({"join": join, "slot": consult.slot.number if consult.slot else 0})


@require_POST
@for_agents
def decline(request: HttpRequest, agent: Agent, consult_id: int) -> HttpResponse:
    """Have no time for it; the agent reads that at once, or the next of the queue is rung."""
    consult = access.own_consult(agent, consult_id)
    said = checked(forms.RingForm(request.POST))
    consulted.decline(consult=consult, colleague=agent, ring=said["fence"] or None)
    return painted(agent)


@require_POST
@for_agents
def joined(request: HttpRequest, agent: Agent, consult_id: int) -> HttpResponse:
    """The browser says that its line is up. It is checked against the network."""
    consulted.browser_joined(consult=access.own_consult(agent, consult_id))
    return answered({"ok": True})


@require_POST
@for_agents
def failed(request: HttpRequest, agent: Agent, consult_id: int) -> HttpResponse:
    """The browser says that its line did not come up."""
    consulted.browser_failed(consult=access.own_consult(agent, consult_id), colleague=agent)
    return answered({"ok": True})


@require_POST
@for_agents
def leave(request: HttpRequest, agent: Agent, consult_id: int) -> HttpResponse:
    """Leave; the caller stays with the agent."""
    consulted.leave(consult=access.own_consult(agent, consult_id), colleague=agent)
    return painted(agent)
