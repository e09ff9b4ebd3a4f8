"""From accept to conversation: the agent's browser joins, then the caller is moved in.

Agent before customer: should the agent's leg fail, the caller is still in line, with music and
place. What is whispered to the agent comes before the conference, so that no caller can hear it.
Four triggers lead to ``agent_joined`` (the conference's report, the browser's own word, a
timer, the reconciler); all but the first are checked against the network. Every failure ends with
the caller in line.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.callbacks import Tried
from contact_center.domain.consults import Over
from contact_center.domain.line import Kind
from contact_center.domain.sentences import Sentence, seconds_to_say
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Command,
    Consult,
    Leg,
    LegKind,
    Offer,
    OfferOutcome,
    OfferState,
    Segment,
    SegmentKind,
    Supervision,
    Timer,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.services import (
    consulted,
    dialling,
    facts,
    helping,
    presence,
    queueing,
    reserving,
    saying,
    supervising,
    switching,
)
from contact_center.services.commanding import command, teach
from contact_center.services.dialling import CUSTOMER_LABEL
from contact_center.services.offering import fail_offer, read_join_token, withdraw_offer
from contact_center.services.timing import cancel_timers, on_time, postpone_timers, set_timer
from contact_center.services.transitions import (
    enter_segment,
    lock_call,
    move_call,
    move_offer,
    move_slot,
)
from contact_center.telephony.instructions import Hangup, Instruction, JoinConference, Say
from contact_center.wakeups import wake_clock

#: So long after a leg was told to enter the conference we look who is there.
JOIN_CHECK_SECONDS = 3
#: So long after the caller was asked out of the queue he is moved by other means.
MOVE_CHECK_SECONDS = 3

#: The network's time limit and its report come first.
GRACE_SECONDS = 5


# --- the agent's leg ---------------------------------------------------------------------------


def let_browser_in(*, leg_sid: str, identity: str, token: str) -> list[Instruction]:
    """Return what an agent's connecting browser is told: its conference, or to hang up.

    The join token decides, and it works once; everything else a browser sends may be invented.
    """
    offer_id = read_join_token(token, identity=identity)
    offer = _JOINING.first(pk=offer_id) if offer_id else None
    if offer is None:
        return consulted.let_colleague_in(leg_sid=leg_sid, identity=identity, token=token)
    lock_call(offer.call_id)
    now = timezone.now()
    spent = Offer.objects.filter(pk=offer.pk, state=OfferState.ACCEPTED, join_spent_at=None).update(
        join_spent_at=now
    )
    if spent != 1:
        return [Hangup()]
    Leg.objects.create(
        tenant_id=offer.tenant_id, sid=leg_sid, kind=LegKind.AGENT, offer=offer, started_at=now
    )
    whispered = _whisper(offer)
    # Not before it is over does the agent come into the conference.
    listens = sum(seconds_to_say(said.text) for said in whispered)
    set_timer(
        "join_check",
        after_seconds=JOIN_CHECK_SECONDS + listens,
        tenant_id=offer.tenant_id,
        offer=offer,
    )
    if whispered:
        postpone_timers("connect", by_seconds=listens, offer=offer)
    return [
        *whispered,
        JoinConference(
            name=offer.conference_name,
            participant_label=offer.agent_label,
            status_callback=addresses.conference(),
            start_on_enter=True,
            end_on_exit=False,
        ),
    ]


_JOINING = Prepared(
    Offer.objects.select_related("agent", "queue", "segment").filter(pk=Given("pk"))
)


def _whisper(offer: Offer) -> list[Say]:
    """Return what the agent of ``offer`` alone hears, before the caller (CALL.WHISPER_ENABLED).

    Nothing where the caller comes back from a lost agent: he was cut off in the middle of a
    sentence, and whoever takes him now should not keep him a second longer. Nor to who calls: they
    know whom.
    """
    known = offer.segment.at_head or offer.segment.kind == SegmentKind.DIALLING
    if not current().call.whisper_enabled or known:
        return []
    return [saying.whisper(offer.queue.name, facts.waited_seconds(offer))]


def agent_joined(offer: Offer, *, conference_sid: str) -> None:
    """The agent's leg is in the offer's conference: move the caller in. Idempotent.

    Where the agent has another conversation, the caller comes in when that one is on hold.
    """
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.state != OfferState.ACCEPTED or offer.agent_joined_at is not None:
        return
    now = timezone.now()
    Offer.objects.filter(pk=offer.pk).update(agent_joined_at=now, conference_sid=conference_sid)
    Leg.objects.filter(offer=offer, ended_at=None, joined_at=None).update(joined_at=now)
    cancel_timers("join_check", offer=offer)
    record(ev.AgentJoined(**facts.of_offer(offer)))
    if not switching.bring_to_front(offer):
        _fetch_customer(call, offer)


@on_time("go_on")
def _the_way_is_free(timer: Timer) -> None:
    """Another conversation of the agent was put on hold, or is over: this one goes on."""
    if timer.offer is None:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.get(pk=timer.offer.pk)
    if not switching.waits(offer) or switching.in_the_way_of(offer):
        return
    if offer.state == OfferState.ACCEPTED:
        is_asked = Command.objects.filter(
            offer=offer, kind__in=("dequeue", "dial_customer", "redirect_call")
        )
        if offer.agent_joined_at is not None and not is_asked.exists():
            _fetch_customer(call, offer)
    elif offer.state == OfferState.CONNECTED and offer.held_at is not None:
        command("resume", offer=offer, conference_sid=offer.conference_sid, call_sid=call.sid)


def _fetch_customer(call: Call, offer: Offer) -> None:
    """The agent's leg is there, and in no other conversation that is heard: fetch the caller."""
    segment = Segment.objects.get(pk=offer.segment_id)
    if segment.kind in (SegmentKind.CALLBACK, SegmentKind.DIALLING):
        if not dialling.dial(call, offer):
            give_up(call, offer, reason="quiet_hours", agents_fault=False)
    elif segment.network_queue_sid:
        command(
            "dequeue",
            offer=offer,
            queue_sid=segment.network_queue_sid,
            call_sid=call.sid,
            url=addresses.connect(offer.pk),
        )
    else:
        _move_by_redirect(offer, call)


