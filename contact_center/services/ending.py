"""How conversations and calls end, and how a lost agent's caller comes back."""

from datetime import timedelta

from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.callbacks import Ended
from contact_center.domain.line import Kind
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import (
    OFFERED_STATES,
    TALKING_STATES,
    WAITING_STATES,
    CallState,
)
from contact_center.event_stream import record
from contact_center.models import (
    Call,
    Command,
    EndedBy,
    Offer,
    OfferState,
    Segment,
    SegmentKind,
    Timer,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.services import (
    consulting_outside,
    facts,
    handing_over,
    queueing,
    redialling,
    saying,
    taking_over,
    transferring,
    wrapping_up,
)
from contact_center.services.commanding import command, teach
from contact_center.services.connecting import (
    close_lost,
    end_agent_leg,
    give_up,
    longest_until,
    send_to_lost,
)
from contact_center.services.offering import withdraw_offer
from contact_center.services.timing import on_time
from contact_center.services.transitions import (
    enter_segment,
    leave_segment,
    lock_call,
    move_call,
)
from contact_center.telephony.instructions import Hangup, Instruction

#: What the network says of a leg that left a conference because the conference ended.
CONFERENCE_ENDED = frozenset({"moderator_ended_conference", "conference_ended_via_api"})
#: … and of one that ended, rather than was told to go elsewhere.
HUNG_UP = "participant_hung_up"


def end_call(call: Call, *, ended_by: EndedBy, reason: str, network_status: str = "") -> None:
    """The customer's leg is over. Idempotent; must run under ``lock_call``.

    An offer that still rings is withdrawn and its agent free at once, without wrap-up; a
    conversation ends in wrap-up.
    """
    if CallState(call.state) is CallState.ENDED:
        return
    now = timezone.now()
    offer = live_offer(call) if CallState(call.state) in OFFERED_STATES else None
    was_talking = CallState(call.state) in TALKING_STATES
    was_waiting = CallState(call.state) in WAITING_STATES
    was_outside = CallState(call.state) is CallState.OUTSIDE
    concerned = facts.of_call(call)
    wrapping_up_at = _who_wraps_up(call)
    if wrapping_up_at is not None:
        concerned["agent_id"] = wrapping_up_at
    event = ev.CallEnded(
        **concerned,
        ended_by=call.ended_by or ended_by,
        reason=call.end_reason or reason,
    )
    move_call(
        call,
        event,
        ended_at=now,
        ended_by=event.ended_by,
        end_reason=event.reason,
        heard_at=now,
        network_status=network_status or call.network_status,
    )
    leave_segment(call, now, event.reason)
    record(event)
    if was_outside:
        consulting_outside.hang_up(call)
    if was_waiting and event.ended_by == EndedBy.CUSTOMER:
        redialling.keep_place(call, now)
    if offer is None:
        return
    if offer.state in (OfferState.PENDING, OfferState.ACCEPTED):
        if offer.state == OfferState.ACCEPTED:
            end_agent_leg(offer)
        withdraw_offer(call, offer, reason="caller_left")
    elif was_talking and offer.state == OfferState.CONNECTED:
        over = ev.ConversationEnded(
            **facts.of_offer(offer),
            ended_by=event.ended_by,
            talked_seconds=facts.talked_seconds(offer),
        )
        wrapping_up.begin(offer, over)
        record(over)
        # With the customer gone nobody but the agent can be left in the conference.
        command("end_conference", offer=offer, conference_sid=offer.conference_sid)


def _who_wraps_up(call: Call) -> int | None:
    """The agent who already wraps this call up sees how it ended."""
    if CallState(call.state) is not CallState.LEAVING:
        return None
    offers = Offer.objects.filter(call=call, state=OfferState.WRAPPING_UP)
    return offers.values_list("agent_id", flat=True).first()


def end_conversation(call: Call, offer: Offer, *, ended_by: EndedBy, reason: str) -> None:
    """Customer and agent are apart for good; the customer's leg may go on for a goodbye.

    Must run under ``lock_call``. Does nothing when the conversation is over already.
    """
    if CallState(call.state) not in TALKING_STATES or offer.state != OfferState.CONNECTED:
        return
    event = ev.ConversationEnded(
        **facts.of_offer(offer), ended_by=ended_by, talked_seconds=facts.talked_seconds(offer)
    )
    move_call(call, event, ended_by=ended_by, end_reason=reason)
    enter_segment(call, SegmentKind.GOODBYE, timezone.now(), reason, queue_id=offer.queue_id)
    wrapping_up.begin(offer, event)
    record(event)


def agent_left(offer: Offer, *, reason: str) -> None:
    """The agent's leg is over. Asked for: the conversation ended. Not asked for: the agent was
    lost, and the customer goes back to the line."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.select_related("queue", "agent").get(pk=offer.pk)
    if offer.state == OfferState.ACCEPTED:
        give_up(call, offer, reason=reason or "agent_left", agents_fault=True)
    elif offer.state == OfferState.CONNECTED and CallState(call.state) in TALKING_STATES:
        if transferring.leave(call):
            return
        if offer.hang_up_asked_at is not None:
            end_conversation(call, offer, ended_by=EndedBy.AGENT, reason="agent_hung_up")
        elif reason in CONFERENCE_ENDED:
            end_conversation(call, offer, ended_by=EndedBy.CUSTOMER, reason="customer_hung_up")
        else:
            lose_agent(call, offer, reason=reason or "agent_left")


def customer_left(offer: Offer, *, reason: str) -> None:
    """The customer's leg left the conference."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.select_related("queue").get(pk=offer.pk)
    if lasted_too_long(offer):
        end_conversation(call, offer, ended_by=EndedBy.SYSTEM, reason="longest_duration")
        return
    if reason != HUNG_UP and transferring.leave(call):
        return
    if offer.hang_up_asked_at is not None:
        end_conversation(call, offer, ended_by=EndedBy.AGENT, reason="agent_hung_up")
    elif reason == HUNG_UP:
        end_conversation(call, offer, ended_by=EndedBy.CUSTOMER, reason="customer_hung_up")


def lose_agent(call: Call, offer: Offer, *, reason: str) -> None:
    """The agent's line broke in mid-call: a supervisor or a colleague who talks with the customer
    goes on, else the customer is fetched back to the line. Under ``lock_call``."""
    event = ev.AgentLost(
        **facts.of_offer(offer), reason=reason, talked_seconds=facts.talked_seconds(offer)
    )
    if taking_over.inherit(call, offer, event) or handing_over.inherit(call, offer, event):
        return
    move_call(call, event)
    close_lost(offer, event)
    send_to_lost(call, offer)


def come_back_to_line(call: Call, offer: Offer) -> list[Instruction]:
    """Return what a customer hears whose agent was lost: the line, age kept, which tells him so.

    The agent who was lost is tried first for a while. Must run under ``lock_call``.
    """
    offer = Offer.objects.select_related("agent", "queue").get(pk=offer.pk)
    # A supervisor who had taken the call over serves no line.
    preferred = offer.agent if offer.outcome == "lost" and not offer.is_taken_over else None
    queue = offer.queue
    return queueing.return_to_line(call, queue, reason="lost", preferred=preferred)


def after_conversation(call: Call, offer: Offer) -> list[Instruction]:
    """Return what the customer hears after the conference: the goodbye, or the line again when
    the end was nobody's doing. Must run under ``lock_call``."""
    elsewhere = transferring.after_conference(call) or consulting_outside.after_it(call)
    if elsewhere is not None:
        return elsewhere
    state = CallState(call.state)
    if state in TALKING_STATES:
        # The address is the first owner's, whoever has the call by now.
        offer = live_offer(call) or offer
        by, why = _who_ended_the_conference(offer)
        end_conversation(call, offer, ended_by=by, reason=why)
        state = CallState(call.state)
    if state is CallState.RETURNING:
        return come_back_to_line(call, offer)
    if state is CallState.LEAVING:
        if call.ended_by in (EndedBy.AGENT, EndedBy.SYSTEM):
            return goodbye(call)
        return come_back_to_line(call, offer)
    if state is CallState.ENDED:
        return [Hangup()]
    return queueing.stay_in_line(call)


def _who_ended_the_conference(offer: Offer) -> tuple[EndedBy, str]:
    if offer.hang_up_asked_at is not None:
        return EndedBy.AGENT, "agent_hung_up"
    if lasted_too_long(offer):
        return EndedBy.SYSTEM, "longest_duration"
    return EndedBy.NETWORK, "conference_ended"


def lasted_too_long(offer: Offer) -> bool:
    """Whether the conversation has lasted as long as CALL.MAX_DURATION allows."""
    if offer.connected_at is None:
        return False
    return timezone.now() >= longest_until(offer) - timedelta(seconds=1)


@on_time("longest")
def _the_conversation_lasts_too_long(timer: Timer) -> None:
    if timer.offer is not None and timer.offer.state == OfferState.CONNECTED:
        command("end_conference", offer=timer.offer, conference_sid=timer.offer.conference_sid)


def goodbye(call: Call) -> list[Instruction]:
    """Return a sentence and the end of the call."""
    return [saying.tell(Sentence.GOODBYE, call.language), Hangup()]


def left_the_line(call: Call) -> str:
    """Return why a call ended whose customer hung up in line: whom we called has not abandoned."""
    return Ended.LEFT if call.kind == Kind.CALLBACK else "abandoned"


def live_offer(call: Call) -> Offer | None:
    """Return the offer of ``call`` that has not ended, the newest."""
    return _LIVE.first(call_id=call.pk)


_LIVE = Prepared(
    Offer.objects.select_related("queue", "agent")
    .filter(call_id=Given("call_id"), ended_at=None)
    .exclude(state=OfferState.WRAPPING_UP)
    .order_by("-pk")[:1]
)


def leave_queue(call: Call, segment_id: int, result: str) -> list[Instruction] | None:
    """Apply the network's word on why a caller left its queue; return instructions when the
    reason decides them, None when the state of the call does. Must run under ``lock_call``."""
    if result == "hangup":
        end_call(call, ended_by=EndedBy.CUSTOMER, reason=left_the_line(call))
        return [Hangup()]
    in_line = CallState(call.state) in WAITING_STATES
    if in_line and result in ("error", "system-error", "queue-full"):
        Segment.objects.filter(pk=segment_id, ended_at=None).update(wait_started_at=None)
        return [saying.tell(Sentence.TROUBLE, call.language), *queueing.stay_in_line(call)]
    return None


@on_time("return_check")
def _did_the_customer_come_back(timer: Timer) -> None:
    if timer.call is None or timer.offer is None:
        return
    call = lock_call(timer.call.pk)
    if CallState(call.state) is CallState.RETURNING:
        command("check_call", call=call, offer=timer.offer, call_sid=call.sid)
        send_to_lost(call, timer.offer)


def _redirect_was_refused(asked: Command, _answer: str) -> None:
    if asked.call is not None:
        command("check_call", call=asked.call, offer=asked.offer, call_sid=asked.call.sid)


def _redirect_is_wanted(asked: Command) -> bool:
    """Whether the call is still where it was to be fetched from.

    An attempt may be made many seconds after the first, which may have been applied: by then the
    caller can be in another conversation, out of which nobody wants to take him.
    """
    during = asked.params.get("during")
    if not during or asked.call is None:
        return True
    return asked.call.state in during and (asked.offer is None or asked.offer.ended_at is None)


teach(
    "redirect_call",
    lambda net, c: net.redirect_call(call_sid=c.params["call_sid"], url=c.params["url"]),
    refused=_redirect_was_refused,
    wanted=_redirect_is_wanted,
)
