"""Who is to be called back, and what a supervisor may do about it."""

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.models import Callback, User
from contact_center.panels import draw_all, paint_all
from contact_center.selectors import access
from contact_center.selectors.callbacks import CALLBACK_PANELS
from contact_center.selectors.looks import queue_in
from contact_center.selectors.scopes import Scope
from contact_center.services import calling_back
from supervisors import forms
from supervisors.doors import checked, deed, painted


@require_GET
@never_cache
@login_required
def callbacks(request: HttpRequest) -> HttpResponse:
    """The page: who waits for a call, who is called later, and what came of the others."""
    scope = _scope_of(request)
    shown = {
        "as_of": timezone.now(),
        "scope": scope,
        "queues": scope.widest.queues().order_by("name"),
        "panels": draw_all(CALLBACK_PANELS, scope),
        "query": f"?queue={scope.queue_id}" if scope.queue_id else "",
    }
    return render(request, "supervisors/callbacks.html", shown)


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """The lists: what the page asks for while its socket is down."""
    return painted(paint_all(CALLBACK_PANELS, _scope_of(request)))


def _scope_of(request: HttpRequest) -> Scope:
    """Return what is looked at; Http404 where nobody is called back."""
    scope = access.scope_of(request.user)
    if not calling_back.is_enabled():
        raise Http404
    return replace(scope, queue_id=queue_in(scope, request.GET.dict()))


def _supervised(supervisor: User, callback_id: int) -> Callback:
    callback = access.supervised_callback(supervisor, callback_id)
    if not calling_back.is_enabled():
        raise Http404
    return callback


@deed(_supervised)
def cancel(supervisor: User, callback: Callback, sent: QueryDict) -> None:
    """Call nobody back."""
    calling_back.cancel(callback=callback, actor=supervisor)


@deed(_supervised)
def call_now(supervisor: User, callback: Callback, sent: QueryDict) -> None:
    """Do not wait for the time that was set."""
    calling_back.move(callback=callback, actor=supervisor)


@deed(_supervised)
def move(supervisor: User, callback: Callback, sent: QueryDict) -> None:
    """Set another time."""
    said = checked(forms.CallbackTimeForm(sent))
    calling_back.move(callback=callback, actor=supervisor, at=said["at"])
