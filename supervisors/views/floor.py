"""The floor: queues, agents and calls, live, narrowed and sorted as the address says."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.panels import draw, paint, paint_all
from contact_center.selectors import access, looks
from contact_center.selectors.floor_page import floor_panels
from contact_center.selectors.looks import Look, look_at
from contact_center.selectors.supervising import SUPERVISION_PANELS
from contact_center.services import saving_views
from supervisors import forms
from supervisors.doors import answered, checked, for_supervisors, painted


@require_GET
@never_cache
@login_required
def floor(request: HttpRequest) -> HttpResponse:
    """The page; its panels are the ones that the socket sends."""
    look = _look_of(request)
    as_of = timezone.now()
    drawn = {
        shown.panel_id.replace("-", "_"): draw(shown.panel, shown.seen)
        for shown in floor_panels(look)
    }
    return render(
        request,
        "supervisors/floor.html",
        {
            **looks.choices(look),
            "panels": drawn,
            "as_of": as_of,
            "saved_views": looks.saved_views(access.supervisor(request.user)),
            "socket": f"/ws/floor/?{look.query}",
        },
    )


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """Every panel at once: what a page asks for while its socket is down."""
    look = _look_of(request)
    body = [paint(shown.panel_id, shown.panel, shown.seen) for shown in floor_panels(look)]
    body.append(paint_all(SUPERVISION_PANELS, request.user))
    return painted("".join(body))


@require_GET
@never_cache
@login_required
def views(request: HttpRequest) -> HttpResponse:
    """The menu of saved views, as it is now."""
    shown = {
        "look": _look_of(request),
        "saved_views": looks.saved_views(access.supervisor(request.user)),
    }
    return render(request, "supervisors/_floor_views.html", shown)


@require_POST
@for_supervisors
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep what the address says under a name."""
    said = checked(forms.SaveViewForm(request.POST))
    saving_views.save_view(
        user=access.supervisor(request.user),
        name=said["name"],
        look=_look_of(request),
        is_shared=said["shared"],
    )
    return answered()


@require_POST
@for_supervisors
def forget_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Let a view of one's own go."""
    view = looks.own_view(access.supervisor(request.user), view_id)
    saving_views.forget_view(view=view)
    return answered()


def _look_of(request: HttpRequest) -> Look:
    return look_at(access.scope_of(request.user), request.GET.dict())
