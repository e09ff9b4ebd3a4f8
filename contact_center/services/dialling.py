"""A customer is rung: when the turn of a callback can come, the attempts, what follows from each.

A callback stands in line like anybody else (domain/callbacks.py), except that its stay can be
offered only while the customer may be rung: ``look_at`` decides that, and a timer looks again. An
agent who accepts comes into the conference first; then the customer's telephone is rung into it
(``dial``), and what the network reports of that leg says how it went.

A call that an agent makes (calling_out.py) has one attempt, and goes the same way from there:
what differs is that nothing keeps it waiting, and that it ends where nobody was reached.

Until the network has named the leg nobody knows it: its reports come to an address that names our
attempt, and in the conference it has a label. So an answer that was lost is found again, and a leg
that nobody wants any more is hung up.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import callbacks as rules
from contact_center.domain import calling_out
from contact_center.domain import events as ev
from contact_center.domain.callbacks import Chance, Ended, Tried
from contact_center.domain.line import Kind
from contact_center.domain.states import OFFERED_STATES, CallState
from contact_center.domain.telephone_numbers import zones_of
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Callback,
    Command,
    DialAttempt,
    EndedBy,
    Offer,
    OfferOutcome,
    OfferState,
    Queue,
    Segment,
    SegmentKind,
    Timer,
    User,
    name_without_leg,
)
from contact_center.models.prepared import update
from contact_center.selectors import hours
from contact_center.services import facts, helping, presence, supervising
from contact_center.services.commanding import command, teach
from contact_center.services.timing import cancel_timers, on_time, set_timer
from contact_center.services.transitions import (
    enter_segment,
    leave_segment,
    lock_call,
    move_call,
    move_offer,
    move_slot,
)
from contact_center.telephony.port import Telephony
from contact_center.wakeups import wake_clock

#: The label of the customer's leg in every conference.
CUSTOMER_LABEL = "customer"
#: So long a customer's telephone rings, and so much longer than it was told to the network lets it.
RING_SECONDS = 30
EXTRA_RING_SECONDS = 5
#: Who could not be dialled within so long is not dialled any more: an agent is waiting.
DIAL_SECONDS = 30
#: The network's own time limits, and its reports of them, come first.
GRACE_SECONDS = 5
#: An attempt of which nothing was heard for so long has failed.
LONGEST_ATTEMPT_SECONDS = DIAL_SECONDS + RING_SECONDS + EXTRA_RING_SECONDS + GRACE_SECONDS
#: The agent who promised to call is tried alone for so long.
OWNER_SECONDS = 300
#: Where nobody knows when a customer may be rung again, it is looked after so long.
LOOK_AGAIN = timedelta(hours=1)
#: How often it is looked whether an offered callback is back in line.
OFFERED_SECONDS = 60


# --- when its turn can come ----------------------------------------------------------------------


def look_at(call: Call) -> None:
    """Let the turn of a waiting callback come, or not yet, and look again when that changes.

    Must run under ``lock_call``. A callback whose time is up ends.
    """
    callback = Callback.objects.get(call=call)
    segment = _stay(call)
    Timer.objects.filter(kind="callback", call=call).delete()
    if CallState(call.state) is not CallState.QUEUED or segment is None:
        if CallState(call.state) in OFFERED_STATES:
            _look_again(call, timezone.now() + timedelta(seconds=OFFERED_SECONDS))
        return
    now = timezone.now()
    attempt = live_attempt(call)
    if attempt is not None:
        longest = attempt.begun_at + timedelta(seconds=LONGEST_ATTEMPT_SECONDS)
        if now >= longest:
            not_reached(call, attempt, Tried.NO_ANSWER)
        else:
            _look_again(call, longest)
        return
    if now >= callback.expires_at:
        finish(call, Ended.EXPIRED)
        return
    if callback.next_at is not None and callback.next_at > now:
        _keep_waiting(segment)
        _look_again(call, min(callback.next_at, callback.expires_at))
        return
    chance = chance_of(call, now)
    if chance.may:
        _may_come(call, callback, segment, now)
    else:
        _is_delayed(call, callback, segment, chance.until)
    _look_again(call, min(chance.until or now + LOOK_AGAIN, callback.expires_at))


def chance_of(call: Call, now: datetime) -> Chance:
    """Return whether the customer of a callback may be rung now."""
    assert call.queue_id is not None
    queue = Queue.objects.get(pk=call.queue_id)
    allowed = rules.Hours(
        zones_of(call.from_number), queue.callback_from_hour, queue.callback_until_hour
    )
    return rules.chance_at(now, allowed, lambda at: hours.opening_at(call.tenant_id, queue.pk, at))


def _may_come(call: Call, callback: Callback, segment: Segment, now: datetime) -> None:
    if callback.next_at is not None:
        Callback.objects.filter(pk=callback.pk).update(next_at=None)
    if segment.wait_started_at is not None:
        return
    kept = {}
    if callback.owner_id is not None and callback.attempts == 0:
        kept = {
            "preferred_agent_id": callback.owner_id,
            "preferred_until": now + timedelta(seconds=OWNER_SECONDS),
        }
    Segment.objects.filter(pk=segment.pk).update(wait_started_at=now, **kept)
    record(ev.CallbackDue(**facts.of_call(call, segment)))
    wake_clock()


def _is_delayed(call: Call, callback: Callback, segment: Segment, until: datetime | None) -> None:
    _keep_waiting(segment)
    if callback.next_at == until and until is not None:
        return
    Callback.objects.filter(pk=callback.pk).update(next_at=until)
    record(
        ev.CallbackDelayed(**facts.of_call(call, segment), until=until.isoformat() if until else "")
    )


def _keep_waiting(segment: Segment) -> None:
    update(Segment, {"pk": segment.pk}, wait_started_at=None)


def _look_again(call: Call, at: datetime) -> None:
    seconds = max((at - timezone.now()).total_seconds(), 0.0)
    set_timer("callback", after_seconds=seconds, tenant_id=call.tenant_id, call=call)


@on_time("callback")
def _look_at_it(timer: Timer) -> None:
    if timer.call is not None:
        call = lock_call(timer.call.pk)
        if CallState(call.state) is not CallState.ENDED:
            look_at(call)


def _stay(call: Call) -> Segment | None:
    """Return the stay in which a callback waits to be called; None where it is elsewhere."""
    return Segment.objects.filter(call=call, kind=SegmentKind.CALLBACK, ended_at=None).first()


# --- an attempt ----------------------------------------------------------------------------------


def dial(call: Call, offer: Offer) -> bool:
    """Ring the customer: the agent's line is in the conference. Must run under ``lock_call``.

    Returns False, and rings nobody, when by now he may not be rung.
    """
    now = timezone.now()
    if call.is_outgoing:
        attempt = live_attempt(call)
        if attempt is None:
            return False
    elif chance_of(call, now).may:
        attempt = begin_attempt(call, offer, now)
    else:
        return False
    record(ev.CustomerDialled(**facts.of_offer(offer), attempt=attempt.number))
    cancel_timers("connect", offer=offer)
    set_timer(
        "connect",
        after_seconds=LONGEST_ATTEMPT_SECONDS,
        tenant_id=offer.tenant_id,
        offer=offer,
    )
    command(
        "dial_customer",
        call=call,
        offer=offer,
        deadline_seconds=DIAL_SECONDS,
        attempt=attempt.pk,
    )
    return True


def ring_first(tenant_id: int, call_ids: Sequence[int], now: datetime) -> int:
    """Ring customers before any agent is, as many as could be talked to; return how many.

    ``call_ids`` are those for each of whom somebody is free now. Nobody is kept for them, so that
    those who are being rung already may find an agent as well as they.
    """
    under_way = DialAttempt.objects.filter(
        callback__call__tenant_id=tenant_id, offer=None, ended_at=None
    ).count()
    return sum(
        _ring_before_agent(lock_call(call_id), now)
        for call_id in call_ids[: max(len(call_ids) - under_way, 0)]
    )


def _ring_before_agent(call: Call, now: datetime) -> bool:
    segment = _stay(call)
    if CallState(call.state) is not CallState.QUEUED or segment is None:
        return False
    if not chance_of(call, now).may:
        look_at(call)
        return False
    attempt = begin_attempt(call, None, now)
    _keep_waiting(segment)
    record(ev.CustomerDialled(**facts.of_call(call, segment), attempt=attempt.number))
    command("dial_customer_first", call=call, deadline_seconds=DIAL_SECONDS, attempt=attempt.pk)
    look_at(call)
    return True


def begin_attempt(call: Call, offer: Offer | None, now: datetime) -> DialAttempt:
    """Note that the customer is about to be rung."""
    callback = Callback.objects.get(call=call)
    callback.attempts += 1
    callback.save(update_fields=["attempts"])
    return DialAttempt.objects.create(
        call=call, callback=callback, offer=offer, number=callback.attempts, begun_at=now
    )


def live_attempt(call: Call) -> DialAttempt | None:
    """Return the attempt that is being made to reach the customer of ``call``, if any."""
    if call.kind not in (Kind.CALLBACK, Kind.OUTGOING):
        return None
    return DialAttempt.objects.filter(call=call, ended_at=None).first()


def learn(offer: Offer, sid: str) -> None:
    """A leg with the customer's label is in the conference of ``offer``: it is his."""
    call = lock_call(offer.call_id)
    attempt = live_attempt(call)
    if attempt is not None and attempt.offer_id == offer.pk:
        know_leg(call, attempt, sid)
    offer.call = call


