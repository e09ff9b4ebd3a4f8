"""Who is to be called back, and what a supervisor may do about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import Callback, User
from contact_center.selectors import access
from contact_center.selectors.callbacks import callbacks_page
from contact_center.services import calling_back
from supervisors.forms import CallbackTimeForm, sentences


@require_GET
@never_cache
@login_required
def callbacks(request: HttpRequest) -> HttpResponse:
    """The page: who waits for a call, who is called later, and what came of the others."""
    scope = access.scope_of(request.user)
    if not calling_back.is_enabled():
        raise Http404
    shown = callbacks_page(scope, request.GET.dict())
    return render(request, "supervisors/callbacks.html", shown)


@require_POST
@login_required
def cancel(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Call nobody back."""
    actor, callback = _who_and_what(request, callback_id)
    try:
        calling_back.cancel(callback=callback, actor=actor)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Cancelled: nobody is called back."))
    return redirect("supervisors:callbacks")


@require_POST
@login_required
def call_now(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Do not wait for the time that was set."""
    actor, callback = _who_and_what(request, callback_id)
    try:
        calling_back.move(callback=callback, actor=actor)
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("In line: called as soon as its turn has come."))
    return redirect("supervisors:callbacks")


@require_POST
@login_required
def move(request: HttpRequest, callback_id: int) -> HttpResponse:
    """Set another time."""
    actor, callback = _who_and_what(request, callback_id)
    form = CallbackTimeForm(request.POST)
    try:
        if not form.is_valid():
            raise NotAllowed(sentences(form))
        calling_back.move(callback=callback, actor=actor, at=form.cleaned_data["at"])
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The time was changed."))
    return redirect("supervisors:callbacks")


def _who_and_what(request: HttpRequest, callback_id: int) -> tuple[User, Callback]:
    actor = access.supervisor(request.user)
    callback = access.supervised_callback(actor, callback_id)
    if not calling_back.is_enabled():
        raise Http404
    return actor, callback
