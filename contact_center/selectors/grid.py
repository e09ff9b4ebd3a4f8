"""The agents of the floor: who needs somebody first, one page of however many there are.

All of them are read, but of each only what orders and counts them; the page that is shown is then
read whole. So two thousand agents cost one wide and shallow query more than fifty.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, F, Prefetch, Sum
from django.db.models.functions import Cast
from django.utils import timezone

from contact_center.domain.alerting import AlertKind, Rules
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, ShownStatus, shown_status, since_when
from contact_center.models import (
    Agent,
    AlertRule,
    HelpRequest,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
)
from contact_center.panels import Panel
from contact_center.selectors import supervising
from contact_center.selectors.alerts import rules_from
from contact_center.selectors.figures import midnight
from contact_center.selectors.looks import Look, Sort
from contact_center.selectors.scopes import Scope

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
#: What a row, and the buttons in it, need of an agent and of what goes on at the desk. Fifty rows
#: with everything that is known cost twice as much.
_OF_AGENT = (
    "tenant",
    "team",
    "presence",
    "presence_reason",
    "presence_since",
    "next_presence",
    "user__first_name",
    "user__last_name",
    "user__username",
    "phone__agent",
    "phone__silent_since",
)
_OF_OFFER = (
    "tenant",
    "agent",
    "state",
    "fence",
    "offered_at",
    "accepted_at",
    "connected_at",
    "held_at",
    "conversation_ended_at",
    "ended_at",
    "queue__name",
    "call__from_number",
    "call__state",
)
#: After every moment.
_FAR = "~"


class Long(StrEnum):
    """What has gone on for longer than it should."""

    CALL = "call"
    HOLD = "hold"
    WRAP_UP = "wrap-up"


@dataclass(frozen=True)
class AgentRow:
    """One agent: what is going on, since when, with whom, and what today came to."""

    agent: Agent
    status: ShownStatus
    since: datetime | None
    offer: Offer | None
    phone_silent_since: datetime | None
    #: The help the agent asks for in a call; a supervisor may already be coming.
    help: HelpRequest | None
    #: Who is with the agent's conversation.
    supervisors: list[supervising.Presence]
    too_long: Long | None
    calls: int
    talked: timedelta

    @property
    def is_present(self) -> bool:
        """Whether the agent is on duty or still busy with a call."""
        return self.status.state is not ShownState.OFFLINE


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
    as_of = timezone.now()
    everybody = _everybody(look.scope)
    text = look.grid.text.casefold()
    named = [one for one in everybody if text in one.name.casefold()] if text else everybody
    counts = Counter(one.state for one in named)
    listed = [one for one in named if one.state == look.grid.state] if look.grid.state else named
    listed.sort(key=_order(look))
    page: Page[Light] = Paginator(listed, PAGE_ROWS).get_page(look.grid.page)
    return {
        "as_of": as_of,
        "look": look,
        "rows": _rows([one.pk for one in page], as_of),
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
    asking = set(
        scope.help_requests()
        .filter(ended_at=None, answered_by=None)
        .values_list("offer__agent_id", flat=True)
    )
    people: dict[int, tuple[str, Presence, str | None]] = {}
    slots: dict[int, list[tuple[Activity, str | None]]] = defaultdict(list)
    for agent_id, presence, since, first, last, username, activity, doing_since in (
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
    ):
        if agent_id not in people:
            # As User.display_name says it.
            people[agent_id] = (f"{first} {last}".strip() or username, _PRESENCES[presence], since)
        if activity is not None:
            slots[agent_id].append((_ACTIVITIES[activity], doing_since))
    everybody = []
    for agent_id, (name, presence, since) in people.items():
        status = shown_status(presence, [activity for activity, _since in slots[agent_id]])
        moment = since_when(status, presence, since, slots[agent_id])
        everybody.append(Light(agent_id, name, status.state, moment, agent_id in asking))
    return everybody


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


def _rows(agent_ids: list[int], now: datetime) -> list[AgentRow]:
    """Return these agents in this order, with everything that a row shows."""
    live = (
        Offer.objects.filter(ended_at=None)
        .select_related("queue", "call")
        .only(*_OF_OFFER)
        .order_by("-pk")
    )
    agents = (
        Agent.objects.filter(pk__in=agent_ids)
        .select_related("user", "phone")
        .only(*_OF_AGENT)
        .prefetch_related("slots", Prefetch("offers", live, to_attr="live_offers"))
        .in_bulk()
    )
    asked = HelpRequest.objects.filter(offer__agent__in=agent_ids, ended_at=None)
    help_of = {one.offer.agent_id: one for one in asked.select_related("offer", "answered_by")}
    present = supervising.present_by_offer(
        offer for agent in agents.values() for offer in agent.live_offers
    )
    today = _today(agent_ids, now)
    limits = _limits({agent.tenant_id for agent in agents.values()})
    rows = []
    for agent_id in agent_ids:
        agent = agents.get(agent_id)
        if agent is None:
            continue  # gone between two looks
        calls, talked = today.get(agent_id, (0, timedelta()))
        rows.append(
            _row(agent, help_of.get(agent_id), present, limits, now, calls=calls, talked=talked)
        )
    return rows


def _today(agent_ids: list[int], now: datetime) -> dict[int, tuple[int, timedelta]]:
    """Return how many calls each of these agents has handled since midnight, and how long."""
    handled = Offer.objects.filter(
        agent__in=agent_ids, offered_at__gte=midnight(now), outcome=OfferOutcome.HANDLED
    )
    counted = handled.values_list("agent_id").annotate(
        calls=Count("pk"), talked=Sum(F("conversation_ended_at") - F("connected_at"))
    )
    return {agent_id: (calls, talked or timedelta()) for agent_id, calls, talked in counted}


def _row(
    agent: Any,
    asked: HelpRequest | None,
    present: dict[int, list[supervising.Presence]],
    limits: Rules,
    now: datetime,
    *,
    calls: int,
    talked: timedelta,
) -> AgentRow:
    slots = list(agent.slots.all())
    presence = Presence(agent.presence)
    status = shown_status(
        presence,
        [Activity(slot.activity) for slot in slots],
        next((slot.problem for slot in slots if slot.problem), ""),
    )
    phone: PhoneLease | None = getattr(agent, "phone", None)
    offer = next(iter(agent.live_offers), None)
    return AgentRow(
        agent=agent,
        status=status,
        since=since_when(
            status,
            presence,
            agent.presence_since,
            [(Activity(slot.activity), slot.activity_since) for slot in slots],
        ),
        offer=offer,
        phone_silent_since=phone.silent_since if phone is not None else None,
        help=asked,
        supervisors=[one for offer in agent.live_offers for one in present.get(offer.pk, ())],
        too_long=_too_long(offer, limits, now),
        calls=calls,
        talked=talked,
    )


def _limits(tenant_ids: Iterable[int]) -> Rules:
    """Return from where on a call and a hold are long: what the alerts go by."""
    kinds = (AlertKind.LONG_CALL, AlertKind.LONG_HOLD)
    return rules_from(AlertRule.objects.filter(tenant__in=tenant_ids, kind__in=kinds))


def _too_long(offer: Offer | None, limits: Rules, now: datetime) -> Long | None:
    if offer is None:
        return None
    if offer.state == OfferState.WRAPPING_UP:
        since = offer.conversation_ended_at
        return Long.WRAP_UP if since is not None and now - since >= LONG_WRAP_UP else None
    if offer.state != OfferState.CONNECTED:
        return None
    for kind, since, long in (
        (AlertKind.LONG_HOLD, offer.held_at, Long.HOLD),
        (AlertKind.LONG_CALL, offer.connected_at, Long.CALL),
    ):
        limit = limits.limits(kind, agent_id=offer.agent_id)
        if since is not None and limit.is_on and now - since >= timedelta(seconds=limit.threshold):
            return long
    return None
