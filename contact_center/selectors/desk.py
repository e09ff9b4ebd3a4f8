"""What an agent's desk shows. Each panel has one function here and one template.

A panel is read whole: the moment it is read (``as_of``) is taken before the first query, so of
two paints the one with the later moment is never the older truth. The page drops a paint that is
older than what it shows.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.breaks import BREAK_OVER
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, ShownStatus, shown_status, since_when
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Callback,
    CallbackAttempt,
    Disposition,
    EventLog,
    HelpRequest,
    MenuChoice,
    Offer,
    OfferOutcome,
    OfferState,
    Queue,
    Segment,
    SegmentKind,
    User,
)
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.panels import Panel
from contact_center.selectors.breaks import what_follows
from contact_center.selectors.callbacks import promised_by
from contact_center.selectors.contacts import contact_with
from contact_center.selectors.supervising import present_supervisors

Context = dict[str, Any]

#: How many calls the desk lists; the page of all calls goes back this far.
LAST_CALLS = 8
CALLS_PAGE = 50
#: How many earlier calls of the same number are shown beside a call.
EARLIER_CALLS = 5


#: What supervisors do to an agent, and how long the desk says so.
BY_A_SUPERVISOR = (
    "presence.changed",
    "next_presence.chosen",
    "wrap_up.finished",
    "agent.signed_out",
    "agent.relieved",
)
WORD_STANDS = timedelta(minutes=10)


@dataclass(frozen=True)
class Day:
    """An agent's calls since midnight: how many, and how long."""

    since: datetime
    handled: int
    missed: int
    talked: timedelta
    wrapped_up: timedelta
    #: When a customer who was to be called back was last not reached.
    not_reached_at: datetime | None = None

    @property
    def talked_each(self) -> timedelta | None:
        """The average; None where there is nothing to divide by."""
        return self.talked / self.handled if self.handled else None


@dataclass(frozen=True)
class Cards:
    """What is going on at a desk, each thing in its place.

    Of several conversations one is in front; a second wrap-up waits for the first.
    """

    ringing: Offer | None
    front: Offer | None
    #: A message that is open: nobody is on the line.
    message: Offer | None
    wrap_up: Offer | None
    others: tuple[Offer, ...]

    @property
    def about(self) -> Offer | None:
        """The call whose caller is told of."""
        first = self.ringing or self.front or self.message or self.wrap_up
        return first or next(iter(self.others), None)

    @property
    def is_heard(self) -> bool:
        """Whether the caller in front hears the agent."""
        front = self.front
        return front is not None and front.state == OfferState.CONNECTED and front.held_at is None


@dataclass(frozen=True)
class WaitingLine:
    """One of the agent's queues: how many wait, and the moment the first one came."""

    queue: Queue
    waiting: int
    first_since: datetime | None


# --- the panels ------------------------------------------------------------------------------


def own_status(agent: Agent) -> Context:
    """Return what the agent's own corner shows: the state, since when, what comes next."""
    as_of = timezone.now()
    agent, slots = _fresh(agent)
    status = _status(agent, slots)
    return {
        "as_of": as_of,
        "agent": agent,
        "status": status,
        "listens": status.is_talking and any(one.is_voicemail for one in _live_offers(agent)),
        "since": _since(agent, slots, status),
        "break_is_over": _break_is_over(agent, as_of),
        "break_label": break_label(agent.presence_reason),
        "next_break_label": break_label(agent.next_presence_reason),
        "break_types": break_types(),
        "phone": getattr(agent, "phone", None),
    }


def queue_strip(agent: Agent) -> Context:
    """Return who waits in the agent's queues, and since when the first of them has."""
    as_of = timezone.now()
    waiting = {
        queue_id: (callers, first) for queue_id, callers, first in _WAITING.all(agent_id=agent.pk)
    }
    nobody = (0, None)
    return {
        "as_of": as_of,
        "lines": [
            WaitingLine(queue, *waiting.get(queue.pk, nobody))
            for queue in _QUEUES.all(agent_id=agent.pk)
        ],
    }


