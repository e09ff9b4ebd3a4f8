"""The messages that callers left: who waits to be called back, and who dealt with it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.errors import NotAllowed
from contact_center.selectors import access
from contact_center.selectors.voicemails import voicemails_list
from contact_center.services import listening


@require_GET
@never_cache
@login_required
def voicemails(request: HttpRequest) -> HttpResponse:
    """List the messages, as the address narrows them, each with its player."""
    shown = voicemails_list(access.scope_of(request.user), request.GET.dict())
    return render(request, "supervisors/voicemails.html", shown)


@require_POST
@login_required
def done(request: HttpRequest, voicemail_id: int) -> HttpResponse:
    """Nobody needs to deal with it any more."""
    actor = access.supervisor(request.user)
    message = access.supervised_voicemail(actor, voicemail_id)
    try:
        listening.mark_done(voicemail=message, actor=actor)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("It is marked as done."))
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("supervisors:voicemails")
