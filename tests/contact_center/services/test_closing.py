"""Out of hours: who is told so and hung up, who is not, and what it is counted as."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.calendars import WeeklySpan
from contact_center.models import (
    Calendar,
    Call,
    EventLog,
    ExceptionKind,
    MenuChoice,
    MenuVersion,
    Queue,
    Segment,
)
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import ABANDONED
from contact_center.selectors.scopes import Scope
from contact_center.services import keeping_hours
from contact_center.services.keeping_hours import Different, Hours
from tests.cast import Cast
from tests.universe.floor import Floor

MAIN, SALES, SUPPORT = "+14155550100", "+14155550101", "+14155550102"
NEW_YORK = ZoneInfo("America/New_York")
#: As DAYS are spelled in the settings; the floor opens on a Monday, 2 March 2026, noon in UTC.
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
NEVER: tuple[WeeklySpan, ...] = ()
ALWAYS = tuple(WeeklySpan(weekday=day, start=time(), end=time()) for day in range(7))


def calendar(cast: Cast, *queues: Queue, week: Any = NEVER, **values: Any) -> Calendar:
    """Hours that these queues follow."""
    hours = Hours(name=f"Hours {Calendar.objects.count()}", zone="UTC", week=week, **values)
    made = keeping_hours.make_calendar(hours=hours, actor=cast.dana)
    ids = [queue.pk for queue in queues]
    keeping_hours.let_follow(calendar_id=made.pk, queue_ids=ids, actor=cast.dana)
    return made


def heard(floor: Floor, sid: str) -> str:
    """What this caller was told so far."""
    return "\n".join(
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == sid and asked.request_id in floor.answers
    )


def go_to(floor: Floor, wall: str, zone: ZoneInfo = NEW_YORK) -> None:
    floor.traveller.move_to(datetime.fromisoformat(wall).replace(tzinfo=zone))


def state_of(sid: str) -> str:
    return Call.objects.get(sid=sid).state


# --- nobody has chosen hours ---------------------------------------------------------------------


def test_where_nobody_has_chosen_hours_somebody_answers_at_any_time(floor: Floor) -> None:
    """At noon in UTC it is seven in New York, where the reference's default week is closed."""
    assert state_of(floor.ring(to=SUPPORT)) == "queued"
    go_to(floor, "2026-03-08T03:30")  # a Sunday night
    assert state_of(floor.ring(to=MAIN)) == "in_menu"


def test_a_time_zone_alone_closes_nothing(floor: Floor, settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"TIMEZONE": "Europe/Berlin"}
    go_to(floor, "2026-03-08T03:30")
    assert state_of(floor.ring(to=SUPPORT)) == "queued"


# --- the setting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("day", range(7), ids=DAYS)
def test_a_queue_without_a_calendar_goes_by_the_setting(
    floor: Floor, settings: Settings, day: int
) -> None:
    hours = {"start": "09:00", "end": "17:00"}
    settings.DJANGO_TWILIO_CALL_IVR = {"BUSINESS_HOURS": {DAYS[day]: hours}}
    date = f"2026-03-{9 + day:02}"
    for moment, came_to in (
        ("08:59:59", "leaving"),
        ("09:00:00", "queued"),
        ("16:59:59", "queued"),
        ("17:00:00", "leaving"),
    ):
        go_to(floor, f"{date}T{moment}")
        assert state_of(floor.ring(to=SUPPORT)) == came_to, moment
    # A day that is left out is closed.
    go_to(floor, f"2026-03-{9 + day + 1:02}T12:00")
    assert state_of(floor.ring(to=SUPPORT)) == "leaving"


