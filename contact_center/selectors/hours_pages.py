"""What the pages of opening hours show: each calendar as it holds now, and who follows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from contact_center.domain import calendars as rules
from contact_center.domain.calendars import Description, OpenState, WeeklySpan
from contact_center.models import Calendar, CalendarException, ExceptionKind, Queue, Tenant
from contact_center.selectors import hours

#: How many of the holidays to come are shown.
HOLIDAYS_SHOWN = 6
#: A day in the picture of the week, in minutes.
_DAY = 24 * 60


@dataclass(frozen=True)
class CalendarRow:
    """A calendar in the list."""

    calendar: Calendar
    state: OpenState
    zone: ZoneInfo
    queues: list[str]


@dataclass(frozen=True)
class QueueRow:
    """A queue, whose hours it goes by, and how it is now: as a call would find it."""

    queue: Queue
    state: OpenState
    zone: ZoneInfo | None


@dataclass(frozen=True)
class Answer:
    """What will happen at a time on the wall."""

    #: When the clock shows it: twice when it is set back, then both are told.
    told: list[Description]
    #: False for a time that the clock leaves out; what is told is what it shows next.
    exists: bool


@dataclass(frozen=True)
class Bar:
    """Open, in the picture of one day: from and how long, in minutes."""

    x: int
    width: int


@dataclass(frozen=True)
class DayPicture:
    """One day of the picture; ``bars`` is None for hours that cannot be read."""

    weekday: int
    bars: list[Bar] | None


def calendar_rows(tenant: Tenant) -> list[CalendarRow]:
    """Return every calendar of an organisation as it holds now."""
    now = timezone.now()
    rows = hours.whole(Calendar.objects.filter(tenant=tenant)).prefetch_related("queues")
    return [
        CalendarRow(
            row,
            rules.state_at(hours.rules_of(row), now),
            ZoneInfo(row.zone),
            [queue.name for queue in row.queues.all()],
        )
        for row in rows
    ]


def queue_rows(tenant: Tenant) -> list[QueueRow]:
    """Return every queue of an organisation and whether somebody answers in it now."""
    now = timezone.now()
    found = []
    for queue in Queue.objects.filter(tenant=tenant).select_related("calendar").order_by("name"):
        calendar = hours.calendar_of_queue(tenant.pk, queue.pk)
        state = rules.state_at(calendar, now) if calendar is not None else rules.ALWAYS_OPEN
        found.append(QueueRow(queue, state, calendar.zone if calendar is not None else None))
    return found


def exceptions_of(row: Calendar) -> list[tuple[CalendarException, bool]]:
    """Return what is different once or every year, and of each whether it is over."""
    today = timezone.now().astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
    return [
        (
            each,
            each.kind != ExceptionKind.YEARLY
            and datetime.combine(each.end_day, each.end_time) <= today,
        )
        for each in row.exceptions.all()
    ]


def state_now(calendar: rules.Calendar) -> OpenState:
    """Return how a calendar is now."""
    return rules.state_at(calendar, timezone.now())


def answer(calendar: rules.Calendar, wall: datetime) -> Answer:
    """Return what a call would find at ``wall``, a time of the calendar's own zone (naive)."""
    moments = rules.moments_of(wall, calendar.zone)
    asked = moments or (rules.moment_of(wall, calendar.zone),)
    return Answer([rules.describe(calendar, moment) for moment in asked], bool(moments))


def next_holidays(zone: str, country: str, region: str) -> list[tuple[date, str]]:
    """Return the public holidays to come in a place, for whoever chooses it."""
    calendar = rules.Calendar(
        zone=ZoneInfo(zone), closed_on_holidays=True, country=country, region=region
    )
    today = timezone.now().astimezone(calendar.zone).date()
    return rules.next_holidays(calendar, today, HOLIDAYS_SHOWN)


def week_picture(days: Iterable[tuple[WeeklySpan, ...] | None]) -> list[DayPicture]:
    """Return the week as it is drawn: what goes on over midnight is drawn on the next day, too."""
    week = list(days)
    bars: list[list[Bar]] = [[] for _day in week]
    for weekday, spans in enumerate(week):
        for span in spans or ():
            start = span.start.hour * 60 + span.start.minute
            end = span.end.hour * 60 + span.end.minute
            if end > start:
                bars[weekday].append(Bar(start, end - start))
                continue
            bars[weekday].append(Bar(start, _DAY - start))
            if end:
                bars[(weekday + 1) % len(week)].append(Bar(0, end))
    return [
        DayPicture(weekday, None if spans is None else bars[weekday])
        for weekday, spans in enumerate(week)
    ]
