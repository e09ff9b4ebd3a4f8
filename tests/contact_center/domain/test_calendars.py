"""Opening hours: what the settings promise word by word, the clock change, what always holds."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contact_center.domain.calendars import (
    Calendar,
    Clock,
    OneOff,
    OpenState,
    OwnHoliday,
    WeeklySpan,
    Why,
    describe,
    is_open_at,
    moment_of,
    moments_of,
    next_change,
    next_holidays,
    state_at,
)
from contact_center.domain.public_holidays import countries, holidays_of, regions_of

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
#: Where the clock is set forward at midnight, so that a day begins at one.
BEIRUT = ZoneInfo("Asia/Beirut")
#: Where a whole day was left out (30 December 2011).
APIA = ZoneInfo("Pacific/Apia")
#: Where a minute after midnight the clock was set back to the day before (until 2011).
ST_JOHNS = ZoneInfo("America/St_Johns")

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


def span(weekday: int, start: str, end: str) -> WeeklySpan:
    return WeeklySpan(weekday=weekday, start=time.fromisoformat(start), end=time.fromisoformat(end))


#: The hours of the reference: SETTINGS rows 40 to 48.
OFFICE = Calendar(
    zone=NEW_YORK, week=tuple(span(day, "09:00", "17:00") for day in range(MONDAY, SATURDAY))
)
AROUND_THE_CLOCK = Calendar(
    zone=NEW_YORK, week=tuple(span(day, "00:00", "00:00") for day in range(7))
)


def at(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    """That time on the wall, the first time the clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    """What the clock on the wall shows, wherever it hangs."""
    return datetime.fromisoformat(text)


def until(state: OpenState, zone: ZoneInfo = NEW_YORK) -> str:
    assert state.until is not None
    return state.until.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


# --- the week ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "day", ["2026-07-06", "2026-07-07", "2026-07-08", "2026-07-09", "2026-07-10"]
)
def test_on_a_weekday_it_is_open_from_nine_sharp_to_the_last_second_before_five(day: str) -> None:
    assert not is_open_at(OFFICE, at(f"{day}T08:59:59"))
    assert is_open_at(OFFICE, at(f"{day}T09:00:00"))
    assert is_open_at(OFFICE, at(f"{day}T16:59:59"))
    assert not is_open_at(OFFICE, at(f"{day}T17:00:00"))


@pytest.mark.parametrize("day", ["2026-07-11", "2026-07-12"])
def test_on_saturday_and_sunday_it_is_closed_all_day(day: str) -> None:
    for hour in range(24):
        assert not is_open_at(OFFICE, at(f"{day}T{hour:02}:30:00"))


def test_half_past_one_in_greenwich_is_open_in_july_and_closed_in_january() -> None:
    assert is_open_at(OFFICE, utc("2026-07-06T13:30"))
    assert not is_open_at(OFFICE, utc("2026-01-05T13:30"))


def test_the_state_says_until_when() -> None:
    friday = state_at(OFFICE, at("2026-07-10T16:00"))
    assert (friday.is_open, friday.why, until(friday)) == (
        True,
        Why.HOURS,
        "Fri 2026-07-10 17:00",
    )
    evening = state_at(OFFICE, at("2026-07-10T17:00"))
    assert (evening.is_open, until(evening)) == (False, "Mon 2026-07-13 09:00")


def test_several_spans_of_a_day_leave_the_break_closed() -> None:
    lunch = Calendar(zone=BERLIN, week=(span(0, "08:00", "12:00"), span(0, "13:00", "18:00")))
    assert is_open_at(lunch, at("2026-07-06T11:59", BERLIN))
    assert not is_open_at(lunch, at("2026-07-06T12:00", BERLIN))
    assert until(state_at(lunch, at("2026-07-06T12:30", BERLIN)), BERLIN).endswith("13:00")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    night = Calendar(zone=BERLIN, week=(span(FRIDAY, "22:00", "06:00"),))
    assert not is_open_at(night, at("2026-07-10T21:59", BERLIN))
    assert is_open_at(night, at("2026-07-10T22:00", BERLIN))
    assert is_open_at(night, at("2026-07-11T05:59", BERLIN))
    assert not is_open_at(night, at("2026-07-11T06:00", BERLIN))
    assert not is_open_at(night, at("2026-07-10T05:00", BERLIN))  # the night before was Thursday's
    assert until(state_at(night, at("2026-07-11T00:30", BERLIN)), BERLIN) == "Sat 2026-07-11 06:00"


