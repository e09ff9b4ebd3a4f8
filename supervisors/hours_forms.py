"""What an admin may say about opening hours, and what is said when it cannot be understood."""

import re
from collections.abc import Iterable
from datetime import datetime, time
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.conf import current
from contact_center.domain.calendars import WeeklySpan
from contact_center.domain.public_holidays import countries, regions_of
from contact_center.models import (
    LONGEST_SENTENCE,
    Calendar,
    ExceptionKind,
    Queue,
    Weekday,
)
from contact_center.services.keeping_hours import Different, Hours

LONGEST_NAME = 60
MOST_SPANS = 6
#: Nobody plans further, and nobody asks what was before.
FIRST_YEAR, LAST_YEAR = 2000, 2100

_TOO_LONG = gettext_lazy("A name has at most %(limit_value)d letters; this one has %(show_value)d.")
_SENTENCE_TOO_LONG = gettext_lazy(
    "A caller hears at most %(limit_value)d letters; these are %(show_value)d."
)
_FROM_THE_LIST = gettext_lazy("Choose one from the list.")
#: From the first weekday to the last that an office usually has.
WORKING_DAYS = range(Weekday.MONDAY, Weekday.SATURDAY)


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones one may choose: those of places, and UTC."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


def day_field(weekday: int) -> str:
    """Return the name of the field of a weekday."""
    return f"day_{weekday}"