def know_leg(call: Call, attempt: DialAttempt, sid: str) -> bool:
    """The network says what the leg of an attempt is called; return whether it is the customer's.

    A leg that comes too late, or is a second one, is hung up. Must run under ``lock_call``.
    """
    if attempt.sid == sid:
        return attempt.ended_at is None
    if attempt.sid or attempt.ended_at is not None:
        if not attempt.sid:
            DialAttempt.objects.filter(pk=attempt.pk).update(sid=sid)
        command("end_call", call=call, call_sid=sid)
        return False
    DialAttempt.objects.filter(pk=attempt.pk).update(sid=sid)
    attempt.sid = call.sid = sid
    Call.objects.filter(pk=call.pk).update(sid=sid, network_status="", heard_at=timezone.now())
    call.network_status = ""
    return True


def answered_by(call: Call, attempt_id: int, who: str) -> None:
    """The network has found out who answered. Must run under ``lock_call``.

    It errs now and then: what seems to be a machine is shown to the agent, who hears better. A fax
    is never a person.
    """
    noted = DialAttempt.objects.filter(pk=attempt_id, answered_by="")
    if not who or not noted.update(answered_by=who):
        return
    attempt = DialAttempt.objects.select_related("offer").get(pk=attempt_id)
    offer = attempt.offer
    concerned = facts.of_offer(offer) if offer is not None else facts.of_call(call)
    record(ev.CustomerAnswered(**concerned, answered_by=who))
    is_on = attempt.ended_at is None or attempt.sid == call.sid
    if who == "fax" and is_on:
        not_reached(call, attempt, Tried.FAX)


