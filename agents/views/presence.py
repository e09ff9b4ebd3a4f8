"""What the agent chooses: on duty, a break, off duty, what comes after the call."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents, painted, wants_json
from contact_center.domain.states import Presence
from contact_center.models import Agent
from contact_center.services import presence


@require_POST
@for_agents
def on_duty(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Begin to take calls; refused until this tab's ring and microphone were shown to work."""
    said = checked(forms.LeaseForm(request.POST))
    presence.go_on_duty(agent=agent, lease_key=said["lease"])
    return answered({"ok": True}) if wants_json(request) else painted(agent)


@require_POST
@for_agents
def off_duty(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Stop taking calls."""
    presence.go_off_duty(agent=agent)
    return painted(agent)


@require_POST
@for_agents
def change(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Be available, or take a break, now."""
    said = checked(forms.PresenceForm(request.POST))
    presence.set_presence(
        agent=agent,
        presence=Presence(said["presence"]),
        reason=said["reason"],
        lease_key=said["lease"],
    )
    return painted(agent)


@require_POST
@for_agents
def choose_next(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Choose what comes true when the present call is over; nothing takes the choice back."""
    said = checked(forms.NextPresenceForm(request.POST))
    chosen = Presence(said["presence"]) if said["presence"] else None
    presence.choose_next_presence(agent=agent, presence=chosen, reason=said["reason"])
    return painted(agent)


@require_POST
@for_agents
def come_back(request: HttpRequest, agent: Agent) -> HttpResponse:
    """End "not responding"."""
    said = checked(forms.LeaseForm(request.POST))
    presence.come_back(agent=agent, lease_key=said["lease"])
    return painted(agent)