def middle(agent: Agent) -> Context:
    """Return the one thing that happens now at this desk, and who the caller is."""
    as_of = timezone.now()
    agent, slots = _fresh(agent)
    status = _status(agent, slots)
    offers = _live_offers(agent)
    cards = cards_of(offers)
    _note_help(offers)
    _note_supervisors(offers)
    _note_callbacks(offers)
    context: Context = {
        "as_of": as_of,
        "agent": agent,
        "status": status,
        "break_is_over": _break_is_over(agent, as_of),
        "break_then": "",
        # Until the first call after it.
        "is_back_by_itself": (
            agent.presence == Presence.AVAILABLE
            and agent.presence_reason == BREAK_OVER
            and _since(agent, slots, status) == agent.presence_since
        ),
        "offers": offers,
        "cards": cards,
        "break_label": break_label(agent.presence_reason),
        "next_break_label": break_label(agent.next_presence_reason),
        "dispositions": [],
        "chosen_key": None,
        "earlier_calls": [],
        "contact": None,
        "queues": [],
        "day": None,
        "not_reached": None,
        "may_promise": current().call.callback_enabled,
        "promised": None,
    }
    about = cards.about
    if about is not None:
        written = cards.wrap_up or about
        context["dispositions"] = _DISPOSITIONS.all(
            queue_id=written.queue_id, tenant_id=written.tenant_id
        )
        if cards.wrap_up is not None and context["may_promise"]:
            context["promised"] = _promised_in(cards.wrap_up)
        context["chosen_key"] = _chosen_in_menu(about.call)
        context["earlier_calls"] = _earlier_calls(about.call)
        context["contact"] = contact_with(agent.user, about.call.from_number)
    else:
        if status.state is ShownState.BREAK and agent.break_until is not None:
            context["break_then"] = what_follows(agent)
        context["queues"] = [queue.name for queue in _QUEUES.all(agent_id=agent.pk)]
        context["day"] = day = day_of(agent, as_of)
        since = day.not_reached_at
        if since is not None and as_of - since <= WORD_STANDS:
            context["not_reached"] = _just_not_reached(agent)
    return context


def cards_of(offers: list[Offer]) -> Cards:
    """Return where each of ``offers``, what is going on at one desk, is shown.

    In front is the call that is being put through, or else is heard, or else comes back from hold;
    a held one only where it is alone. A wrap-up is written beside it.
    """
    wrap_ups = sorted(
        (offer for offer in offers if offer.state == OfferState.WRAPPING_UP),
        key=lambda offer: offer.conversation_ended_at or offer.offered_at,
    )
    connected = [offer for offer in offers if offer.state == OfferState.CONNECTED]
    talking = [offer for offer in connected if not offer.is_voicemail]
    message = next((offer for offer in connected if offer.is_voicemail), None)
    front = (
        next((offer for offer in offers if offer.state == OfferState.ACCEPTED), None)
        or next((offer for offer in talking if offer.held_at is None), None)
        or next((offer for offer in talking if offer.hold_asked == "resume"), None)
        or (talking[0] if len(talking) == 1 and not wrap_ups else None)
    )
    wrap_up = wrap_ups[0] if wrap_ups else None
    ringing = next((offer for offer in offers if offer.state == OfferState.PENDING), None)
    shown = (ringing, front, message, wrap_up)
    others = [offer for offer in reversed(offers) if offer not in shown]
    return Cards(ringing, front, message, wrap_up, tuple(others))


def supervisor_word(agent: Agent) -> Context:
    """Return what a supervisor last did to this agent, for as long as it is news; None for none."""
    as_of = timezone.now()
    done = _WORD.first(
        agent_id=agent.pk,
        tenant_id=agent.tenant_id,
        after=as_of - WORD_STANDS,
        user_id=agent.user_id,
    )
    actor = None
    if done is not None and done.actor_id is not None:
        actor = User.objects.filter(pk=done.actor_id).first()
    return {
        "as_of": as_of,
        "done": done,
        "who": actor.display_name if actor is not None else "",
        "break_label": break_label(done.details.get("reason", "")) if done is not None else "",
    }


def last_calls(agent: Agent) -> Context:
    """Return the last calls that came to this agent, newest first, and how each ended."""
    as_of = timezone.now()
    offers = _LAST_CALLS.all(agent_id=agent.pk)
    _note_callbacks(offers)
    return {"as_of": as_of, "offers": offers}


def own_callbacks(agent: Agent) -> Context:
    """Return whom this agent has promised to call."""
    return {"as_of": timezone.now(), "callbacks": promised_by(agent)}


DESK_PANELS: dict[str, Panel] = {
    "own-status": Panel("agents/_own_status.html", own_status),
    "queue-strip": Panel("agents/_queue_strip.html", queue_strip),
    "middle": Panel("agents/_middle.html", middle),
    "supervisor-word": Panel("agents/_supervisor_word.html", supervisor_word),
    "own-callbacks": Panel("agents/_own_callbacks.html", own_callbacks),
    "last-calls": Panel("agents/_last_calls.html", last_calls),
}


