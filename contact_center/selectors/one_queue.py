"""What is live on the page of one queue: who waits in it, and who serves it.

It is what the floor shows of all queues, of the one that the scope names; what changes the floor
changes it. The figures of the page are figure_rows.py's.
"""

from dataclasses import dataclass
from typing import Any

from contact_center.domain.status import ShownState
from contact_center.models import Agent, Segment, SegmentKind
from contact_center.panels import Panel
from contact_center.selectors.floor import CallRow, counted_as, floor_calls, shown_states
from contact_center.selectors.one_look import as_of
from contact_center.selectors.scopes import Scope

Context = dict[str, Any]

#: So many callers are shown, the first in line.
MOST_WAITING = 50


@dataclass(frozen=True)
class WaitingRow:
    """Somebody who waits on the line. Nothing but values, and all that a row shows, as CallRow."""

    call: CallRow
    #: The place and the longest wait, in seconds, that were told last.
    told_place: int | None
    told_wait: int | None


def queue_waiting(scope: Scope) -> Context:
    """Return who waits in the queue of ``scope``, as they stand in line."""
    calls = [
        row
        for row in floor_calls(scope)["rows"]
        if row.place is not None and row.waiting_since is not None
    ]
    calls.sort(key=lambda row: row.place)
    stays = Segment.objects.filter(queue_id=scope.queue_id, kind=SegmentKind.QUEUE, ended_at=None)
    told = {
        call_id: (place, wait)
        for call_id, place, wait in stays.values_list("call_id", "told_place", "told_wait")
    }
    return {
        "as_of": as_of(),
        "total": len(calls),
        "rows": [
            WaitingRow(row, *told.get(row.call_id, (None, None))) for row in calls[:MOST_WAITING]
        ],
        "further": len(calls[MOST_WAITING:]),
    }


def queue_agents(scope: Scope) -> Context:
    """Return who serves the queue of ``scope``, with their states: who can be rung first."""
    states = {pk: counted_as(state) for pk, state in shown_states(scope).items()}
    agents: list[tuple[Agent, ShownState]] = [
        (agent, states[agent.pk])
        for agent in scope.agents().filter(user__is_active=True).select_related("user")
        if agent.pk in states
    ]
    order = list(ShownState)
    agents.sort(key=lambda row: (order.index(row[1]), row[0].user.display_name, row[0].pk))
    return {"as_of": as_of(), "rows": agents}


QUEUE_PANELS: dict[str, Panel] = {
    "queue-waiting": Panel("supervisors/_queue_waiting.html", queue_waiting),
    "queue-agents": Panel("supervisors/_queue_agents.html", queue_agents),
}
