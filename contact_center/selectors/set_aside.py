"""What the page of set-aside reports shows: what came, when, why it was not applied, as it came."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.utils import timezone

from contact_center.models import TO_LOOK_AT, Call, Leg, RawWebhook, SetAside, Tenant, User
from contact_center.selectors.access import reports_of

#: Reports of one page, and of one report so many characters.
PAGE_SIZE = 25
SHOWN_CHARACTERS = 2000


@dataclass(frozen=True)
class Row:
    """One report."""

    report: RawWebhook
    why: SetAside
    #: What it says of the call: "completed", "participant-join".
    said: str
    #: The call it is about, where there is one.
    call: Call | None
    #: Its body, as far as it is shown, and how many characters more there are.
    body: str
    more: int


def set_aside(user: User, *, why: str, page: str) -> dict[str, Any]:
    """Return the reports that were set aside and that this supervisor may see, the newest first.

    ``why`` is one of SetAside, or anything else for all that somebody should look at; a ``page``
    that there is none of is the nearest.
    """
    as_of = timezone.now()
    everything = RawWebhook.objects.filter(reports_of(user)).exclude(set_aside="")
    counts = dict(
        everything.values_list("set_aside").annotate(n=Count("pk")).values_list("set_aside", "n")
    )
    chosen = SetAside(why) if why in SetAside.values else None
    rows = everything.filter(set_aside__in=[chosen] if chosen else TO_LOOK_AT)
    shown: Page[RawWebhook] = Paginator(rows.order_by("-set_aside_at", "-pk"), PAGE_SIZE).get_page(
        page
    )
    return {
        "as_of": as_of,
        "why": chosen,
        "kinds": [(each, counts.get(each, 0)) for each in SetAside],
        "open": sum(counts.get(each, 0) for each in TO_LOOK_AT),
        "page": shown,
        "rows": list(_rows(user.tenant, list(shown))),
    }


def _rows(tenant: Tenant | None, reports: list[RawWebhook]) -> Iterable[Row]:
    calls = _calls(tenant, {sid for report in reports for sid in _sids(report)})
    for report in reports:
        body = _body(report)
        yield Row(
            report=report,
            why=SetAside(report.set_aside),
            said=_field(report, "StatusCallbackEvent") or _field(report, "CallStatus"),
            call=next((calls[sid] for sid in _sids(report) if sid in calls), None),
            body=body[:SHOWN_CHARACTERS],
            more=max(len(body) - SHOWN_CHARACTERS, 0),
        )


def _calls(tenant: Tenant | None, sids: set[str]) -> dict[str, Call]:
    """Return the calls these SIDs are about: a call's own, and those of agents' legs."""
    calls = {call.sid: call for call in Call.objects.filter(tenant=tenant, sid__in=sids)}
    legs = Leg.objects.select_related("offer__call").filter(tenant=tenant, sid__in=sids)
    return calls | {leg.sid: leg.offer.call for leg in legs if leg.offer is not None}


def _sids(report: RawWebhook) -> list[str]:
    return [report.sid, _field(report, "CallSid")]


def _field(report: RawWebhook, name: str) -> str:
    return str(report.payload.get(name, ""))[:80]


def _body(report: RawWebhook) -> str:
    """Return the bytes as they came; where its fields say all, what they were written from."""
    if report.body is not None:
        # A byte is a character of Latin-1; what cannot be seen is written like \x00.
        return bytes(report.body).decode("latin-1").encode("unicode_escape").decode("ascii")
    return urlencode(report.payload)
