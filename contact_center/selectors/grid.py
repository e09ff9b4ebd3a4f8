"""The agents of the floor: who needs somebody first, one page of however many there are.

All of them are read, but of each only what orders and counts them; the page that is shown is then
read whole. So two thousand agents cost one wide and shallow query more than fifty.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, F, Sum
from django.db.models.functions import Cast

from contact_center.domain.alerting import AlertKind, Rules
from contact_center.domain.line import Kind
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, ShownStatus, shown_status, since_when
from contact_center.models import (
    Agent,
    AgentSlot,
    HelpRequest,
    Offer,
    OfferOutcome,
    OfferState,
)
from contact_center.models.people import shown_name
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.panels import Panel
from contact_center.selectors import supervising
from contact_center.selectors.figures import midnight
from contact_center.selectors.looks import Look, Sort
from contact_center.selectors.one_look import as_of
from contact_center.selectors.scopes import SCOPES, Scope
from contact_center.selectors.thresholds import thresholds_of

Context = dict[str, Any]

#: So many rows are a page.
PAGE_ROWS = 50
#: A wrap-up that has lasted so long asks for attention (the field's habit: three minutes).
LONG_WRAP_UP = timedelta(minutes=3)

#: Who needs a supervisor first.
BY_NEED: tuple[ShownState, ...] = (
    ShownState.NOT_RESPONDING,
    ShownState.RINGING,
    ShownState.CONNECTING,
    ShownState.HOLD,
    ShownState.ON_CALL,
    ShownState.WRAP_UP,
    ShownState.AVAILABLE,
    ShownState.BREAK,
    ShownState.OFFLINE,
)
_NEED = {state: place for place, state in enumerate(BY_NEED)}
_PRESENCES = {one.value: one for one in Presence}
_ACTIVITIES = {one.value: one for one in Activity}
#: After every moment.
_FAR = "~"


class Long(StrEnum):
    """What has gone on for longer than it should."""

    CALL = "call"
    HOLD = "hold"
    WRAP_UP = "wrap-up"
    BREAK = "break"


class Help(StrEnum):
    """What an agent in a call has asked a supervisor for."""

    ASKED = "asked"
    #: Somebody has answered.
    COMING = "coming"


@dataclass(frozen=True)
class LiveOffer:
    """What an agent is busy with, as far as a row shows it."""

    pk: int
    state: str
    queue: str
    call_id: int
    #: The caller's number.
    caller: str
    kind: str = Kind.LIVE

    @property
    def is_voicemail(self) -> bool:
        """Whether it is a message that the agent has open, or is offered."""
        return self.kind == Kind.VOICEMAIL


@dataclass(frozen=True)
class AgentRow:
    """One agent: what is going on, since when, with whom, and what today came to.

    Nothing but values, and all that a row shows: rows that are equal look the same, so one that was
    drawn is kept (templatetags/kept.py).
    """

    agent_id: int
    user_id: int
    name: str
    status: ShownStatus
    since: datetime | None
    offer: LiveOffer | None
    #: The desk is not heard, and should be.
    is_silent: bool
    #: What the agent has chosen to be after the call; empty when nothing.
    next_presence: str
    help: Help | None
    #: Who is with the agent's conversation.
    supervisors: tuple[supervising.Presence, ...]
    too_long: Long | None
    #: Calls that rang in vain, one after the other, where they are too many; else 0.
    missed: int
    calls: int
    talked: timedelta
    #: Whether this site lets supervisors coach.
    may_coach: bool


class Light(NamedTuple):
    """As much of an agent as orders and counts them."""

    pk: int
    name: str
    state: ShownState
    #: As the database writes it, which sorts as time does; reading dates costs more than the rest.
    since: str | None
    asks_for_help: bool


def floor_agents(look: Look) -> Context:
    """Return a page of the agents; how many there are, and how many in each state."""
    now = as_of()
    everybody = _everybody(look.scope)
    text = look.grid.text.casefold()
    named = [one for one in everybody if text in one.name.casefold()] if text else everybody
    counts = Counter(one.state for one in named)
    listed = [one for one in named if one.state == look.grid.state] if look.grid.state else named
    listed.sort(key=_order(look))
    page: Page[Light] = Paginator(listed, PAGE_ROWS).get_page(look.grid.page)
    return {
        "as_of": now,
        "look": look,
        "rows": _rows([one.pk for one in page], now),
        "page": page,
        "total": len(everybody),
        "counts": [
            (state, counts[state], look.in_state("" if state == look.grid.state else state))
            for state in BY_NEED
            if counts[state] or state == look.grid.state
        ],
        "is_narrowed": bool(look.query) and len(listed) < len(everybody),
    }


GRID_PANELS: dict[str, Panel] = {
    "floor-agents": Panel("supervisors/_floor_agents.html", floor_agents),
}


# --- reading ---------------------------------------------------------------------------------


def _everybody(scope: Scope) -> list[Light]:
    asking = {agent_id for (agent_id,) in _asking(scope).all()}
    people: dict[int, tuple[str, Presence, str | None]] = {}
    slots: dict[int, list[tuple[Activity, str | None]]] = defaultdict(list)
    for agent_id, presence, since, first, last, username, activity, doing_since in _agents(
        scope
    ).all():
        if agent_id not in people:
            people[agent_id] = (shown_name(first, last, username), _PRESENCES[presence], since)
        if activity is not None:
            slots[agent_id].append((_ACTIVITIES[activity], doing_since))
    everybody = []
    for agent_id, (name, presence, since) in people.items():
        status = shown_status(presence, [activity for activity, _since in slots[agent_id]])
        moment = since_when(status, presence, since, slots[agent_id])
        everybody.append(Light(agent_id, name, status.state, moment, agent_id in asking))
    return everybody


@lru_cache(maxsize=SCOPES)
def _asking(scope: Scope) -> Prepared[tuple[int]]:
    asking = scope.help_requests().filter(ended_at=None, answered_by=None)
    return Prepared(asking.values_list("offer__agent_id"))


@lru_cache(maxsize=SCOPES)
def _agents(scope: Scope) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        scope.agents()
        .filter(user__is_active=True)
        .values_list(
            "pk",
            "presence",
            Cast("presence_since", CharField()),
            "user__first_name",
            "user__last_name",
            "user__username",
            "slots__activity",
            Cast("slots__activity_since", CharField()),
        )
    )


def _order(look: Look) -> Callable[[Light], Any]:
    """Return the key of the order; names part who is alike, and numbers who has the same name."""
    match look.grid.sort:
        case Sort.NAME:
            return lambda one: (one.name.casefold(), one.pk)
        case Sort.TIME:
            return lambda one: (one.since or _FAR, one.name.casefold(), one.pk)
        case Sort.QUEUE:
            queues = dict(
                look.scope.offers()
                .filter(ended_at=None)
                .order_by("pk")
                .values_list("agent_id", "queue__name")
            )
            return lambda one: (
                one.pk not in queues,
                queues.get(one.pk, ""),
                one.since or _FAR,
                one.pk,
            )
        case _:
            return lambda one: (
                not one.asks_for_help,
                _NEED[one.state],
                one.since or _FAR,
                one.name.casefold(),
                one.pk,
            )


class _Slot(NamedTuple):
    """What an agent does with one of the calls they can have."""

    activity: Activity
    since: datetime | None
    problem: str
    missed: int


class _Busy(NamedTuple):
    """An offer that is live, with what tells whether it has lasted too long."""

    offer: LiveOffer
    connected_at: datetime | None
    held_at: datetime | None
    conversation_ended_at: datetime | None


def _rows(agent_ids: list[int], now: datetime) -> list[AgentRow]:
    """Return these agents in this order, with everything that a row shows.

    Read as plain columns: models of what fifty rows show cost twice as much as all the rest.
    """
    slots: dict[int, list[_Slot]] = defaultdict(list)
    for agent_id, activity, since, problem, missed in read_by_ids(_slots, agent_ids):
        slots[agent_id].append(_Slot(_ACTIVITIES[activity], since, problem, missed))
    busy: dict[int, list[_Busy]] = defaultdict(list)
    for agent_id, pk, state, queue, call_id, caller, kind, *moments in read_by_ids(
        _offers, agent_ids
    ):
        shown = LiveOffer(pk, state, queue, call_id, caller, kind)
        busy[agent_id].append(_Busy(shown, *moments))
    answered = {
        agent_id: Help.ASKED if answered_by is None else Help.COMING
        for agent_id, answered_by in read_by_ids(_help, agent_ids)
    }
    present = supervising.present_by_offer(
        one.offer.pk for offers in busy.values() for one in offers
    )
    today = _today(agent_ids, now)
    found = {}
    limits: Rules | None = None
    may_coach = supervising.may_coach()
    for (
        pk,
        tenant_id,
        user_id,
        first,
        last,
        username,
        chosen,
        since,
        until,
        then,
        silent,
    ) in read_by_ids(_people, agent_ids):
        # One organisation's, as every list is.
        limits = limits or thresholds_of(tenant_id).rules
        presence, doing, offers = _PRESENCES[chosen], slots[pk], busy[pk]
        status = shown_status(
            presence,
            [slot.activity for slot in doing],
            next((slot.problem for slot in doing if slot.problem), ""),
        )
        calls, talked = today.get(pk, (0, timedelta()))
        # Of several calls the one that is heard.
        busiest = min(offers, key=lambda one: one.held_at is not None, default=None)
        found[pk] = AgentRow(
            agent_id=pk,
            user_id=user_id,
            name=shown_name(first, last, username),
            status=status,
            since=since_when(
                status, presence, since, [(slot.activity, slot.since) for slot in doing]
            ),
            offer=busiest.offer if busiest is not None else None,
            is_silent=silent is not None and status.state is not ShownState.OFFLINE,
            next_presence=then,
            help=answered.get(pk),
            supervisors=tuple(who for one in offers for who in present.get(one.offer.pk, ())),
            too_long=(
                _long_break(until, now)
                if status.state is ShownState.BREAK
                else _too_long(busiest, pk, limits, now)
            ),
            missed=_too_many(max((slot.missed for slot in doing), default=0), pk, limits),
            calls=calls,
            talked=talked,
            may_coach=may_coach,
        )
    # Who is missing has gone between two looks.
    return [found[agent_id] for agent_id in agent_ids if agent_id in found]


@cache
def _slots(agents: int) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        AgentSlot.objects.filter(agent__pk__in=places(agents))
        .order_by("number")
        .values_list("agent_id", "activity", "activity_since", "problem", "missed_in_a_row")
    )


@cache
def _offers(agents: int) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        Offer.objects.filter(agent__pk__in=places(agents), ended_at=None)
        .order_by("-pk")
        .values_list(
            "agent_id",
            "pk",
            "state",
            "queue__name",
            "call_id",
            "call__from_number",
            "call__kind",
            "connected_at",
            "held_at",
            "conversation_ended_at",
        )
    )


@cache
def _help(agents: int) -> Prepared[tuple[Any, ...]]:
    asked = HelpRequest.objects.filter(offer__agent__pk__in=places(agents), ended_at=None)
    return Prepared(asked.values_list("offer__agent_id", "answered_by_id"))


@cache
def _people(agents: int) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        Agent.objects.filter(pk__in=places(agents))
        .order_by()
        .values_list(
            "pk",
            "tenant_id",
            "user_id",
            "user__first_name",
            "user__last_name",
            "user__username",
            "presence",
            "presence_since",
            "break_until",
            "next_presence",
            "phone__silent_since",
        )
    )


def _today(agent_ids: list[int], now: datetime) -> dict[int, tuple[int, timedelta]]:
    """Return how many calls each of these agents has handled since midnight, and how long."""
    handled = read_by_ids(_handled, agent_ids, since=midnight(now))
    return {agent_id: (calls, talked or timedelta()) for agent_id, calls, talked in handled}


@cache
def _handled(agents: int) -> Prepared[tuple[int, int, timedelta | None]]:
    handled = Offer.objects.filter(
        agent__pk__in=places(agents), offered_at__gte=Given("since"), outcome=OfferOutcome.HANDLED
    )
    return Prepared(
        handled.values_list("agent_id").annotate(
            calls=Count("pk"), talked=Sum(F("conversation_ended_at") - F("connected_at"))
        )
    )


def _too_many(missed: int, agent_id: int, limits: Rules) -> int:
    """Return how many calls in a row were missed where supervisors are told of it; else 0."""
    limit = limits.limits(AlertKind.MISSED_IN_A_ROW, agent_id=agent_id)
    return missed if limit.is_on and 0 < limit.threshold <= missed else 0


def _long_break(until: datetime | None, now: datetime) -> Long | None:
    return Long.BREAK if until is not None and until <= now else None


def _too_long(busy: _Busy | None, agent_id: int, limits: Rules, now: datetime) -> Long | None:
    if busy is None:
        return None
    if busy.offer.state == OfferState.WRAPPING_UP:
        since = busy.conversation_ended_at
        return Long.WRAP_UP if since is not None and now - since >= LONG_WRAP_UP else None
    if busy.offer.state != OfferState.CONNECTED:
        return None
    for kind, since, long in (
        (AlertKind.LONG_HOLD, busy.held_at, Long.HOLD),
        (AlertKind.LONG_CALL, busy.connected_at, Long.CALL),
    ):
        limit = limits.limits(kind, agent_id=agent_id)
        if since is not None and limit.is_on and now - since >= timedelta(seconds=limit.threshold):
            return long
    return None
