"""The page of one call: where it is now, who was in it when, what it was offered, and the facts.

What happened in order is in timelines.py. Each panel has one function here and one template;
everything is read within one organisation, and bounded: a call that was offered a thousand times
shows the last of them and says how many there were.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from contact_center.domain.states import CallState
from contact_center.models import (
    Call,
    EventLog,
    Leg,
    LegKind,
    Offer,
    OfferState,
    Segment,
    SegmentKind,
    WrapUpAnswer,
)
from contact_center.panels import Panel
from contact_center.selectors import help_requests, supervising, timelines
from contact_center.selectors.after_call import answers_of
from contact_center.selectors.arranging import kept
from contact_center.selectors.scopes import Scope
from contact_center.selectors.timelines import Reason
from contact_center.selectors.voicemails import message_left_in

Context = dict[str, Any]

#: So many stays, offers and legs are shown, the newest of them; how many there were is said.
MOST_ROWS = 40
#: Lanes of people, and bars of one lane.
MOST_LANES = 12
MOST_BARS = 60


@dataclass(frozen=True)
class SeenCall:
    """A call, as somebody sees it who may see so much: not every agent in it may be theirs."""

    call: Call
    scope: Scope


@dataclass(frozen=True)
class OfferRow:
    """One offer, why it was made and what came of it."""

    offer: Offer
    #: Whether whoever looks may see that agent's page.
    leads_to_agent: bool
    reason: Reason | None
    #: From ringing to the answer, or to whatever ended it; None while it rings.
    rang: timedelta | None
    #: What the agent answered in the form after the call.
    answers: Sequence[WrapUpAnswer] = ()


@dataclass(frozen=True)
class LegRow:
    """One line of the network that took part."""

    sid: str
    kind: str
    #: Whose browser it was, an agent's or a supervisor's; empty for the caller.
    agent: str
    status: str
    started_at: datetime
    joined_at: datetime | None
    ended_at: datetime | None


class Was(StrEnum):
    """What somebody was doing in a call for a while."""

    MENU = "menu"
    WAITED = "waited"
    TALKED = "talked"
    SPOKE = "spoke"
    HEARD = "heard"
    HELD = "held"
    RANG = "rang"
    NOT_ANSWERED = "not-answered"
    CONNECTED = "connected"
    WRAPPED_UP = "wrapped-up"
    GOODBYE = "goodbye"
    OUTSIDE = "outside"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Bar:
    """A part of a lane. Places and widths are per cent of the whole call."""

    was: Was
    x: float
    width: float
    lasted: timedelta


@dataclass(frozen=True)
class Lane:
    """What one person did, over the time of the call."""

    #: Empty for the caller.
    agent: str
    bars: list[Bar]


@dataclass(frozen=True)
class Mark:
    """A place on the axis of time."""

    x: float
    since: timedelta


def is_over(call: Call) -> bool:
    """Whether nothing of a call goes on any more, wrap-up included."""
    return call.ended_at is not None and not _offers(call).filter(ended_at=None).exists()


# --- the panels ------------------------------------------------------------------------------


def call_now(seen: SeenCall) -> Context:
    """Return where the call is, with whom, and since when; of one that is over how it ended."""
    as_of = timezone.now()
    call = _calls().get(pk=seen.call.pk)
    live = _offers(call).filter(ended_at=None).order_by("-pk").first()
    if live is not None:
        live.call = call
    spoke = _offers(call).exclude(connected_at=None).order_by("-connected_at").first()
    stay = (
        call.segments.filter(ended_at=None)
        .select_related("queue", "reserved_for__user", "reserved_by")
        .first()
    )
    waiting = stay if call.state in (CallState.QUEUED, CallState.OFFERED) else None
    return {
        "as_of": as_of,
        "call": call,
        "over": call.ended_at is not None and live is None,
        "offer": live,
        "may_help": live is not None and bool(seen.scope.covered([live.agent_id])),
        "spoke": spoke,
        "stay": stay,
        "may_arrange": waiting is not None and _may_arrange(waiting, seen.scope),
        "kept": kept(waiting, seen.scope, as_of) if waiting is not None else None,
        "since": _since(call, live, stay),
        "lasted": (call.ended_at or as_of) - call.arrived_at,
        "help": help_requests.live_help(call),
        "supervisors": supervising.present_supervisors(live) if live is not None else [],
        "newest": timelines.newest(call),
    }


def call_lanes(seen: SeenCall) -> Context:
    """Return who was in the call when: a lane for the caller and one for each agent."""
    as_of = timezone.now()
    call = _calls().get(pk=seen.call.pk)
    offers = _newest_first(_offers(call))
    end = max(
        [
            call.ended_at or as_of,
            *(offer.ended_at or as_of for offer in offers if offer.connected_at),
        ]
    )
    axis = _Axis(call.arrived_at, max(end, call.arrived_at + timedelta(seconds=1)))
    lanes = [Lane("", list(_bars_of_caller(call, axis, as_of)))]
    people: dict[int, list[Offer]] = {}
    for offer in offers:
        people.setdefault(offer.agent_id, []).append(offer)
    for theirs in list(people.values())[:MOST_LANES]:
        bars = [bar for offer in theirs for bar in _bars_of_offer(offer, axis, as_of)]
        lanes.append(Lane(theirs[0].agent.user.display_name, bars[:MOST_BARS]))
    return {
        "as_of": as_of,
        "call": call,
        "lanes": lanes,
        "marks": list(axis.marks()),
        "from": axis.start,
        "until": axis.end if call.ended_at else None,
    }


def call_facts(seen: SeenCall) -> Context:
    """Return the facts: how it ended, where the time went, to whom it was offered, its lines."""
    as_of = timezone.now()
    call = _calls().get(pk=seen.call.pk)
    offers = _newest_first(_offers(call))
    segments = list(
        call.segments.select_related("queue").order_by("-started_at", "-pk")[:MOST_ROWS]
    )[::-1]
    return {
        "as_of": as_of,
        "call": call,
        "lasted": (call.ended_at or as_of) - call.arrived_at,
        "segments": segments,
        "segments_before": call.segments.count() - len(segments),
        "offers": list(_offer_rows(call, offers, seen.scope)),
        "offers_before": _offers(call).count() - len(offers),
        "legs": list(_legs(call)),
        "message": message_left_in(call.pk),
    }


CALL_PANELS: dict[str, Panel] = {
    "call-now": Panel("supervisors/_call_now.html", call_now),
    "call-lanes": Panel("supervisors/_call_lanes.html", call_lanes),
    "call-facts": Panel("supervisors/_call_facts.html", call_facts),
}


def call_story(call: Call, *, kind: str, page: str) -> Context:
    """Return the timeline as the address asks for it, and what tells that there is more."""
    as_of = timezone.now()
    # Read first: what is written between the two is fetched once more, never missed.
    newest = timelines.newest(call)
    return {
        "as_of": as_of,
        "call": call,
        "newest": newest,
        "page": timelines.timeline(call, kind=kind, page=page),
        "kinds": list(timelines.Kind),
    }


# --- reading ---------------------------------------------------------------------------------


def _calls() -> QuerySet[Call]:
    return Call.objects.select_related("queue", "number", "menu_version__menu")


def _offers(call: Call) -> QuerySet[Offer]:
    return Offer.objects.filter(call=call).select_related("agent__user", "queue", "disposition")


def _newest_first(offers: QuerySet[Offer]) -> list[Offer]:
    """Return the last offers of a call, in the order they were made."""
    return list(offers.order_by("-pk")[:MOST_ROWS])[::-1]


def _may_arrange(stay: Segment, scope: Scope) -> bool:
    """Whether whoever looks may see the queue, and so say what becomes of who waits in it."""
    queue_id = stay.queue_id
    return queue_id is not None and scope.widest.queues().filter(pk=queue_id).exists()


def _since(call: Call, offer: Offer | None, stay: Segment | None) -> datetime | None:
    """When what goes on now began."""
    if offer is not None:
        if offer.state == OfferState.WRAPPING_UP:
            return offer.conversation_ended_at
        return offer.held_at or offer.connected_at or offer.accepted_at or offer.offered_at
    if call.ended_at is not None:
        return None
    return stay.placed_at or stay.started_at if stay is not None else call.arrived_at


def _offer_rows(call: Call, offers: list[Offer], scope: Scope) -> Iterable[OfferRow]:
    named = {pk for offer in offers for pk in timelines.considered_in(offer)}
    covered = scope.covered({offer.agent_id for offer in offers} | named)
    names = timelines.agent_names(call.tenant_id, named & covered)
    skills = timelines.skill_names(pk for offer in offers for pk in timelines.needed_in(offer))
    people = timelines.people_in(call.tenant_id, offers)
    answers = answers_of(offers)
    for offer in offers:
        answered = offer.accepted_at or offer.ended_at
        yield OfferRow(
            offer,
            offer.agent_id in covered,
            timelines.reason_of(offer, names, skills, people),
            answered - offer.offered_at if answered else None,
            answers.get(offer.pk, ()),
        )


def _legs(call: Call) -> Iterable[LegRow]:
    if call.has_leg:
        yield _customers_leg(call)
    for tried in timelines.attempts_of(call).exclude(sid=call.sid)[:MOST_ROWS]:
        yield LegRow(
            sid=tried.sid,
            kind=LegKind.CUSTOMER,
            agent="",
            status=tried.outcome,
            started_at=tried.begun_at,
            joined_at=None,
            ended_at=tried.ended_at,
        )
    legs = timelines.legs_of(call).select_related("offer__agent__user", "supervision__supervisor")
    for leg in list(legs.order_by("-pk")[:MOST_ROWS])[::-1]:
        yield LegRow(
            sid=leg.sid,
            kind=leg.kind,
            agent=_whose(leg),
            status=leg.status,
            started_at=leg.started_at,
            joined_at=leg.joined_at,
            ended_at=leg.ended_at,
        )


def _customers_leg(call: Call) -> LegRow:
    return LegRow(
        sid=call.sid,
        kind=LegKind.CUSTOMER,
        agent="",
        status=call.network_status,
        started_at=call.arrived_at,
        joined_at=call.answered_at,
        ended_at=call.ended_at,
    )


def _whose(leg: Leg) -> str:
    if leg.supervision is not None:
        return leg.supervision.supervisor.display_name
    return leg.offer.agent.user.display_name if leg.offer is not None else ""


# --- lanes -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Axis:
    """The time of a call, from its first ring to its end or to now."""

    start: datetime
    end: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment is, in per cent."""
        share = (moment - self.start) / (self.end - self.start)
        return round(min(max(share, 0.0), 1.0) * 100, 2)

    def bar(self, was: Was, begin: datetime, end: datetime) -> Bar:
        """Return a bar from one moment to another; what was short can still be seen."""
        x = self.place(begin)
        return Bar(was, x, max(round(self.place(end) - x, 2), 0.4), end - begin)

    def marks(self) -> Iterable[Mark]:
        """Yield round times, five or so."""
        whole = (self.end - self.start).total_seconds()
        step = next((s for s in _STEPS if whole / s <= 6), _STEPS[-1])
        while whole / step > 6:
            step *= 2
        for n in range(int(whole // step) + 1):
            yield Mark(round(100 * n * step / whole, 2), timedelta(seconds=n * step))


_STEPS = (1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

_STAYED = {
    SegmentKind.MENU: Was.MENU,
    SegmentKind.QUEUE: Was.WAITED,
    SegmentKind.CALLBACK: Was.WAITED,
    SegmentKind.VOICEMAIL: Was.WAITED,
    SegmentKind.DIALLING: Was.RANG,
    SegmentKind.CONVERSATION: Was.TALKED,
    SegmentKind.MESSAGE: Was.SPOKE,
    SegmentKind.LISTENING: Was.HEARD,
    SegmentKind.GOODBYE: Was.GOODBYE,
    SegmentKind.OUTSIDE: Was.OUTSIDE,
}


#: What begins a hold, and what ends it.
_HOLDS = (
    "call.held",
    "call.resumed",
    "conversation.ended",
    "call.transferred",
    "call.left_outside",
    "agent.lost",
    "call.ended",
)


def _bars_of_caller(call: Call, axis: _Axis, now: datetime) -> Iterable[Bar]:
    stays = list(call.segments.order_by("-started_at", "-pk")[:MOST_BARS])[::-1]
    for stay in stays:
        was = _STAYED.get(SegmentKind(stay.kind), Was.ELSEWHERE)
        yield axis.bar(was, stay.started_at, stay.ended_at or now)
    # Drawn over the conversation they interrupted.
    holds = EventLog.objects.filter(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        name__in=_HOLDS,
    )
    held_since: datetime | None = None
    for name, at in list(holds.order_by("-pk").values_list("name", "at")[: 2 * MOST_BARS])[::-1]:
        if name == "call.held":
            held_since = at
        elif held_since is not None:
            yield axis.bar(Was.HELD, held_since, at)
            held_since = None
    if held_since is not None:
        yield axis.bar(Was.HELD, held_since, now)


def _bars_of_offer(offer: Offer, axis: _Axis, now: datetime) -> Iterable[Bar]:
    answered = offer.accepted_at
    over = offer.ended_at or now
    rang = Was.RANG if answered or offer.ended_at is None else Was.NOT_ANSWERED
    yield axis.bar(rang, offer.offered_at, answered or over)
    if answered is None:
        return
    if offer.connected_at is None:
        yield axis.bar(Was.RANG, answered, over)
        return
    talked_until = offer.conversation_ended_at or over
    yield axis.bar(Was.CONNECTED, offer.connected_at, talked_until)
    if offer.conversation_ended_at is not None and offer.outcome != "lost":
        yield axis.bar(Was.WRAPPED_UP, talked_until, over)