@transaction.atomic
def browser_joined(*, offer: Offer, agent: Agent) -> None:
    """The browser says its leg is up; look at the conference rather than take its word."""
    if offer.agent_id == agent.pk and offer.agent_joined_at is None:
        look_at_conference(offer)


@transaction.atomic
def browser_failed(*, offer: Offer, agent: Agent, reason: str) -> None:
    """The browser could not connect: the caller stays in line, the agent is not responding."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.agent_id == agent.pk and offer.state == OfferState.ACCEPTED:
        give_up(call, offer, reason=reason[:200] or "browser", agents_fault=True)


def give_up(call: Call, offer: Offer, *, reason: str, agents_fault: bool) -> None:
    """End an accepted offer that does not come about. Must run under ``lock_call``.

    A caller who was already told to enter the conference is fetched back to the line; a customer
    who is being rung is not rung any more.
    """
    attempt = dialling.live_attempt(call)
    if attempt is not None and (call.is_outgoing or not agents_fault):
        outcome = Tried.CANCELLED if reason == "agent_cancelled" else Tried.NO_ANSWER
        dialling.not_reached(call, attempt, Tried.NO_LINE if agents_fault else outcome)
        return
    dialling.break_off(call)
    end_agent_leg(offer)
    if offer.customer_sent_at is not None:
        event = ev.AgentLost(
            **facts.of_offer(offer), reason=reason, talked_seconds=facts.talked_seconds(offer)
        )
        move_call(call, event)
        close_lost(offer, event)
        send_to_lost(call, offer)
    elif agents_fault:
        fail_offer(call, offer, reason=reason)
    else:
        withdraw_offer(call, offer, reason=reason)
        if reason == "agent_cancelled":
            # Of whom the caller is kept for alone it is a no: they are not rung again at once.
            reserving.not_taken(offer, reason=OfferOutcome.DECLINED.value)
    if call.kind == Kind.CALLBACK and CallState(call.state) is CallState.QUEUED:
        dialling.look_at(call)


def close_lost(offer: Offer, event: ev.AgentLost) -> None:
    """End an offer whose agent's line broke; the agent is not responding until they say so."""
    now = timezone.now()
    move_offer(
        offer,
        OfferState.ENDED,
        outcome="lost",
        ended_at=now,
        conversation_ended_at=now,
        held_at=None,
        held_for=facts.held_for(offer, now),
    )
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event, problem="lost")
    cancel_timers("connect", "join_check", "move_check", "control", "longest", offer=offer)
    helping.conversation_is_over(offer)
    consulted.conversation_is_over(offer, Over.AGENT_GONE)
    supervising.conversation_is_over(offer, reason="agent_gone")
    record(event)
    switching.gave_way(offer)
    presence.settle(offer.agent)
    wake_clock()


