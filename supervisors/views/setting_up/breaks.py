"""Breaks: how long each type may last, and what happens then."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from contact_center.errors import NotAllowed
from contact_center.selectors import access
from contact_center.services import keeping_breaks
from supervisors.break_forms import BreaksForm


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def breaks(request: HttpRequest) -> HttpResponse:
    """Every type of break, with what is said of it."""
    admin = access.administrator(request.user)
    assert admin.tenant is not None  # the gatekeeper saw to it
    form = BreaksForm(request.POST if request.method == "POST" else None, tenant=admin.tenant)
    if form.is_valid():
        try:
            changed = keeping_breaks.set_rules(rules=form.rules(), actor=admin)
        except NotAllowed as refusal:
            messages.warning(request, str(refusal))
        else:
            words = ngettext(
                "Saved: %(n)d type of break was changed.",
                "Saved: %(n)d types of breaks were changed.",
                changed,
            )
            messages.success(
                request, words % {"n": changed} if changed else _("It was so already.")
            )
        return redirect("supervisors:set-up:breaks")
    status = 422 if form.is_bound else 200
    return render(request, "supervisors/set_up/breaks/breaks.html", {"form": form}, status=status)
