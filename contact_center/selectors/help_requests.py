"""Who asks for help at the moment, and who comes."""

from typing import Any

from django.db.models import F
from django.utils import timezone

from contact_center.models import Call, HelpRequest
from contact_center.panels import Panel
from contact_center.selectors.scopes import Scope

#: So many stand on the floor; how many more there are is said.
MOST_ROWS = 8
_WITH = ("answered_by", "offer__agent__user", "offer__queue", "offer__call")


def live_help(call: Call) -> HelpRequest | None:
    """Return the request for help of a call that stands now, if there is one."""
    live = HelpRequest.objects.filter(offer__call=call, ended_at=None)
    return live.select_related(*_WITH).first()


def floor_help(scope: Scope) -> dict[str, Any]:
    """Return who asks for help: first those to whom nobody comes, the longest first."""
    as_of = timezone.now()
    asked = scope.help_requests().filter(ended_at=None)
    first = asked.order_by(F("answered_at").asc(nulls_first=True), "asked_at", "pk")
    rows = list(first.select_related(*_WITH)[: MOST_ROWS + 1])
    more = asked.count() - MOST_ROWS if len(rows) > MOST_ROWS else 0
    return {"as_of": as_of, "rows": rows[:MOST_ROWS], "more": more}


HELP_PANELS: dict[str, Panel] = {
    "floor-help": Panel("supervisors/_floor_help.html", floor_help),
}
