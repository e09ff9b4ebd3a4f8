"""Points in time as Twilio writes them. Inside the core a time is seconds since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime


def rfc_2822(seconds: float) -> str:
    """``Tue, 31 Aug 2010 20:36:28 +0000``, the form of REST bodies and of callback timestamps."""
    return format_datetime(datetime.fromtimestamp(int(seconds), UTC))


def iso_day(seconds: float) -> str:
    """``2010-08-31``, the form in which list filters name a day."""
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
