"""How the pages of opening hours say what holds, and until when."""

from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.calendars import Clock, Description, OpenState, Why
from contact_center.models import CalendarException, ExceptionKind, Weekday
from contact_center.selectors.hours_pages import DayPicture
from contact_center.services import closing
from contact_center.templatetags.screen import icon

register = template.Library()

#: Which rule decided.
WHY_WORDS = {
    Why.EMERGENCY: gettext_lazy("closed in an emergency"),
    Why.CLOSURE: gettext_lazy("closed once"),
    Why.OPENING: gettext_lazy("special opening"),
    Why.HOLIDAY: gettext_lazy("holiday"),
    Why.HOURS: gettext_lazy("hours of the week"),
    Why.ALWAYS: gettext_lazy("no hours are chosen"),
}
KIND_WORDS = {
    ExceptionKind.CLOSURE: (gettext_lazy("Closed"), "closed"),
    ExceptionKind.OPENING: (gettext_lazy("Open"), "opened"),
    ExceptionKind.YEARLY: (gettext_lazy("Closed every year"), "closed"),
}
CLOCK_WORDS = {
    Clock.USUAL: "",
    Clock.FIRST_OF_TWO: gettext_lazy("the first time the clock shows it"),
    Clock.SECOND_OF_TWO: gettext_lazy("the second time, after the clock was set back"),
}


@register.simple_tag
def open_flag(state: OpenState) -> SafeString:
    """Draw whether somebody answers: icon and word, in a colour."""
    if state.is_open:
        level, drawn, word = "ok", "opened", _("Open")
    elif state.why is Why.EMERGENCY:
        level, drawn, word = "breach", "emergency", _("Closed in an emergency")
    else:
        level, drawn, word = "plain", "closed", _("Closed")
    return format_html('<span class="flag" data-level="{}">{}{}</span>', level, icon(drawn), word)


@register.simple_tag
def open_until(state: OpenState, zone: tzinfo | str | None) -> str:
    """Return why it is so, by name, and until when, in the calendar's own time."""
    said = []
    if state.why in (Why.HOLIDAY, Why.CLOSURE, Why.OPENING, Why.ALWAYS):
        said.append(state.name or str(WHY_WORDS[state.why]))
    if state.until is not None and zone is not None:
        there = ZoneInfo(zone) if isinstance(zone, str) else zone
        said.append(_("until %(when)s") % {"when": wall(state.until.astimezone(there))})
    elif state.why is Why.EMERGENCY:
        said.append(_("until somebody reopens"))
    elif state.why is Why.HOURS:
        said.append(_("all the time") if state.is_open else _("no opening in sight"))
    return ", ".join(said)


@register.filter
def wall(moment: datetime) -> str:
    """Return a moment as a clock and a calendar on the wall show it where it is told."""
    today = timezone.now().astimezone(moment.tzinfo).date()
    day = "l" if 0 <= (moment.date() - today).days < 7 else "D j M Y"
    return date_format(moment.replace(tzinfo=None), f"{day} H:i")


@register.filter
def in_zone(moment: datetime, zone: str) -> datetime:
    """Return a moment as it is told in a time zone."""
    return moment.astimezone(ZoneInfo(zone))


@register.filter
def why_word(description: Description) -> str:
    """Return which rule decided, with the name of what it went by."""
    state = description.state
    word = str(WHY_WORDS[state.why])
    return f"{word}: {state.name}" if state.name else word


@register.filter
def clock_word(description: Description) -> str:
    """Return what is odd about the time that is asked about; empty for nothing."""
    return str(CLOCK_WORDS[description.clock])


@register.filter
def spans_of_day(description: Description) -> str:
    """Return the hours that the week has that day."""
    return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in description.spans)


@register.filter
def closing_words(state: OpenState) -> str:
    """Return what a caller is told: the very words of a call."""
    return closing.closing_words(state, "").text


@register.simple_tag
def exception_kind(kind: str) -> SafeString:
    """Draw what is different."""
    word, drawn = KIND_WORDS[ExceptionKind(kind)]
    level = "ok" if kind == ExceptionKind.OPENING else "plain"
    return format_html('<span class="flag" data-level="{}">{}{}</span>', level, icon(drawn), word)


@register.filter
def exception_when(row: CalendarException) -> str:
    """Return when it is different, from and to."""
    if row.kind == ExceptionKind.YEARLY:
        return date_format(row.start_day, "j F")
    begins, ends = _day(row.start_day), _day(row.end_day)
    if begins == ends:
        return f"{begins} {row.start_time:%H:%M}-{row.end_time:%H:%M}"
    return f"{begins} {row.start_time:%H:%M} to {ends} {row.end_time:%H:%M}"


@register.filter
def holiday_day(day: date) -> str:
    """Return the day of a holiday."""
    return _day(day)


@register.filter
def weekday_word(picture: DayPicture) -> str:
    """Return the short name of a day of the picture."""
    return str(Weekday(picture.weekday).label)[:3]


def _day(day: date) -> str:
    return date_format(day, "D j M Y")
