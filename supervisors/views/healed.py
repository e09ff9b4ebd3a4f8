"""What the reconciler found and put right, for supervisors to read."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.panels import draw, paint_all
from contact_center.selectors import access
from contact_center.selectors.healed import HEALED_PANELS, healed_list
from supervisors.doors import painted


@require_GET
@never_cache
@login_required
def healed(request: HttpRequest) -> HttpResponse:
    """The page: when the network was last compared with us, and what differed."""
    news = draw(HEALED_PANELS["healed-news"], access.scope_of(request.user))
    return render(request, "supervisors/healed.html", {**_chosen(request), "news": news})


@require_GET
@never_cache
@login_required
def rows(request: HttpRequest) -> HttpResponse:
    """The list as it is now, with what is chosen in the address."""
    return render(request, "supervisors/_healed_list.html", _chosen(request))


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """The live panel: what a page asks for while its socket is down."""
    scope = access.scope_of(request.user)
    return painted(paint_all(HEALED_PANELS, scope))


def _chosen(request: HttpRequest) -> dict[str, Any]:
    return healed_list(
        access.scope_of(request.user),
        found=request.GET.get("found", ""),
        period=request.GET.get("period", ""),
        page=request.GET.get("page", ""),
    )