def reached(call: Call) -> None:
    """Customer and agent hear each other. Must run under ``lock_call``."""
    attempt = live_attempt(call)
    if attempt is not None:
        DialAttempt.objects.filter(pk=attempt.pk).update(
            ended_at=timezone.now(), outcome=Tried.REACHED
        )
    if call.kind == Kind.CALLBACK:
        Callback.objects.filter(call=call).update(outcome=Ended.REACHED, next_at=None)
        # Nothing is left to look at; who turns out to be a machine waits for the next attempt.
        Timer.objects.filter(kind="callback", call=call).delete()


@transaction.atomic
def leave_to_machine(*, offer: Offer, agent: Agent) -> None:
    """An agent hears a machine: the customer was not reached. A callback is tried again later.

    Raises NotAllowed outside a conversation with somebody whom we called.
    """
    call = lock_call(offer.call_id)
    offer = Offer.objects.select_related("segment").get(pk=offer.pk)
    if offer.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's call."))
    attempt = DialAttempt.objects.filter(offer=offer).order_by("-pk").first()
    if offer.state != OfferState.CONNECTED or attempt is None or attempt.sid != call.sid:
        raise NotAllowed(_("There is no customer on the line whom you called."))
    not_reached(call, attempt, Tried.MACHINE)


# --- what came of it -----------------------------------------------------------------------------


