"""Routing: what a step of priority is worth, and what each queue needs, of whom, and when."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import Queue, User
from contact_center.selectors import access, routing_pages
from contact_center.services import keeping_routing
from supervisors.routing_forms import AgeingForm, Form, MembersForm, NeedForm, StepForm


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def routing(request: HttpRequest) -> HttpResponse:
    """What holds for the whole organisation, and every queue with what it is routed by."""
    admin = access.administrator(request.user)
    assert admin.tenant is not None  # the gatekeeper saw to it
    form = AgeingForm(request.POST if request.method == "POST" else None, tenant=admin.tenant)
    if form.is_valid():
        minutes = form.cleaned_data["minutes"]
        keeping_routing.set_ageing(minutes=minutes, actor=admin)
        messages.success(request, _("Saved. The line stands in this order from now on."))
        return redirect("supervisors:set-up:routing")
    shown = {
        "form": form,
        "minutes": admin.tenant.ageing_minutes,
        "rows": routing_pages.routing_rows(admin.tenant),
    }
    status = 422 if form.is_bound else 200
    return render(request, "supervisors/set_up/routing/routing.html", shown, status=status)


@require_GET
@never_cache
@login_required
def queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    """What a queue needs, of whom, in which order, and what that means now."""
    _admin, row = _who_and_what(request, queue_id)
    return _show(request, row)


@require_POST
@never_cache
@login_required
def add_need(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let a queue need a skill, or more or less of it."""
    admin, row = _who_and_what(request, queue_id)
    form = NeedForm(request.POST, queue=row)
    return _written(
        request,
        row,
        form,
        lambda said: keeping_routing.need_skill(
            queue_id=row.pk, skill_id=said["skill"].pk, level=said["level"], actor=admin
        ),
        need=form,
    )


@require_POST
@login_required
def remove_need(request: HttpRequest, queue_id: int, skill_id: int) -> HttpResponse:
    """Let a queue do without it."""
    admin, row = _who_and_what(request, queue_id)
    return _done(
        request,
        row,
        lambda: keeping_routing.need_no_more(queue_id=row.pk, skill_id=skill_id, actor=admin),
    )


@require_POST
@never_cache
@login_required
def add_step(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Let less be enough after a while."""
    admin, row = _who_and_what(request, queue_id)
    form = StepForm(request.POST, queue=row)
    return _written(
        request,
        row,
        form,
        lambda said: keeping_routing.add_step(
            queue_id=row.pk,
            after_seconds=said["after_seconds"],
            skill_id=said["skill"].pk if said["skill"] else None,
            level=said["level"],
            actor=admin,
        ),
        step=form,
    )


@require_POST
@login_required
def remove_step(request: HttpRequest, queue_id: int, step_id: int) -> HttpResponse:
    """Take that back."""
    admin, row = _who_and_what(request, queue_id)
    return _done(
        request,
        row,
        lambda: keeping_routing.remove_step(queue_id=row.pk, step_id=step_id, actor=admin),
    )


@require_POST
@never_cache
@login_required
def place_members(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Say where each member stands, and when each tier is rung."""
    admin, row = _who_and_what(request, queue_id)
    form = MembersForm(request.POST, queue=row, members=routing_pages.members_of(row))
    return _written(
        request,
        row,
        form,
        lambda said: keeping_routing.place_members(
            queue_id=row.pk, places=form.places(), delays=form.changed_delays(), actor=admin
        ),
        places=form,
    )


# --- what they have in common --------------------------------------------------------------------


def _who_and_what(request: HttpRequest, queue_id: int) -> tuple[User, Queue]:
    admin = access.administrator(request.user)
    return admin, access.administered_queue(admin, queue_id)


def _written(
    request: HttpRequest,
    row: Queue,
    form: Form,
    deed: Callable[[dict[str, Any]], object],
    **forms: Form,
) -> HttpResponse:
    """Do what a form says, or show it again with what is wrong."""
    if form.is_valid():
        try:
            deed(form.cleaned_data)
        except NotAllowed as refusal:
            form.refuse(getattr(refusal, "about", ""), str(refusal))
        else:
            return _saved(request, row)
    return _show(request, row, **forms)


def _done(request: HttpRequest, row: Queue, deed: Callable[[], object]) -> HttpResponse:
    try:
        deed()
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("supervisors:set-up:routing-queue", row.pk)
    return _saved(request, row)


def _saved(request: HttpRequest, row: Queue) -> HttpResponse:
    messages.success(request, _("Saved. Whoever waits is routed by it from now on."))
    return redirect("supervisors:set-up:routing-queue", row.pk)


def _show(
    request: HttpRequest,
    row: Queue,
    *,
    need: Form | None = None,
    step: Form | None = None,
    places: Form | None = None,
) -> HttpResponse:
    members = routing_pages.members_of(row)
    form = places or MembersForm(queue=row, members=members)
    assert isinstance(form, MembersForm)
    meaning = routing_pages.meaning_of(row, members)
    fields = dict(form.rows_by_member())
    shown = {
        "queue": row,
        "rule": routing_pages.rule_of(row),
        "meaning": meaning,
        "members": [(each, fields[each.member.pk]) for each in meaning.members],
        "needs": routing_pages.needs_of(row),
        "steps": routing_pages.steps_of(row),
        "need_form": need or NeedForm(queue=row),
        "step_form": step or StepForm(queue=row),
        "places_form": form,
    }
    is_wrong = any(each is not None for each in (need, step, places))
    return render(
        request, "supervisors/set_up/routing/queue.html", shown, status=422 if is_wrong else 200
    )
