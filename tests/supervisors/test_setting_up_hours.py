"""Set-up of opening hours: who may, what is said to wrong input, and what a call finds then."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from contact_center.domain.calendars import WeeklySpan
from contact_center.domain.sentences import Sentence, sentence
from contact_center.models import (
    Calendar,
    CalendarException,
    EventLog,
    ExceptionKind,
    Queue,
    Tenant,
    User,
)
from contact_center.selectors import hours
from contact_center.services import keeping_hours
from contact_center.services.keeping_hours import Hours
from supervisors.hours_forms import read_spans, write_spans
from tests.builders import signed_in
from tests.cast import Cast, make_user
from tests.supervisors.reading import said

pytestmark = pytest.mark.django_db

INDEX = reverse("supervisors:set-up:index")
LIST = reverse("supervisors:set-up:hours")
NEW = reverse("supervisors:set-up:hours-new")
WEEK = reverse("supervisors:set-up:hours-week")
HOLIDAYS = reverse("supervisors:set-up:hours-holidays")
BERLIN = ZoneInfo("Europe/Berlin")
#: A Monday.
NOON = datetime(2026, 7, 6, 12, tzinfo=BERLIN)


def page(name: str, *ids: int) -> str:
    return reverse(f"supervisors:set-up:hours-{name}", args=ids)


def written(**values: Any) -> dict[str, Any]:
    """What the form of a calendar sends."""
    office = {f"day_{weekday}": "09:00-17:00" for weekday in range(5)}
    return (
        {"name": "Office", "zone": "Europe/Berlin", "country": "", "region": ""} | office | values
    )


def different(**values: Any) -> dict[str, Any]:
    """What the form of an exception sends."""
    return {
        "kind": "closure",
        "name": "Moving",
        "starts": "2026-07-06T12:00",
        "ends": "2026-07-07T12:00",
        "sentence": "",
    } | values


def make(actor: User, name: str = "Office", **values: Any) -> Calendar:
    week = tuple(
        WeeklySpan(weekday=day, start=NOON.time().replace(9), end=NOON.time().replace(17))
        for day in range(5)
    )
    asked = {"name": name, "zone": "Europe/Berlin", "week": week} | values
    return keeping_hours.make_calendar(hours=Hours(**asked), actor=actor)


def is_open(queue: Queue, moment: datetime = NOON) -> bool:
    """As a call finds it."""
    return hours.hours_of(queue.tenant_id, queue.pk, moment).is_open


def follow(cast: Cast, row: Calendar, *queues: Queue) -> None:
    ids = [queue.pk for queue in queues]
    keeping_hours.let_follow(calendar_id=row.pk, queue_ids=ids, actor=cast.dana)


def names_of_events() -> list[str]:
    return list(EventLog.objects.order_by("pk").values_list("name", flat=True))


# --- who may -------------------------------------------------------------------------------------


def doors(row: Calendar, exception: CalendarException) -> tuple[list[str], list[str]]:
    """Every page of set-up, and every deed."""
    pages = [INDEX, LIST, NEW, WEEK, HOLIDAYS, page("calendar", row.pk), page("at", row.pk)]
    deeds = [
        page("calendar", row.pk),
        *(page(name, row.pk) for name in ("queues", "close", "reopen", "remove")),
        page("exception-add", row.pk),
        page("exception-remove", row.pk, exception.pk),
    ]
    return pages, deeds


def with_exception(row: Calendar) -> CalendarException:
    return CalendarException.objects.create(
        calendar=row,
        kind=ExceptionKind.CLOSURE,
        start_day=NOON.date(),
        start_time=NOON.time(),
        end_day=NOON.date(),
        end_time=NOON.time().replace(13),
    )


def test_an_admin_sets_up_and_nobody_else_learns_that_there_is_anything(cast: Cast) -> None:
    row = make(cast.dana)
    pages, deeds = doors(row, with_exception(row))
    for address in pages:
        assert signed_in(cast.dana).get(address).status_code == 200, address
    for person in (cast.carol, cast.alice.user, cast.dave, cast.erin.user):
        browser = signed_in(person)
        for address in pages:
            answer = browser.get(address)
            assert answer.status_code == 404, address
            assert "Office" not in said(answer)
        for address in [NEW, *deeds]:
            assert browser.post(address, written() | different()).status_code == 404, address
    row.refresh_from_db()
    assert (row.name, row.emergency_at, row.exceptions.count()) == ("Office", None, 1)


def test_who_is_signed_out_is_sent_to_sign_in(cast: Cast) -> None:
    row = make(cast.dana)
    pages, deeds = doors(row, with_exception(row))
    for address in pages:
        assert Client().get(address).headers["Location"].startswith(reverse("sign-in"))
    for address in deeds:
        assert Client().post(address).headers["Location"].startswith(reverse("sign-in"))


def test_nothing_of_another_organisation_is_seen_or_touched(cast: Cast) -> None:
    mallory = make_user(cast.other_tenant, "mallory", cast.dana.role, is_superuser=False)
    theirs = make(mallory, "Theirs")
    their_exception = with_exception(theirs)
    keeping_hours.let_follow(
        calendar_id=theirs.pk, queue_ids=[cast.other_queue.pk, cast.sales.pk], actor=mallory
    )
    ours = make(cast.dana)
    dana = signed_in(cast.dana)
    assert "Theirs" not in said(dana.get(LIST))
    pages, deeds = doors(theirs, their_exception)
    for address in pages[5:]:
        assert dana.get(address).status_code == 404, address
    for address in deeds:
        assert dana.post(address, written() | different()).status_code == 404, address
    # Nor is an entry of theirs, or a queue of theirs, touched by way of a calendar of ours.
    dana.post(page("exception-remove", ours.pk, their_exception.pk))
    for queue in (cast.other_queue.pk, "9" * 25, "sales"):
        answer = dana.post(page("queues", ours.pk), {"queues": [queue]})
        assert "One of these queues is gone." in said(answer)
    theirs.refresh_from_db()
    cast.other_queue.refresh_from_db()
    cast.sales.refresh_from_db()
    assert theirs.exceptions.count() == 1
    assert cast.other_queue.calendar == theirs
    assert cast.sales.calendar is None


def test_the_link_to_set_up_is_an_admins_alone(cast: Cast) -> None:
    link = f'href="{INDEX}"'
    floor = reverse("supervisors:floor")
    assert link in signed_in(cast.dana).get(floor).content.decode()
    assert link not in signed_in(cast.carol).get(floor).content.decode()
    answer = signed_in(cast.dana).get(INDEX).content.decode()
    assert re.search(rf'{link} aria-current="page">Set-up', answer)
    assert 'aria-current="page">Floor' not in answer
    assert reverse("admin:index") in answer


# --- the week ------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_an_admin_makes_a_calendar_and_the_next_call_goes_by_it(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    answer = dana.post(NEW, written(day_5="10-14", day_6=""), follow=True)
    assert "Made." in said(answer)
    row = Calendar.objects.get()
    assert (row.tenant, row.name, row.spans.count()) == (cast.tenant, "Office", 6)
    assert is_open(cast.support, NOON.replace(hour=3))  # nobody follows it yet
    dana.post(page("queues", row.pk), {"queues": [cast.support.pk]})
    assert is_open(cast.support)
    assert not is_open(cast.support, NOON.replace(hour=17))
    assert is_open(cast.support, NOON.replace(day=11, hour=10))
    assert not is_open(cast.support, NOON.replace(day=11, hour=14))
    assert is_open(cast.sales, NOON.replace(hour=3))
    dana.post(page("calendar", row.pk), written(name="Nights", day_0="22:00-06:00"))
    assert not is_open(cast.support)
    assert is_open(cast.support, NOON.replace(day=7, hour=5))
    assert names_of_events() == ["calendar.made", "calendar.changed", "calendar.changed"]
    assert [row.details for row in EventLog.objects.order_by("pk")][1]["what"] == "queues"


def test_the_form_of_a_calendar_shows_what_it_says(cast: Cast) -> None:
    row = make(cast.dana, closed_sentence="Ring again.", country="DE", region="BY")
    shown = signed_in(cast.dana).get(page("calendar", row.pk)).content.decode()
    assert shown.count('value="09:00-17:00"') == 5
    assert "Ring again." in shown
    assert '<option value="BY" selected>Bayern</option>' in shown
    assert '<option value="Europe/Berlin" selected>' in shown


def test_the_days_of_an_office_are_filled_from_monday_and_nothing_is_saved(cast: Cast) -> None:
    row = make(cast.dana, closed_on_holidays=True, country="DE")
    data = written(day_0="8-12, 13-16", day_5="10-11", copy="1", name="Changed")
    shown = signed_in(cast.dana).post(page("calendar", row.pk), data).content.decode()
    assert shown.count('value="8-12, 13-16"') == 5
    assert 'value="10-11"' in shown
    assert 'value="Changed"' in shown
    assert 'name="closed_on_holidays" id="id_closed_on_holidays" checked' not in shown
    row.refresh_from_db()
    assert (row.name, row.spans.first().start.hour) == ("Office", 9)


@pytest.mark.parametrize(
    ("wrong", "sentence_"),
    [
        ({"name": ""}, "Give these hours a name"),
        ({"name": "x" * 61}, "A name has at most 60 letters; this one has 61."),
        ({"zone": "Europe/Nowhere"}, "Choose one from the list."),
        ({"day_0": "9-25"}, "There is no 25. Write a time between 0:00 and 24:00."),
        ({"day_0": "9:75-17"}, "There is no 9:75. Write a time between 0:00 and 24:00."),
        ({"day_0": "nine to five"}, "“nine” is no time. Write one like 9 or 09:30."),
        ({"day_0": "9"}, "“9” is no span of time. Write one like 09:00-17:00."),
        ({"day_0": "9-9"}, "“9-9” ends when it begins. The whole day is 00:00-24:00."),
        ({"day_0": "9-12, 11-13"}, "09:00-12:00 and 11:00-13:00 overlap."),
        ({"day_0": "22-6, 23-24"}, "22:00-06:00 and 23:00-24:00 overlap."),
        ({"day_0": ",".join(f"{n}-{n}:30" for n in range(7))}, "A day has at most 6 parts."),
        ({"day_0": "9-10," * 40}, "That is too long for the hours of a day."),
        ({"closed_on_holidays": "on"}, "Choose the country whose holidays are to count."),
        ({"country": "XX"}, "Choose one from the list."),
        ({"country": "FR", "region": "BY"}, "That is no region of this country."),
        ({"closed_sentence": "x" * 501}, "A caller hears at most 500 letters; these are 501."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_nothing_is_saved(
    cast: Cast, wrong: dict[str, str], sentence_: str
) -> None:
    answer = signed_in(cast.dana).post(NEW, written(**wrong))
    assert answer.status_code == 422
    assert sentence_ in said(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not Calendar.objects.exists()
    assert names_of_events() == []


def test_a_name_is_given_once_in_an_organisation_and_others_may_have_it_too(cast: Cast) -> None:
    mallory = make_user(cast.other_tenant, "mallory", cast.dana.role, is_superuser=False)
    make(mallory)
    dana = signed_in(cast.dana)
    dana.post(NEW, written())
    answer = dana.post(NEW, written())
    assert answer.status_code == 422
    assert "Another calendar has this name already." in said(answer)
    assert Calendar.objects.filter(tenant=cast.tenant).count() == 1


@pytest.mark.parametrize(
    ("said_", "shown"),
    [
        ("", ""),
        ("9-17", "09:00-17:00"),
        (" 9:00 \u2013 12:00 ; 13.30 to 18 ", "09:00-12:00, 13:30-18:00"),
        ("13-18,9-12", "09:00-12:00, 13:00-18:00"),
        ("9-12, 12-15", "09:00-12:00, 12:00-15:00"),
        ("22-6", "22:00-06:00"),
        ("0-24", "00:00-24:00"),
        ("20-24", "20:00-24:00"),
        ("22-6, 7-9", "07:00-09:00, 22:00-06:00"),
    ],
)
def test_hours_are_read_as_people_write_them(said_: str, shown: str) -> None:
    spans = read_spans(0, said_)
    assert write_spans(spans) == shown
    assert read_spans(0, shown) == spans


def test_the_picture_follows_what_is_being_written(cast: Cast) -> None:
    days = {"day_0": "9-12, 13-17", "day_4": "22-6", "day_6": "nonsense"}
    drawn = signed_in(cast.dana).get(WEEK, days).content.decode()
    bars = re.findall(r'class="open" x="(\d+)" y="0" width="(\d+)"', drawn)
    assert bars == [("540", "180"), ("780", "240"), ("1320", "120"), ("0", "360")]


# --- holidays ------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_the_holidays_to_come_are_shown_before_they_are_chosen(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    bavaria = dana.get(HOLIDAYS, {"country": "DE", "region": "BY", "closed_on_holidays": "on"})
    assert "All Saints' Day" in said(bavaria)
    assert '<option value="BY" selected>' in bavaria.content.decode()
    berlin = said(dana.get(HOLIDAYS, {"country": "DE", "region": "BE"}))
    assert "All Saints' Day" not in berlin
    assert "German Unity Day" in berlin
    # The region of the country that was chosen before is let go.
    france = dana.get(HOLIDAYS, {"country": "FR", "region": "BY"})
    assert "Assumption Day" in said(france)
    for nonsense in ({"country": "XX"}, {"country": ""}, {}):
        answer = dana.get(HOLIDAYS, nonsense)
        assert answer.status_code == 200
        assert "The next holidays" not in said(answer)


@time_machine.travel(NOON, tick=False)
def test_chosen_holidays_close_the_queues_that_follow(cast: Cast) -> None:
    row = make(cast.dana)
    follow(cast, row, cast.support)
    christmas = datetime(2026, 12, 25, 12, tzinfo=BERLIN)
    assert is_open(cast.support, christmas)
    signed_in(cast.dana).post(
        page("calendar", row.pk), written(country="DE", closed_on_holidays="on")
    )
    assert not is_open(cast.support, christmas)


# --- different once, or every year ---------------------------------------------------------------


@time_machine.travel(NOON.replace(hour=11), tick=False)
def test_a_closure_an_opening_and_a_day_of_every_year_are_added_and_removed(cast: Cast) -> None:
    row = make(cast.dana)
    follow(cast, row, cast.support)
    dana = signed_in(cast.dana)
    add = page("exception-add", row.pk)
    dana.post(add, different(sentence="We are moving."))
    assert hours.hours_of(cast.tenant.pk, cast.support.pk, NOON).sentence == "We are moving."
    saturday = NOON.replace(day=11)
    dana.post(add, different(kind="opening", starts="2026-07-11T10:00", ends="2026-07-11T14:00"))
    assert is_open(cast.support, saturday)
    dana.post(add, different(kind="yearly", name="Outing", starts="2026-07-08T00:00", ends=""))
    assert not is_open(cast.support, NOON.replace(day=8))
    assert not is_open(cast.support, NOON.replace(year=2027, day=8))
    shown = said(dana.get(page("calendar", row.pk)))
    for words in ("Moving", "We are moving.", "8 July", "Outing", "Closed every year"):
        assert words in shown
    for exception in row.exceptions.all():
        dana.post(page("exception-remove", row.pk, exception.pk))
    assert is_open(cast.support)
    assert not is_open(cast.support, saturday)
    assert "removed already" in said(
        dana.post(page("exception-remove", row.pk, 999_999), follow=True)
    )


@pytest.mark.parametrize(
    ("wrong", "sentence_"),
    [
        ({"starts": ""}, "Write the day and the time it begins."),
        ({"ends": ""}, "Write the day and the time it ends."),
        ({"ends": "2026-07-06T12:00"}, "It ends before it begins. Write a later end."),
        ({"starts": "tomorrow"}, "“tomorrow” is no day and time."),
        ({"starts": "2026-02-30T12:00"}, "“2026-02-30T12:00” is no day and time."),
        ({"starts": "9999-01-01T12:00"}, "Write a year between 2000 and 2100."),
        ({"kind": "party"}, "Choose one from the list."),
        ({"name": "x" * 61}, "A name has at most 60 letters"),
        ({"sentence": "x" * 501}, "A caller hears at most 500 letters"),
    ],
)
def test_an_exception_that_cannot_be_is_said_so_beside_the_field(
    cast: Cast, wrong: dict[str, str], sentence_: str
) -> None:
    row = make(cast.dana)
    answer = signed_in(cast.dana).post(page("exception-add", row.pk), different(**wrong))
    assert answer.status_code == 422
    assert sentence_ in said(answer)
    assert not CalendarException.objects.exists()


# --- the emergency -------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_an_emergency_is_one_click_and_reopening_another(cast: Cast) -> None:
    row = make(cast.dana)
    follow(cast, row, cast.support)
    dana = signed_in(cast.dana)
    shown = dana.post(page("close", row.pk), {"sentence": "The power is out."}, follow=True)
    assert "Closed in an emergency." in said(shown)
    assert "By Dana" in said(shown)
    assert "“The power is out.”" in said(shown)
    assert "Close now" not in said(shown)
    state = hours.hours_of(cast.tenant.pk, cast.support.pk, NOON)
    assert (state.is_open, state.sentence) == (False, "The power is out.")
    assert is_open(cast.sales)
    assert "Reopened." in said(dana.post(page("reopen", row.pk), follow=True))
    assert is_open(cast.support)
    assert "not closed in an emergency any more" in said(
        dana.post(page("reopen", row.pk), follow=True)
    )
    assert names_of_events()[-2:] == ["calendar.closed", "calendar.reopened"]
    closed = EventLog.objects.get(name="calendar.closed")
    assert (closed.actor_id, closed.details["calendar_id"]) == (cast.dana.pk, row.pk)


def test_a_sentence_that_is_too_long_closes_nothing(cast: Cast) -> None:
    row = make(cast.dana)
    answer = signed_in(cast.dana).post(page("close", row.pk), {"sentence": "x" * 501})
    assert answer.status_code == 422
    assert "A caller hears at most 500 letters; these are 501." in said(answer)
    row.refresh_from_db()
    assert row.emergency_at is None


# --- what will happen at …? ----------------------------------------------------------------------


def ask(cast: Cast, row: Calendar, wall: str) -> str:
    return said(signed_in(cast.dana).get(page("at", row.pk), {"at": wall}))


@time_machine.travel(NOON, tick=False)
def test_the_box_answers_what_a_call_would_find(cast: Cast) -> None:
    row = make(cast.dana, country="DE", closed_on_holidays=True, closed_sentence="Ring later.")
    open_ = ask(cast, row, "2026-07-07T10:00")
    assert "Then it is Open until Tuesday 17:00" in open_
    assert "hours of the week" in open_
    assert "is put in line." in open_
    christmas = ask(cast, row, "2026-12-25T10:00")
    assert "holiday: Christmas Day" in christmas
    assert "hears “Ring later.”" in christmas
    assert "09:00-17:00" in christmas  # what the week would have had
    follow(cast, row, cast.support)
    for wall in ("2026-07-07T10:00", "2026-12-25T10:00", "2026-07-07T17:00"):
        moment = datetime.fromisoformat(wall).replace(tzinfo=BERLIN)
        assert ("is put in line" in ask(cast, row, wall)) is is_open(cast.support, moment)


@time_machine.travel(NOON, tick=False)
def test_the_box_says_our_own_words_where_the_calendar_has_none(cast: Cast) -> None:
    row = make(cast.dana)
    assert sentence(Sentence.CLOSED_NOW, "en-US") in ask(cast, row, "2026-07-07T03:00")


def test_a_time_that_comes_twice_is_answered_twice_and_one_that_does_not_exist_says_so(
    cast: Cast,
) -> None:
    row = make(cast.dana)
    twice = ask(cast, row, "2026-10-25T02:30")
    assert "the first time the clock shows it" in twice
    assert "the second time, after the clock was set back" in twice
    gap = ask(cast, row, "2026-03-29T02:30")
    assert "The clock leaves this time out when it is set forward." in gap
    assert "03:00" in gap


@pytest.mark.parametrize(
    ("wall", "sentence_"),
    [
        ("", "Write a day and a time."),
        ("soon", "“soon” is no day and time. Write it like 2026-12-24 14:00."),
        ("0001-01-01T00:00", "Write a year between 2000 and 2100."),
    ],
)
def test_a_moment_that_is_none_is_told_so(cast: Cast, wall: str, sentence_: str) -> None:
    assert sentence_ in ask(cast, make(cast.dana), wall)


def test_without_scripts_the_page_itself_answers(cast: Cast) -> None:
    row = make(cast.dana)
    answer = signed_in(cast.dana).get(page("calendar", row.pk), {"at": "2026-07-07T10:00"})
    assert "is put in line." in said(answer)


# --- who follows, and the end --------------------------------------------------------------------


def test_a_queue_follows_one_calendar_and_leaves_the_one_it_followed(cast: Cast) -> None:
    day, night = make(cast.dana, "Day"), make(cast.dana, "Night")
    dana = signed_in(cast.dana)
    dana.post(page("queues", day.pk), {"queues": [cast.sales.pk, cast.support.pk]})
    dana.post(page("queues", night.pk), {"queues": [cast.support.pk]})
    assert [queue.name for queue in day.queues.all()] == ["Sales"]
    assert [queue.name for queue in night.queues.all()] == ["Support"]
    changes = EventLog.objects.filter(name="calendar.changed").count()
    dana.post(page("queues", night.pk), {"queues": [cast.support.pk]})  # as it is
    assert EventLog.objects.filter(name="calendar.changed").count() == changes
    dana.post(page("queues", day.pk), {})
    assert not day.queues.exists()


def test_a_calendar_that_is_followed_is_not_removed_and_says_by_whom(cast: Cast) -> None:
    row = make(cast.dana)
    follow(cast, row, cast.sales, cast.support)
    dana = signed_in(cast.dana)
    answer = dana.post(page("remove", row.pk), follow=True)
    assert "Sales, Support follow these hours. Let them follow others first, or none." in said(
        answer
    )
    assert Calendar.objects.filter(pk=row.pk).exists()
    follow(cast, row)
    assert "Removed." in said(dana.post(page("remove", row.pk), follow=True))
    assert not Calendar.objects.exists()
    assert names_of_events()[-1] == "calendar.removed"


@time_machine.travel(NOON, tick=False)
def test_the_list_says_of_calendars_and_queues_how_they_are_now(cast: Cast) -> None:
    row = make(cast.dana)
    follow(cast, row, cast.support)
    shown = said(signed_in(cast.dana).get(LIST))
    assert "Office Open until Monday 17:00 Support Europe/Berlin" in shown
    assert "Support Office Open until Monday 17:00" in shown
    assert "Sales no hours Open no hours are chosen" in shown


@time_machine.travel(NOON, tick=False)
def test_the_list_says_which_queues_go_by_the_setting(cast: Cast, settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"BUSINESS_HOURS": {"sunday": None}}
    shown = said(signed_in(cast.dana).get(LIST))
    assert "Sales the setting BUSINESS_HOURS Closed" in shown
    assert "A queue that follows no calendar goes by BUSINESS_HOURS" in shown


def test_a_new_calendar_begins_in_the_time_zone_of_the_settings(cast: Cast, settings: Any) -> None:
    settings.DJANGO_TWILIO_CALL_IVR = {"TIMEZONE": "Asia/Kolkata"}
    shown = signed_in(cast.dana).get(NEW).content.decode()
    assert '<option value="Asia/Kolkata" selected>' in shown


def test_there_are_not_more_calendars_than_anybody_needs(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(keeping_hours, "MOST_CALENDARS", 1)
    monkeypatch.setattr(keeping_hours, "MOST_EXCEPTIONS", 1)
    row = make(cast.dana)
    dana = signed_in(cast.dana)
    assert "There are 1 calendars already." in said(dana.post(NEW, written(name="Second")))
    dana.post(page("exception-add", row.pk), different())
    answer = dana.post(page("exception-add", row.pk), different())
    assert "This calendar has 1 entries already." in said(answer)
    assert (Calendar.objects.count(), row.exceptions.count()) == (1, 1)
    assert Tenant.objects.count() == 2
