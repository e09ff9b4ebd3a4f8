"""Reports of the network that were set aside: supervisors see them, an admin acts on them."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import Role
from contact_center.selectors import access, set_aside
from contact_center.services import setting_aside


@require_GET
@never_cache
@login_required
def reports(request: HttpRequest) -> HttpResponse:
    """What was set aside, when, why, and the report as it came."""
    # Raw reports name callers whom no team has yet: they are for who may see everything.
    user = access.overseer(request.user)
    shown = set_aside.set_aside(
        user, why=request.GET.get("why", ""), page=request.GET.get("page", "")
    )
    shown["may_act"] = user.role == Role.ADMIN
    return render(request, "supervisors/set_aside.html", shown)


@require_POST
@login_required
def try_again(request: HttpRequest, report_id: int) -> HttpResponse:
    """Have one applied once more."""
    return _act(request, report_id, setting_aside.try_again, _("It is being tried again."))


@require_POST
@login_required
def try_all_again(request: HttpRequest) -> HttpResponse:
    """Have all of them applied once more, little by little."""
    setting_aside.try_all_again(actor=access.administrator(request.user))
    messages.success(request, _("All of them are being tried again, one after the other."))
    return redirect("supervisors:set-aside")


@require_POST
@login_required
def drop(request: HttpRequest, report_id: int) -> HttpResponse:
    """Let one go."""
    return _act(request, report_id, setting_aside.drop, _("It was let go."))


def _act(
    request: HttpRequest, report_id: int, deed: Callable[..., None], sentence: str
) -> HttpResponse:
    actor = access.administrator(request.user)
    try:
        deed(report_id=report_id, actor=actor)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, sentence)
    return redirect("supervisors:set-aside")