def send_to_lost(call: Call, offer: Offer) -> None:
    """Fetch a caller whose agent is gone back to the line, and make sure that it happens."""
    command(
        "redirect_call",
        call=call,
        call_sid=call.sid,
        url=addresses.lost(offer.pk),
        during=[CallState.RETURNING.value],
    )
    set_timer("return_check", after_seconds=10, tenant_id=call.tenant_id, call=call, offer=offer)


def end_agent_leg(offer: Offer) -> None:
    """Ask the network to end whatever the agent's side of this offer still has."""
    if offer.conference_sid and offer.customer_sent_at is None:
        command("end_conference", offer=offer, conference_sid=offer.conference_sid)
        return
    leg = Leg.objects.filter(offer=offer, ended_at=None).first()
    if leg is not None:
        command("end_call", offer=offer, call_sid=leg.sid)


# --- the customer's leg -------------------------------------------------------------------------


def connect_customer(call: Call, offer: Offer) -> list[Instruction]:
    """Return what a caller who leaves the queue for ``offer`` is told. Under ``lock_call``.

    Into the conference when the agent's leg is there; else back into the line, the age kept.
    """
    offer.refresh_from_db()
    ready = offer.agent_joined_at is not None and offer.state in (
        OfferState.ACCEPTED,
        OfferState.CONNECTED,
    )
    if ready and CallState(call.state) in (CallState.CONNECTING, CallState.CONNECTED):
        if offer.customer_sent_at is None:
            Offer.objects.filter(pk=offer.pk).update(customer_sent_at=timezone.now())
            # Should the report of his joining be lost, we see it for ourselves.
            set_timer(
                "join_check",
                after_seconds=JOIN_CHECK_SECONDS,
                tenant_id=offer.tenant_id,
                offer=offer,
            )
        return [customer_joins(offer)]
    # He is on his way out of the network's queue; our place stays, and he can be offered again
    # once the network asks for his wait document.
    Segment.objects.filter(call=call, ended_at=None).update(wait_started_at=None)
    return [saying.tell(Sentence.ONE_MORE_MOMENT, call.language), *queueing.stay_in_line(call)]


def customer_joins(offer: Offer) -> JoinConference:
    """Return the instruction that takes the customer into the conference of ``offer``."""
    return JoinConference(
        name=offer.conference_name,
        participant_label=CUSTOMER_LABEL,
        status_callback=addresses.conference(),
        start_on_enter=False,
        end_on_exit=True,
        action=addresses.after(offer.pk),
        time_limit_seconds=current().call.max_duration,
    )