class SentenceField(forms.CharField):
    """What a caller is told; may be left empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=LONGEST_SENTENCE,
            error_messages={"max_length": _SENTENCE_TOO_LONG},
            **kwargs,
        )


class WallTimeField(forms.Field):
    """A day and a time on the wall, without a zone."""

    widget = forms.DateTimeInput(
        format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "step": "60"}
    )

    def to_python(self, value: Any) -> datetime | None:
        """Return the time. Raises ValidationError with a sentence."""
        said = str(value or "").strip()
        if not said:
            return None
        if not re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", said):
            raise _no_time(said)
        try:
            wall = datetime.fromisoformat(said)
        except ValueError:
            raise _no_time(said)
        if not FIRST_YEAR <= wall.year <= LAST_YEAR:
            raise ValidationError(
                _("Write a year between %(first)s and %(last)s.")
                % {"first": FIRST_YEAR, "last": LAST_YEAR}
            )
        return wall


class HoursForm(forms.Form):
    """The week, the holidays and the words of a calendar."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Give these hours a name, like “Office hours”."),
            "max_length": _TOO_LONG,
        },
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("All times are those on a clock there, also when it is changed."),
        error_messages={"invalid_choice": _FROM_THE_LIST, "required": _FROM_THE_LIST},
    )
    closed_on_holidays = forms.BooleanField(
        label=gettext_lazy("Closed on public holidays"), required=False
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        required=False,
        error_messages={"invalid_choice": _FROM_THE_LIST},
    )
    # Which regions there are depends on the country that is sent with it.
    region = forms.ChoiceField(
        label=gettext_lazy("Region"),
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "That is no region of this country. Choose one of it, or the whole country."
            )
        },
    )
    closed_sentence = SentenceField(
        label=gettext_lazy("What callers hear when it is closed"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "In the language you write it in. Empty: our own words, in the caller's language."
        ),
    )

    def __init__(
        self, data: Any = None, *, calendar: Calendar | None, initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=_initial(calendar) | (initial or {}))
        for weekday in Weekday:
            self.fields[day_field(weekday)] = forms.CharField(
                label=weekday.label,
                required=False,
                max_length=120,
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
                error_messages={"max_length": _("That is too long for the hours of a day.")},
            )
        country = data.get("country", "") if data is not None else self.initial["country"]
        # A zone of the settings may be none of a place, like EST.
        known = sorted({*zones(), self.initial["zone"]})
        self._choices("zone", [(zone, zone.replace("_", " ")) for zone in known])
        self._choices(
            "country", [("", _("None")), *((each.code, each.name) for each in countries())]
        )
        regions = [(each.code, each.name) for each in regions_of(country)]
        self._choices("region", [("", _("The whole country")), *regions])
        for name, field in self.fields.items():
            if name != "closed_on_holidays":
                field.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields of the week."""
        return [self[day_field(weekday)] for weekday in Weekday]

    @property
    def week(self) -> list[tuple[WeeklySpan, ...] | None]:
        """The week as it stands in the fields; None for a day that cannot be read."""
        return read_week(str(field.value() or "") for field in self.days)

    def clean(self) -> dict[str, Any]:
        """Read the days, and want a country where its holidays are to count."""
        clean = super().clean() or self.cleaned_data
        for weekday in Weekday:
            name = day_field(weekday)
            if name in clean:
                try:
                    clean[name] = read_spans(weekday, clean[name])
                except ValidationError as error:
                    self.add_error(name, error)
        if clean.get("closed_on_holidays") and clean.get("country") == "":
            self.add_error(
                "country", ValidationError(_("Choose the country whose holidays are to count."))
            )
        return clean

    def hours(self) -> Hours:
        """Return what was said, for the service."""
        clean = self.cleaned_data
        return Hours(
            name=clean["name"],
            zone=clean["zone"],
            week=[span for weekday in Weekday for span in clean[day_field(weekday)]],
            closed_on_holidays=clean["closed_on_holidays"],
            country=clean["country"],
            region=clean["region"],
            closed_sentence=clean["closed_sentence"],
        )

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # as declared above
        field.choices = choices


class ExceptionForm(forms.Form):
    """What is different once, or every year."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (ExceptionKind.CLOSURE, gettext_lazy("Closed, once")),
            (ExceptionKind.OPENING, gettext_lazy("Open, once")),
            (ExceptionKind.YEARLY, gettext_lazy("Closed on this day of every year")),
        ],
        error_messages={"invalid_choice": _FROM_THE_LIST, "required": _FROM_THE_LIST},
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _TOO_LONG},
    )
    starts = WallTimeField(
        label=gettext_lazy("From"),
        error_messages={"required": gettext_lazy("Write the day and the time it begins.")},
    )
    ends = WallTimeField(
        label=gettext_lazy("To"),
        required=False,
        help_text=gettext_lazy("Every year: only the day of “From” counts."),
    )
    sentence = SentenceField(
        label=gettext_lazy("What callers hear meanwhile"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Empty: what they hear whenever it is closed."),
    )

    def __init__(self, data: Any = None) -> None:
        # The calendar's own form is on the same page, and has a name, too.
        super().__init__(data, auto_id="exception_%s")
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    def clean(self) -> dict[str, Any]:
        """Want an end, and one that is after the beginning."""
        clean = super().clean() or self.cleaned_data
        starts, ends = clean.get("starts"), clean.get("ends")
        if clean.get("kind") == ExceptionKind.YEARLY:
            clean["ends"] = starts
        elif starts is not None and "ends" in clean:
            if ends is None:
                self.add_error("ends", ValidationError(_("Write the day and the time it ends.")))
            elif ends <= starts:
                self.add_error(
                    "ends", ValidationError(_("It ends before it begins. Write a later end."))
                )
        return clean

    def different(self) -> Different:
        """Return what was said, for the service."""
        clean = self.cleaned_data
        return Different(
            kind=ExceptionKind(clean["kind"]),
            starts=clean["starts"],
            ends=clean["ends"],
            name=clean["name"],
            sentence=clean["sentence"],
        )


class CloseForm(forms.Form):
    """What callers are told in an emergency."""

    sentence = SentenceField(
        label=gettext_lazy("What callers hear"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "In the language you write it in. Empty: “We had to close unexpectedly and cannot take "
            "your call. Please call again later.”"
        ),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="close_%s")
        if self.is_bound and self.errors:
            self.fields["sentence"].widget.attrs["aria-invalid"] = "true"


class FollowForm(forms.Form):
    """Which queues follow a calendar."""

    # Compared with the ids there are, whatever was sent: no number is too long for a database.
    queues = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Queues"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": gettext_lazy("One of these queues is gone. Load the page again."),
        },
    )

    def __init__(self, data: Any = None, *, calendar: Calendar) -> None:
        queues = Queue.objects.filter(tenant=calendar.tenant_id).order_by("name")
        following = [queue.pk for queue in queues if queue.calendar_id == calendar.pk]
        super().__init__(data, initial={"queues": following}, auto_id="follow_%s")
        field = self.fields["queues"]
        assert isinstance(field, forms.ChoiceField)  # as declared above
        field.choices = [(queue.pk, queue.name) for queue in queues]