def test_midnight_to_midnight_is_the_whole_day() -> None:
    sunday = Calendar(zone=BERLIN, week=(span(SUNDAY, "00:00", "00:00"),))
    assert is_open_at(sunday, at("2026-07-12T00:00", BERLIN))
    assert is_open_at(sunday, at("2026-07-12T23:59:59", BERLIN))
    assert not is_open_at(sunday, at("2026-07-13T00:00", BERLIN))


def test_who_is_open_around_the_clock_never_changes() -> None:
    state = state_at(AROUND_THE_CLOCK, at("2026-07-06T03:00"))
    assert (state.is_open, state.until) == (True, None)


def test_a_calendar_without_hours_is_closed_and_nobody_can_say_until_when() -> None:
    state = state_at(Calendar(zone=BERLIN), at("2026-07-06T12:00"))
    assert (state.is_open, state.until) == (False, None)


# --- holidays ------------------------------------------------------------------------------------

AMERICAN = Calendar(zone=NEW_YORK, week=OFFICE.week, closed_on_holidays=True, country="US")


def test_on_a_public_holiday_it_is_closed_and_the_holiday_has_a_name() -> None:
    state = state_at(AMERICAN, at("2026-11-26T10:00"))
    assert (state.is_open, state.why, state.name) == (False, Why.HOLIDAY, "Thanksgiving Day")
    assert until(state) == "Fri 2026-11-27 09:00"
    assert is_open_at(OFFICE, at("2026-11-26T10:00"))  # who keeps none is open


def test_holidays_that_are_switched_off_close_nothing() -> None:
    off = Calendar(zone=NEW_YORK, week=OFFICE.week, closed_on_holidays=False, country="US")
    assert is_open_at(off, at("2026-11-26T10:00"))


def test_a_region_has_holidays_that_its_country_has_not() -> None:
    corpus_christi = date(2026, 6, 4)
    assert corpus_christi in holidays_of("DE", "BY", 2026)
    assert corpus_christi not in holidays_of("DE", "BE", 2026)
    bavarian = Calendar(
        zone=BERLIN, week=OFFICE.week, closed_on_holidays=True, country="DE", region="BY"
    )
    assert state_at(bavarian, at("2026-06-04T10:00", BERLIN)).name == "Corpus Christi"


def test_a_holiday_ends_a_night_shift_at_midnight() -> None:
    """It is the day that is closed, from midnight to midnight, whatever began before it."""
    nights = Calendar(
        zone=NEW_YORK,
        week=tuple(span(day, "22:00", "06:00") for day in range(7)),
        closed_on_holidays=True,
        country="US",
    )
    assert until(state_at(nights, at("2026-12-24T23:00"))) == "Fri 2026-12-25 00:00"
    assert not is_open_at(nights, at("2026-12-25T23:00"))
    assert is_open_at(nights, at("2026-12-26T00:00"))


def test_an_own_holiday_comes_every_year_also_where_public_ones_do_not_count() -> None:
    outing = Calendar(
        zone=BERLIN,
        week=OFFICE.week,
        own_holidays=(OwnHoliday(month=7, day=1, name="Outing"),),
    )
    for year in (2026, 2027):
        state = state_at(outing, at(f"{year}-07-01T10:00", BERLIN))
        assert (state.is_open, state.why, state.name) == (False, Why.HOLIDAY, "Outing")
    assert is_open_at(outing, at("2026-07-02T10:00", BERLIN))


def test_the_next_holidays_are_listed_for_whoever_sets_them_up() -> None:
    names = [name for _day, name in next_holidays(AMERICAN, date(2026, 11, 12), 3)]
    assert names == ["Thanksgiving Day", "Christmas Day", "New Year's Day"]
    assert next_holidays(OFFICE, date(2026, 11, 12), 3) == []


def test_places_have_names_and_a_place_nobody_knows_has_no_holidays() -> None:
    assert any((each.name, each.code) == ("Germany", "DE") for each in countries())
    assert any(each.code == "BY" for each in regions_of("DE"))
    assert regions_of("XX") == ()
    assert holidays_of("XX", "", 2026) == {}
    assert holidays_of("DE", "XX", 2026) == {}
    assert holidays_of("", "", 2026) == {}


# --- once, and the emergency ---------------------------------------------------------------------


def once(starts: str, ends: str, name: str = "", sentence: str = "") -> OneOff:
    return OneOff(
        starts=wall(starts),
        ends=wall(ends),
        name=name,
        sentence=sentence,
    )


