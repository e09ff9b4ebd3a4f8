"""Calls that agents make: into which countries, and with which numbers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from contact_center.selectors import access
from contact_center.selectors.calling_out import countries_called
from contact_center.services import keeping_calling_out
from supervisors.calling_out_forms import CallingOutForm


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def calling_out(request: HttpRequest) -> HttpResponse:
    """What agents may call, and what the customers see whom they call."""
    admin = access.administrator(request.user)
    assert admin.tenant is not None  # the gatekeeper saw to it
    form = CallingOutForm(request.POST if request.method == "POST" else None, tenant=admin.tenant)
    if form.is_valid():
        changed = keeping_calling_out.set_rules(
            countries=form.cleaned_data["countries"],
            shown=form.cleaned_data["shown"],
            actor=admin,
        )
        messages.success(
            request,
            _("Saved. It holds from the next call on.") if changed else _("It was so already."),
        )
        return redirect("supervisors:set-up:calling-out")
    shown = {"form": form, "countries": countries_called(admin.tenant)}
    status = 422 if form.is_bound else 200
    return render(request, "supervisors/set_up/calling_out/calling_out.html", shown, status=status)
