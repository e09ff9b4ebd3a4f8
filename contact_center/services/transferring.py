"""An agent sends the caller on: to a queue, to a colleague, to an outside number.

Theory of operation. What the agent asks is noted and sent: the caller's line is to ask a new
address what follows. Until it does the agent has him, and may be told that it did not work. He is
out of the conversation when the network says so, in whichever way it says it first: the line asks
the new address, or what follows the conference; a report says that he, or the agent with him, left
the conference; a look finds him gone. All lead to ``leave``: the agent wraps up, and the call is
*transferring* until its line asks where to go (``go_on``).

A queue has him then, at the age that he has. A colleague is rung as for a caller that a supervisor
keeps for somebody: nobody else is (services/reserving.py). Whoever is not taken comes back to the
agent who sent him on: kept for that agent at the head of the queue's line, with the reason, the
wrap-up ended for it. Where that agent is not to be had he is everybody's there.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import RETURN_SECONDS, TALKING_STATES, CallState, Presence
from contact_center.domain.transfers import (
    TRANSFERRED_OUTSIDE,
    Returned,
    To,
    why_not_reached,
    why_not_taken,
)
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    Call,
    Command,
    EndedBy,
    Offer,
    OfferState,
    Queue,
    Segment,
    SegmentKind,
    Timer,
    Transfer,
    TransferState,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.selectors import hours, targets
from contact_center.services import (
    facts,
    queueing,
    reserving,
    saying,
    sending_outside,
    supervising,
    talking,
    wrapping_up,
)
from contact_center.services.commanding import command, teach
from contact_center.services.connecting import look_at_conference
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import (
    enter_segment,
    lock_call,
    move_call,
    move_transfer,
)
from contact_center.telephony.instructions import Instruction, Redirect

#: A colleague who was free is rung within so long, or not at all.
RUNG_WITHIN_SECONDS = 15
#: For so long the agent who sent a caller on is the only one who is rung when he comes back.
BACK_SECONDS = 60
#: What the network has not done by then is looked at, and a moment later it has failed.
LEAVE_SECONDS = 4
LAST_LOOK_SECONDS = 1


# --- what an agent asks ------------------------------------------------------------------------


@transaction.atomic
def send_to_queue(*, offer: Offer, agent: Agent, queue: Queue) -> None:
    """Ask that the caller goes to the line of ``queue``. A second press does nothing.

    Raises NotAllowed outside a conversation, and where nobody answers in the queue now.
    """
    call, offer = talking.conversation(offer, agent)
    if not hours.hours_of(call.tenant_id, queue.pk, timezone.now()).is_open:
        raise NotAllowed(
            _("%(queue)s is closed now: nobody would answer there.") % {"queue": queue.name}
        )
    _ask(call, offer, agent, To.QUEUE, to_queue=queue)


@transaction.atomic
def send_to_agent(*, offer: Offer, agent: Agent, colleague: Agent) -> None:
    """Ask that the caller goes to ``colleague`` alone. A second press does nothing.

    Raises NotAllowed outside a conversation, and for a colleague who could not be rung now.
    """
    call, offer = talking.conversation(offer, agent)
    if colleague.pk == agent.pk:
        raise NotAllowed(_("This caller is yours already."))
    blocked = targets.what_keeps(colleague, timezone.now())
    if blocked is not None:
        raise NotAllowed(targets.sentence(colleague, blocked))
    _ask(call, offer, agent, To.AGENT, to_agent=colleague)


@transaction.atomic
def send_to_number(*, offer: Offer, agent: Agent, written: str) -> None:
    """Ask that the caller is connected with an outside number. A second press does nothing.

    Raises NotAllowed outside a conversation, and for a number to which nobody may be sent.
    """
    call, offer = talking.conversation(offer, agent)
    _ask(
        call,
        offer,
        agent,
        To.NUMBER,
        to_number=sending_outside.allowed_number(written, agent.tenant),
    )


def _ask(
    call: Call,
    offer: Offer,
    agent: Agent,
    kind: To,
    *,
    to_queue: Queue | None = None,
    to_agent: Agent | None = None,
    to_number: str = "",
) -> None:
    if is_asked(call):
        return
    talking.require_nobody_consulted(call)
    transfer = Transfer.objects.create(
        tenant_id=call.tenant_id,
        call=call,
        offer=offer,
        kind=kind.value,
        to_queue=to_queue,
        to_agent=to_agent,
        to_number=to_number,
        asked_at=timezone.now(),
    )
    Offer.objects.filter(pk=offer.pk).update(control_problem={})
    record(
        ev.TransferAsked(
            **facts.of_offer(offer, agent.user),
            kind=kind,
            to_queue_id=transfer.to_queue_id,
            to_agent_id=transfer.to_agent_id,
        )
    )
    _send(transfer)
    set_timer("transfer_asked", after_seconds=LEAVE_SECONDS, tenant_id=call.tenant_id, offer=offer)


def _send(transfer: Transfer) -> None:
    command(
        "transfer",
        call=transfer.call,
        offer=transfer.offer,
        call_sid=transfer.call.sid,
        url=addresses.transferred(transfer.pk),
        transfer=transfer.pk,
    )


# --- out of the conversation -------------------------------------------------------------------


def is_asked(call: Call) -> bool:
    """Whether an agent has asked that the caller goes elsewhere, and has him still."""
    return Transfer.objects.filter(call=call, state=TransferState.ASKED).exists()


def leave(call: Call) -> bool:
    """The caller is not with the agent any more: if that was asked for, he is on his way.

    Return whether it was. Must run under ``lock_call``.
    """
    transfer = _ASKED.first(call_id=call.pk)
    if transfer is None or CallState(call.state) not in TALKING_STATES:
        return False
    return _leave(call, transfer)


def _leave(call: Call, transfer: Transfer) -> bool:
    # A supervisor may have taken the call over since it was asked for.
    owner = supervising.owner_of(call)
    if owner is None:
        return False
    event = ev.CallTransferred(
        **facts.of_offer(owner),
        kind=transfer.kind,
        to_queue_id=transfer.to_queue_id,
        to_agent_id=transfer.to_agent_id,
        talked_seconds=facts.talked_seconds(owner),
    )
    move_call(call, event)
    move_transfer(transfer, TransferState.GONE, left_at=timezone.now())
    for other in _of(call).filter(state=TransferState.ASKED):
        move_transfer(other, TransferState.FAILED)
    wrapping_up.begin(owner, event)
    record(event)
    # With the customer gone nobody but the agent can be left in the conference.
    command("end_conference", offer=owner, conference_sid=owner.conference_sid)
    _look_again(call, transfer)
    return True


def after_conference(call: Call) -> list[Instruction] | None:
    """Return what a caller is told who asks what follows the conference: to go where he is sent.

    None when nobody sent him on. Whether the network heeds this answer, or asks for it only because
    his line was told to go elsewhere, is the same. Must run under ``lock_call``.
    """
    leave(call)
    if CallState(call.state) is not CallState.TRANSFERRING:
        return None
    return [Redirect(addresses.transferred(_latest(call).pk))]


def customer_asks(call: Call, transfer_id: int) -> list[Instruction] | None:
    """Return what a caller is told whose line asks where he is sent; None when he is elsewhere.

    He is out of the conversation, whatever we had believed. Must run under ``lock_call``.
    """
    transfer = _of(call).filter(pk=transfer_id).first()
    if transfer is None:
        return None
    open_still = transfer.state in (TransferState.ASKED, TransferState.FAILED)
    if CallState(call.state) in TALKING_STATES and open_still and transfer.offer.ended_at is None:
        _leave(call, transfer)
    if CallState(call.state) is CallState.TRANSFERRING:
        return go_on(call)
    here = Segment.objects.filter(call=call, ended_at=None).values_list("pk", flat=True).first()
    is_outside = CallState(call.state) is CallState.OUTSIDE
    if is_outside and here is not None and here == transfer.stay_id:
        return [sending_outside.dial(call, transfer.to_number, here)]
    return None


def go_on(call: Call) -> list[Instruction]:
    """Take a caller who is on his way to where his agent sent him; return what he is told.

    Must run under ``lock_call``.
    """
    transfer = _latest(call)
    if transfer.kind == To.NUMBER:
        return _go_outside(call, transfer)
    queue_id = transfer.to_queue_id or transfer.offer.queue_id
    stay, told = queueing.enter_transferred(call, queue_id, reason="transferred")
    _leads_to(transfer, stay)
    if transfer.to_agent is not None:
        reserving.keep_for(
            call,
            stay,
            transfer.to_agent,
            actor=transfer.offer.agent.user,
            seconds=RUNG_WITHIN_SECONDS,
        )
    return [saying.tell(Sentence.CONNECTING_ELSEWHERE, call.language), *told]


def _go_outside(call: Call, transfer: Transfer) -> list[Instruction]:
    queue_id = transfer.offer.queue_id
    event = ev.CallSentOutside(
        tenant_id=call.tenant_id, call_id=call.pk, queue_id=queue_id, reason="transferred"
    )
    move_call(call, event, ended_by=EndedBy.AGENT, end_reason=TRANSFERRED_OUTSIDE)
    stay = enter_segment(
        call, SegmentKind.OUTSIDE, timezone.now(), "transferred", queue_id=queue_id
    )
    _leads_to(transfer, stay)
    record(event)
    return [
        saying.tell(Sentence.CONNECTING_ELSEWHERE, call.language),
        sending_outside.dial(call, transfer.to_number, stay.pk),
    ]


# --- and back ----------------------------------------------------------------------------------


def back_from_outside(call: Call, segment_id: int, status: str) -> list[Instruction] | None:
    """Return what a caller is told who was sent to an outside number and is back from it.

    Where nobody was reached he comes back to the agent. None when no agent sent him there. Must
    run under ``lock_call``.
    """
    transfer = _of(call).filter(kind=To.NUMBER, state=TransferState.GONE, stay=segment_id).first()
    if transfer is None or CallState(call.state) is not CallState.OUTSIDE:
        return None
    if status in ("completed", "answered"):
        return sending_outside.part(call, transfer.offer.queue_id, TRANSFERRED_OUTSIDE)
    record(ev.OutsideEnded(**facts.of_call(call), reached=False))
    stay, told = queueing.enter_transferred(
        call, transfer.offer.queue_id, reason="transfer_returned", at_head=True
    )
    _return(call, transfer, stay, why_not_reached(status))
    return [saying.tell(Sentence.ONE_MORE_MOMENT, call.language), *told]


def ask_again(call: Call) -> list[Instruction] | None:
    """Return what a caller is told of whose stay outside the network has not told us the end.

    He comes back to the agent rather than to nobody. None when no agent sent him there.
    """
    stay = Segment.objects.filter(call=call, ended_at=None).first()
    return back_from_outside(call, stay.pk, "") if stay is not None else None


@reserving.when_it_ends
def _was_not_taken(call: Call, stay: Segment, reason: str) -> None:
    """A caller is not kept for a colleague any more: if an agent had sent him there, he is back."""
    transfer = _of(call).filter(kind=To.AGENT, state=TransferState.GONE, stay=stay).first()
    why = why_not_taken(reason)
    if transfer is None or why is None:
        return
    Segment.objects.filter(pk=stay.pk).update(at_head=True)
    _return(call, transfer, stay, why)


def _return(call: Call, transfer: Transfer, stay: Segment, why: Returned) -> None:
    """Keep a caller whom nobody took for the agent who had sent him on."""
    move_transfer(transfer, TransferState.RETURNED, stay_id=stay.pk, returned=why.value)
    offer = transfer.offer
    record(ev.TransferReturned(**facts.of_offer(offer), kind=transfer.kind, reason=why))
    if offer.agent.presence == Presence.AVAILABLE:
        reserving.keep_for(call, stay, offer.agent, actor=offer.agent.user, seconds=BACK_SECONDS)
    # The wrap-up that it ends has rows of its own to lock: in another transaction.
    set_timer("transfer_back", after_seconds=0, tenant_id=call.tenant_id, offer=offer)


@on_time("transfer_back")
def _free_for_the_caller(timer: Timer) -> None:
    if timer.offer is not None:
        wrapping_up.end_for_return(timer.offer)


# --- when the network does not do it -----------------------------------------------------------


@on_time("transfer_asked")
def _has_he_left(timer: Timer) -> None:
    """Look at the conference once; if he is still there a moment later, it has failed."""
    if timer.offer is not None and is_asked(timer.offer.call):
        look_at_conference(timer.offer)
        set_timer(
            "transfer_failed",
            after_seconds=LAST_LOOK_SECONDS,
            tenant_id=timer.tenant_id,
            offer=timer.offer,
        )


@on_time("transfer_failed")
def _he_has_not_left(timer: Timer) -> None:
    if timer.offer is None:
        return
    latest = timezone.now() - timedelta(seconds=LEAVE_SECONDS)
    for transfer in _of(timer.offer.call).filter(state=TransferState.ASKED, asked_at__lte=latest):
        _failed(transfer, _("The phone network has not confirmed it."))


def _failed(transfer: Transfer, reason: str) -> None:
    move_transfer(transfer, TransferState.FAILED)
    offer = transfer.offer
    if offer.state != OfferState.CONNECTED:
        return  # he is gone, and nobody waits for it
    talking.note_problem(offer, "transfer", reason)


@on_time("transfer_gone")
def _does_he_know_where(timer: Timer) -> None:
    """The line of a caller has not asked where to go for a while: tell it once more."""
    if timer.call is None:
        return
    call = lock_call(timer.call.pk)
    if CallState(call.state) is CallState.TRANSFERRING:
        transfer = _latest(call)
        command("check_call", call=call, offer=transfer.offer, call_sid=call.sid)
        _send(transfer)
        _look_again(call, transfer)


def _look_again(call: Call, transfer: Transfer) -> None:
    set_timer("transfer_gone", after_seconds=RETURN_SECONDS, tenant_id=call.tenant_id, call=call)


def _is_to_go(asked: Command) -> bool:
    transfer = Transfer.objects.select_related("call").get(pk=asked.params["transfer"])
    if transfer.state == TransferState.GONE:
        return CallState(transfer.call.state) is CallState.TRANSFERRING
    return transfer.state == TransferState.ASKED


def _was_refused(asked: Command, answer: str) -> None:
    """His line could not be told. Is he there at all? The network says so."""
    if asked.call is None:
        return
    command("check_call", call=asked.call, offer=asked.offer, call_sid=asked.call.sid)
    transfer = _all().get(pk=asked.params["transfer"])
    if transfer.state == TransferState.ASKED:
        _failed(transfer, answer)


teach(
    "transfer",
    lambda net, c: net.redirect_call(call_sid=c.params["call_sid"], url=c.params["url"]),
    refused=_was_refused,
    wanted=_is_to_go,
)


# --- reading -----------------------------------------------------------------------------------


def _all() -> QuerySet[Transfer]:
    return Transfer.objects.select_related("call", "offer__agent__user", "to_agent", "offer__queue")


def _of(call: Call) -> QuerySet[Transfer]:
    return _all().filter(call=call).order_by("-pk")


#: Which a caller whose conversation ends is sent on by, of all who leave a conference.
_ASKED = Prepared(
    _all().filter(call_id=Given("call_id"), state=TransferState.ASKED).order_by("-pk")[:1]
)


def _latest(call: Call) -> Transfer:
    """Return by what a caller who is on his way was sent on."""
    transfer = _of(call).filter(state=TransferState.GONE).first()
    assert transfer is not None
    return transfer


def _leads_to(transfer: Transfer, stay: Segment) -> None:
    transfer.stay = stay
    transfer.save(update_fields=["stay"])