def test_a_closure_closes_from_its_first_moment_to_the_last_before_its_end() -> None:
    moving = once("2026-07-06T12:00", "2026-07-07T12:00", "Moving", "We are moving house.")
    calendar = Calendar(zone=NEW_YORK, week=OFFICE.week, closures=(moving,))
    assert is_open_at(calendar, at("2026-07-06T11:59:59"))
    state = state_at(calendar, at("2026-07-06T12:00"))
    assert (state.why, state.name, state.sentence) == (
        Why.CLOSURE,
        "Moving",
        "We are moving house.",
    )
    assert until(state) == "Tue 2026-07-07 12:00"
    assert is_open_at(calendar, at("2026-07-07T12:00"))


def test_a_closure_without_words_says_what_the_calendar_says() -> None:
    calendar = Calendar(
        zone=NEW_YORK,
        week=OFFICE.week,
        sentence="We are not here.",
        closures=(once("2026-07-06T12:00", "2026-07-06T13:00"),),
    )
    assert state_at(calendar, at("2026-07-06T12:30")).sentence == "We are not here."
    assert state_at(calendar, at("2026-07-06T20:00")).sentence == "We are not here."
    assert state_at(calendar, at("2026-07-06T10:00")).sentence == ""


def test_special_hours_open_on_a_saturday_and_on_a_holiday() -> None:
    calendar = Calendar(
        zone=NEW_YORK,
        week=OFFICE.week,
        closed_on_holidays=True,
        country="US",
        openings=(
            once("2026-12-19T10:00", "2026-12-19T14:00", "Advent"),
            once("2026-12-25T10:00", "2026-12-25T12:00", "Christmas line"),
        ),
    )
    saturday = state_at(calendar, at("2026-12-19T10:00"))
    assert (saturday.is_open, saturday.why, saturday.name) == (True, Why.OPENING, "Advent")
    assert until(saturday) == "Sat 2026-12-19 14:00"
    assert is_open_at(calendar, at("2026-12-25T11:00"))
    assert not is_open_at(calendar, at("2026-12-25T12:00"))


def test_a_closure_is_stronger_than_an_opening() -> None:
    calendar = Calendar(
        zone=NEW_YORK,
        openings=(once("2026-12-19T10:00", "2026-12-19T14:00"),),
        closures=(once("2026-12-19T12:00", "2026-12-19T13:00"),),
    )
    assert until(state_at(calendar, at("2026-12-19T11:00"))) == "Sat 2026-12-19 12:00"
    assert state_at(calendar, at("2026-12-19T12:30")).why is Why.CLOSURE
    assert is_open_at(calendar, at("2026-12-19T13:00"))


def test_the_emergency_is_stronger_than_everything_and_nobody_knows_until_when() -> None:
    calendar = Calendar(
        zone=NEW_YORK,
        week=AROUND_THE_CLOCK.week,
        openings=(once("2026-01-01T00:00", "2027-01-01T00:00"),),
        is_emergency=True,
        emergency_sentence="The building is being cleared.",
    )
    state = state_at(calendar, at("2026-07-06T10:00"))
    assert (state.is_open, state.why, state.until) == (False, Why.EMERGENCY, None)
    assert state.sentence == "The building is being cleared."
    assert state.outcome == "emergency_closed"
    assert state_at(OFFICE, at("2026-07-12T10:00")).outcome == "closed"


def test_a_change_far_ahead_is_found_and_one_beyond_a_year_is_not_waited_for() -> None:
    closes = Calendar(
        zone=NEW_YORK,
        week=AROUND_THE_CLOCK.week,
        closures=(once("2027-05-01T08:00", "2027-05-02T08:00"),),
    )
    assert until(state_at(closes, at("2026-07-06T10:00"))) == "Sat 2027-05-01 08:00"
    assert state_at(closes, at("2026-03-01T10:00")).until is None
    long_closed = Calendar(
        zone=NEW_YORK,
        week=(span(TUESDAY, "09:00", "10:00"),),
        closures=(once("2026-07-06T00:00", "2026-09-30T12:00"),),
    )
    # It ends on a Wednesday; the week opens on the Tuesday after.
    assert until(state_at(long_closed, at("2026-07-07T09:30"))) == "Tue 2026-10-06 09:00"


# --- the clock change ----------------------------------------------------------------------------


def test_who_opens_at_a_time_that_does_not_exist_opens_when_the_clock_jumps() -> None:
    early = Calendar(zone=NEW_YORK, week=(span(SUNDAY, "02:30", "05:00"),))
    jump = utc("2026-03-08T07:00")
    assert not is_open_at(early, jump - timedelta(seconds=1))
    assert is_open_at(early, jump)
    assert until(state_at(early, jump)) == "Sun 2026-03-08 05:00"


