"""The ringing call: accept it, decline it, and what the browser found when it connected."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents, painted
from contact_center.models import Agent
from contact_center.selectors import access
from contact_center.services import connecting, offering


@require_POST
@for_agents
def accept(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Take the call. The softphone gets the token with which it joins, good for 30 seconds."""
    offer = access.own_offer(agent, offer_id)
    said = checked(forms.AcceptForm(request.POST))
    join = offering.accept_offer(
        offer=offer, agent=agent, fence=said["fence"], lease_key=said["lease"]
    )
    return answered({"join": join, "slot": offer.slot.number})


@require_POST
@for_agents
def decline(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """Leave the call to somebody else; the caller keeps the place in line."""
    offer = access.own_offer(agent, offer_id)
    said = checked(forms.DeclineForm(request.POST))
    offering.decline_offer(offer=offer, agent=agent, fence=said["fence"])
    return painted(agent)


@require_POST
@for_agents
def joined(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """The browser says that its line is up. It is checked against the network."""
    offer = access.own_offer(agent, offer_id)
    connecting.browser_joined(offer=offer, agent=agent)
    return answered({"ok": True})


@require_POST
@for_agents
def failed(request: HttpRequest, agent: Agent, offer_id: int) -> HttpResponse:
    """The browser says that its line did not come up; the caller stays in line."""
    offer = access.own_offer(agent, offer_id)
    said = checked(forms.FailureForm(request.POST))
    connecting.browser_failed(offer=offer, agent=agent, reason=said["reason"])
    return answered({"ok": True})
