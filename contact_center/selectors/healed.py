"""What the page *Healed* shows: what the reconciler found, what was done, and when it last looked.

The event log is the record; nothing is kept beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from contact_center.domain.events import RealityHealed
from contact_center.domain.healing import Found
from contact_center.models import Agent, Call, EventLog, Reconciliation
from contact_center.panels import Panel
from contact_center.selectors.scopes import Scope

PAGE_SIZE = 50
#: Without a finished round for so long the page says that nothing is compared at the moment.
LATE = timedelta(minutes=1)


class Period(StrEnum):
    """How far back the page goes."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


LENGTHS = {
    Period.HOUR: timedelta(hours=1),
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(weeks=1),
    Period.MONTH: timedelta(days=30),
}


@dataclass(frozen=True)
class Healed:
    """One thing that was put right."""

    pk: int
    at: datetime
    #: Of domain/healing.py, or of another version of it.
    found: str
    done: str
    #: The network's name of the line or conference.
    sid: str
    call: Call | None
    agent: Agent | None


@dataclass(frozen=True)
class Kind:
    """How often one kind of thing was found in the period, and when last."""

    found: str
    times: int
    last_at: datetime


def healed_list(scope: Scope, *, found: str, period: str, page: str) -> dict[str, Any]:
    """Return what was put right in ``period`` (a day when there is no such), the newest first.

    ``found`` is one of domain/healing.py, or anything else for all; a ``page`` that there is none
    of is the nearest.
    """
    as_of = timezone.now()
    chosen = Found(found) if found in set(Found) else None
    since = Period(period) if period in set(Period) else Period.DAY
    everything = _healed(scope).filter(at__gt=as_of - LENGTHS[since])
    rows = everything.filter(details__found=chosen) if chosen else everything
    shown: Page[EventLog] = Paginator(rows.order_by("-at", "-pk"), PAGE_SIZE).get_page(page)
    kinds = list(_kinds(everything))
    return {
        "as_of": as_of,
        "found": chosen,
        "period": since,
        "periods": list(Period),
        "kinds": kinds,
        "total": sum(kind.times for kind in kinds),
        "page": shown,
        "rows": list(_rows(scope, list(shown))),
        "newest": _newest(scope),
    }


def healed_news(scope: Scope) -> dict[str, Any]:
    """Return when the network was last compared with us, and whether there is anything new."""
    as_of = timezone.now()
    last = Reconciliation.objects.first()
    finished = last.finished_at if last is not None else None
    return {
        "as_of": as_of,
        "last": last,
        "is_late": finished is None or finished < as_of - LATE,
        "newest": _newest(scope),
    }


HEALED_PANELS: dict[str, Panel] = {
    "healed-news": Panel("supervisors/_healed_news.html", healed_news),
}


def _healed(scope: Scope) -> QuerySet[EventLog]:
    # The name stands in the query as a constant: that is what the partial index is by.
    return scope.events().filter(name=RealityHealed.name)


def _newest(scope: Scope) -> int:
    return _healed(scope).order_by("-at").values_list("pk", flat=True).first() or 0


def _kinds(rows: QuerySet[EventLog]) -> Iterable[Kind]:
    """Yield what was found, the most frequent first."""
    grouped = (
        rows.annotate(what=KeyTextTransform("found", "details"))
        .values("what")
        .annotate(times=Count("pk"), last_at=Max("at"))
        .order_by("-times", "what")
    )
    for row in grouped:
        yield Kind(row["what"] or "", row["times"], row["last_at"])


def _rows(scope: Scope, events: list[EventLog]) -> Iterable[Healed]:
    calls = scope.calls().in_bulk({event.call_id for event in events if event.call_id is not None})
    agents = (
        scope.agents()
        .select_related("user")
        .in_bulk({event.agent_id for event in events if event.agent_id is not None})
    )
    for event in events:
        yield Healed(
            pk=event.pk,
            at=event.at,
            found=event.details.get("found", ""),
            done=event.details.get("done", ""),
            sid=event.details.get("sid", ""),
            call=calls.get(event.call_id or 0),
            agent=agents.get(event.agent_id or 0),
        )
