"""Opening hours: calendars, who follows them, what is different once, and the emergency."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contact_center.conf import current
from contact_center.domain.public_holidays import regions_of
from contact_center.errors import NotAllowed
from contact_center.models import Calendar, Tenant, User, Weekday
from contact_center.selectors import access, hours, hours_pages
from contact_center.services import keeping_hours
from supervisors.hours_forms import (
    WORKING_DAYS,
    AtForm,
    CloseForm,
    ExceptionForm,
    FollowForm,
    HoursForm,
    day_field,
    read_week,
)

#: The day whose hours the others of a working week may be given at once.
_MODEL_DAY = day_field(Weekday.MONDAY)


@require_GET
@never_cache
@login_required
def calendars(request: HttpRequest) -> HttpResponse:
    """Every calendar as it holds now, and every queue with the hours it goes by."""
    tenant = _tenant(access.administrator(request.user))
    shown = {
        "rows": hours_pages.calendar_rows(tenant),
        "queues": hours_pages.queue_rows(tenant),
        "setting": hours.calendar_of_settings(),
    }
    return render(request, "supervisors/set_up/hours/calendars.html", shown)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Write a calendar."""
    admin = access.administrator(request.user)
    form = _hours_form(request, None)
    if form.is_valid():
        try:
            made = keeping_hours.make_calendar(hours=form.hours(), actor=admin)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Made. Say which queues follow these hours."))
            return redirect("supervisors:set-up:hours-calendar", made.pk)
    return _show(request, None, form=form)


@require_http_methods(["GET", "POST"])
@never_cache
@login_required
def calendar(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """One calendar with all that can be said about it."""
    admin, row = _who_and_what(request, calendar_id)
    form = _hours_form(request, row)
    if form.is_valid():
        try:
            keeping_hours.change_calendar(calendar_id=row.pk, hours=form.hours(), actor=admin)
        except NotAllowed as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, _("Saved. The next call goes by it."))
            return redirect("supervisors:set-up:hours-calendar", row.pk)
    return _show(request, row, form=form)


@require_GET
@never_cache
@login_required
def week(request: HttpRequest) -> HttpResponse:
    """The picture of a week that is being written."""
    access.administrator(request.user)
    said = (request.GET.get(day_field(weekday), "") for weekday in Weekday)
    shown = {"picture": hours_pages.week_picture(read_week(said))}
    return render(request, "supervisors/set_up/hours/_week_picture.html", shown)


@require_GET
@never_cache
@login_required
def holidays(request: HttpRequest) -> HttpResponse:
    """The regions of a country, and its holidays to come, while one chooses."""
    access.administrator(request.user)
    data = request.GET.copy()
    if data.get("region") not in {place.code for place in regions_of(data.get("country", ""))}:
        data["region"] = ""  # of the country chosen before
    chosen: dict[str, Any] = {name: data.get(name, "") for name in ("country", "region")}
    chosen["closed_on_holidays"] = "closed_on_holidays" in data
    form = HoursForm(calendar=None, initial=chosen)
    shown = {"form": form, "holidays": _holidays(form)}
    return render(request, "supervisors/set_up/hours/_hours_holidays.html", shown)