def not_reached(call: Call, attempt: DialAttempt, outcome: Tried) -> None:
    """Nobody can be spoken to: the agent is free, and the callback waits for its next attempt.

    After the last one it ends. Must run under ``lock_call``; does nothing when the call has moved
    on from this attempt.
    """
    if attempt.outcome not in ("", Tried.REACHED) or CallState(call.state) not in _BEING_CALLED:
        return
    if call.is_outgoing:
        _ends_unreached(call, attempt, outcome)
        return
    now = timezone.now()
    callback = Callback.objects.get(call=call)
    if outcome is Tried.BROKEN_OFF:
        callback.attempts = max(callback.attempts - 1, 0)
    assert call.queue_id is not None
    queue = Queue.objects.get(pk=call.queue_id)
    how_it_ends = None
    next_at: datetime | None = now
    if outcome is not Tried.BROKEN_OFF:
        next_at = now + timedelta(minutes=queue.callback_retry_minutes)
        if callback.attempts >= queue.callback_attempts:
            how_it_ends, next_at = Ended.NOT_REACHED, None
        elif next_at >= callback.expires_at:
            how_it_ends, next_at = Ended.EXPIRED, None
    Callback.objects.filter(pk=callback.pk).update(
        attempts=callback.attempts, next_at=next_at, outcome=""
    )
    offer = _offer_of(call)
    concerned = facts.of_offer(offer) if offer is not None else facts.of_call(call)
    event = ev.CustomerNotReached(
        **concerned,
        outcome=outcome,
        attempt=attempt.number,
        next_at=next_at.isoformat() if next_at else "",
    )
    _hang_up(call, attempt, outcome, offer)
    move_call(call, event, sid=name_without_leg(), network_status="", answered_at=None)
    DialAttempt.objects.filter(pk=attempt.pk).update(ended_at=now, outcome=outcome)
    _back_in_line(call, now, outcome)
    if offer is not None:
        _free_the_agent(offer, event, now)
    record(event)
    if how_it_ends is not None:
        finish(call, how_it_ends)
    else:
        look_at(call)


def _ends_unreached(call: Call, attempt: DialAttempt, outcome: Tried) -> None:
    """A call that an agent made is over, for nobody can be spoken to; the agent reads why."""
    offer = _offer_of(call)
    if offer is None:
        return
    now = timezone.now()
    by = EndedBy(calling_out.ended_by(outcome))
    reason = calling_out.REASONS[outcome]
    event = ev.CallEnded(**facts.of_call(call), ended_by=by, reason=reason)
    for_agent = ev.CustomerNotReached(
        **facts.of_offer(offer), outcome=outcome, attempt=attempt.number
    )
    _hang_up(call, attempt, outcome, offer)
    move_call(
        call,
        event,
        answered_at=None,
        ended_at=now,
        ended_by=by,
        end_reason=reason,
        heard_at=now,
    )
    leave_segment(call, now, outcome.value)
    DialAttempt.objects.filter(pk=attempt.pk).update(ended_at=now, outcome=outcome)
    _free_the_agent(offer, for_agent, now)
    record(event, for_agent)


#: In these a customer is being called, or has just answered.
_BEING_CALLED = (
    CallState.QUEUED,
    CallState.CONNECTING,
    CallState.CONNECTED,
    CallState.ON_HOLD,
)
#: After these the leg is over already.
_GONE = (Tried.BUSY, Tried.NO_ANSWER, Tried.HUNG_UP)


def break_off(call: Call) -> None:
    """The agent's side did not hold: whoever is being rung is not rung any more.

    The attempt does not count. Must run under ``lock_call``, before the call moves.
    """
    attempt = live_attempt(call)
    if attempt is None:
        return
    _hang_up(call, attempt, Tried.BROKEN_OFF, None)
    DialAttempt.objects.filter(pk=attempt.pk).update(
        ended_at=timezone.now(), outcome=Tried.BROKEN_OFF
    )
    callback = Callback.objects.get(call=call)
    Callback.objects.filter(pk=callback.pk).update(attempts=max(callback.attempts - 1, 0))
    call.sid, call.network_status = name_without_leg(), ""
    Call.objects.filter(pk=call.pk).update(sid=call.sid, network_status="")


def finish(call: Call, how: Ended, *, actor: User | None = None) -> None:
    """End a callback that is in line. Must run under ``lock_call``."""
    now = timezone.now()
    concerned = facts.of_call(call)
    if actor is not None:
        concerned["actor_id"] = actor.pk
    event = ev.CallEnded(**concerned, ended_by=EndedBy.SYSTEM, reason=how)
    move_call(
        call, event, ended_at=now, ended_by=EndedBy.SYSTEM, end_reason=how.value, heard_at=now
    )
    leave_segment(call, now, how.value)
    Callback.objects.filter(call=call).update(outcome=how, next_at=None)
    Timer.objects.filter(kind="callback", call=call).delete()
    record(event)


def _hang_up(call: Call, attempt: DialAttempt, outcome: Tried, offer: Offer | None) -> None:
    if attempt.sid and outcome not in _GONE:
        command("end_call", call=call, call_sid=attempt.sid)
    if offer is None:
        return
    if offer.conference_sid:
        command("end_conference", offer=offer, conference_sid=offer.conference_sid)
        return
    # Whoever takes it back at once may not have come into the conference yet.
    for sid in offer.legs.filter(ended_at=None).values_list("sid", flat=True):
        command("end_call", offer=offer, call_sid=sid)


