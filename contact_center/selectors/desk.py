"""What an agent's desk shows. Each panel has one function here and one template.

A panel is read whole: the moment it is read (``as_of``) is taken before the first query, so of
two paints the one with the later moment is never the older truth. The page drops a paint that is
older than what it shows.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.alerting import AlertKind
from contact_center.domain.breaks import BREAK_OVER
from contact_center.domain.consults import FAILURES
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, ShownStatus, shown_status, since_when
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Callback,
    Consult,
    DialAttempt,
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
    Transfer,
    TransferState,
    User,
)
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.panels import Panel
from contact_center.selectors.after_call import after_call, desk_of
from contact_center.selectors.breaks import what_follows
from contact_center.selectors.callbacks import promised_by
from contact_center.selectors.contacts import contact_with
from contact_center.selectors.figures import todays_work
from contact_center.selectors.screen_pop import screen_pop
from contact_center.selectors.supervising import present_supervisors
from contact_center.selectors.thresholds import thresholds_of

Context = dict[str, Any]

#: How many calls the desk lists; own_calls.py has the others.
LAST_CALLS = 8
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
    #: Without the time in which the caller was on hold.
    talked: timedelta
    held: timedelta
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
    #: Somebody else's call about which this agent is asked or consulted.
    consulted: Consult | None = None

    @property
    def about(self) -> Offer | None:
        """The call whose caller is told of."""
        first = self.ringing or self.front or self.message or self.wrap_up
        if first is None and self.consulted is not None:
            return self.consulted.offer
        return first or next(iter(self.others), None)

    @property
    def is_heard(self) -> bool:
        """Whether the caller in front hears the agent."""
        front = self.front
        return front is not None and front.state == OfferState.CONNECTED and front.held_at is None

    @property
    def taken_at(self) -> datetime | None:
        """When what rings is taken without a hand; None: by hand alone, as beside anything else.

        Whoever has somebody on hold, consults or is consulted, or writes, is at something else.
        """
        others = (self.front, self.message, self.wrap_up, self.consulted, *self.others)
        if self.ringing is None or any(one is not None for one in others):
            return None
        return self.ringing.answers_itself_at


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
    _note_consults(offers)
    cards = replace(cards_of(offers), consulted=_consulted(agent, slots, offers))
    _note_help(offers)
    _note_supervisors(offers)
    note_callbacks(offers)
    _note_transfers(offers)
    _note_hold_limits(offers)
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
        "call_form": None,
        "wrap_up_form": None,
        "chosen_key": None,
        "earlier_calls": [],
        "contact": None,
        "consult_contact": None,
        "pop": None,
        "queues": [],
        "day": None,
        "not_reached": None,
        "may_promise": current().call.callback_enabled,
        "promised": None,
    }
    about = cards.about
    if cards.consulted is not None:
        caller = cards.consulted.offer.call.from_number
        context["consult_contact"] = contact_with(agent.user, caller)
    if about is not None:
        talked = cards.front or cards.message
        if talked is not None and talked.state == OfferState.CONNECTED:
            context["call_form"] = after_call(talked)
        if cards.wrap_up is not None:
            context["wrap_up_form"] = after_call(cards.wrap_up)
        if cards.wrap_up is not None and context["may_promise"]:
            context["promised"] = _promised_in(cards.wrap_up)
        context["chosen_key"] = chosen = _chosen_in_menu(about.call)
        context["earlier_calls"] = _earlier_calls(about.call)
        context["contact"] = contact = contact_with(agent.user, about.call.from_number)
        forms = (context["call_form"], context["wrap_up_form"])
        form = next((form for form in forms if form and form.offer == about), None)
        beside = form.desk if form is not None else desk_of(about.queue_id)
        context["pop"] = screen_pop(about, agent, contact, chosen=chosen, desk=beside)
    else:
        if status.state is ShownState.BREAK and agent.break_until is not None:
            context["break_then"] = what_follows(agent)
        context["queues"] = [queue.name for queue in _QUEUES.all(agent_id=agent.pk)]
        context["day"] = day = day_of(agent, as_of)
        context["work"] = todays_work(agent)
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
        or next((offer for offer in talking if _consults(offer)), None)
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
    note_callbacks(offers)
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
_CONSULTED = Prepared(
    Consult.objects.filter(colleague_id=Given("agent_id"), ended_at=None)
    .exclude(slot=None)
    .select_related(
        "queue",
        "offer__call",
        "offer__call__number",
        "offer__queue",
        "offer__segment",
        "offer__disposition",
        "offer__agent__user",
    )
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
        talked=Sum(F("conversation_ended_at") - F("connected_at") - F("held_for"), filter=_HANDLED),
        held=Sum("held_for", filter=_HANDLED),
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


def _note_consults(offers: list[Offer]) -> None:
    """Give each conversation the colleague who is consulted in it, or why the last one is not."""
    connected = {offer.pk: offer for offer in offers if offer.state == OfferState.CONNECTED}
    for consult in read_by_ids(_consults_of, connected):
        is_told = consult.end_reason in FAILURES
        # The newest is the last, and decides.
        connected[consult.offer_id].consult = consult if not consult.ended_at or is_told else None


@cache
def _consults_of(offers: int) -> Prepared[Consult]:
    rows = Consult.objects.select_related("colleague__user", "queue")
    return Prepared(rows.filter(offer__pk__in=places(offers)).order_by("pk"))


def _consults(offer: Offer) -> bool:
    return offer.consult is not None and offer.consult.ended_at is None


def _consulted(agent: Agent, slots: list[AgentSlot], offers: list[Offer]) -> Consult | None:
    """Return for what an agent is asked who is engaged without a call of their own."""
    taken = {offer.slot_id for offer in offers}
    if not any(slot.activity in _ENGAGED and slot.pk not in taken for slot in slots):
        return None
    return _CONSULTED.first(agent_id=agent.pk)


_ENGAGED = frozenset({Activity.RINGING, Activity.CONNECTING, Activity.ON_CALL})


def _note_supervisors(offers: list[Offer]) -> None:
    """Give each conversation the supervisors in it whom its agent may see."""
    for offer in offers:
        if offer.state == OfferState.CONNECTED:
            offer.supervisors = present_supervisors(offer, for_agent=True)


def _note_hold_limits(offers: list[Offer]) -> None:
    """Give each held caller the moment from which supervisors are told of a long hold."""
    held = [offer for offer in offers if offer.held_at is not None]
    if not held:
        return
    rules = thresholds_of(held[0].tenant_id).rules
    for offer in held:
        limits = rules.limits(AlertKind.LONG_HOLD, agent_id=offer.agent_id)
        if limits.is_on and offer.held_at is not None:
            offer.hold_limit_at = offer.held_at + timedelta(seconds=limits.threshold)


def _note_transfers(offers: list[Offer]) -> None:
    """Give each offer how its caller was sent here, and where he is about to be sent on to."""
    # What is offered for the first time nobody has sent on, and a wrap-up shows nothing of it.
    concerned = {
        offer.call_id
        for offer in offers
        if offer.state == OfferState.CONNECTED
        or (offer.fence > 1 and offer.state != OfferState.WRAPPING_UP)
    }
    for transfer in read_by_ids(_transfers, concerned):
        for offer in offers:
            if offer.call_id != transfer.call_id:
                continue
            if transfer.state == TransferState.ASKED and offer.state == OfferState.CONNECTED:
                offer.sent_on = transfer
            elif transfer.stay_id == offer.segment_id:
                offer.came_by = transfer


@cache
def _transfers(calls: int) -> Prepared[Transfer]:
    rows = Transfer.objects.select_related("offer__agent__user", "to_agent__user", "to_queue")
    return Prepared(rows.filter(call__pk__in=places(calls)).order_by("pk"))


def note_callbacks(offers: list[Offer]) -> None:
    """Give each offer of a callback the attempt that was made for it, or None."""
    called = {offer.pk: offer for offer in offers if not offer.call.is_live}
    for attempt in read_by_ids(_attempts, called):
        if attempt.offer_id is not None:
            called[attempt.offer_id].called_back = attempt


@cache
def _attempts(offers: int) -> Prepared[DialAttempt]:
    rows = DialAttempt.objects.select_related("call", "callback__call")
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
    note_callbacks([last])
    read = last.called_back is not None and last.called_back.is_read
    return None if read else last


def day_of(agent: Agent, now: datetime) -> Day:
    """Return what an agent has done since midnight."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = _DAY.first(agent_id=agent.pk, midnight=midnight)
    nothing = (agent.pk, 0, 0, None, None, None, None)
    _agent_id, handled, missed, talked, held, wrapped_up, not_reached = counted or nothing
    return Day(
        since=midnight,
        handled=handled,
        missed=missed,
        talked=talked or timedelta(),
        held=held or timedelta(),
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
