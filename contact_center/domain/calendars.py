"""When somebody answers: a week, holidays, what is different once, and the emergency. Pure.

Theory of operation. A calendar is written in wall time, as people write it on a door, and belongs
to one time zone. Five rules are asked in this order, and the first that says anything decides:

1.  The emergency: closed until somebody reopens.
2.  A one-off closure. It is stronger than an opening: nobody is put in line where nobody is.
3.  A one-off opening ("special hours"). It is stronger than a holiday and than the week.
4.  A holiday, from midnight to midnight: a public one of the calendar's country and region, or one
    of its own.
5.  The week: open in any of its spans. A span belongs to the day on which it begins; one whose end
    is not after its start goes on into the next day, and 00:00 to 00:00 is the whole day. The end
    is the first moment that is closed.

Wall times and the clock change. Every wall time that a calendar names becomes one moment, by one
rule: *the first moment at which the clock on the wall shows that time or a later one*.

-   In the hour that happens twice (autumn) that is its first time: who opens at 01:30 opens the
    first time the clock shows 01:30, and does not close again when it is set back; who closes at
    01:30 goes home the first time.
-   A time that does not exist (spring) is the moment of the jump: the clock never shows 02:30, and
    what it shows first after that is 03:00. A span that lies in the gap altogether does not happen.

The rule keeps the order of wall times: of two of them the earlier is never the later moment, so no
span is turned round and none overlaps its neighbour, whatever the clock does. (Python's own reading
of a time in the gap, the offset from before, does not: 02:30 would be later than 03:15.)
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from contact_center.domain.public_holidays import holidays_of

#: So far is looked for the next change: beyond a year there is none that repeats every year.
LOOK_AHEAD_DAYS = 400
#: Two weeks and a day: the only span of a week may lie in the gap of the clock once.
QUIET_DAYS = 15

MIDNIGHT = time()
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


#: What came of a call that was turned away, as it is written: closed as planned, or unexpectedly.
CLOSED = "closed"
EMERGENCY_CLOSED = "emergency_closed"


class Why(StrEnum):
    """Which rule decided."""

    EMERGENCY = "emergency"
    CLOSURE = "closure"
    OPENING = "opening"
    HOLIDAY = "holiday"
    HOURS = "hours"
    #: Nobody has chosen hours.
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class WeeklySpan:
    """Open every week from ``start`` to ``end``, on ``weekday`` (Monday is 0)."""

    weekday: int
    start: time
    end: time

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Return its beginning and its end in wall time, if it begins on ``day``."""
        last_day = day if self.end > self.start else day + _DAY
        return datetime.combine(day, self.start), datetime.combine(last_day, self.end)


@dataclass(frozen=True, kw_only=True)
class OneOff:
    """Something that is different once, from and to in wall time (naive)."""

    starts: datetime
    ends: datetime
    name: str = ""
    #: What a closure says to callers; "" says what the calendar says.
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnHoliday:
    """A day of every year on which the calendar is closed."""

    month: int
    day: int
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When somebody answers. A calendar without a span of the week is closed."""

    zone: ZoneInfo
    week: tuple[WeeklySpan, ...] = ()
    closed_on_holidays: bool = False
    #: ISO code and region (domain/public_holidays.py); "" for no public holidays.
    country: str = ""
    region: str = ""
    #: These hold whether or not the public holidays do.
    own_holidays: tuple[OwnHoliday, ...] = ()
    closures: tuple[OneOff, ...] = ()
    openings: tuple[OneOff, ...] = ()
    #: Said when it is closed by the week or a holiday, and by a closure without words of its own.
    sentence: str = ""
    is_emergency: bool = False
    emergency_sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenState:
    """Whether somebody answers at a moment, by which rule, and until when."""

    is_open: bool
    why: Why
    #: Of the holiday, the closure or the opening.
    name: str = ""
    #: What the calendar wants said to a caller now; "" leaves it to the product's own words.
    sentence: str = ""
    #: When that changes from open to closed or back; None when nobody can know, or not for long.
    until: datetime | None = None

    @property
    def outcome(self) -> str:
        """What becomes of a call that finds it closed."""
        return EMERGENCY_CLOSED if self.why is Why.EMERGENCY else CLOSED


#: Where nobody has chosen hours.
ALWAYS_OPEN = OpenState(is_open=True, why=Why.ALWAYS)


class Clock(StrEnum):
    """What the clock does around a moment."""

    USUAL = "usual"
    #: The wall time of the moment happens twice, and this is its first or its second time.
    FIRST_OF_TWO = "first_of_two"
    SECOND_OF_TWO = "second_of_two"


@dataclass(frozen=True, kw_only=True)
class Description:
    """What will happen at a moment, in the calendar's own time."""

    wall: datetime
    state: OpenState
    until: datetime | None
    #: The spans of the week that begin on that day or reach into it, holiday or not.
    spans: tuple[tuple[datetime, datetime], ...]
    clock: Clock = Clock.USUAL


