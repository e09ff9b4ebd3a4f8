"""Who asks for help at the moment, and who comes."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone

from contact_center.models import Call, HelpRequest, Tenant
from contact_center.panels import Panel

#: So many stand on the floor; how many more there are is said.
MOST_ROWS = 8


def help_request_of(tenant: Tenant, request_id: int) -> HelpRequest:
    """Return a request for help of this organisation. Raises Http404 for any other."""
    request = _requests().filter(tenant=tenant, pk=request_id).first()
    if request is None:
        raise Http404
    return request


def live_help(call: Call) -> HelpRequest | None:
    """Return the request for help of a call that stands now, if there is one."""
    return _requests().filter(offer__call=call, ended_at=None).first()


def floor_help(tenant: Tenant) -> dict[str, Any]:
    """Return who asks for help: first those to whom nobody comes, the longest first."""
    as_of = timezone.now()
    rows = list(
        _requests()
        .filter(tenant=tenant, ended_at=None)
        .order_by(F("answered_at").asc(nulls_first=True), "asked_at", "pk")[: MOST_ROWS + 1]
    )
    more = 0
    if len(rows) > MOST_ROWS:
        more = HelpRequest.objects.filter(tenant=tenant, ended_at=None).count() - MOST_ROWS
    return {"as_of": as_of, "rows": rows[:MOST_ROWS], "more": more}


HELP_PANELS: dict[str, Panel] = {
    "floor-help": Panel("supervisors/_floor_help.html", floor_help),
}


def _requests() -> QuerySet[HelpRequest]:
    return HelpRequest.objects.select_related(
        "answered_by", "offer__agent__user", "offer__queue", "offer__call"
    )
