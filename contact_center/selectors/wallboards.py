"""Wallboards: which there are, who opens one by a link, and what a board shows.

A board is one panel, read at one moment: its tiles, its queues and the states of its agents agree.
It names queues and counts people; no caller's number and nobody's name is on it, because whoever
walks by reads it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from contact_center.domain.alerting import AlertKind, Level
from contact_center.domain.service_level import Counts, Waits
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, shown_status
from contact_center.models import (
    Agent,
    Offer,
    OfferState,
    Tenant,
    Tile,
    Wallboard,
    WallboardLink,
)
from contact_center.models.wallboards import TILES_PER_PAGE, digest_of
from contact_center.panels import Panel
from contact_center.selectors.figures import Figures, Report, todays_figures
from contact_center.selectors.floor import QueueRow, floor_queues
from contact_center.selectors.one_look import as_of
from contact_center.selectors.scopes import Scope
from contact_center.selectors.thresholds import Thresholds, thresholds_of

#: Rows that are read from five metres.
QUEUES_PER_PAGE = 7

#: The states of agents in their places on every board; connecting is on a call already.
STATES: tuple[ShownState, ...] = (
    ShownState.AVAILABLE,
    ShownState.RINGING,
    ShownState.ON_CALL,
    ShownState.HOLD,
    ShownState.WRAP_UP,
    ShownState.BREAK,
    ShownState.NOT_RESPONDING,
)


def boards(scope: Scope) -> QuerySet[Wallboard]:
    """Return the boards of a scope, with how many links of each are in force."""
    in_force = Count("links", filter=Q(links__revoked_at=None), distinct=True)
    return scope.wallboards().annotate(
        links_in_force=in_force, chosen_queues=Count("queues", distinct=True)
    )


def links_of(board: Wallboard) -> QuerySet[WallboardLink]:
    """Return the links that were ever made to a board, those in force first."""
    return board.links.select_related("made_by", "revoked_by").order_by(
        F("revoked_at").asc(nulls_first=True), "-made_at"
    )


def link_with(token: str) -> WallboardLink:
    """Return the link that a screen opens. Raises Http404 for what is not one, or is no more."""
    link = (
        WallboardLink.objects.select_related("wallboard__tenant")
        .filter(digest=digest_of(token), revoked_at=None)
        .first()
    )
    if link is None:
        raise Http404
    return link


# --- what a board shows ----------------------------------------------------------------------


@dataclass(frozen=True)
class ShownTile:
    """One figure over all queues of a board, and how it stands to its limit."""

    tile: Tile
    #: A count; None where there is nothing to count, or time runs on since ``since``.
    number: int | None = None
    percent: float | None = None
    seconds: float | None = None
    since: datetime | None = None
    level: str = ""
    #: The queue by which the figure is judged, and the limit that it has passed.
    queue: str = ""
    limit: str = ""
    #: What the figure is a part of.
    of: int = 0
    part: int = 0


@dataclass(frozen=True)
class BoardRow:
    """One queue of a board."""

    queue: QueueRow
    waiting_level: str
    free_level: str
    #: Of today, in percent; None where nobody was offered to the queue.
    service_level: float | None
    service_level_level: str


@dataclass(frozen=True)
class BoardPage:
    """What stands on the screen at once."""

    number: int
    tiles: Sequence[ShownTile]
    rows: Sequence[BoardRow]

    @property
    def is_full(self) -> bool:
        """Whether as many queues stand on it as have room."""
        return len(self.rows) == QUEUES_PER_PAGE


@dataclass(frozen=True)
class Seen:
    """What the tiles of a board are worked out from, all of one moment."""

    rows: Sequence[QueueRow]
    states: Counter[ShownState]
    #: The conversations that go on in these queues.
    talking: int
    today: Figures
    limits: Thresholds
    as_of: datetime


def wall_board(board: Wallboard) -> dict[str, Any]:
    """Return a board's pages, the queue whose caller has waited longest first."""
    now = as_of()
    # A board shows what all who serve its queues do, whoever may have made it.
    whole = Scope(board.tenant_id)
    chosen = None if board.all_queues else set(board.queues.values_list("pk", flat=True))
    rows: list[QueueRow] = floor_queues(whole)["rows"]
    if chosen is not None:
        rows = [row for row in rows if row.queue.pk in chosen]
    limits = thresholds_of(board.tenant_id)
    states = _states(board.tenant, chosen)
    today = todays_figures(whole)
    seen = Seen(rows, states, _talking(rows), _together(today, rows), limits, now)
    tiles = [_TILES[tile](seen) for tile in board.shown_tiles]
    shown = [_board_row(row, today.queues.get(row.queue.pk), limits) for row in rows]
    return {
        "as_of": now,
        "board": board,
        "today_as_of": today.as_of,
        "queues": len(rows),
        "pages": _pages(tiles, shown),
        "states": [(state, states[state]) for state in STATES],
        "offset_minutes": _offset_minutes(now),
    }


