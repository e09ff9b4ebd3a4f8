"""How screens draw icons, times and telephone numbers."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache

import phonenumbers
from django import template
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contact_center.conf import current
from contact_center.domain.telephone_numbers import WITHHELD
from contact_center.icons import LUCIDE, version

register = template.Library()


@register.simple_tag
def icon(name: str, looks: str = "") -> SafeString:
    """Draw one of our icons; ``looks`` adds classes ("big", "solid"). Never read aloud.

    Raises KeyError for a name that the sprite does not have.
    """
    return _drawn(name, looks, get_script_prefix())


@lru_cache(maxsize=1024)
def _drawn(name: str, looks: str, prefix: str) -> SafeString:
    # A floor has hundreds of icons, of a few dozen kinds.
    LUCIDE[name]
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}?v={}#{}"/></svg>',
        f" {looks}" if looks else "",
        reverse("icons"),
        version(),
        name,
    )


@register.simple_tag
def live_socket(path: str) -> SafeString:
    """Return the attribute by which a page is kept up to date.

    Its socket at ``path``, or, where FEATURES.WEBSOCKET_SUPPORT is off, that it asks by itself.
    """
    if current().features.websocket_support:
        return format_html('hx-ws:connect="{}"', path)
    return SafeString("data-polls")


@register.filter
def clock(seconds: float | timedelta | None) -> str:
    """Return a length of time as people read it: 0:42, 6:31, 1:21:40; a dash for none."""
    if seconds is None:
        return "—"
    whole = int(seconds.total_seconds() if isinstance(seconds, timedelta) else seconds)
    minutes, rest = divmod(max(whole, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def milliseconds(moment: datetime | None) -> str:
    """Return a moment as milliseconds since 1970, which is how browsers count."""
    return str(int(moment.timestamp() * 1000)) if moment else ""


@dataclass(frozen=True)
class Moment:
    """A moment as a screen shows it: how long it is from now, which the browser ticks on."""

    #: "since" of one that has passed, "until" of one that is to come.
    kind: str
    at: datetime
    label: str

    def drawn(self) -> SafeString:
        """Draw it as it stands now."""
        now = timezone.now()
        length = now - self.at if self.kind == "since" else self.at - now
        seconds = max(int(length.total_seconds()), 0)
        return SafeString(f'{self._beginning} datetime="PT{seconds}S">{clock(seconds)}</time>')

    @cached_property
    def _beginning(self) -> SafeString:
        # A floor draws a hundred of them, four times a second.
        said = format_html(' aria-label="{}"', self.label) if self.label else ""
        role = SafeString(' role="timer" aria-live="off"') if self.label else ""
        return format_html(
            '<time class="figure"{}{} data-{}="{}"', role, said, self.kind, milliseconds(self.at)
        )


#: What draws the moments of a piece that is drawn to be kept (templatetags/kept.py); else None.
drawing_of_moments: ContextVar[Callable[[Moment], SafeString] | None] = ContextVar(
    "drawing_of_moments", default=None
)


@register.simple_tag
def ticking(since: datetime | None, label: str = "") -> SafeString:
    """Draw how long ago ``since`` is; the browser ticks it on. Nothing for no moment."""
    return _moment("since", since, label)


@register.simple_tag
def remaining(until: datetime | None, label: str = "") -> SafeString:
    """Draw how long it is until ``until``; the browser counts it down."""
    return _moment("until", until, label)


def _moment(kind: str, at: datetime | None, label: str) -> SafeString:
    if at is None:
        return SafeString("")
    moment = Moment(kind, at, label)
    draw = drawing_of_moments.get() or Moment.drawn
    return draw(moment)


@register.filter
def phone(number: str) -> str:
    """Return an E.164 number as it is read: +1 415-555-0142 becomes "+1 415 555 0142"."""
    if number in WITHHELD:
        return _("Number withheld")
    return _spaced(number) if number.startswith("+") else number


@lru_cache(maxsize=4096)
def _spaced(number: str) -> str:
    # The same few callers are painted again and again.
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return str(written).replace("-", " ")