def state_at(calendar: Calendar, moment: datetime) -> OpenState:
    """Return whether somebody answers at ``moment`` (aware), and until when that holds."""
    return replace(decided_at(calendar, moment), until=next_change(calendar, moment))


def decided_at(calendar: Calendar, moment: datetime) -> OpenState:
    """Return the same without looking for the end of it: all that a call needs to know."""
    if calendar.is_emergency:
        return OpenState(is_open=False, why=Why.EMERGENCY, sentence=calendar.emergency_sentence)
    for closure in calendar.closures:
        if _covers(closure, moment, calendar.zone):
            return OpenState(
                is_open=False,
                why=Why.CLOSURE,
                name=closure.name,
                sentence=closure.sentence or calendar.sentence,
            )
    for opening in calendar.openings:
        if _covers(opening, moment, calendar.zone):
            return OpenState(is_open=True, why=Why.OPENING, name=opening.name)
    day = _day_of(moment, calendar.zone)
    holiday = holiday_on(calendar, day)
    if holiday is not None:
        return OpenState(is_open=False, why=Why.HOLIDAY, name=holiday, sentence=calendar.sentence)
    if any(opens <= moment < closes for opens, closes in _spans_around(calendar, day)):
        return OpenState(is_open=True, why=Why.HOURS)
    return OpenState(is_open=False, why=Why.HOURS, sentence=calendar.sentence)


def is_open_at(calendar: Calendar, moment: datetime) -> bool:
    """Whether somebody answers at ``moment`` (aware)."""
    return decided_at(calendar, moment).is_open


def next_change(calendar: Calendar, moment: datetime) -> datetime | None:
    """Return when open turns into closed after ``moment``, or closed into open, in UTC.

    None in an emergency, which ends when somebody says so, and when nothing changes within
    LOOK_AHEAD_DAYS.
    """
    if calendar.is_emergency:
        return None
    is_open = is_open_at(calendar, moment)
    for edge in _edges_after(calendar, moment):
        if is_open_at(calendar, edge) is not is_open:
            return edge
    return None


def describe(calendar: Calendar, moment: datetime) -> Description:
    """Return what will happen at ``moment`` (aware), for whoever asks before it comes."""
    state = state_at(calendar, moment)
    wall = moment.astimezone(calendar.zone)
    both = moments_of(wall.replace(tzinfo=None, fold=0), calendar.zone)
    clock = Clock.USUAL
    if len(both) == 2:
        clock = Clock.FIRST_OF_TWO if moment < both[1] else Clock.SECOND_OF_TWO
    day = _day_of(moment, calendar.zone)
    begin, end = _beginning_of(day, calendar.zone), _beginning_of(day + _DAY, calendar.zone)
    spans = tuple(
        (opens.astimezone(calendar.zone), closes.astimezone(calendar.zone))
        for opens, closes in _spans_around(calendar, day)
        if opens < end and closes > begin
    )
    until = state.until.astimezone(calendar.zone) if state.until else None
    return Description(wall=wall, state=state, until=until, spans=spans, clock=clock)


