"""Who is blocked: the list, blocking and unblocking.

It concerns the whole organisation, so only who may watch all of it may.
"""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import Call
from contact_center.selectors import access
from contact_center.selectors.blocking import blocked_page
from contact_center.services import blocking
from supervisors.blocked_forms import BlockForm


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def blocked(request: HttpRequest) -> HttpResponse:
    """Everybody who is blocked; ``?call=`` fills in the number of a call."""
    person = access.overseer(request.user)
    assert person.tenant is not None  # the gatekeeper saw to it
    shown = blocked_page(person.tenant.pk, _call_meant(request))
    if request.method == "GET":
        shown["form"] = _dressed(BlockForm(initial={"number": shown["number"]}))
        return render(request, "supervisors/blocked.html", shown)
    form = _dressed(BlockForm(request.POST))
    if form.is_valid():
        try:
            blocking.block(**form.cleaned_data, actor=person)
        except NotAllowed as refusal:
            form.refuse("number", str(refusal))
        else:
            messages.success(request, _("Blocked: calls with this number are refused from now on."))
            return redirect("supervisors:blocked")
    return render(request, "supervisors/blocked.html", shown | {"form": form}, status=422)


@require_POST
@never_cache
@login_required
def unblock(request: HttpRequest, blocked_id: int) -> HttpResponse:
    """Take calls from a number again."""
    person = access.overseer(request.user)
    blocking.unblock(blocked=access.blocked_caller(person, blocked_id), actor=person)
    messages.success(request, _("Unblocked: this number may call again."))
    return redirect("supervisors:blocked")


def _call_meant(request: HttpRequest) -> Call | None:
    call_id = request.GET.get("call", "")
    if not (call_id.isascii() and call_id.isdecimal() and len(call_id) < 19):
        return None
    return access.supervised_call(request.user, int(call_id))


def _dressed(form: BlockForm) -> BlockForm:
    form.dressed()
    return form