def test_a_day_that_is_none_is_closed_and_a_night_goes_on_into_the_next_day(
    floor: Floor, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {
        "BUSINESS_HOURS": {"friday": {"start": "22:00", "end": "06:00"}, "saturday": None}
    }
    go_to(floor, "2026-03-14T05:59:59")
    assert state_of(floor.ring(to=SUPPORT)) == "queued"
    go_to(floor, "2026-03-14T06:00")
    assert state_of(floor.ring(to=SUPPORT)) == "leaving"


def test_a_whole_day_is_written_with_twenty_four_hours(floor: Floor, settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {
        "BUSINESS_HOURS": {"monday": {"start": "00:00", "end": "24:00"}}
    }
    go_to(floor, "2026-03-09T23:59:59")
    assert state_of(floor.ring(to=SUPPORT)) == "queued"
    go_to(floor, "2026-03-10T00:00")
    assert state_of(floor.ring(to=SUPPORT)) == "leaving"


@pytest.mark.parametrize(
    ("zone", "came_to"),
    [("America/New_York", ("queued", "leaving")), ("UTC", ("queued", "queued"))],
)
def test_the_hours_of_the_setting_are_those_of_its_time_zone(
    floor: Floor, settings: Settings, zone: str, came_to: tuple[str, str]
) -> None:
    """Half past one in Greenwich is after nine in New York in July, and before it in January."""
    settings.DJANGO_TWILIO_CALL_IVR = {
        "BUSINESS_HOURS": {"monday": {"start": "09:00", "end": "17:00"}},
        "TIMEZONE": zone,
    }
    found = []
    for monday in ("2026-07-06T13:30", "2027-01-04T13:30"):
        go_to(floor, monday, ZoneInfo("UTC"))
        found.append(state_of(floor.ring(to=SUPPORT)))
    assert tuple(found) == came_to


def test_in_the_hours_of_the_setting_the_menu_is_heard_and_out_of_them_it_is_not(
    floor: Floor, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {
        "BUSINESS_HOURS": {"monday": {"start": "09:00", "end": "17:00"}}
    }
    go_to(floor, "2026-03-09T09:00")
    assert "Welcome." in heard(floor, floor.ring(to=MAIN))
    go_to(floor, "2026-03-09T17:00")
    told = heard(floor, floor.ring(to=MAIN))
    assert "Welcome." not in told
    assert "We are closed at the moment." in told


def test_a_calendar_of_its_own_is_stronger_than_the_setting(
    floor: Floor, cast: Cast, settings: Settings
) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"BUSINESS_HOURS": {"monday": None}}
    calendar(cast, cast.sales, week=ALWAYS)
    assert state_of(floor.ring(to=SALES)) == "queued"
    assert state_of(floor.ring(to=SUPPORT)) == "leaving"


# --- what the caller hears -----------------------------------------------------------------------


def test_a_closed_queue_says_so_says_goodbye_and_hangs_up(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    calendar(cast, cast.support)
    sid = floor.ring(to=SUPPORT)
    told = heard(floor, sid)
    assert "We are closed at the moment." in told
    assert "Thank you for your call. Goodbye." in told
    assert "<Hangup" in told
    assert "<Enqueue" not in told
    floor.pass_seconds(10)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "closed")
    assert floor.pending(cast.alice) is None  # nobody's desk rings for it
    assert floor.ended[sid] == "completed"  # the network has hung up, too


def test_the_sentence_of_the_calendar_is_said_instead_of_ours(floor: Floor, cast: Cast) -> None:
    calendar(cast, cast.support, closed_sentence="The workshop opens at seven.")
    told = heard(floor, floor.ring(to=SUPPORT))
    assert "The workshop opens at seven." in told
    assert "closed at the moment" not in told
    assert "Goodbye." in told


def test_a_holiday_and_a_closure_have_words_of_their_own(floor: Floor, cast: Cast) -> None:
    holidays = {"closed_on_holidays": True, "country": "US"}
    made = calendar(cast, cast.support, week=ALWAYS, **holidays)
    go_to(floor, "2026-12-25T12:00", ZoneInfo("UTC"))
    assert "We are closed today for a holiday." in heard(floor, floor.ring(to=SUPPORT))
    different = Different(
        kind=ExceptionKind.CLOSURE,
        starts=datetime.fromisoformat("2026-12-28T00:00"),
        ends=datetime.fromisoformat("2026-12-29T00:00"),
        sentence="We are counting the stock.",
    )
    keeping_hours.add_exception(calendar_id=made.pk, different=different, actor=cast.dana)
    go_to(floor, "2026-12-28T12:00", ZoneInfo("UTC"))
    assert "We are counting the stock." in heard(floor, floor.ring(to=SUPPORT))
    go_to(floor, "2026-12-29T12:00", ZoneInfo("UTC"))
    assert state_of(floor.ring(to=SUPPORT)) == "queued"


def test_our_words_are_said_in_the_language_that_was_chosen(floor: Floor, cast: Cast) -> None:
    menu = cast.menu.menu
    menu.asks_language = True
    menu.save()
    spanish = MenuVersion.objects.create(
        menu=menu, number=2, language="es-ES", greeting="Bienvenido.", published_at=timezone.now()
    )
    MenuChoice.objects.create(version=spanish, key="1", label="ventas", queue=cast.sales)
    calendar(cast, cast.sales, cast.support)
    sid = floor.ring(to=MAIN)
    assert "Para español" in heard(floor, sid)
    floor.press(sid, "2")
    told = heard(floor, sid)
    assert "En este momento estamos cerrados." in told
    assert "Gracias por su llamada. Adiós." in told
    assert "Bienvenido." not in told
    assert state_of(sid) == "leaving"


# --- the menu ------------------------------------------------------------------------------------


def test_nobody_hears_a_menu_of_which_everything_is_closed(floor: Floor, cast: Cast) -> None:
    calendar(cast, cast.sales, cast.support)
    sid = floor.ring(to=MAIN)
    assert "We are closed at the moment." in heard(floor, sid)
    assert "Welcome." not in heard(floor, sid)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.queue, call.end_reason) == ("leaving", None, "closed")
    names = EventLog.objects.filter(call_id=call.pk).order_by("pk").values_list("name", flat=True)
    assert list(names) == ["call.arrived", "call.turned_away"]


def test_while_one_queue_is_open_the_menu_is_heard_and_the_closed_one_says_so(
    floor: Floor, cast: Cast
) -> None:
    calendar(cast, cast.support)
    for key, came_to in (("1", "queued"), ("2", "leaving")):
        sid = floor.ring(to=MAIN)
        assert "Welcome." in heard(floor, sid)
        floor.press(sid, key)
        assert state_of(sid) == came_to
    assert Call.objects.get(sid=sid).queue == cast.support


# --- the emergency -------------------------------------------------------------------------------


def test_an_emergency_closes_at_once_and_reopening_opens_at_once(floor: Floor, cast: Cast) -> None:
    made = calendar(cast, cast.support, week=ALWAYS)
    assert state_of(floor.ring(to=SUPPORT)) == "queued"
    keeping_hours.close_now(calendar_id=made.pk, sentence="The power is out.", actor=cast.dana)
    sid = floor.ring(to=SUPPORT)
    assert "The power is out." in heard(floor, sid)
    floor.pass_seconds(10)
    assert Call.objects.get(sid=sid).end_reason == "emergency_closed"
    assert state_of(floor.ring(to=SALES)) == "queued"  # it does not follow these hours
    keeping_hours.reopen(calendar_id=made.pk, actor=cast.dana)
    assert state_of(floor.ring(to=SUPPORT)) == "queued"


def test_an_emergency_without_words_has_ours(floor: Floor, cast: Cast) -> None:
    made = calendar(
        cast, cast.support, week=ALWAYS, closed_sentence="Office hours are nine to five."
    )
    keeping_hours.close_now(calendar_id=made.pk, sentence="", actor=cast.dana)
    told = heard(floor, floor.ring(to=SUPPORT))
    assert "We had to close unexpectedly" in told
    assert "nine to five" not in told


def test_whoever_is_in_line_stays_in_line_and_is_answered(floor: Floor, cast: Cast) -> None:
    made = calendar(cast, cast.support, week=ALWAYS)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(2)
    keeping_hours.close_now(calendar_id=made.pk, sentence="", actor=cast.dana)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert offer.call.sid == sid


def test_whose_agent_is_lost_after_hours_comes_back_to_the_line(floor: Floor, cast: Cast) -> None:
    made = calendar(cast, cast.support, week=ALWAYS)
    floor.on_duty(cast.alice)
    call, _offer, leg = floor.conversation(cast.alice, to=SUPPORT)
    keeping_hours.close_now(calendar_id=made.pk, sentence="", actor=cast.dana)
    floor.hang_up(leg)
    floor.until(lambda: state_of(call.sid) == "queued", within=10)
    assert "unexpectedly" not in heard(floor, call.sid)


# --- what it is counted as -----------------------------------------------------------------------


def test_it_is_an_outcome_of_its_own_and_in_no_figure_of_the_queue(
    floor: Floor, cast: Cast
) -> None:
    calendar(cast, cast.support)
    told = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    left = floor.ring(to=SUPPORT)
    floor.hang_up(left)  # in the middle of the sentence
    floor.pass_seconds(10)
    for sid in (told, left):
        call = Call.objects.get(sid=sid)
        assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "closed")
        kinds = Segment.objects.filter(call=call).values_list("kind", flat=True)
        assert list(kinds) == ["goodbye"]  # it was never in line
    assert not Segment.objects.filter(end_reason=ABANDONED).exists()
    scope = Scope(cast.tenant.pk)
    listed = {
        outcome: calls_list(scope, {"outcome": outcome})["page"].paginator.count
        for outcome in Outcome
    }
    assert listed[Outcome.CLOSED] == 2
    assert sum(listed.values()) == 2