# --- what a view asks beside the panels ---------------------------------------------------------


def calls_page(agent: Agent, number: str = "") -> Context:
    """Return the agent's calls for the page that lists them, those of one caller if given."""
    as_of = timezone.now()
    offers = _ENDED_OFFERS.filter(agent=agent)
    if number:
        offers = offers.filter(call__from_number=number)
    return {"as_of": as_of, "offers": list(offers[:CALLS_PAGE]), "number": number}


def dispositions_for(offer: Offer) -> QuerySet[Disposition]:
    """Return what a call of this offer's queue can come to, in the order people set."""
    return Disposition.objects.filter(
        Q(queue=None) | Q(queue_id=offer.queue_id), tenant_id=offer.tenant_id, is_active=True
    )


def break_types() -> list[tuple[str, str]]:
    """Return the kinds of break an agent may choose: code and label."""
    return [(code, label) for code, label in current().agent.break_types]


def break_label(code: str) -> str:
    """Return the label of a kind of break; the code itself when it is no longer offered."""
    return dict(break_types()).get(code, code)


# --- reading -----------------------------------------------------------------------------------


# The desk is painted when its phone begins to ring, and someone waits for that: what it always asks
# is compiled once a process.
_AGENT = Prepared(
    Agent.objects.select_related("user", "tenant", "phone").filter(pk=Given("agent_id"))
)
_SLOTS = Prepared(AgentSlot.objects.filter(agent_id=Given("agent_id")).order_by("number"))
_LIVE_OFFERS = Prepared(
    Offer.objects.filter(agent_id=Given("agent_id"), ended_at=None)
    .select_related("call", "call__number", "queue", "segment", "disposition")
    .order_by("-offered_at")
)
_LIVE_HELP = Prepared(
    HelpRequest.objects.select_related("answered_by").filter(
        offer_id=Given("offer_id"), ended_at=None
    )
)
_QUEUES = Prepared(Queue.objects.filter(members__agent_id=Given("agent_id")))
_WAITING = Prepared(
    Segment.objects.filter(
        queue__members__agent_id=Given("agent_id"), kind=SegmentKind.QUEUE.value, ended_at=None
    )
    .values_list("queue_id")
    .annotate(waiting=Count("pk"), first_since=Min("placed_at"))
)
_CHOICE = Prepared(MenuChoice.objects.filter(version_id=Given("version_id"), key=Given("key")))
_DISPOSITIONS = Prepared(
    Disposition.objects.filter(
        Q(queue=None) | Q(queue_id=Given("queue_id")), tenant_id=Given("tenant_id"), is_active=True
    )
)
_EARLIER_CALLS = Prepared(
    Offer.objects.filter(
        ~Q(call_id=Given("call_id")),
        tenant_id=Given("tenant_id"),
        call__from_number=Given("from_number"),
        outcome=OfferOutcome.HANDLED.value,
    )
    .select_related("call", "agent__user", "queue", "disposition")
    .order_by("-offered_at")[:EARLIER_CALLS]
)
_HANDLED = Q(outcome=OfferOutcome.HANDLED.value)
_DAY = Prepared(
    Offer.objects.filter(agent_id=Given("agent_id"), offered_at__gte=Given("midnight"))
    .values_list("agent_id")
    .annotate(
        handled=Count("pk", filter=_HANDLED),
        missed=Count("pk", filter=Q(outcome=OfferOutcome.TIMED_OUT.value)),
        talked=Sum(F("conversation_ended_at") - F("connected_at"), filter=_HANDLED),
        wrapped_up=Sum(F("ended_at") - F("conversation_ended_at"), filter=_HANDLED),
        not_reached=Max("ended_at", filter=Q(outcome=OfferOutcome.NOT_REACHED.value)),
    )
)
_ENDED_OFFERS = (
    Offer.objects.exclude(ended_at=None)
    .select_related("call", "queue", "disposition")
    .order_by("-offered_at", "-pk")
)
_LAST_CALLS = Prepared(_ENDED_OFFERS.filter(agent_id=Given("agent_id"))[:LAST_CALLS])
_WORD = Prepared(
    EventLog.objects.filter(
        ~Q(actor_id=Given("user_id")),
        agent_id=Given("agent_id"),
        tenant_id=Given("tenant_id"),
        at__gt=Given("after"),
        name__in=BY_A_SUPERVISOR,
        actor_id__isnull=False,
    ).order_by("-at", "-pk")[:1]
)


