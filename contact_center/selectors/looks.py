"""How somebody looks at the floor: what stands in the address of the page, and only that.

``look_at`` reads an address; what there is none of, or what one may not see, is as if it had not
been asked for. ``Look.query`` writes one, in one way only, so that two who look alike share what is
painted, and a saved view is short.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import Http404

from contact_center.domain.status import ShownState
from contact_center.models import SavedView, User
from contact_center.selectors.scopes import Scope, is_id

#: Nobody searches for a longer name.
LONGEST_TEXT = 40
_MOST_PAGES = 1000


class Sort(StrEnum):
    """The orders of the agents."""

    NEED = "need"
    NAME = "name"
    TIME = "time"
    QUEUE = "queue"


@dataclass(frozen=True, order=True)
class Grid:
    """Which agents are listed, in which order, and which page of them."""

    #: A ShownState; empty for all.
    state: str = ""
    #: A part of the name.
    text: str = ""
    sort: Sort = Sort.NEED
    page: int = 1


@dataclass(frozen=True, order=True)
class Look:
    """What of the floor is looked at, and how. The plain floor is ``Look(scope)``."""

    scope: Scope
    grid: Grid = field(default_factory=Grid)

    @property
    def query(self) -> str:
        """What stands in the address: only what differs from the plain floor; empty for that."""
        said = {
            "team": self.scope.team_id,
            "queue": self.scope.queue_id,
            "state": self.grid.state,
            "q": self.grid.text,
            "sort": "" if self.grid.sort is Sort.NEED else self.grid.sort.value,
            "page": 0 if self.grid.page == 1 else self.grid.page,
        }
        return urlencode({name: value for name, value in said.items() if value})

    def sorted_by(self, sort: Sort) -> "Look":
        """The same in another order, from the first page on."""
        return replace(self, grid=replace(self.grid, sort=sort, page=1))

    def in_state(self, state: str) -> "Look":
        """The same, but only who is in ``state``; everybody for an empty one."""
        return replace(self, grid=replace(self.grid, state=state, page=1))

    def at_page(self, page: int) -> "Look":
        """The same, another page of it."""
        return replace(self, grid=replace(self.grid, page=page))


def look_at(scope: Scope, asked: Mapping[str, str]) -> Look:
    """Return what an address asks for, as far as it may be seen."""
    team = number_in(asked, "team")
    widest = scope.widest
    if team and not widest.teams().filter(pk=team).exists():
        team = 0
    state, sort = asked.get("state", ""), asked.get("sort", "")
    return Look(
        replace(scope, team_id=team, queue_id=queue_in(widest, asked)),
        Grid(
            state=state if state in set(ShownState) else "",
            text=" ".join(asked.get("q", "")[: 4 * LONGEST_TEXT].split())[:LONGEST_TEXT].strip(),
            sort=Sort(sort) if sort in set(Sort) else Sort.NEED,
            page=page_in(asked),
        ),
    )


def queue_in(scope: Scope, asked: Mapping[str, str]) -> int:
    """Return the queue that an address names, 0 for none that may be seen."""
    queue = number_in(asked, "queue")
    return queue if queue and scope.widest.queues().filter(pk=queue).exists() else 0


def page_in(asked: Mapping[str, str]) -> int:
    """Return the page of a list that an address names."""
    return min(max(number_in(asked, "page"), 1), _MOST_PAGES)


def number_in(asked: Mapping[str, str], name: str) -> int:
    """Return the number that an address gives for something, 0 for none."""
    text = asked.get(name, "")
    return int(text) if is_id(text) else 0


# --- what the page offers --------------------------------------------------------------------


def saved_views(user: User) -> QuerySet[SavedView]:
    """Return the views that ``user`` has saved, and those that others share with everybody."""
    mine = Q(user=user)
    shared = Q(is_shared=True, tenant=user.tenant, user__is_active=True)
    return SavedView.objects.filter(mine | shared).select_related("user")


def own_view(user: User, view_id: int) -> SavedView:
    """Return a view that this very person has saved. Raises Http404 for any other."""
    view = SavedView.objects.filter(user=user, tenant=user.tenant, pk=view_id).first()
    if view is None:
        raise Http404
    return view


def choices(look: Look) -> dict[str, Any]:
    """Return what can be chosen on the floor, and what is."""
    may = look.scope.widest
    return {
        "look": look,
        "teams": list(may.teams()),
        "queues": list(may.queues()),
        "states": list(ShownState),
        "sorts": list(Sort),
    }
