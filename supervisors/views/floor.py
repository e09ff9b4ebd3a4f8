"""The floor: queues, agents and calls, live and read-only."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.panels import draw, paint_all
from contact_center.selectors import access
from contact_center.selectors.alerts import ALERT_PANELS
from contact_center.selectors.floor import FLOOR_PANELS
from contact_center.selectors.help_requests import HELP_PANELS
from contact_center.selectors.supervising import SUPERVISION_PANELS

#: Everything the page shows.
_SHOWN = {**FLOOR_PANELS, **HELP_PANELS, **ALERT_PANELS}


@require_GET
@never_cache
@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """The page; its panels are the ones that the socket sends."""
    tenant = access.supervised_tenant(request.user)
    as_of = timezone.now()
    drawn = {panel_id.replace("-", "_"): draw(panel, tenant) for panel_id, panel in _SHOWN.items()}
    return render(request, "supervisors/floor.html", {"panels": drawn, "as_of": as_of})


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """Every panel at once: what a page asks for while its socket is down."""
    tenant = access.supervised_tenant(request.user)
    as_of = timezone.localtime().strftime("%H:%M:%S")
    body = paint_all(_SHOWN, tenant) + paint_all(SUPERVISION_PANELS, request.user)
    return HttpResponse(body, headers={"X-As-Of": as_of})
