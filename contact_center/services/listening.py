"""A voicemail is work: an agent opens it, listens, and is done; or it goes back in line.

It is offered as a call is, and declined or missed as one. Whoever accepts has it open at once: no
line is needed, so nothing has to come about first. While it is open the agent is as on a call, for
everybody who looks and for the figures of work. It never stays with somebody who is gone: every
CHECK_SECONDS it is looked whether its desk is still heard of.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain import voicemails as rules
from contact_center.domain.line import Kind
from contact_center.domain.states import CallState
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    EndedBy,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
    SegmentKind,
    Timer,
    User,
    Voicemail,
    VoicemailStatus,
)
from contact_center.services import calling_back, facts, helping, presence, wrapping_up
from contact_center.services.offering import when_accepted, withdraw_offer
from contact_center.services.timing import cancel_timers, on_time, set_timer
from contact_center.services.transitions import (
    enter_segment,
    leave_segment,
    lock_call,
    move_call,
    move_offer,
    move_slot,
)
from contact_center.wakeups import wake_clock

#: So often it is looked whether the agent who listens is still there.
CHECK_SECONDS = 20
#: A desk that was not heard of for so long has nobody who listens.
GONE_AFTER = timedelta(seconds=60)


@when_accepted(Kind.VOICEMAIL)
def _open(call: Call, offer: Offer) -> None:
    """The agent who accepted has the voicemail open. Under ``lock_call``."""
    now = timezone.now()
    event = ev.VoicemailOpened(**facts.of_offer(offer))
    move_call(call, event, answered_at=call.answered_at or now, heard_at=now)
    enter_segment(call, SegmentKind.LISTENING, now, "answered", queue_id=offer.queue_id)
    move_offer(offer, OfferState.CONNECTED, connected_at=now)
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event)
    _look_later(offer)
    record(event)


# --- the agent -----------------------------------------------------------------------------------


@transaction.atomic
def finish(*, offer: Offer, agent: Agent) -> None:
    """The agent has dealt with the voicemail, and wraps up. A second press does nothing.

    Raises NotAllowed for what is no voicemail that this agent has open.
    """
    call = lock_call(offer.call_id)
    offer = _own(call, offer, agent)
    if offer.state == OfferState.WRAPPING_UP or offer.outcome == OfferOutcome.HANDLED:
        return
    _require_open(offer)
    done = ev.VoicemailDone(
        **facts.of_offer(offer, agent.user), listened_seconds=facts.talked_seconds(offer)
    )
    _end(call, EndedBy.AGENT, rules.LISTENED, done, agent.user)
    wrapping_up.begin(offer, done)


@transaction.atomic
def call_back(*, offer: Offer, agent: Agent) -> None:
    """Deal with the voicemail by calling whoever left it: as soon as may be, this agent first.

    There is nothing to write about a call that is still to be had, so that wrap-up ends at once.
    Raises NotAllowed as ``finish``, and for a number that is not called.
    """
    finish(offer=offer, agent=agent)
    calling_back.promise(offer=offer, agent=agent, at=None, mine=True, notes=_left_words(offer))
    wrapping_up.finish(offer=offer, agent=agent)


def _left_words(offer: Offer) -> str:
    """Return what the agent wrote while listening, for whoever makes the call."""
    return Offer.objects.values_list("notes", flat=True).get(pk=offer.pk)[:300]


@transaction.atomic
def put_back(*, offer: Offer, agent: Agent, actor: User | None = None) -> None:
    """Leave the voicemail to somebody else: it is back in line, its age kept.

    ``actor`` is who asks when it is not the agent: a supervisor who signs the agent out. Raises
    NotAllowed for what is no voicemail that this agent has open.
    """
    call = lock_call(offer.call_id)
    offer = _own(call, offer, agent)
    _require_open(offer)
    event = ev.VoicemailPutBack(**facts.of_offer(offer, actor or agent.user))
    _back_in_line(call, offer, event, OfferOutcome.DECLINED, problem="")


def _own(call: Call, offer: Offer, agent: Agent) -> Offer:
    fresh = Offer.objects.select_related("queue", "agent", "segment").get(pk=offer.pk)
    if fresh.agent_id != agent.pk:
        raise NotAllowed(_("This is another agent's voicemail."))
    if not call.is_voicemail:
        raise NotAllowed(_("This is a call, not a voicemail."))
    return fresh


def _require_open(offer: Offer) -> None:
    if offer.state != OfferState.CONNECTED:
        raise NotAllowed(_("You do not have this voicemail open any more."))


def _back_in_line(
    call: Call,
    offer: Offer,
    event: ev.VoicemailPutBack | ev.VoicemailDropped,
    outcome: OfferOutcome,
    *,
    problem: str,
) -> None:
    now = timezone.now()
    move_call(call, event, heard_at=now)
    enter_segment(
        call,
        SegmentKind.VOICEMAIL,
        now,
        event.name,
        queue_id=offer.queue_id,
        placed_at=offer.segment.placed_at or now,
        wait_started_at=now,
        wait_heard_at=now,
    )
    move_offer(offer, OfferState.ENDED, outcome=outcome, ended_at=now, conversation_ended_at=now)
    move_slot(AgentSlot.objects.get(pk=offer.slot_id), event, problem=problem)
    cancel_timers("listening", offer=offer)
    helping.conversation_is_over(offer)
    record(event)
    presence.settle(offer.agent)
    wake_clock()


# --- an agent who is gone ------------------------------------------------------------------------


def _look_later(offer: Offer) -> None:
    set_timer("listening", after_seconds=CHECK_SECONDS, tenant_id=offer.tenant_id, offer=offer)


@on_time("listening")
def _is_somebody_listening(timer: Timer) -> None:
    if timer.offer is None or timer.offer.state != OfferState.CONNECTED:
        return
    call = lock_call(timer.offer.call_id)
    offer = Offer.objects.select_related("queue", "agent", "segment").get(pk=timer.offer.pk)
    if offer.state != OfferState.CONNECTED:
        return
    why = _why_nobody_listens(offer)
    if not why:
        _look_later(offer)
        return
    event = ev.VoicemailDropped(**facts.of_offer(offer), reason=why)
    _back_in_line(call, offer, event, OfferOutcome.LOST, problem="lost")


def _why_nobody_listens(offer: Offer) -> str:
    """Return why a voicemail is not with its agent any more; "" while it is."""
    now = timezone.now()
    heard_at = (
        PhoneLease.objects.filter(agent_id=offer.agent_id).values_list("heard_at", flat=True)
    ).first()
    if heard_at is None or heard_at < now - GONE_AFTER:
        return "desk_silent"
    longest = timedelta(seconds=current().call.max_duration)
    if offer.connected_at is not None and now - offer.connected_at >= longest:
        return "longest_duration"
    return ""


# --- a supervisor --------------------------------------------------------------------------------


@transaction.atomic
def mark_done(*, voicemail: Voicemail, actor: User) -> None:
    """Nobody needs to deal with this voicemail any more. What is done already stays as it was.

    Raises NotAllowed while an agent has it open.
    """
    # Always in the order in which a message becomes work.
    lock_call(voicemail.left_in_id)
    voicemail = Voicemail.objects.get(pk=voicemail.pk)
    if voicemail.done_at is not None:
        return
    if voicemail.status == VoicemailStatus.ABSENT:
        Voicemail.objects.filter(pk=voicemail.pk).update(done_at=timezone.now(), done_by=actor)
        return
    if voicemail.call_id is None:
        raise NotAllowed(_("This message is still on its way here."))
    call = lock_call(voicemail.call_id)
    if CallState(call.state) in (CallState.CONNECTING, CallState.CONNECTED):
        raise NotAllowed(_("Somebody is just listening to it."))
    offer = Offer.objects.filter(call=call, state=OfferState.PENDING).first()
    if offer is not None:
        withdraw_offer(call, offer, reason="marked_done")
    concerned = facts.of_call(call)
    concerned["actor_id"] = actor.pk
    _end(call, EndedBy.SYSTEM, rules.DONE_UNHEARD, ev.VoicemailDone(**concerned), actor)


def _end(call: Call, ended_by: EndedBy, reason: str, done: ev.VoicemailDone, actor: User) -> None:
    now = timezone.now()
    over = ev.CallEnded(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        queue_id=call.queue_id,
        agent_id=done.agent_id,
        ended_by=ended_by,
        reason=reason,
    )
    move_call(call, done, ended_at=now, ended_by=ended_by, end_reason=reason, heard_at=now)
    leave_segment(call, now, reason)
    Voicemail.objects.filter(call=call).update(done_at=now, done_by=actor)
    record(done, over)
