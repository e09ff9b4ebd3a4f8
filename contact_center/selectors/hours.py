"""Whether somebody answers in a queue: one question, asked by calls and by the pages alike.

A queue goes by the calendar it follows; without one by IVR.BUSINESS_HOURS, where that setting is
*written*; and where nobody has chosen hours at all, it is open. (Its default is the reference's,
Monday to Friday from nine to five in New York: a center that never said so would be closed by it.)

Every arrival asks, so each process keeps an organisation's calendars for KEEP_SECONDS; whatever is
saved in this process drops them at once.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.signals import setting_changed
from django.db.models import QuerySet
from django.db.models.signals import post_delete, post_save

from contact_center.conf import current
from contact_center.domain import calendars as rules
from contact_center.domain.calendars import ALWAYS_OPEN, OpenState, OwnHoliday, WeeklySpan
from contact_center.models import (
    Calendar,
    CalendarException,
    CalendarSpan,
    ExceptionKind,
    Queue,
)
from contact_center.selectors.routes import Kept


def hours_of(tenant_id: int, queue_id: int, now: datetime) -> OpenState:
    """Return whether somebody answers in a queue at ``now``: what a call goes by."""
    calendar = calendar_of_queue(tenant_id, queue_id)
    return rules.decided_at(calendar, now) if calendar is not None else ALWAYS_OPEN


def opening_at(tenant_id: int, queue_id: int, moment: datetime) -> tuple[bool, datetime | None]:
    """Return whether somebody answers in a queue at ``moment``, and when that changes."""
    calendar = calendar_of_queue(tenant_id, queue_id)
    if calendar is None:
        return True, None
    state = rules.state_at(calendar, moment)
    return state.is_open, state.until


def hours_of_menu(tenant_id: int, queue_ids: Collection[int], now: datetime) -> OpenState | None:
    """Return why nobody answers in any of the queues a menu leads to; None if somebody does.

    Where they have several reasons it is the first's. A menu that leads nowhere closes nobody out.
    """
    states = [hours_of(tenant_id, queue_id, now) for queue_id in queue_ids]
    if not states or any(state.is_open for state in states):
        return None
    return states[0]


def calendar_of_queue(tenant_id: int, queue_id: int) -> rules.Calendar | None:
    """Return the calendar that a queue goes by; None where nobody has chosen hours."""
    own = _calendars.get(tenant_id).get(queue_id)
    return own if own is not None else calendar_of_settings()


def calendar_of_settings() -> rules.Calendar | None:
    """Return IVR.BUSINESS_HOURS as a calendar; None where it is not written."""
    ivr = current().ivr
    if "business_hours" not in ivr.model_fields_set:
        return None
    week = ivr.business_hours
    days = (
        week.monday,
        week.tuesday,
        week.wednesday,
        week.thursday,
        week.friday,
        week.saturday,
        week.sunday,
    )
    return rules.Calendar(
        zone=ZoneInfo(ivr.timezone),
        week=tuple(
            WeeklySpan(weekday=weekday, start=_time(hours.start), end=_time(hours.end))
            for weekday, hours in enumerate(days)
            if hours is not None
        ),
    )


def rules_of(row: Calendar) -> rules.Calendar:
    """Return a row and its spans and exceptions as the rules see it."""
    by_kind: dict[str, list[CalendarException]] = {kind: [] for kind in ExceptionKind}
    for exception in row.exceptions.all():
        by_kind[exception.kind].append(exception)
    return rules.Calendar(
        zone=ZoneInfo(row.zone),
        week=tuple(
            WeeklySpan(weekday=span.weekday, start=span.start, end=span.end)
            for span in row.spans.all()
        ),
        closed_on_holidays=row.closed_on_holidays,
        country=row.country,
        region=row.region,
        own_holidays=tuple(
            OwnHoliday(month=own.start_day.month, day=own.start_day.day, name=own.name)
            for own in by_kind[ExceptionKind.YEARLY]
        ),
        closures=tuple(map(_one_off, by_kind[ExceptionKind.CLOSURE])),
        openings=tuple(map(_one_off, by_kind[ExceptionKind.OPENING])),
        sentence=row.closed_sentence,
        is_emergency=row.emergency_at is not None,
        emergency_sentence=row.emergency_sentence,
    )


def whole(rows: QuerySet[Calendar]) -> QuerySet[Calendar]:
    """Return calendars with all that ``rules_of`` reads of them."""
    return rows.prefetch_related("spans", "exceptions")


# --- inside --------------------------------------------------------------------------------------


def _one_off(row: CalendarException) -> rules.OneOff:
    return rules.OneOff(
        starts=_wall(row.start_day, row.start_time),
        ends=_wall(row.end_day, row.end_time),
        name=row.name,
        sentence=row.sentence,
    )


def _wall(day: date, at: time) -> datetime:
    return datetime.combine(day, at)


def _time(text: str) -> time:
    # The midnight that ends a day is the one that begins the next.
    return time() if text == "24:00" else time.fromisoformat(text)


def _read(tenant_id: int) -> Mapping[int, rules.Calendar]:
    """Return the calendars of an organisation's queues, of those that follow one."""
    followed = dict(
        Queue.objects.filter(tenant_id=tenant_id, calendar__isnull=False)
        .order_by()
        .values_list("pk", "calendar_id")
    )
    if not followed:
        return {}
    rows = whole(Calendar.objects.filter(tenant_id=tenant_id, pk__in=set(followed.values())))
    known = {row.pk: rules_of(row) for row in rows}
    return {
        queue_id: known[calendar_id]
        for queue_id, calendar_id in followed.items()
        if calendar_id in known
    }


_calendars: Kept[int, Mapping[int, rules.Calendar]] = Kept(_read)


def forget(**_: Any) -> None:
    """Drop what is kept: a row it was read from has changed, or a setting."""
    _calendars.forget()


for _model in (Calendar, CalendarException, CalendarSpan, Queue):
    post_save.connect(forget, sender=_model, dispatch_uid=f"hours.saved.{_model.__name__}")
    post_delete.connect(forget, sender=_model, dispatch_uid=f"hours.deleted.{_model.__name__}")
# Settings move only in tests.
setting_changed.connect(forget, dispatch_uid="hours.settings")
