"""How screens draw icons, times and telephone numbers."""

import json
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from math import floor

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


#: After which ends of its socket a page comes back by itself: what a network, a restart and we
#: (realtime/sockets.py, too slow) end it with, and not who may not be here any more.
_COMES_BACK_AFTER = (1001, 1005, 1006, 1011, 1012, 1013, 1014, 3000, 4408)


@register.simple_tag
def live_socket(path: str, *and_after: int) -> SafeString:
    """Return the attributes by which a page is kept up to date.

    Its socket at ``path``, or, where FEATURES.WEBSOCKET_SUPPORT is off, that it asks by itself.
    ``and_after`` are further close codes after which it comes back.
    """
    if not current().features.websocket_support:
        return SafeString('data-polls hx-swap="none"')
    codes = {"ws": {"reconnectCodes": [*_COMES_BACK_AFTER, *and_after]}}
    return format_html(
        'hx-ws:connect="{}" hx-trigger="load, live:connect" hx-swap="none" hx-config="{}"',
        path,
        json.dumps(codes),
    )


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


@register.filter
def percent(share: float | None, decimals: int = 0) -> str:
    """Return a share as people read it: 0.664 is "66 %"; a dash for none.

    Whole percents are rounded down: what is under its goal never looks as if it had reached it.
    """
    if share is None:
        return "—"
    if decimals:
        return f"{share * 100:.{decimals}f} %"
    # What floats make of 0.29 · 100 must not cost a point.
    return f"{floor(round(share * 100, 6))} %"
