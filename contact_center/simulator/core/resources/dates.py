"""List filters on points in time: ``StartTime``, ``StartTime>`` (from) and ``StartTime<`` (to)."""

from __future__ import annotations

from datetime import UTC, datetime

from contact_center.simulator.core.errors import RestError
from contact_center.simulator.core.resources.form import Form
from contact_center.simulator.core.times import iso_day


def within(query: Form, name: str, moment: float | None) -> bool:
    """Whether a moment passes the filters of this name. A bare date means the whole day, in UTC."""
    for sign in ("", "<", ">"):
        wanted = query.get(f"{name}{sign}")
        if not wanted:
            continue
        if moment is None:
            return False
        is_day = len(wanted) == 10
        bound = _parsed(name, wanted)
        if sign == "" and is_day and iso_day(moment) != wanted:
            return False
        if sign == "" and not is_day and int(moment) != int(bound):
            return False
        if sign == ">" and moment < bound:
            return False
        if sign == "<" and moment >= bound + (86400 if is_day else 1):
            return False
    return True


def _parsed(name: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RestError(400, 20001, f"{name} must be a date such as 2026-08-31, not {text!r}.")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
