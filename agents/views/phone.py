"""The tab that is the agent's phone: claim it, keep it, say how its sound is, get it a token."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from agents import forms
from agents.doors import answered, checked, for_agents
from contact_center import telephony
from contact_center.conf.regions import locate
from contact_center.models import Agent
from contact_center.services import presence

#: A token outlives a long call and is renewed well before its end.
TOKEN_SECONDS = 3600


@require_POST
@for_agents
def claim(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Make the asking tab the phone, whichever tab was before."""
    lease = presence.claim_phone(agent=agent)
    return answered({"lease": lease.key, "claimed": int(lease.claimed_at.timestamp() * 1000)})


@require_POST
@for_agents
def report(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Note whether this tab's ring was heard and its microphone works."""
    said = checked(forms.ReportForm(request.POST))
    presence.report_phone(
        agent=agent,
        lease_key=said["lease"],
        ring_heard=said["ring_heard"],
        microphone_ok=said["microphone_ok"],
    )
    return answered({"ok": True})


@require_POST
@for_agents
def beat(request: HttpRequest, agent: Agent) -> HttpResponse:
    """The phone tab is alive; it learns whether it still is the phone."""
    said = checked(forms.LeaseForm(request.POST))
    return answered({"held": presence.beat(agent=agent, lease_key=said["lease"])})


@require_POST
@for_agents
def token(request: HttpRequest, agent: Agent) -> HttpResponse:
    """Give this tab's line a fresh token, and say where the network is found."""
    said = checked(forms.TokenForm(request.POST))
    lease = presence.held_phone(agent, said["lease"])
    network = telephony.network()
    return answered(
        {
            "token": network.browser_token(
                identity=lease.identity(said["slot"]), ttl_seconds=TOKEN_SECONDS
            ),
            "ttl": TOKEN_SECONDS,
            "gateway": network.browser_gateway(),
            # The softphone must enter the network where the content policy lets it.
            "edge": locate(settings.TWILIO_REGION, settings.TWILIO_EDGE).edge,
        }
    )
