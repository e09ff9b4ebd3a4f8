"""The messages that callers left: who waits to be called back, and who dealt with it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.models import User, Voicemail
from contact_center.panels import draw, paint_all
from contact_center.selectors import access
from contact_center.selectors.voicemails import (
    VOICEMAIL_PANELS,
    MessagesLook,
    choices,
    look_at_messages,
)
from contact_center.services import listening
from supervisors.doors import deed, painted


@require_GET
@never_cache
@login_required
def voicemails(request: HttpRequest) -> HttpResponse:
    """List the messages, as the address narrows them, each with its player."""
    look = _look_of(request)
    drawn = draw(VOICEMAIL_PANELS["voicemails-list"], look)
    shown = {**choices(look), "as_of": timezone.now(), "list": drawn}
    return render(request, "supervisors/voicemails.html", shown)


@require_GET
@never_cache
@login_required
def panels(request: HttpRequest) -> HttpResponse:
    """The list: what the page asks for while its socket is down."""
    return painted(paint_all(VOICEMAIL_PANELS, _look_of(request)))


@deed(access.supervised_voicemail)
def done(supervisor: User, message: Voicemail, sent: QueryDict) -> None:
    """Nobody needs to deal with it any more."""
    listening.mark_done(voicemail=message, actor=supervisor)


def _look_of(request: HttpRequest) -> MessagesLook:
    return look_at_messages(access.scope_of(request.user), request.GET.dict())
