"""Skills: what agents can do, how well, and which queues need it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.errors import NotAllowed
from contact_center.models import Skill, User
from contact_center.selectors import access, routing_pages
from contact_center.services import keeping_skills
from supervisors.routing_forms import LevelsForm, SkillForm


@require_GET
@never_cache
@login_required
def skills(request: HttpRequest) -> HttpResponse:
    """Every skill, by category."""
    admin = access.administrator(request.user)
    assert admin.tenant is not None  # the gatekeeper saw to it
    groups = routing_pages.skill_groups(admin.tenant)
    shown = {"groups": groups, "are_any": any(group.rows for group in groups)}
    return render(request, "supervisors/set_up/skills/skills.html", shown)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Name a skill."""
    admin = access.administrator(request.user)
    form = SkillForm(request.POST if request.method == "POST" else None, skill=None)
    if form.is_valid():
        try:
            made = keeping_skills.make_skill(**form.cleaned_data, actor=admin)
        except NotAllowed as refusal:
            form.refuse("name", str(refusal))
        else:
            messages.success(request, _("Made. Say which agents have it."))
            return redirect("supervisors:set-up:skills-skill", made.pk)
    return _show(request, None, form=form)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def skill(request: HttpRequest, skill_id: int) -> HttpResponse:
    """One skill: its name, who has it, and which queues need it."""
    admin, row = _who_and_what(request, skill_id)
    form = SkillForm(request.POST if request.method == "POST" else None, skill=row)
    if form.is_valid():
        try:
            keeping_skills.change_skill(skill_id=row.pk, **form.cleaned_data, actor=admin)
        except NotAllowed as refusal:
            form.refuse("name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("supervisors:set-up:skills-skill", row.pk)
    return _show(request, row, form=form)


@require_POST
@never_cache
@login_required
def give_levels(request: HttpRequest, skill_id: int) -> HttpResponse:
    """Say how well agents can do it, several at once."""
    admin, row = _who_and_what(request, skill_id)
    form = LevelsForm(request.POST, skill=row)
    if not form.is_valid():
        return _show(request, row, levels=form)
    try:
        changed = keeping_skills.give_levels(skill_id=row.pk, levels=form.levels(), actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        words = ngettext(
            "Saved: %(n)d agent was changed.", "Saved: %(n)d agents were changed.", changed
        )
        messages.success(request, words % {"n": changed})
    return redirect("supervisors:set-up:skills-skill", row.pk)


@require_POST
@login_required
def remove(request: HttpRequest, skill_id: int) -> HttpResponse:
    """Remove a skill that no queue needs."""
    admin, row = _who_and_what(request, skill_id)
    try:
        keeping_skills.remove_skill(skill_id=row.pk, actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("supervisors:set-up:skills-skill", row.pk)
    messages.success(request, _("Removed."))
    return redirect("supervisors:set-up:skills")


# --- what they have in common --------------------------------------------------------------------


def _who_and_what(request: HttpRequest, skill_id: int) -> tuple[User, Skill]:
    admin = access.administrator(request.user)
    return admin, access.administered_skill(admin, skill_id)


def _show(
    request: HttpRequest,
    row: Skill | None,
    *,
    form: SkillForm | None = None,
    levels: LevelsForm | None = None,
) -> HttpResponse:
    is_wrong = any(each is not None and each.is_bound for each in (form, levels))
    shown: dict[str, Any] = {"skill": row, "form": form or SkillForm(skill=row)}
    if row is not None:
        shown |= {
            "levels": None if row.stands_for_category else levels or LevelsForm(skill=row),
            "bests": routing_pages.best_rows(row) if row.stands_for_category else (),
            "needs": routing_pages.needs_of_skill(row),
        }
    status = 422 if is_wrong else 200
    return render(request, "supervisors/set_up/skills/skill.html", shown, status=status)