def test_who_closes_at_a_time_that_does_not_exist_closes_when_the_clock_jumps() -> None:
    late = Calendar(zone=NEW_YORK, week=(span(SATURDAY, "22:00", "02:30"),))
    jump = utc("2026-03-08T07:00")
    assert is_open_at(late, jump - timedelta(seconds=1))
    assert not is_open_at(late, jump)


def test_a_span_in_the_gap_does_not_happen_and_comes_again_a_week_later() -> None:
    in_the_gap = Calendar(zone=NEW_YORK, week=(span(SUNDAY, "02:15", "02:45"),))
    assert until(state_at(in_the_gap, at("2026-03-05T12:00"))) == "Sun 2026-03-15 02:15"


def test_who_opens_in_the_hour_that_comes_twice_opens_once_and_stays_open() -> None:
    early = Calendar(zone=NEW_YORK, week=(span(SUNDAY, "01:30", "05:00"),))
    first, second = moments_of(wall("2026-11-01T01:30"), NEW_YORK)
    assert second - first == timedelta(hours=1)
    assert not is_open_at(early, first - timedelta(seconds=1))
    assert is_open_at(early, first)
    assert is_open_at(early, second - timedelta(minutes=20))  # the clock shows 01:10 again
    assert is_open_at(early, second)


def test_who_closes_in_the_hour_that_comes_twice_goes_home_the_first_time() -> None:
    late = Calendar(zone=NEW_YORK, week=(span(SATURDAY, "22:00", "01:30"),))
    first, second = moments_of(wall("2026-11-01T01:30"), NEW_YORK)
    assert is_open_at(late, first - timedelta(seconds=1))
    assert not is_open_at(late, first)
    assert not is_open_at(late, second - timedelta(minutes=1))


def test_the_night_of_the_change_is_as_long_as_it_really_is() -> None:
    night = Calendar(zone=BERLIN, week=(span(SATURDAY, "22:00", "06:00"),))
    for eve, hours in (("2026-03-28", 7), ("2026-10-24", 9), ("2026-07-11", 8)):
        opens = at(f"{eve}T22:00", BERLIN)
        closes = state_at(night, opens).until
        assert closes is not None
        assert closes - opens == timedelta(hours=hours)


def test_a_day_that_begins_at_one_begins_when_the_clock_jumps() -> None:
    jump = moment_of(wall("2026-03-29"), BEIRUT)
    assert jump == utc("2026-03-28T22:00")
    sunday = Calendar(zone=BEIRUT, week=(span(SUNDAY, "00:00", "00:00"),))
    assert not is_open_at(sunday, jump - timedelta(seconds=1))
    assert is_open_at(sunday, jump)


def test_a_day_that_was_left_out_has_no_hours() -> None:
    friday = Calendar(zone=APIA, week=(span(FRIDAY, "09:00", "17:00"),))
    assert until(state_at(friday, at("2011-12-28T12:00", APIA)), APIA) == "Fri 2012-01-06 09:00"


def test_a_day_that_has_begun_goes_on_although_the_clock_shows_yesterday_again() -> None:
    """At 00:01 of 7 November 2010 it became 23:01 of the 6th once more."""
    sunday = Calendar(zone=ST_JOHNS, week=(span(SUNDAY, "00:00", "00:00"),))
    began = moment_of(wall("2010-11-07"), ST_JOHNS)
    again = began + timedelta(minutes=30)
    assert again.astimezone(ST_JOHNS).date() == date(2010, 11, 6)
    assert not is_open_at(sunday, began - timedelta(seconds=1))
    assert is_open_at(sunday, again)


# --- what will happen at …? ----------------------------------------------------------------------


def test_a_description_tells_the_day_in_the_time_of_the_calendar() -> None:
    told = describe(AMERICAN, at("2026-11-25T18:00"))
    assert told.wall.strftime("%a %H:%M") == "Wed 18:00"
    assert not told.state.is_open
    assert told.until is not None
    assert told.until.strftime("%a %H:%M") == "Fri 09:00"  # Thursday is Thanksgiving
    assert [(a.strftime("%H:%M"), b.strftime("%H:%M")) for a, b in told.spans] == [
        ("09:00", "17:00")
    ]
    assert told.clock is Clock.USUAL


def test_a_description_says_which_of_two_times_it_is_about() -> None:
    first, second = moments_of(wall("2026-11-01T01:30"), NEW_YORK)
    assert describe(OFFICE, first).clock is Clock.FIRST_OF_TWO
    assert describe(OFFICE, second).clock is Clock.SECOND_OF_TWO
    assert moments_of(wall("2026-03-08T02:30"), NEW_YORK) == ()


# --- what always holds ---------------------------------------------------------------------------

