"""A call is offered to an agent: the dispatcher, and what can become of an offer.

Which call goes to whom is decided in domain/routing.py; here the snapshot is read, the plans are
written, and exactly one process wins each of them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.eligibility import Eligibility
from contact_center.domain.line import Kind
from contact_center.domain.routing import Candidate, Plan, WaitingCall, in_line, plan_offers
from contact_center.domain.states import CONNECT_SECONDS, Activity, CallState
from contact_center.errors import (
    IllegalTransition,
    OfferGone,
    OfferTaken,
    PhoneElsewhere,
    StaleState,
)
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
    QueueMember,
    Timer,
)
from contact_center.models.prepared import insert, insert_all, update
from contact_center.selectors.lines import REFUSED, Lines, free_agents, heads_of_lines
from contact_center.selectors.lines import tenants_with_work as tenants_with_work
from contact_center.services import (
    consulting_queue,
    dialling,
    facts,
    joining,
    reserving,
    switching,
)
from contact_center.services.timing import cancel_timers, on_time, set_timer
from contact_center.services.transitions import (
    hold_dispatch,
    lock_call,
    move_call,
    move_offer,
    move_slot,
)
from contact_center.wakeups import wake_clock

#: A dispatch first reads so many callers of a line more than there are free agents.
SPARE = 3
JOIN_SALT = "contact_center.join"


# --- pairing -------------------------------------------------------------------------------


def dispatch(tenant_id: int) -> int:
    """Pair waiting callers with free agents; return how many offers were made.

    1. Take the organisation's dispatch row: one dispatcher at a time makes the order fair.
    2. Read the free agents, then the head of the lines they serve: the cost grows with those, not
    with the floor. 3. Plan (pure); where an agent could have somebody of whom nothing was read yet
    before what was planned (those at the head were declined and rest, or need what the agent cannot
    do), read more. 4. Write the plans by compare-and-swap.

    That a call or an agent moves on between 2 and 4 is rare. Then everything is taken back and
    read anew, and each plan is written in a savepoint of its own: what fails is dropped, and the
    next dispatch sees it as it is by then.
    """
    try:
        return _dispatch(tenant_id, _make_offers)
    except _MOVED_ON:
        return _dispatch(tenant_id, _make_offers_one_by_one)


def _dispatch(tenant_id: int, write: "Write") -> int:
    with transaction.atomic():
        has_consults = hold_dispatch(tenant_id)
        now = timezone.now()
        candidates = free_agents(tenant_id, now)
        if not candidates:
            return 0
        most = len(candidates) + SPARE
        while True:
            lines = heads_of_lines(tenant_id, candidates, now, most=most, has_consults=has_consults)
            pairs = plan_offers(lines.waiting, candidates, lines.rules, now, ageing=lines.ageing)
            to_ring = [plan.call.call_id for plan in pairs if _is_rung_first(plan.call, lines)]
            plans = pairs
            if to_ring:
                # What these plans say is that somebody could talk to the customer. Nobody is kept
                # for him: the agents go to the others in line.
                others = [call for call in lines.waiting if not _is_rung_first(call, lines)]
                plans = plan_offers(others, candidates, lines.rules, now, ageing=lines.ageing)
            # Either plan is carried out in part: the first rings customers, the second agents.
            both = [pairs, plans] if to_ring else [pairs]
            if not any(_somebody_may_be_overlooked(candidates, one, lines, now) for one in both):
                break
            most *= 10
        rung = dialling.ring_first(tenant_id, to_ring, now) if to_ring else 0
        return rung + (write(tenant_id, plans, lines, now) if plans else 0)


def _is_rung_first(call: WaitingCall, lines: Lines) -> bool:
    """Whether it is a callback whose customer is on the line before any agent is."""
    return call.kind is Kind.CALLBACK and call.queue_id in lines.customer_first


def _somebody_may_be_overlooked(
    candidates: Sequence[Candidate], plans: Sequence[Plan], lines: Lines, now: datetime
) -> bool:
    """Whether somebody who was not read may stand before what an agent who could have him gets.

    They stand behind the last who was read of their line, so who gets somebody before that one has
    passed none of them. Who gets nobody may have passed all of them.
    """
    if not lines.last_read:
        return False
    line = in_line(lines.waiting, lines.rules, ageing=lines.ageing)
    places = {call.segment_id: place for place, call in enumerate(line)}
    gets = {plan.candidate.agent_id: places[plan.call.segment_id] for plan in plans}
    for last in lines.last_read:
        queue = Eligibility(last.queue_id, lines.rules[last.queue_id])
        for candidate in candidates:
            has_passed = gets.get(candidate.agent_id, len(line)) > places[last.segment_id]
            if has_passed and queue.may_have_one_behind(last, candidate, now):
                return True
    return False


Write = Callable[[int, Sequence[Plan], Lines, datetime], int]
#: What a compare-and-swap raises when somebody was faster.
_MOVED_ON = (IntegrityError, StaleState, IllegalTransition)


def _make_offers(tenant_id: int, plans: Sequence[Plan], lines: Lines, now: datetime) -> int:
    """Write ``plans``. What was read is where the compare-and-swaps start from.

    Raises one of _MOVED_ON when a call or an agent is not any more as it was read.
    """
    events, timers = [], []
    for plan in plans:
        if plan.call.consult_id is not None:
            consulting_queue.ring(plan, now)
            continue
        offer = _make_offer(tenant_id, plan, lines, now)
        events.append(ev.CallOffered(**facts.of_offer(offer)))
        timers.append(Timer(kind="ring", due_at=offer.deadline, tenant_id=tenant_id, offer=offer))
    insert_all(timers)
    record(*events)
    return len(plans)


def _make_offers_one_by_one(
    tenant_id: int, plans: Sequence[Plan], lines: Lines, now: datetime
) -> int:
    made = 0
    for plan in plans:
        with suppress(*_MOVED_ON), transaction.atomic():
            made += _make_offers(tenant_id, [plan], lines, now)
    return made


def _make_offer(tenant_id: int, plan: Plan, lines: Lines, now: datetime) -> Offer:
    fence = lines.offers_made[plan.call.call_id] + 1
    call = Call(pk=plan.call.call_id, tenant_id=tenant_id, state=CallState.QUEUED.value)
    slot = AgentSlot(pk=plan.candidate.slot_id, activity=Activity.IDLE.value)
    offer = Offer(
        tenant_id=tenant_id,
        call=call,
        segment_id=plan.call.segment_id,
        queue_id=plan.call.queue_id,
        agent_id=plan.candidate.agent_id,
        slot=slot,
        fence=fence,
        reason=dict(plan.reason),
        offered_at=now,
        deadline=now + timedelta(seconds=lines.ring_times[plan.call.queue_id]),
    )
    move_call(call, ev.CallOffered(tenant_id=tenant_id), offers_made=fence)
    insert(offer)
    move_slot(slot, ev.CallOffered(tenant_id=tenant_id))
    update(
        QueueMember,
        {"queue_id": offer.queue_id, "agent_id": offer.agent_id},
        last_offered_at=now,
    )
    return offer


# --- what becomes of it ----------------------------------------------------------------------

#: What follows an accepted offer for which no line is needed, by the kind of work.
_OPENED: dict[Kind, Callable[[Call, Offer], None]] = {}
_Opens = Callable[[Call, Offer], None]


def when_accepted(kind: Kind) -> Callable[[_Opens], _Opens]:
    """Name what opens work of ``kind`` once its offer was accepted; no line is set up for it."""

    def register(opens: _Opens) -> _Opens:
        _OPENED[kind] = opens
        return opens

    return register


@transaction.atomic
def accept_offer(*, offer: Offer, agent: Agent, fence: int, lease_key: str) -> str:
    """The agent takes the call; return the join token with which the browser connects; "" for
    work that needs no line.

    The token is bound to user, tab, slot and offer, works once and for 30 s. Asking again from
    the same tab before it was spent returns a new one (the answer may have been lost).
    Raises PhoneElsewhere, OfferTaken or OfferGone.
    """
    call = lock_call(offer.call_id)
    offer = _own_offer(offer, agent)
    lease = _held_phone(agent, lease_key)
    if offer.state == OfferState.ACCEPTED and offer.join_spent_at is None:
        return join_token(offer, lease)
    opens = _OPENED.get(Kind(call.kind))
    if opens is not None and offer.state == OfferState.CONNECTED:
        return ""
    now = timezone.now()
    if offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        raise OfferTaken(_("This call was taken already."))
    if offer.state != OfferState.PENDING or offer.fence != fence or now >= offer.deadline:
        raise OfferGone(_("This call is no longer offered to you."))
    event = ev.OfferAccepted(**facts.of_offer(offer, agent.user))
    move_offer(offer, OfferState.ACCEPTED, accepted_at=now)
    move_call(call, event)
    move_slot(_slot_of(offer), event, missed_in_a_row=0)
    cancel_timers("ring", offer=offer)
    if opens is not None:
        record(event)
        opens(call, offer)
        return ""
    set_timer("connect", after_seconds=CONNECT_SECONDS, tenant_id=offer.tenant_id, offer=offer)
    record(event)
    switching.bring_to_front(offer)
    return join_token(offer, lease)


@transaction.atomic
def decline_offer(*, offer: Offer, agent: Agent, fence: int) -> None:
    """The agent does not take the call; it keeps its place. Raises OfferTaken or OfferGone."""
    call = lock_call(offer.call_id)
    offer = _own_offer(offer, agent)
    if offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        raise OfferTaken(_("This call was taken already."))
    if offer.state != OfferState.PENDING or offer.fence != fence:
        raise OfferGone(_("This call is no longer offered to you."))
    event = ev.OfferDeclined(**facts.of_offer(offer, agent.user))
    move_call(call, event)
    _close(offer, event, OfferOutcome.DECLINED)


@on_time("ring")
def _ring_time_is_over(timer: Timer) -> None:
    if timer.offer is not None:
        time_out_offer(timer.offer)


def time_out_offer(offer: Offer) -> None:
    """Nobody answered: the caller keeps the place, the agent is "not responding"."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.state != OfferState.PENDING:
        return
    event = ev.OfferTimedOut(**facts.of_offer(offer))
    move_call(call, event)
    missed = _slot_of(offer).missed_in_a_row + 1
    _close(
        offer, event, OfferOutcome.TIMED_OUT, problem="no_answer", missed_in_a_row=min(missed, 9999)
    )