@require_GET
@never_cache
@login_required
def at(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """What a call would find at a moment."""
    _admin, row = _who_and_what(request, calendar_id)
    shown = {"calendar": row, **_asked(request, row)}
    return render(request, "supervisors/set_up/hours/_hours_answer.html", shown)


@require_POST
@never_cache
@login_required
def let_follow(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Say which queues follow these hours."""
    admin, row = _who_and_what(request, calendar_id)
    form = FollowForm(request.POST, calendar=row)
    if not form.is_valid():
        return _show(request, row, follow=form)
    ids = form.cleaned_data["queues"]
    return _done(
        request,
        row,
        lambda: keeping_hours.let_follow(calendar_id=row.pk, queue_ids=ids, actor=admin),
        _("Saved. The next call to these queues goes by it."),
    )


@require_POST
@never_cache
@login_required
def close_now(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Close at once."""
    admin, row = _who_and_what(request, calendar_id)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return _show(request, row, close=form)
    said = form.cleaned_data["sentence"]
    return _done(
        request,
        row,
        lambda: keeping_hours.close_now(calendar_id=row.pk, sentence=said, actor=admin),
        _("Closed. Whoever rings from now on is told so; who is in line stays there."),
    )


@require_POST
@login_required
def reopen(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Take the emergency back."""
    admin, row = _who_and_what(request, calendar_id)
    return _done(
        request,
        row,
        lambda: keeping_hours.reopen(calendar_id=row.pk, actor=admin),
        _("Reopened. The hours below hold again."),
    )


@require_POST
@never_cache
@login_required
def add_exception(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Say what is different once, or every year."""
    admin, row = _who_and_what(request, calendar_id)
    form = ExceptionForm(request.POST)
    if form.is_valid():
        try:
            keeping_hours.add_exception(calendar_id=row.pk, different=form.different(), actor=admin)
        except NotAllowed as refusal:
            form.add_error("kind", str(refusal))
        else:
            messages.success(request, _("Added."))
            return redirect("supervisors:set-up:hours-calendar", row.pk)
    return _show(request, row, exception=form)


@require_POST
@login_required
def remove_exception(request: HttpRequest, calendar_id: int, exception_id: int) -> HttpResponse:
    """Take that back."""
    admin, row = _who_and_what(request, calendar_id)
    return _done(
        request,
        row,
        lambda: keeping_hours.remove_exception(
            calendar_id=row.pk, exception_id=exception_id, actor=admin
        ),
        _("Removed."),
    )


@require_POST
@login_required
def remove(request: HttpRequest, calendar_id: int) -> HttpResponse:
    """Remove a calendar that no queue follows."""
    admin, row = _who_and_what(request, calendar_id)
    try:
        keeping_hours.remove_calendar(calendar_id=row.pk, actor=admin)
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect("supervisors:set-up:hours-calendar", row.pk)
    messages.success(request, _("Removed."))
    return redirect("supervisors:set-up:hours")


# --- what they have in common --------------------------------------------------------------------


def _tenant(admin: User) -> Tenant:
    assert admin.tenant is not None  # the gatekeeper saw to it
    return admin.tenant


def _who_and_what(request: HttpRequest, calendar_id: int) -> tuple[User, Calendar]:
    admin = access.administrator(request.user)
    return admin, access.administered_calendar(admin, calendar_id)


def _hours_form(request: HttpRequest, row: Calendar | None) -> HoursForm:
    """Return the form as it was sent; bound only if it was meant to be saved."""
    if request.method != "POST":
        return HoursForm(calendar=row)
    if "copy" not in request.POST:
        return HoursForm(request.POST, calendar=row)
    said: dict[str, Any] = {
        name: request.POST.get(name, "") for name in HoursForm(calendar=row).fields
    }
    said["closed_on_holidays"] = bool(said["closed_on_holidays"])
    days = {day_field(weekday): said[_MODEL_DAY] for weekday in WORKING_DAYS}
    return HoursForm(calendar=row, initial=said | days)


def _done(
    request: HttpRequest, row: Calendar, deed: Callable[[], object], words: str
) -> HttpResponse:
    try:
        deed()
    except NotAllowed as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, words)
    return redirect("supervisors:set-up:hours-calendar", row.pk)


def _asked(request: HttpRequest, row: Calendar) -> dict[str, Any]:
    """Return the question and its answer, as far as one was asked."""
    form = AtForm(request.GET) if "at" in request.GET else AtForm()
    answer = None
    if form.is_valid():
        answer = hours_pages.answer(hours.rules_of(row), form.cleaned_data["at"])
    return {"at_form": form, "answer": answer}


def _holidays(form: HoursForm) -> list[Any]:
    country, region = (str(form[name].value() or "") for name in ("country", "region"))
    zone = form.initial["zone"]
    return hours_pages.next_holidays(zone, country, region) if country else []


def _show(
    request: HttpRequest,
    row: Calendar | None,
    *,
    form: HoursForm | None = None,
    exception: ExceptionForm | None = None,
    close: CloseForm | None = None,
    follow: FollowForm | None = None,
) -> HttpResponse:
    is_wrong = any(each is not None and each.is_bound for each in (form, exception, close, follow))
    form = form or HoursForm(calendar=row)
    shown: dict[str, Any] = {
        "calendar": row,
        "form": form,
        "picture": hours_pages.week_picture(form.week),
        "holidays": _holidays(form),
    }
    if row is not None:
        shown |= {
            "state": hours_pages.state_now(hours.rules_of(row)),
            "exceptions": hours_pages.exceptions_of(row),
            "exception_form": exception or ExceptionForm(),
            "close_form": close or CloseForm(),
            "follow_form": follow or FollowForm(calendar=row),
            "language": current().ivr.default_language,
            **_asked(request, row),
        }
    status = 422 if is_wrong else 200
    return render(request, "supervisors/set_up/hours/calendar.html", shown, status=status)
