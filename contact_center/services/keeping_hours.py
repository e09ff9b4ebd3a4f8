"""Calendars of opening hours: made, changed, closed in an emergency and removed by admins.

What is written here decides about the very next call: every process asks anew within a second
(selectors/hours.py). Whoever is in line already stays in line.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.domain import events as ev
from contact_center.domain.calendars import WeeklySpan
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Calendar,
    CalendarException,
    CalendarSpan,
    ExceptionKind,
    Queue,
    User,
)

#: More than any center has; lists of them stay readable, and a call looks through them quickly.
MOST_CALENDARS = 100
MOST_EXCEPTIONS = 200


@dataclass(frozen=True, kw_only=True)
class Hours:
    """What a calendar is to say."""

    name: str
    zone: str
    week: Sequence[WeeklySpan]
    closed_on_holidays: bool = False
    country: str = ""
    region: str = ""
    closed_sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Different:
    """What is different once, from and to in wall time; of a yearly day only that day counts."""

    kind: ExceptionKind
    starts: datetime
    ends: datetime
    name: str = ""
    sentence: str = ""


@transaction.atomic
def make_calendar(*, hours: Hours, actor: User) -> Calendar:
    """Write a calendar. Raises NotAllowed when the name is taken, or there are too many."""
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can write opening hours."))
    if Calendar.objects.filter(tenant=actor.tenant).count() >= MOST_CALENDARS:
        raise NotAllowed(
            _("There are %(most)s calendars already. Remove one first.") % {"most": MOST_CALENDARS}
        )
    made = Calendar(tenant=actor.tenant)
    _write(made, hours)
    record(ev.CalendarMade(tenant_id=made.tenant_id, actor_id=actor.pk, calendar_id=made.pk))
    return made


@transaction.atomic
def change_calendar(*, calendar_id: int, hours: Hours, actor: User) -> None:
    """Change the week, the holidays and the words. Raises NotAllowed when it is gone."""
    calendar = _calendar_of(actor, calendar_id)
    _write(calendar, hours)
    _record_change(calendar, "week", actor)


@transaction.atomic
def add_exception(*, calendar_id: int, different: Different, actor: User) -> CalendarException:
    """Add what is different once. Raises NotAllowed when the calendar is gone, or has too many."""
    calendar = _calendar_of(actor, calendar_id)
    if calendar.exceptions.count() >= MOST_EXCEPTIONS:
        raise NotAllowed(
            _("This calendar has %(most)s entries already. Remove those that are over first.")
            % {"most": MOST_EXCEPTIONS}
        )
    added = CalendarException.objects.create(
        calendar=calendar,
        kind=different.kind,
        name=different.name,
        start_day=different.starts.date(),
        start_time=different.starts.time(),
        end_day=different.ends.date(),
        end_time=different.ends.time(),
        sentence=different.sentence,
    )
    _record_change(calendar, "exceptions", actor)
    return added


@transaction.atomic
def remove_exception(*, calendar_id: int, exception_id: int, actor: User) -> None:
    """Remove it again. Raises NotAllowed when it is gone."""
    calendar = _calendar_of(actor, calendar_id)
    found = calendar.exceptions.filter(pk=exception_id).first()
    if found is None:
        raise NotAllowed(_("This entry was removed already. Load the page again."))
    found.delete()
    _record_change(calendar, "exceptions", actor)


@transaction.atomic
def let_follow(*, calendar_id: int, queue_ids: Collection[int], actor: User) -> None:
    """Let exactly these queues follow a calendar; one that followed another changes over.

    A queue of another organisation is as good as none. Raises NotAllowed when the calendar is gone.
    """
    calendar = _calendar_of(actor, calendar_id)
    queues = Queue.objects.filter(tenant_id=calendar.tenant_id).order_by("pk")
    changed = False
    for queue in queues.select_for_update(no_key=True):
        follows = queue.pk in queue_ids
        if follows is not (queue.calendar_id == calendar.pk):
            queue.calendar = calendar if follows else None
            # Saved one by one: the process drops what it has kept of them (selectors/hours.py).
            queue.save(update_fields=["calendar"])
            changed = True
    if changed:
        _record_change(calendar, "queues", actor)


@transaction.atomic
def close_now(*, calendar_id: int, sentence: str, actor: User) -> None:
    """Close at once, until ``reopen``; ``sentence`` is what callers are told, "" our own words.

    Closing what is closed changes the sentence. Raises NotAllowed when the calendar is gone.
    """
    calendar = _calendar_of(actor, calendar_id)
    if calendar.emergency_at is None:
        calendar.emergency_at = timezone.now()
        calendar.emergency_by = actor
    calendar.emergency_sentence = sentence
    calendar.save()
    record(
        ev.CalendarClosed(tenant_id=calendar.tenant_id, actor_id=actor.pk, calendar_id=calendar.pk)
    )


@transaction.atomic
def reopen(*, calendar_id: int, actor: User) -> None:
    """Let the calendar's own hours hold again. Raises NotAllowed when it is not closed so."""
    calendar = _calendar_of(actor, calendar_id)
    if calendar.emergency_at is None:
        raise NotAllowed(_("It is not closed in an emergency any more. Load the page again."))
    calendar.emergency_at = None
    calendar.emergency_by = None
    calendar.emergency_sentence = ""
    calendar.save()
    record(
        ev.CalendarReopened(
            tenant_id=calendar.tenant_id, actor_id=actor.pk, calendar_id=calendar.pk
        )
    )