class AtForm(forms.Form):
    """A moment to ask about."""

    at = WallTimeField(
        label=gettext_lazy("What will happen at …?"),
        error_messages={"required": gettext_lazy("Write a day and a time.")},
    )

    def __init__(self, data: Any = None, **initial: Any) -> None:
        super().__init__(data, initial=initial, auto_id="ask_%s")
        self.fields["at"].widget.attrs["class"] = "input"
        if self.is_bound and self.errors:
            self.fields["at"].widget.attrs["aria-invalid"] = "true"


# --- hours as people write them ------------------------------------------------------------------


def read_week(days: Iterable[str]) -> list[tuple[WeeklySpan, ...] | None]:
    """Return the spans of each day, from Monday on; None for a day that cannot be read."""
    found: list[tuple[WeeklySpan, ...] | None] = []
    for weekday, said in zip(Weekday, days, strict=True):
        try:
            found.append(read_spans(weekday, said))
        except ValidationError:
            found.append(None)
    return found


def read_spans(weekday: int, said: str) -> tuple[WeeklySpan, ...]:
    """Return the hours of a day as a person writes them: “09:00-12:00, 13:00-17:00”; "" is closed.

    Raises ValidationError with a sentence.
    """
    parts = [part.strip() for part in re.split(r"[,;]", said) if part.strip()]
    if len(parts) > MOST_SPANS:
        raise ValidationError(
            _("A day has at most %(most)s parts. Write fewer.") % {"most": MOST_SPANS}
        )
    spans = sorted((_read_span(weekday, part) for part in parts), key=lambda span: span.start)
    for one, other in pairwise(spans):
        if one.end <= one.start or one.end > other.start:
            raise ValidationError(
                _("%(one)s and %(other)s overlap. Write one after the other.")
                % {"one": write_span(one), "other": write_span(other)}
            )
    return tuple(spans)


def write_spans(spans: Iterable[WeeklySpan]) -> str:
    """Return the hours of a day as they stand in the field."""
    return ", ".join(write_span(span) for span in spans)


def write_span(span: WeeklySpan) -> str:
    """Return one of them."""
    end = "24:00" if span.end == time() else f"{span.end:%H:%M}"
    return f"{span.start:%H:%M}-{end}"


def _read_span(weekday: int, said: str) -> WeeklySpan:
    times = re.split(r"\s*(?:[-\u2013\u2014]|\bto\b)\s*", said)
    if len(times) != 2:
        raise ValidationError(
            _("“%(said)s” is no span of time. Write one like 09:00-17:00.") % {"said": said}
        )
    start, end = (_read_time(each) for each in times)
    if start == 24 * 60:
        start = 0
    if start == end % (24 * 60) and (start, end) != (0, 24 * 60):
        raise ValidationError(
            _("“%(said)s” ends when it begins. The whole day is 00:00-24:00.") % {"said": said}
        )
    return WeeklySpan(weekday=weekday, start=_time(start), end=_time(end))


def _read_time(said: str) -> int:
    found = re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?", said.strip())
    if found is None:
        raise ValidationError(
            _("“%(said)s” is no time. Write one like 9 or 09:30.") % {"said": said.strip()}
        )
    hour, minute = int(found[1]), int(found[2] or 0)
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValidationError(
            _("There is no %(said)s. Write a time between 0:00 and 24:00.") % {"said": said.strip()}
        )
    return hour * 60 + minute


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _no_time(said: str) -> ValidationError:
    return ValidationError(
        _("“%(said)s” is no day and time. Write it like 2026-12-24 14:00.") % {"said": said}
    )


def _initial(calendar: Calendar | None) -> dict[str, Any]:
    if calendar is None:
        office = {day_field(weekday): "09:00-17:00" for weekday in WORKING_DAYS}
        return {"zone": current().ivr.timezone, "country": "", "region": ""} | office
    spans = [
        WeeklySpan(weekday=span.weekday, start=span.start, end=span.end)
        for span in calendar.spans.all()
    ]
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "closed_on_holidays": calendar.closed_on_holidays,
        "country": calendar.country,
        "region": calendar.region,
        "closed_sentence": calendar.closed_sentence,
    } | {
        day_field(weekday): write_spans(span for span in spans if span.weekday == weekday)
        for weekday in Weekday
    }
