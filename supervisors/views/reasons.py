"""Why a caller still waits, and why an agent gets no calls.

Such a page asks again every two seconds and is pushed nothing: what it says depends on every agent
and every caller and on the time, so that whatever happens would repaint it, for the one who looks.
"""

from collections.abc import Mapping

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.panels import Panel, draw, paint_all
from contact_center.selectors import access
from contact_center.selectors.reasons import AGENT_WHY_PANELS, CALL_WHY_PANELS, SeenAgent
from contact_center.selectors.stories import SeenCall
from supervisors.doors import painted


@require_GET
@never_cache
@login_required
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Show why a caller still waits. Another organisation's or team's is a 404."""
    seen = _call_of(request, call_id)
    context = {
        "call": seen.call,
        "panel": draw(CALL_WHY_PANELS["call-why"], seen),
        "as_of": timezone.now(),
    }
    return render(request, "supervisors/call_why.html", context)


@require_GET
@never_cache
@login_required
def call_panels(request: HttpRequest, call_id: int) -> HttpResponse:
    """The same as it is now."""
    return _painted(CALL_WHY_PANELS, _call_of(request, call_id))


@require_GET
@never_cache
@login_required
def agent(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Show why an agent gets no calls. Another organisation's or team's is a 404."""
    seen = _agent_of(request, agent_id)
    context = {
        "agent": seen.agent,
        "panel": draw(AGENT_WHY_PANELS["agent-why"], seen),
        "as_of": timezone.now(),
    }
    return render(request, "supervisors/agent_why.html", context)


@require_GET
@never_cache
@login_required
def agent_panels(request: HttpRequest, agent_id: int) -> HttpResponse:
    """The same as it is now."""
    return _painted(AGENT_WHY_PANELS, _agent_of(request, agent_id))


def _call_of(request: HttpRequest, call_id: int) -> SeenCall:
    call = access.supervised_call(request.user, call_id)
    return SeenCall(call, access.scope_of(request.user))


def _agent_of(request: HttpRequest, agent_id: int) -> SeenAgent:
    agent = access.supervised_agent_of(request.user, agent_id)
    return SeenAgent(agent, access.scope_of(request.user))


def _painted(panels: Mapping[str, Panel], seen: SeenCall | SeenAgent) -> HttpResponse:
    return painted(paint_all(panels, seen))