def moments_of(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return every moment at which the clock shows ``wall`` (naive): none, one or two, in UTC."""
    readings = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return tuple(
        sorted(
            {
                each
                for each in readings
                if each.astimezone(zone).replace(tzinfo=None, fold=0) == wall
            }
        )
    )


def moment_of(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the clock shows ``wall`` (naive) or later, in UTC."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return first
    # In the gap: read with the offset from after the jump it is before it, and the other way round.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            after = middle
    return after


def holiday_on(calendar: Calendar, day: date) -> str | None:
    """Return the name of the holiday on which the calendar is closed that day; None for none."""
    for own in calendar.own_holidays:
        if (own.month, own.day) == (day.month, day.day):
            return own.name
    if not calendar.closed_on_holidays:
        return None
    return holidays_of(calendar.country, calendar.region, day.year).get(day)


def next_holidays(calendar: Calendar, day: date, most: int) -> list[tuple[date, str]]:
    """Return the holidays from ``day`` on, at most so many and none beyond LOOK_AHEAD_DAYS."""
    found: list[tuple[date, str]] = []
    for ahead in range(LOOK_AHEAD_DAYS):
        on = day + ahead * _DAY
        name = holiday_on(calendar, on)
        if name is not None:
            found.append((on, name))
            if len(found) == most:
                break
    return found


# --- inside --------------------------------------------------------------------------------------


def _covers(one_off: OneOff, moment: datetime, zone: ZoneInfo) -> bool:
    # Most are months away, and no zone is a day off: that is told without asking the zone.
    rough = moment.astimezone(zone).replace(tzinfo=None)
    if not one_off.starts - _DAY < rough < one_off.ends + _DAY:
        return False
    return moment_of(one_off.starts, zone) <= moment < moment_of(one_off.ends, zone)


def _beginning_of(day: date, zone: ZoneInfo) -> datetime:
    return moment_of(datetime.combine(day, MIDNIGHT), zone)


def _day_of(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day that has begun last.

    Not always what the calendar on the wall shows: a clock that is set back just after midnight
    shows yesterday again, and today has begun.
    """
    shown = moment.astimezone(zone).date()
    return shown + _DAY if _beginning_of(shown + _DAY, zone) <= moment else shown


def _spans_around(calendar: Calendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans that begin on ``day`` or the day before, as moments; none is longer."""
    for begins in (day - _DAY, day):
        for span in calendar.week:
            if span.weekday == begins.weekday():
                opens, closes = span.on(begins)
                yield moment_of(opens, calendar.zone), moment_of(closes, calendar.zone)


def _edges_after(calendar: Calendar, moment: datetime) -> Iterator[datetime]:
    """Yield, in order, the moments after ``moment`` at which a rule begins or ceases to hold.

    A week that brings no change brings none the next time either, so once there has been nothing
    but the week for QUIET_DAYS its edges are left out until a holiday or a one-off comes.
    """
    zone = calendar.zone
    one_offs = [*calendar.closures, *calendar.openings]
    days_of_one_offs = {
        wall.date() + step * _DAY
        for each in one_offs
        for wall in (each.starts, each.ends)
        for step in (-1, 0, 1)
    }
    edges_of_one_offs = {
        moment_of(wall, zone) for each in one_offs for wall in (each.starts, each.ends)
    }
    today = _day_of(moment, zone)
    quiet = 0
    for ahead in range(LOOK_AHEAD_DAYS):
        day = today + ahead * _DAY
        a_holiday_turns = (holiday_on(calendar, day) is None) is not (
            holiday_on(calendar, day - _DAY) is None
        )
        quiet = 0 if a_holiday_turns or day in days_of_one_offs else quiet + 1
        if quiet > QUIET_DAYS:
            continue
        begin, end = _beginning_of(day, zone), _beginning_of(day + _DAY, zone)
        edges = {each for span in _spans_around(calendar, day) for each in span}
        edges |= edges_of_one_offs
        if a_holiday_turns:
            edges.add(begin)
        yield from sorted(each for each in edges if begin <= each < end and each > moment)