@transaction.atomic
def remove_calendar(*, calendar_id: int, actor: User) -> None:
    """Remove a calendar. Raises NotAllowed when it is gone, or a queue follows it."""
    calendar = _calendar_of(actor, calendar_id)
    names = list(calendar.queues.order_by("name").values_list("name", flat=True))
    if names:
        raise NotAllowed(
            ngettext(
                "%(queues)s follows these hours. Let it follow others first, or none.",
                "%(queues)s follow these hours. Let them follow others first, or none.",
                len(names),
            )
            % {"queues": ", ".join(names)}
        )
    record(
        ev.CalendarRemoved(tenant_id=calendar.tenant_id, actor_id=actor.pk, calendar_id=calendar.pk)
    )
    calendar.delete()


# --- inside --------------------------------------------------------------------------------------


def _write(calendar: Calendar, hours: Hours) -> None:
    calendar.name = hours.name
    calendar.zone = hours.zone
    calendar.closed_on_holidays = hours.closed_on_holidays
    calendar.country = hours.country
    calendar.region = hours.region
    calendar.closed_sentence = hours.closed_sentence
    try:
        with transaction.atomic():
            calendar.save()
    except IntegrityError:
        raise NotAllowed(_("Another calendar has this name already. Choose a different one."))
    calendar.spans.all().delete()
    CalendarSpan.objects.bulk_create(
        CalendarSpan(calendar=calendar, weekday=each.weekday, start=each.start, end=each.end)
        for each in hours.week
    )


def _record_change(calendar: Calendar, what: str, actor: User) -> None:
    # Also what hangs on the calendar was changed by it: the process drops what it has kept.
    calendar.save(update_fields=["name"])
    record(
        ev.CalendarChanged(
            tenant_id=calendar.tenant_id, actor_id=actor.pk, calendar_id=calendar.pk, what=what
        )
    )


def _calendar_of(actor: User, calendar_id: int) -> Calendar:
    """Return the calendar, locked. Another organisation's is as good as none."""
    calendar = (
        Calendar.objects.select_for_update(no_key=True)
        .filter(pk=calendar_id, tenant=actor.tenant)
        .first()
    )
    if calendar is None or actor.tenant is None:
        raise NotAllowed(_("This calendar is not there any more. Load the page again."))
    return calendar