ZONES = st.sampled_from(
    ["America/New_York", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kolkata",
     "America/Havana", "Africa/Casablanca", "Pacific/Chatham", "UTC"]
).map(ZoneInfo)  # fmt: skip
#: Around two changes of the clock in most of these zones, and elsewhere.
WALLS = st.one_of(
    st.datetimes(wall("2026-03-07"), wall("2026-03-30")),
    st.datetimes(wall("2026-10-24"), wall("2026-11-02")),
    st.datetimes(wall("2026-01-01"), wall("2027-12-31")),
).map(lambda shown: shown.replace(microsecond=0))
MOMENTS = WALLS.map(lambda shown: shown.replace(tzinfo=UTC))
TIMES = st.integers(0, 24 * 12 - 1).map(lambda n: time(n // 12, n % 12 * 5))
SPANS = st.builds(WeeklySpan, weekday=st.integers(0, 6), start=TIMES, end=TIMES)


@st.composite
def one_offs(draw: st.DrawFn) -> OneOff:
    starts = draw(WALLS)
    return OneOff(starts=starts, ends=starts + timedelta(minutes=draw(st.integers(1, 10_000))))


CALENDARS = st.builds(
    Calendar,
    zone=ZONES,
    week=st.lists(SPANS, max_size=9).map(tuple),
    closed_on_holidays=st.booleans(),
    country=st.sampled_from(["", "US", "DE"]),
    own_holidays=st.just((OwnHoliday(month=11, day=1),)) | st.just(()),
    closures=st.lists(one_offs(), max_size=2).map(tuple),
    openings=st.lists(one_offs(), max_size=2).map(tuple),
)


@given(ZONES, WALLS, WALLS)
@example(NEW_YORK, wall("2026-03-08T02:30"), wall("2026-03-08T03:15"))
def test_an_earlier_time_on_the_wall_is_never_a_later_moment(
    zone: ZoneInfo, one: datetime, other: datetime
) -> None:
    earlier, later = sorted((one, other))
    assert moment_of(earlier, zone) <= moment_of(later, zone)


@given(ZONES, WALLS)
def test_a_time_is_the_first_moment_at_which_the_clock_shows_it_or_a_later_one(
    zone: ZoneInfo, shown: datetime
) -> None:
    moment = moment_of(shown, zone)
    assert moment.astimezone(zone).replace(tzinfo=None) >= shown
    for before in (1, 60, 1800, 3600):
        earlier = moment - timedelta(seconds=before)
        assert earlier.astimezone(zone).replace(tzinfo=None) < shown


@given(CALENDARS, MOMENTS)
def test_nothing_changes_before_the_change_that_is_told_and_then_it_does(
    calendar: Calendar, moment: datetime
) -> None:
    state = state_at(calendar, moment)
    if state.until is None:
        return
    assert state.until > moment
    assert is_open_at(calendar, state.until) is not state.is_open
    assert is_open_at(calendar, state.until - timedelta(seconds=1)) is state.is_open
    for share in (1, 3, 7, 9):
        between = moment + (state.until - moment) * share / 10
        assert is_open_at(calendar, between) is state.is_open


@given(CALENDARS, MOMENTS)
def test_where_no_change_is_told_there_is_none_in_any_of_the_weeks_to_come(
    calendar: Calendar, moment: datetime
) -> None:
    if next_change(calendar, moment) is None:
        is_open = is_open_at(calendar, moment)
        for hours in range(0, 24 * 40, 5):
            assert is_open_at(calendar, moment + timedelta(hours=hours)) is is_open


@given(CALENDARS, MOMENTS)
def test_hours_do_not_depend_on_the_order_in_which_they_are_written(
    calendar: Calendar, moment: datetime
) -> None:
    turned = Calendar(
        zone=calendar.zone,
        week=calendar.week[::-1],
        closed_on_holidays=calendar.closed_on_holidays,
        country=calendar.country,
        own_holidays=calendar.own_holidays,
        closures=calendar.closures[::-1],
        openings=calendar.openings[::-1],
    )
    assert state_at(turned, moment) == state_at(calendar, moment)


@given(CALENDARS, MOMENTS)
def test_in_an_emergency_nobody_answers_at_any_time(calendar: Calendar, moment: datetime) -> None:
    emergency = Calendar(zone=calendar.zone, week=calendar.week, is_emergency=True)
    assert state_at(emergency, moment) == OpenState(is_open=False, why=Why.EMERGENCY)


@given(CALENDARS, MOMENTS)
def test_a_description_says_what_the_state_says(calendar: Calendar, moment: datetime) -> None:
    assert describe(calendar, moment).state == state_at(calendar, moment)
