"""One agent: what goes on, today's calls, what happened; and what a supervisor does about it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.models import Agent
from contact_center.panels import draw_all, paint_all
from contact_center.selectors import access, agents
from contact_center.selectors.agents import AGENT_PANELS
from contact_center.selectors.supervising import SUPERVISION_PANELS
from contact_center.services import overruling
from supervisors import forms
from supervisors.doors import answered, checked, for_supervisors, painted


@require_GET
@never_cache
@login_required
def agent(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Show an agent. Another organisation's is a 404."""
    shown = _agent_of(request, agent_id)
    drawn = draw_all(AGENT_PANELS, shown)
    context = {
        "agent": shown,
        "panels": drawn,
        "as_of": timezone.now(),
        "socket": f"/ws/agents/{shown.pk}/",
    }
    return render(request, "supervisors/agent.html", context)


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest, agent_id: int) -> HttpResponse:
    """The live panels: what a page asks for while its socket is down."""
    shown = _agent_of(request, agent_id)
    return painted(paint_all(AGENT_PANELS, shown) + paint_all(SUPERVISION_PANELS, request.user))


@require_POST
@for_supervisors
def change_presence(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Set an agent's status, now or after the call that is on."""
    shown = _agent_of(request, agent_id)
    said = checked(forms.ChangePresenceForm(request.POST))
    to, reason = said["to"]
    overruling.change_presence(
        agent=shown,
        to=to,
        reason=reason,
        why=said["why"],
        actor=access.supervisor(request.user),
    )
    return answered()


@require_POST
@for_supervisors
def end_wrap_up(request: HttpRequest, agent_id: int, offer_id: int) -> HttpResponse:
    """End a wrap-up that does not end."""
    shown = _agent_of(request, agent_id)
    said = checked(forms.WhyForm(request.POST))
    overruling.end_wrap_up(
        offer=agents.live_offer_of(shown, offer_id),
        why=said["why"],
        actor=access.supervisor(request.user),
    )
    return answered()


@require_POST
@for_supervisors
def sign_out(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Sign an agent out; a call that is on ends first, unless it was named to be cut."""
    shown = _agent_of(request, agent_id)
    said = checked(forms.SignOutForm(request.POST))
    overruling.sign_out(
        agent=shown,
        why=said["why"],
        cut=said["cut"],
        actor=access.supervisor(request.user),
    )
    return answered()


def _agent_of(request: HttpRequest, agent_id: int) -> Agent:
    return access.supervised_agent_of(request.user, agent_id)