def _back_in_line(call: Call, now: datetime, outcome: Tried) -> None:
    """Let the callback stand where it stood; nobody can take it until ``look_at`` says so."""
    stay = Segment.objects.filter(call=call, kind=SegmentKind.CALLBACK).order_by("-pk").first()
    assert stay is not None
    if stay.ended_at is None:
        _keep_waiting(stay)
        return
    enter_segment(
        call,
        SegmentKind.CALLBACK,
        now,
        outcome.value,
        queue_id=stay.queue_id,
        placed_at=stay.placed_at,
        at_head=stay.at_head,
    )


def _free_the_agent(offer: Offer, event: ev.CustomerNotReached, now: datetime) -> None:
    """There is nothing to wrap up."""
    was_talking = offer.state == OfferState.CONNECTED
    move_offer(
        offer,
        OfferState.ENDED,
        outcome=OfferOutcome.NOT_REACHED,
        ended_at=now,
        conversation_ended_at=now if was_talking else None,
    )
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    cancel_timers("connect", "join_check", "move_check", "control", "longest", offer=offer)
    if was_talking:
        helping.conversation_is_over(offer)
        supervising.conversation_is_over(offer, reason="call_ended")
    presence.settle(offer.agent)
    wake_clock()


def _offer_of(call: Call) -> Offer | None:
    """Return the offer whose agent waits for the customer, or talks to what answered."""
    offers = Offer.objects.select_related("queue", "agent").filter(
        call=call, state__in=(OfferState.ACCEPTED, OfferState.CONNECTED)
    )
    return offers.order_by("-pk").first()


# --- the command ---------------------------------------------------------------------------------


def _ring(net: Telephony, asked: Command) -> str:
    """Ring a customer into the conference in which his agent is; return the leg's SID.

    Asked a second time it is looked first whether he is in it: he may have been rung already.
    """
    call, offer = asked.call, asked.offer
    assert call is not None
    assert offer is not None
    attempt_id = asked.params["attempt"]
    if asked.attempts > 1:
        for one in net.fetch_participants(conference_sid=offer.conference_sid):
            if one.label == CUSTOMER_LABEL:
                return one.call_sid
    return net.call_into_conference(
        conference_sid=offer.conference_sid,
        to=call.from_number,
        from_=call.to_number,
        label=CUSTOMER_LABEL,
        ring_seconds=RING_SECONDS,
        longest_seconds=current().call.max_duration,
        status_url=addresses.dialled(attempt_id),
        answered_by_url=addresses.answered_by(attempt_id),
        conference_url=addresses.conference(),
    )


def _is_ringing(asked: Command, sid: str) -> None:
    if asked.call is not None:
        call = lock_call(asked.call.pk)
        know_leg(call, DialAttempt.objects.get(pk=asked.params["attempt"]), sid)


def _cannot_be_rung(asked: Command, answer: str) -> None:
    if asked.call is not None:
        call = lock_call(asked.call.pk)
        attempt = DialAttempt.objects.get(pk=asked.params["attempt"])
        if attempt.ended_at is None and not attempt.sid:
            DialAttempt.objects.filter(pk=attempt.pk).update(problem=answer[:300])
            not_reached(call, attempt, Tried.FAILED)


def _is_to_be_rung(asked: Command) -> bool:
    attempt = DialAttempt.objects.filter(pk=asked.params["attempt"], ended_at=None, sid="")
    return attempt.exists()


def _ring_alone(net: Telephony, asked: Command) -> str:
    """Ring a customer for whom no agent waits yet; return the leg's SID.

    Asked a second time it is looked first whether his telephone rings already.
    """
    call = asked.call
    assert call is not None
    attempt_id = asked.params["attempt"]
    if asked.attempts > 1:
        for leg in net.fetch_live_calls():
            ours = leg.direction.startswith("outbound") and leg.from_ == call.to_number
            if ours and leg.to == call.from_number:
                return leg.sid
    return net.call_number(
        to=call.from_number,
        from_=call.to_number,
        url=addresses.called(attempt_id),
        ring_seconds=RING_SECONDS,
        longest_seconds=current().call.max_duration,
        status_url=addresses.dialled(attempt_id),
    )


teach(
    "dial_customer_first",
    _ring_alone,
    applied=_is_ringing,
    refused=_cannot_be_rung,
    wanted=_is_to_be_rung,
    is_paced=True,
)
teach(
    "dial_customer",
    _ring,
    applied=_is_ringing,
    refused=_cannot_be_rung,
    wanted=_is_to_be_rung,
    is_paced=True,
)