def _fresh(agent: Agent) -> tuple[Agent, list[AgentSlot]]:
    fresh = _AGENT.first(agent_id=agent.pk)
    if fresh is None:
        raise Agent.DoesNotExist(f"Agent {agent.pk} was removed.")
    return fresh, _SLOTS.all(agent_id=agent.pk)


def _status(agent: Agent, slots: list[AgentSlot]) -> ShownStatus:
    return shown_status(
        Presence(agent.presence),
        [Activity(slot.activity) for slot in slots],
        next((slot.problem for slot in slots if slot.problem), ""),
    )


def _since(agent: Agent, slots: list[AgentSlot], status: ShownStatus) -> datetime | None:
    return since_when(
        status,
        Presence(agent.presence),
        agent.presence_since,
        [(Activity(slot.activity), slot.activity_since) for slot in slots],
    )


def _break_is_over(agent: Agent, now: datetime) -> bool:
    """Whether the agent is on a break that has lasted as long as it may."""
    until = agent.break_until
    return agent.presence == Presence.BREAK and until is not None and until <= now


def _live_offers(agent: Agent) -> list[Offer]:
    """Return what is going on at this desk, the newest first."""
    return _LIVE_OFFERS.all(agent_id=agent.pk)


def _note_help(offers: list[Offer]) -> None:
    """Give each conversation its ``live_help``: the help asked for in it, or None."""
    for offer in offers:
        if offer.state == OfferState.CONNECTED:
            offer.live_help = _LIVE_HELP.first(offer_id=offer.pk)


def _note_supervisors(offers: list[Offer]) -> None:
    """Give each conversation the supervisors in it whom its agent may see."""
    for offer in offers:
        if offer.state == OfferState.CONNECTED:
            offer.supervisors = present_supervisors(offer, for_agent=True)


def _note_callbacks(offers: list[Offer]) -> None:
    """Give each offer of a callback the attempt that was made for it, or None."""
    called = {offer.pk: offer for offer in offers if not offer.call.is_live}
    for attempt in read_by_ids(_attempts, called):
        if attempt.offer_id is not None:
            called[attempt.offer_id].called_back = attempt


@cache
def _attempts(offers: int) -> Prepared[CallbackAttempt]:
    rows = CallbackAttempt.objects.select_related("callback__call")
    return Prepared(rows.filter(offer__pk__in=places(offers)).order_by("pk"))


def _promised_in(offer: Offer) -> Callback | None:
    """Return the call that the customer of a conversation was promised in it."""
    made = Callback.objects.filter(call__asked_in_id=offer.call_id, is_scheduled=True)
    return made.filter(call__ended_at=None).first()


def _just_not_reached(agent: Agent) -> Offer | None:
    """Return the last offer of the agent, if it was to call somebody who was not reached."""
    last = _LAST_CALLS.first(agent_id=agent.pk)
    if last is None or last.outcome != OfferOutcome.NOT_REACHED:
        return None
    _note_callbacks([last])
    return last


def day_of(agent: Agent, now: datetime) -> Day:
    """Return what an agent has done since midnight."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = _DAY.first(agent_id=agent.pk, midnight=midnight)
    nothing = (agent.pk, 0, 0, None, None, None)
    _agent_id, handled, missed, talked, wrapped_up, not_reached = counted or nothing
    return Day(
        since=midnight,
        handled=handled,
        missed=missed,
        talked=talked or timedelta(),
        wrapped_up=wrapped_up or timedelta(),
        not_reached_at=not_reached,
    )


def _chosen_in_menu(call: Call) -> MenuChoice | None:
    if not call.menu_key or call.menu_version_id is None:
        return None
    return _CHOICE.first(version_id=call.menu_version_id, key=call.menu_key)


def _earlier_calls(call: Call) -> list[Offer]:
    """Return who of us spoke with this number before. A withheld number has no history."""
    if not call.from_number.startswith("+"):
        return []
    return _EARLIER_CALLS.all(
        call_id=call.pk, tenant_id=call.tenant_id, from_number=call.from_number
    )


def talk_time(offer: Offer) -> timedelta | None:
    """Return how long customer and agent talked; None when they never did."""
    if offer.connected_at is None:
        return None
    return (offer.conversation_ended_at or offer.ended_at or timezone.now()) - offer.connected_at