def withdraw_offer(call: Call, offer: Offer, *, reason: str) -> None:
    """Take a pending or accepted offer back, through no fault of the agent.

    The call is moved back to its queue unless it has ended. Must run under ``lock_call``.
    """
    event = ev.OfferWithdrawn(**facts.of_offer(offer), reason=reason)
    if CallState(call.state) is not CallState.ENDED:
        move_call(call, event)
    _close(offer, event, OfferOutcome.WITHDRAWN)


def fail_offer(call: Call, offer: Offer, *, reason: str) -> None:
    """The agent accepted but their side did not come about. Must run under ``lock_call``."""
    event = ev.OfferFailed(**facts.of_offer(offer), reason=reason)
    move_call(call, event)
    _close(offer, event, OfferOutcome.FAILED, problem="connect_failed")


def _close(offer: Offer, event: ev.Event, outcome: OfferOutcome, **slot_changes: str | int) -> None:
    move_offer(offer, OfferState.ENDED, outcome=outcome, ended_at=timezone.now())
    move_slot(_slot_of(offer), event, **slot_changes)
    cancel_timers("ring", "connect", "join_check", "move_check", offer=offer)
    record(event)
    if outcome in REFUSED:
        reserving.not_taken(offer, reason=outcome.value)
    wake_clock()


def _slot_of(offer: Offer) -> AgentSlot:
    return AgentSlot.objects.get(pk=offer.slot_id)


def _own_offer(offer: Offer, agent: Agent) -> Offer:
    fresh = Offer.objects.get(pk=offer.pk)
    if fresh.agent_id != agent.pk:
        raise OfferGone(_("This call is no longer offered to you."))
    return fresh


def _held_phone(agent: Agent, lease_key: str) -> PhoneLease:
    lease = PhoneLease.objects.filter(agent=agent).first()
    if lease is None or lease.key != lease_key:
        raise PhoneElsewhere(_("Your phone is in another tab. Answer there, or take it over."))
    return lease


# --- the join token ----------------------------------------------------------------------------


def join_token(offer: Offer, lease: PhoneLease) -> str:
    """Return what lets the browser of ``lease`` into the conference of ``offer``, once."""
    identity = lease.identity(offer.slot.number)
    return joining.join_token("offer", offer.pk, salt=JOIN_SALT, identity=identity)


def read_join_token(token: str, *, identity: str) -> int | None:
    """Return the offer a join token speaks of; None when it is forged, old or somebody else's."""
    return joining.read_join_token(token, "offer", salt=JOIN_SALT, identity=identity)
