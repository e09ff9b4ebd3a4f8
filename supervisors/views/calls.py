"""The calls of today, and one call: where it is, the facts, and its story in order."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.models import Call
from contact_center.panels import draw_all, paint_all
from contact_center.selectors import access, stories
from contact_center.selectors.calls import calls_list
from contact_center.selectors.stories import CALL_PANELS, SeenCall
from contact_center.selectors.supervising import SUPERVISION_PANELS
from supervisors.doors import painted


@require_GET
@never_cache
@login_required
def calls(request: HttpRequest) -> HttpResponse:
    """List the calls that go on and today's that ended, as the address narrows them."""
    shown = calls_list(access.scope_of(request.user), request.GET.dict())
    return render(request, "supervisors/calls.html", shown)


@require_GET
@never_cache
@login_required
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Show how a call goes or went, who ended it and why. Another organisation's is a 404."""
    told = _call_of(request, call_id)
    seen = SeenCall(told, access.scope_of(request.user))
    drawn = draw_all(CALL_PANELS, seen)
    return render(
        request,
        "supervisors/call.html",
        {
            **_story(request, told),
            "panels": drawn,
            "over": stories.is_over(told),
            "socket": f"/ws/calls/{told.pk}/",
        },
    )


@require_GET
@never_cache
@login_required
def story(request: HttpRequest, call_id: int) -> HttpResponse:
    """The timeline as it is now, with what is chosen in the address."""
    told = _call_of(request, call_id)
    return render(request, "supervisors/_call_story.html", _story(request, told))


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest, call_id: int) -> HttpResponse:
    """The live panels: what a page asks for while its socket is down."""
    told = _call_of(request, call_id)
    seen = SeenCall(told, access.scope_of(request.user))
    return painted(paint_all(CALL_PANELS, seen) + paint_all(SUPERVISION_PANELS, request.user))


def _call_of(request: HttpRequest, call_id: int) -> Call:
    return access.supervised_call(request.user, call_id)


def _story(request: HttpRequest, told: Call) -> dict[str, Any]:
    return stories.call_story(
        told, kind=request.GET.get("kind", ""), page=request.GET.get("page", "")
    )