def test_the_log_says_by_which_rule(floor: Floor, cast: Cast) -> None:
    made = calendar(cast, cast.support)
    floor.ring(to=SUPPORT)
    keeping_hours.close_now(calendar_id=made.pk, sentence="", actor=cast.dana)
    floor.ring(to=SUPPORT)
    rows = EventLog.objects.filter(name="call.turned_away").order_by("pk")
    assert [(row.queue_id, row.details["reason"], row.details["why"]) for row in rows] == [
        (cast.support.pk, "closed", "hours"),
        (cast.support.pk, "emergency_closed", "emergency"),
    ]


def test_asking_twice_gives_the_same_words_and_one_goodbye(floor: Floor, cast: Cast) -> None:
    calendar(cast, cast.support)
    floor.fate = lambda request: 2
    sid = floor.ring(to=SUPPORT)
    assert "We are closed at the moment." in heard(floor, sid)
    floor.pass_seconds(10)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.end_reason) == ("ended", "closed")
    assert Segment.objects.filter(call=call).count() == 1
    assert EventLog.objects.filter(call_id=call.pk, name="call.turned_away").count() == 1


def test_a_change_elsewhere_is_heard_of_within_a_second(floor: Floor, cast: Cast) -> None:
    """Another process writes: nothing in this one hears of it but the passing of time."""
    made = calendar(cast, cast.support, week=ALWAYS)
    assert state_of(floor.ring(to=SUPPORT)) == "queued"
    Calendar.objects.filter(pk=made.pk).update(emergency_at=timezone.now())
    floor.traveller.shift(timedelta(seconds=1))
    assert state_of(floor.ring(to=SUPPORT)) == "leaving"
