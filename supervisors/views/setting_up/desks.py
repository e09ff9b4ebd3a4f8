"""Desks: what agents are shown beside a call of a queue, and asked after it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from contact_center.domain.call_variables import VARIABLES, filled_text
from contact_center.domain.scripts import blocks_of
from contact_center.errors import NotAllowed
from contact_center.models import Queue, Tenant, User
from contact_center.selectors import access, desk_pages
from contact_center.selectors.after_call import desk_of
from contact_center.selectors.screen_pop import sample_variables
from contact_center.services import keeping_desks, keeping_forms
from supervisors.desk_forms import BesideForm, FieldsForm, OutcomesForm


@require_GET
@never_cache
@login_required
def desks(request: HttpRequest) -> HttpResponse:
    """Every queue, with what its agents are shown and asked."""
    tenant = _tenant(access.administrator(request.user))
    return render(
        request, "supervisors/set_up/desks/desks.html", {"rows": desk_pages.desk_rows(tenant)}
    )


@require_GET
@never_cache
@login_required
def desk(request: HttpRequest, queue_id: int | None = None) -> HttpResponse:
    """One queue's desk; without a queue what is asked in every queue."""
    admin, queue = _who_and_what(request, queue_id)
    return _show(request, admin, queue)


@require_POST
@never_cache
@login_required
def outcomes(request: HttpRequest, queue_id: int | None = None) -> HttpResponse:
    """Write what calls can come to."""
    admin, queue = _who_and_what(request, queue_id)
    form = _outcomes_form(_tenant(admin), queue, request.POST)
    if form.is_valid():
        try:
            changed = keeping_forms.set_outcomes(queue=queue, actor=admin, **form.values())
        except NotAllowed as refusal:
            return _show(request, admin, queue, outcomes=form, refusal=str(refusal))
        return _saved(request, queue, changed)
    return _show(request, admin, queue, outcomes=form)


@require_POST
@never_cache
@login_required
def fields(request: HttpRequest, queue_id: int | None = None) -> HttpResponse:
    """Write what is asked after a call."""
    admin, queue = _who_and_what(request, queue_id)
    form = FieldsForm(request.POST, fields=desk_pages.wrap_up_fields_of(_tenant(admin), queue))
    if form.is_valid():
        try:
            changed = keeping_forms.set_wrap_up_form(
                queue=queue, fields=form.written_fields(), actor=admin
            )
        except NotAllowed as refusal:
            return _show(request, admin, queue, fields=form, refusal=str(refusal))
        return _saved(request, queue, changed)
    return _show(request, admin, queue, fields=form)


@require_POST
@never_cache
@login_required
def beside(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Write the script and the link of a queue."""
    admin = access.administrator(request.user)
    queue = access.administered_queue(admin, queue_id)
    form = BesideForm(request.POST, desk=desk_of(queue.pk))
    if not form.is_valid():
        return _show(request, admin, queue, beside=form)
    try:
        changed = keeping_desks.set_beside_calls(
            queue_id=queue.pk, actor=admin, **form.cleaned_data
        )
    except keeping_desks.BadAddress as bad:
        form.refuse("link_url", str(bad))
        return _show(request, admin, queue, beside=form)
    except NotAllowed as refusal:
        form.refuse("link_label", str(refusal))
        return _show(request, admin, queue, beside=form)
    return _saved(request, queue, int(changed))


# --- what they have in common --------------------------------------------------------------------


def _tenant(admin: User) -> Tenant:
    assert admin.tenant is not None  # the gatekeeper saw to it
    return admin.tenant


def _who_and_what(request: HttpRequest, queue_id: int | None) -> tuple[User, Queue | None]:
    admin = access.administrator(request.user)
    if queue_id is None:
        return admin, None
    return admin, access.administered_queue(admin, queue_id)


def _outcomes_form(tenant: Tenant, queue: Queue | None, data: Any = None) -> OutcomesForm:
    asked = desk_of(queue.pk) if queue is not None else None
    required = None if queue is None else asked is not None and asked.outcome_required
    return OutcomesForm(data, outcomes=desk_pages.outcomes_of(tenant, queue), required=required)


def _saved(request: HttpRequest, queue: Queue | None, changed: int) -> HttpResponse:
    words = _("Saved. Agents see it with the next call.") if changed else _("It was so already.")
    messages.success(request, words)
    if queue is None:
        return redirect("supervisors:set-up:desks-every")
    return redirect("supervisors:set-up:desks-desk", queue.pk)


def _show(
    request: HttpRequest,
    admin: User,
    queue: Queue | None,
    *,
    outcomes: OutcomesForm | None = None,
    fields: FieldsForm | None = None,
    beside: BesideForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    tenant = _tenant(admin)
    is_wrong = any(form is not None for form in (outcomes, fields, beside))
    shown: dict[str, Any] = {
        "queue": queue,
        "outcomes": outcomes or _outcomes_form(tenant, queue),
        "fields": fields or FieldsForm(fields=desk_pages.wrap_up_fields_of(tenant, queue)),
        "refused_outcomes": refusal if outcomes is not None else "",
        "refused_fields": refusal if fields is not None else "",
    }
    if queue is not None:
        desk = desk_of(queue.pk)
        script = desk.script if desk is not None else ""
        shown["beside"] = beside or BesideForm(desk=desk)
        shown["variables"] = [f"{{{name}}}" for name in VARIABLES]
        shown["script"] = blocks_of(filled_text(script, sample_variables(queue, admin)))
        outcomes_of_all = desk_pages.outcomes_of(tenant, None)
        fields_of_all = desk_pages.wrap_up_fields_of(tenant, None)
        shown["of_every_queue"] = [
            *(row.label for row in outcomes_of_all if row.is_active),
            *(row.label for row in fields_of_all if row.is_active),
        ]
    status = 422 if is_wrong else 200
    return render(request, "supervisors/set_up/desks/desk.html", shown, status=status)