def customer_joined(offer: Offer, *, conference_sid: str) -> None:
    """Customer and agent are in one conference: the conversation begins. Idempotent."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.state != OfferState.ACCEPTED or CallState(call.state) is not CallState.CONNECTING:
        return
    if not Leg.objects.filter(offer=offer, ended_at=None).exists():
        # He comes to an empty room, or this report was overtaken by the conversation's end. What
        # was set when the agent's line ended finds out which.
        return
    now = timezone.now()
    event = ev.CallConnected(
        **facts.of_offer(offer),
        waited_seconds=facts.waited_seconds(offer),
        outgoing=offer.segment.kind == SegmentKind.DIALLING,
    )
    move_call(call, event, answered_at=call.answered_at or now, heard_at=now)
    enter_segment(call, SegmentKind.CONVERSATION, now, "answered", queue_id=offer.queue_id)
    move_offer(
        offer,
        OfferState.CONNECTED,
        connected_at=now,
        conference_sid=conference_sid or offer.conference_sid,
        agent_joined_at=offer.agent_joined_at or now,
        customer_sent_at=offer.customer_sent_at or now,
    )
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    cancel_timers("connect", "join_check", "move_check", offer=offer)
    if not call.is_live:
        dialling.reached(call)
    # The network ends it at its own time limit; should that go unreported, we do.
    set_timer(
        "longest",
        after_seconds=current().call.max_duration + GRACE_SECONDS,
        tenant_id=offer.tenant_id,
        offer=offer,
    )
    record(event)
    switching.is_in_front(offer)


# --- somebody else has it from now on ----------------------------------------------------------


def next_owner(
    call: Call, old: Offer, guest: Consult | Supervision, slot: AgentSlot, *, why: str, **more: Any
) -> Offer:
    """Write the offer of whoever is in the conversation of ``old`` already and has it from now on.

    It lives in the same conference, by the same line; ``why`` is how the stay before it ended. The
    caller of this says so by an event that moves the call. Must run under ``lock_call``.
    """
    now = timezone.now()
    new = Offer(
        tenant_id=old.tenant_id,
        call=call,
        segment=enter_segment(call, SegmentKind.CONVERSATION, now, why, queue_id=old.queue_id),
        queue_id=old.queue_id,
        agent=slot.agent,
        slot=slot,
        state=OfferState.CONNECTED,
        fence=call.offers_made + 1,
        offered_at=now,
        deadline=now,
        accepted_at=now,
        connected_at=now,
        joins_id=old.joins_id or old.pk,
        conference_key=old.conference_key,
        conference_sid=old.conference_sid,
        join_spent_at=guest.join_spent_at,
        agent_joined_at=guest.joined_at,
        customer_sent_at=old.customer_sent_at,
        **more,
    )
    new.save(force_insert=True)
    whose = "supervision" if isinstance(guest, Supervision) else "consult"
    Leg.objects.filter(**{whose: guest}, ended_at=None).update(offer=new)
    set_timer(
        "longest",
        after_seconds=(longest_until(new) - now).total_seconds() + GRACE_SECONDS,
        tenant_id=new.tenant_id,
        offer=new,
    )
    return new


def longest_until(offer: Offer) -> datetime:
    """Return until when the conversation of ``offer`` may last, whoever began it."""
    first = offer.joins if offer.joins is not None else offer
    began = first.connected_at or timezone.now()
    return began + timedelta(seconds=current().call.max_duration)


# --- when it takes too long ------------------------------------------------------------------


@on_time("connect")
def _connecting_took_too_long(timer: Timer) -> None:
    if timer.offer is None:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.get(pk=timer.offer.pk)
    if offer.state == OfferState.ACCEPTED and CallState(call.state) is CallState.CONNECTING:
        give_up(call, offer, reason="timeout", agents_fault=offer.agent_joined_at is None)


@on_time("join_check")
def _who_is_in(timer: Timer) -> None:
    if timer.offer is not None and timer.offer.state == OfferState.ACCEPTED:
        look_at_conference(timer.offer)


@on_time("move_check")
def _was_the_caller_moved(timer: Timer) -> None:
    if timer.offer is None:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.get(pk=timer.offer.pk)
    if offer.state == OfferState.ACCEPTED and offer.customer_sent_at is None:
        _move_by_redirect(offer, call)


def _move_by_redirect(offer: Offer, call: Call) -> None:
    command(
        "redirect_call",
        offer=offer,
        call_sid=call.sid,
        url=addresses.connect(offer.pk),
        during=[CallState.CONNECTING.value],
    )


def look_at_conference(offer: Offer) -> None:
    """Ask the network who is in the conference of ``offer``; what it says is then applied."""
    command("look_at_conference", offer=offer, name=offer.conference_name)


def _dequeue_was_refused(asked: Command, _answer: str) -> None:
    """A refusal means only "not in that queue": whether the caller is gone, the network says.

    Only then is he fetched in another way, and only when he has not come meanwhile, for the request
    may have been applied before and its answer lost. One that the network says it has applied needs
    no help: should we be slow to answer where the caller is to go, a redirect would pull him out of
    the conference that he is just entering.
    """
    if asked.call is None or asked.offer is None:
        return
    command("check_call", call=asked.call, offer=asked.offer, call_sid=asked.call.sid)
    set_timer(
        "move_check",
        after_seconds=MOVE_CHECK_SECONDS,
        tenant_id=asked.tenant_id,
        offer=asked.offer,
    )


teach(
    "dequeue",
    lambda net, c: net.dequeue(
        queue_sid=c.params["queue_sid"], call_sid=c.params["call_sid"], url=c.params["url"]
    ),
    refused=_dequeue_was_refused,
    wanted=lambda c: c.offer is not None and c.offer.state == OfferState.ACCEPTED,
)
teach(
    "end_conference", lambda net, c: net.end_conference(conference_sid=c.params["conference_sid"])
)
teach("end_call", lambda net, c: net.end_call(call_sid=c.params["call_sid"]))