WALL = "wall-board"
WALL_PANELS: dict[str, Panel] = {
    WALL: Panel("supervisors/wallboards/_wall_board.html", wall_board),
}


def _pages(tiles: Sequence[ShownTile], rows: Sequence[BoardRow]) -> list[BoardPage]:
    """Return as many pages as the longer of the two needs; the shorter begins again."""
    tile_pages = _chunks(tiles, TILES_PER_PAGE)
    row_pages = _chunks(rows, QUEUES_PER_PAGE)
    return [
        BoardPage(place + 1, tile_pages[place % len(tile_pages)], row_pages[place % len(row_pages)])
        for place in range(max(len(tile_pages), len(row_pages)))
    ]


def _chunks(things: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [things[at : at + size] for at in range(0, len(things), size)] or [()]


def _board_row(row: QueueRow, today: Figures | None, limits: Thresholds) -> BoardRow:
    level = _percent(today.service_level) if today is not None else None
    return BoardRow(
        queue=row,
        waiting_level=_waiting_level(row, limits),
        free_level=_free_level(row, limits),
        service_level=level,
        service_level_level=limits.service_level(
            level, today.rules.goal if today is not None else 0, queue_id=row.queue.pk
        ),
    )


def _together(today: Report, rows: Sequence[QueueRow]) -> Figures:
    """Return what the queues of a board came to today, each judged by its own threshold."""
    its = [today.queues[row.queue.pk] for row in rows if row.queue.pk in today.queues]
    rules = {each.rules for each in its}
    return Figures(
        # Where the queues do not agree, neither do all queues, and the defaults hold.
        rules=rules.pop() if len(rules) == 1 else today.total.rules,
        counts=sum((each.counts for each in its), Counts()),
        answered_waits=sum((each.answered_waits for each in its), Waits()),
    )


def _talking(rows: Sequence[QueueRow]) -> int:
    shown = [row.queue.pk for row in rows]
    live = Offer.objects.filter(queue__in=shown, ended_at=None, state=OfferState.CONNECTED)
    return live.count()


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _waiting_level(row: QueueRow, limits: Thresholds) -> str:
    return limits.level(AlertKind.WAITING, row.waiting, queue_id=row.queue.pk)


def _free_level(row: QueueRow, limits: Thresholds) -> str:
    # Nobody free is no trouble while nobody waits.
    free = row.free if row.waiting else None
    return limits.level(AlertKind.FREE_AGENTS, free, queue_id=row.queue.pk)


# --- tiles -----------------------------------------------------------------------------------
# A total is judged by the queue that is worst off, and names it: one queue over its limit must not
# be hidden by others that are well.

_RANK = {"": 0, Level.WARN.value: 1, Level.BREACH.value: 2}


def _waiting(seen: Seen) -> ShownTile:
    kind = AlertKind.WAITING
    level, worst = _worst((_waiting_level(row, seen.limits), row.waiting, row) for row in seen.rows)
    return ShownTile(
        Tile.WAITING,
        number=sum(row.waiting for row in seen.rows),
        level=level,
        queue=worst.queue.name if worst and level else "",
        limit=seen.limits.limit(kind, level, queue_id=worst.queue.pk) if worst and level else "",
        part=sum(bool(row.waiting) for row in seen.rows),
        of=len(seen.rows),
    )


def _longest_wait(seen: Seen) -> ShownTile:
    waits = [(row.first_since, row) for row in seen.rows if row.first_since is not None]
    if not waits:
        return ShownTile(Tile.LONGEST_WAIT)
    since, longest = min(waits, key=lambda wait: wait[0])
    level, worst = _worst(
        (row.level, (seen.as_of - first).total_seconds(), row) for first, row in waits
    )
    named = worst if worst is not None and level else longest
    kind = AlertKind.LONGEST_WAIT
    return ShownTile(
        Tile.LONGEST_WAIT,
        since=since,
        level=level,
        queue=named.queue.name,
        limit=seen.limits.limit(kind, level, queue_id=named.queue.pk) if level else "",
    )


def _free_agents(seen: Seen) -> ShownTile:
    level, worst = _worst((_free_level(row, seen.limits), row.waiting, row) for row in seen.rows)
    return ShownTile(
        Tile.FREE_AGENTS,
        number=seen.states[ShownState.AVAILABLE],
        level=level,
        queue=worst.queue.name if worst and level else "",
        part=worst.free if worst and level else 0,
        of=sum(seen.states.values()),
    )


def _in_conversation(seen: Seen) -> ShownTile:
    return ShownTile(
        Tile.IN_CONVERSATION,
        number=seen.talking,
        part=seen.states[ShownState.HOLD],
    )


def _service_level(seen: Seen) -> ShownTile:
    # A share of all is a figure of its own: it is judged by the limit that holds for everybody.
    percent, goal = _percent(seen.today.service_level), seen.today.rules.goal
    return ShownTile(
        Tile.SERVICE_LEVEL,
        percent=percent,
        level=seen.limits.service_level(percent, goal),
        of=goal,
    )


def _abandoned(seen: Seen) -> ShownTile:
    kind, percent = AlertKind.ABANDONMENT, _percent(seen.today.abandonment)
    level = seen.limits.level(kind, percent)
    return ShownTile(
        Tile.ABANDONED,
        percent=percent,
        level=level,
        limit=seen.limits.limit(kind, level) if level else "",
        part=seen.today.counts.abandoned,
        of=seen.today.counts.offered,
    )


def _answered(seen: Seen) -> ShownTile:
    counts = seen.today.counts
    return ShownTile(Tile.ANSWERED, number=counts.answered, of=counts.offered)


def _average_wait(seen: Seen) -> ShownTile:
    return ShownTile(Tile.AVERAGE_WAIT, seconds=seen.today.asa, of=seen.today.counts.answered)


_TILES = {
    Tile.WAITING: _waiting,
    Tile.LONGEST_WAIT: _longest_wait,
    Tile.FREE_AGENTS: _free_agents,
    Tile.IN_CONVERSATION: _in_conversation,
    Tile.SERVICE_LEVEL: _service_level,
    Tile.ABANDONED: _abandoned,
    Tile.ANSWERED: _answered,
    Tile.AVERAGE_WAIT: _average_wait,
}


def _worst(judged: Any) -> tuple[str, QueueRow | None]:
    """Return the worst level of any queue, and the queue that is furthest gone in it."""
    best: tuple[int, float] = (-1, -1.0)
    level, worst = "", None
    for each, figure, row in judged:
        if (_RANK[each], figure) > best:
            best, level, worst = (_RANK[each], figure), each, row
    return level, worst


# --- people ----------------------------------------------------------------------------------


def _states(tenant: Tenant, queue_ids: set[int] | None) -> Counter[ShownState]:
    """Return how many agents on duty are in each state: of these queues, or all there are."""
    agents = Agent.objects.filter(tenant=tenant, user__is_active=True)
    if queue_ids is not None:
        agents = agents.filter(memberships__queue__in=queue_ids).distinct()
    presences: dict[int, Presence] = {}
    activities: dict[int, list[Activity]] = defaultdict(list)
    for slot, agent_id, presence, activity in agents.values_list(
        "slots__pk", "pk", "presence", "slots__activity"
    ):
        presences[agent_id] = Presence(presence)
        if slot is not None:
            activities[agent_id].append(Activity(activity))
    shown = [shown_status(presences[one], activities[one]).state for one in presences]
    return Counter(
        ShownState.ON_CALL if state is ShownState.CONNECTING else state
        for state in shown
        if state is not ShownState.OFFLINE
    )


def _offset_minutes(moment: datetime) -> int:
    """Return how far the site's clock is ahead of UTC, for the clock on the screen."""
    offset = timezone.localtime(moment).utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0
