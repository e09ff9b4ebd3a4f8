"""Answer a request for instructions once: the same request again gets the same bytes.

The answer is stored in the transaction of its effects. Of two copies of one request that run at
the same time the second waits for the call's row, or fails on the stored answer and reads it.
"""

from collections.abc import Callable, Sequence

from django.db import OperationalError, transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.domain.states import OFFERED_STATES, CallState
from contact_center.models import Call, DialAttempt, Offer, StoredAnswer
from contact_center.models.prepared import Given, Prepared, insert_all
from contact_center.services import (
    calling_back,
    choosing,
    connecting,
    ending,
    observing,
    queueing,
    receiving,
    sending_outside,
    taking_messages,
    transferring,
)
from contact_center.services.instructing import current_instructions
from contact_center.services.transitions import lock_call, lock_call_of
from contact_center.telephony import network
from contact_center.telephony.instructions import Hangup, Instruction, Redirect

Produce = Callable[[], Sequence[Instruction]]
ProduceFor = Callable[[str], Sequence[Instruction]]


def answer_once(*, call_sid: str, path: str, produce: Produce) -> str:
    """Return the stored answer to (``call_sid``, ``path``), or produce, store and return it.

    A request usually comes once, so nothing is looked up beforehand: a second copy fails on the
    stored answer, or before it on what has become of the call since; that takes back what it did,
    and it is given the first one's bytes.
    """
    try:
        with transaction.atomic():
            body = network().render(produce())
            now = timezone.now()
            insert_all([StoredAnswer(call_sid=call_sid, path=path, body=body, created_at=now)])
    except OperationalError:
        raise
    except Exception:
        # Whatever the second copy stumbled over; what the first one does is raised again.
        stored = _stored(call_sid, path)
        if stored is None:
            raise
        return stored
    return body


def answer_now(produce: Produce) -> str:
    """Return an answer that is not stored: it is made from the present each time."""
    return network().render(produce())


def is_known(call_sid: str) -> bool:
    """Return whether we have heard of a customer's call."""
    return Call.objects.filter(sid=call_sid).exists()


def _stored(call_sid: str, path: str) -> str | None:
    return (
        StoredAnswer.objects.filter(call_sid=call_sid, path=path)
        .values_list("body", flat=True)
        .first()
    )


# --- the requests, by name -----------------------------------------------------------------------


def menu(call_sid: str, turn: int, key: str) -> Sequence[Instruction]:
    """Answer a round of the menu."""
    call = lock_call_of(call_sid)
    return receiving.guide_caller(call, turn=turn, key=key) if call else [Hangup()]


def wait_key(call_sid: str, segment_id: int, turn: int, digits: str) -> Sequence[Instruction]:
    """Answer a waiting caller who pressed a key."""
    call = lock_call_of(call_sid)
    return choosing.choose(call, segment_id, turn, digits) if call else [Hangup()]


def message(call_sid: str, voicemail_id: int, *, was_spoken: bool) -> Sequence[Instruction]:
    """Answer a caller who was asked for a message, and has spoken, or said nothing."""
    call = lock_call_of(call_sid)
    if call is None:
        return [Hangup()]
    if was_spoken:
        return taking_messages.message_spoken(call)
    return taking_messages.nothing_said(call, voicemail_id)


def queue_left(call_sid: str, segment_id: int, result: str) -> Sequence[Instruction]:
    """Answer a caller who left the network's queue."""
    call = lock_call_of(call_sid)
    if call is None:
        return [Hangup()]
    return ending.leave_queue(call, segment_id, result) or current_instructions(call)


def callback_instead(call_sid: str, turn: int, key: str) -> Sequence[Instruction]:
    """Answer a caller whom no queue takes, and who was offered to be called back."""
    call = lock_call_of(call_sid)
    return calling_back.called_instead(call, turn, key) if call else [Hangup()]


def called(call_sid: str, attempt_id: int, who: str) -> Sequence[Instruction]:
    """Answer somebody whom we have called, before any agent was rung."""
    attempt = DialAttempt.objects.filter(pk=attempt_id).first()
    if attempt is None:
        return [Hangup()]
    call = lock_call(attempt.call_id)
    return calling_back.customer_answered(call, attempt_id, call_sid, who)


def connect(call_sid: str, offer_id: int) -> Sequence[Instruction]:
    """Answer a caller who is moved to the agent of an offer."""
    call = lock_call_of(call_sid)
    offer = _offer_of(call, offer_id)
    if call is None or offer is None:
        return current_instructions(call) if call else [Hangup()]
    if offer.ended_at is not None or CallState(call.state) not in OFFERED_STATES:
        return current_instructions(call)
    return connecting.connect_customer(call, offer)


def after(call_sid: str, offer_id: int) -> Sequence[Instruction]:
    """Answer a customer whose stay in the conference of an offer is over."""
    call = lock_call_of(call_sid)
    offer = _offer_of(call, offer_id)
    if call is None or offer is None:
        return current_instructions(call) if call else [Hangup()]
    return ending.after_conversation(call, offer)


def back_from_outside(call_sid: str, segment_id: int, status: str) -> Sequence[Instruction]:
    """Answer a customer who is back from an outside number, with what became of it there."""
    call = lock_call_of(call_sid)
    if call is None:
        return [Hangup()]
    reached = status in ("completed", "answered")
    told = transferring.back_from_outside(call, segment_id, status)
    told = told or sending_outside.come_back(call, segment_id, reached=reached)
    return told or current_instructions(call)


def transferred(call_sid: str, transfer_id: int) -> Sequence[Instruction]:
    """Answer a customer who is on the way to where the agent sends him."""
    call = lock_call_of(call_sid)
    if call is None:
        return [Hangup()]
    return transferring.customer_asks(call, transfer_id) or current_instructions(call)


def lost(call_sid: str, offer_id: int) -> Sequence[Instruction]:
    """Answer a customer who is fetched back to the line."""
    call = lock_call_of(call_sid)
    return current_instructions(call) if call else [Hangup()]


def over(call_sid: str, status: str) -> Sequence[Instruction]:
    """Answer for a leg that has ended with ``status``: nobody listens, and the call is over."""
    call = lock_call_of(call_sid)
    if call is not None:
        observing.call_status(call, status)
    return [Hangup()]


def now(call_sid: str) -> Sequence[Instruction]:
    """Answer a call that asks for what fits its present state."""
    with transaction.atomic():
        call = lock_call_of(call_sid)
        return current_instructions(call) if call else [Hangup()]


def wait(call_sid: str, segment_id: int, queue_sid: str) -> Sequence[Instruction]:
    """Answer a waiting caller; the heartbeat."""
    return queueing.keep_waiting(segment_id, call_sid=call_sid, queue_sid=queue_sid)


def hold_music(offer_id: int) -> Sequence[Instruction]:
    """Answer a held customer: music, again and again."""
    offer = Offer.objects.select_related("queue").filter(pk=offer_id).first()
    return [
        queueing.music(offer.queue if offer else None),
        Redirect(addresses.hold(offer_id)),
    ]


def _offer_of(call: Call | None, offer_id: int) -> Offer | None:
    if call is None:
        return None
    return _OFFER.first(pk=offer_id, call_id=call.pk)


_OFFER = Prepared(
    Offer.objects.select_related("queue", "agent").filter(pk=Given("pk"), call_id=Given("call_id"))
)
