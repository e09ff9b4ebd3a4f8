"""What numbers, keys of menus and callers ask of whoever takes the call."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.domain.skills import Asker
from contact_center.errors import NotAllowed
from contact_center.models import User
from contact_center.selectors import access
from contact_center.selectors import needs as selector
from contact_center.services import keeping_needs
from supervisors.needs_forms import FORMS, NeedForm


@require_GET
@never_cache
@login_required
def needs(request: HttpRequest) -> HttpResponse:
    """Everything that is asked for beside the queues' own needs."""
    return _show(request, access.administrator(request.user))


@require_POST
@never_cache
@login_required
def add(request: HttpRequest, of: str) -> HttpResponse:
    """Let a number, a key or a caller ask for a skill, or for more or less of it."""
    admin = access.administrator(request.user)
    asker = _asker(of)
    assert admin.tenant is not None  # the gatekeeper saw to it
    form = FORMS[asker](request.POST, tenant=admin.tenant)
    if form.is_valid():
        try:
            form.write(admin)
        except NotAllowed as refusal:
            form.refuse(getattr(refusal, "about", ""), str(refusal))
        else:
            return _saved(request)
    return _show(request, admin, wrong=(asker, form))


@require_POST
@login_required
def remove(request: HttpRequest, of: str, need_id: int) -> HttpResponse:
    """Take one of them back."""
    admin = access.administrator(request.user)
    try:
        keeping_needs.ask_no_more(of=_asker(of), need_id=need_id, actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("supervisors:set-up:needs")
    return _saved(request)


# --- what they have in common --------------------------------------------------------------------


def _asker(of: str) -> Asker:
    if of not in set(Asker):
        raise Http404
    return Asker(of)


def _saved(request: HttpRequest) -> HttpResponse:
    messages.success(request, _("Saved. It holds for calls that come from now on."))
    return redirect("supervisors:set-up:needs")


def _show(
    request: HttpRequest, admin: User, *, wrong: tuple[Asker, NeedForm] | None = None
) -> HttpResponse:
    assert admin.tenant is not None  # the gatekeeper saw to it
    forms = {asker: form(tenant=admin.tenant) for asker, form in FORMS.items()}
    if wrong is not None:
        forms[wrong[0]] = wrong[1]
    # Whatever is written around the digits.
    digits = "".join(each for each in request.GET.get("digits", "")[:40] if each in "0123456789")
    shown = {
        "numbers": selector.numbers_of(admin.tenant),
        "branches": selector.branches_of(admin.tenant),
        "callers": selector.callers_of(admin.tenant, digits),
        "digits": digits,
        "number_form": forms[Asker.NUMBER],
        "branch_form": forms[Asker.BRANCH],
        "caller_form": forms[Asker.CALLER],
        "are_skills": len(forms[Asker.CALLER].fields["skill"].choices) > 1,  # type: ignore[attr-defined]
    }
    status = 422 if wrong is not None else 200
    return render(request, "supervisors/set_up/needs/needs.html", shown, status=status)
