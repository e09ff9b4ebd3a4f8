"""The colleague whom an agent consults: rung, in the conversation, and out of it again.

The colleague's browser pulls itself into the agent's conference as the agent's own did, with a
token that works once. It gets one only when the caller has been put on hold, by the network's
word, so that there is no moment in which he could hear the colleague. The slot of the colleague is
taken from when their desk rings, as by any call: routing gives them no other.

What the agent asks for, and who hears whom, is services/consulting.py. Everything here begins with
the lock of the call.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.consults import (
    RING_SECONDS,
    ConsultState,
    Over,
    Talk,
    Wish,
    why_nobody_came,
)
from contact_center.domain.states import CONNECT_SECONDS, Activity, CallState
from contact_center.errors import IllegalTransition, NotAllowed, OfferGone, StaleState
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Consult,
    Leg,
    Offer,
    Timer,
    User,
)
from contact_center.selectors import targets
from contact_center.services import facts, presence
from contact_center.services.commanding import command
from contact_center.services.joining import join_token, let_guest_in, read_join_token
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call, move_consult, move_slot
from contact_center.telephony.instructions import Hangup, Instruction
from contact_center.wakeups import wake_clock

JOIN_SALT = "contact_center.consult"
#: So long after a line was told to enter the conference we look whether it is there.
JOIN_CHECK_SECONDS = 3

#: What is told that a consult is over.
_TOLD: list[Callable[[Call, Consult, Over], None]] = []


def when_it_ends(
    tell: Callable[[Call, Consult, Over], None],
) -> Callable[[Call, Consult, Over], None]:
    """Name what is told, under the lock of the call, that a consult is over and how it ended."""
    _TOLD.append(tell)
    return tell


# --- their desk rings --------------------------------------------------------------------------


def ring(call: Call, consult: Consult) -> None:
    """The caller hears music: ring the colleague. Must run under ``lock_call``.

    Who was given another call meanwhile, or went away, is not rung; the consult ends with that.
    """
    colleague = consult.colleague
    assert colleague is not None
    slot = _room(colleague)
    event = ev.ConsultRings(**concerned(consult))
    if slot is None or targets.what_keeps(colleague, timezone.now()) is not None:
        end(call, consult, Over.BUSY)
        return
    try:
        with transaction.atomic():
            move_slot(slot, event)
    except (StaleState, IllegalTransition):
        end(call, consult, Over.BUSY)
        return
    now = timezone.now()
    deadline = now + timedelta(seconds=RING_SECONDS)
    move_consult(consult, event, slot_id=slot.pk, rung_at=now, deadline=deadline)
    set_timer("consult_ring", after_seconds=RING_SECONDS, **_about(consult))
    record(event)


def _room(colleague: Agent) -> AgentSlot | None:
    return colleague.slots.filter(activity=Activity.IDLE).order_by("number").first()


@transaction.atomic
def accept(*, consult: Consult, colleague: Agent, lease_key: str) -> str:
    """The colleague is ready to talk; return the join token with which the browser connects.

    Asking again before it was spent returns a new one. Raises PhoneElsewhere from another tab,
    OfferGone when nobody asks any more.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    lease = presence.held_phone(colleague, lease_key)
    is_again = consult.state == ConsultState.JOINING and consult.join_spent_at is None
    if not is_again:
        late = consult.deadline is not None and timezone.now() >= consult.deadline
        if consult.state != ConsultState.RINGING or late:
            raise OfferGone(_("You are not asked any more."))
        event = ev.ConsultAccepted(**concerned(consult, colleague.user))
        move_consult(consult, event, accepted_at=timezone.now())
        move_slot(_slot(consult), event, missed_in_a_row=0)
        set_timer("consult_connect", after_seconds=CONNECT_SECONDS, **_about(consult))
        record(event)
    if consult.wish:
        raise OfferGone(_("You are not asked any more."))
    assert call.pk == consult.call_id
    identity = lease.identity(_slot(consult).number)
    return join_token("consult", consult.pk, salt=JOIN_SALT, identity=identity)


@transaction.atomic
def decline(*, consult: Consult, colleague: Agent) -> None:
    """The colleague has no time for it. A second press does nothing; raises OfferGone after
    accepting."""
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state == ConsultState.ENDED:
        return
    if consult.state != ConsultState.RINGING:
        raise OfferGone(_("You have accepted already. Leave instead."))
    end(call, consult, Over.DECLINED, actor=colleague.user)


@transaction.atomic
def leave(*, consult: Consult, colleague: Agent) -> None:
    """The colleague leaves the consult: their line is ended, and the rest follows from that.

    Raises NotAllowed when they are not in it.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state not in (ConsultState.JOINING, ConsultState.LIVE):
        raise NotAllowed(_("You are not in this consult any more."))
    line = line_of(consult)
    if line is not None:
        command("end_call", offer=consult.offer, call_sid=line.sid)
    else:
        end(call, consult, Over.COLLEAGUE_LEFT, actor=colleague.user)


@on_time("consult_ring")
def _nobody_answered(timer: Timer) -> None:
    call, consult = _of_timer(timer)
    if call is None or consult is None or consult.state != ConsultState.RINGING:
        return
    if consult.deadline is not None and consult.deadline <= timezone.now():
        end(call, consult, Over.TIMED_OUT)


# --- their line --------------------------------------------------------------------------------


def let_colleague_in(*, leg_sid: str, identity: str, token: str) -> list[Instruction]:
    """Return what a colleague's connecting browser is told: the conference, or to hang up.

    The token decides, and it works once. Nobody comes in while the caller is not on hold.
    """
    pk = read_join_token(token, "consult", salt=JOIN_SALT, identity=identity)
    consult = _all().filter(pk=pk).first() if pk is not None else None
    if consult is None:
        return [Hangup()]
    lock_call(consult.call_id)
    consult = fresh(consult)
    offer = consult.offer
    now = timezone.now()
    is_held = offer.held_at is not None and offer.hold_asked != "resume"
    is_wanted = offer.hang_up_asked_at is None and not consult.wish
    spent = Consult.objects.filter(
        pk=consult.pk, state=ConsultState.JOINING.value, join_spent_at=None
    )
    if not is_held or not is_wanted or spent.update(join_spent_at=now) != 1:
        return [Hangup()]
    set_timer("consult_join_check", after_seconds=JOIN_CHECK_SECONDS, **_about(consult))
    return [let_guest_in(consult, offer, leg_sid=leg_sid, now=now)]


def joined(consult: Consult, *, conference_sid: str) -> None:
    """The colleague's line is in the conference: agent and colleague talk. Idempotent."""
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state != _BEFORE_IT_IS_IN[consult.is_outside] or consult.wish == Wish.CANCEL:
        return
    if conference_sid != consult.offer.conference_sid:
        # The conversation had just ended: they are alone in a room of their own.
        end(call, consult, Over.CALL_ENDED)
        return
    now = timezone.now()
    event = ev.ConsultJoined(**concerned(consult), outside=consult.is_outside)
    move_consult(consult, event, joined_at=now, talk=Talk.COLLEAGUE.value, problem={})
    if consult.slot is not None:
        move_slot(consult.slot, event)
    Leg.objects.filter(consult=consult, joined_at=None).update(joined_at=now)
    record(event)


#: In which state a line is that comes into the conference: of an outside number one that rings.
_BEFORE_IT_IS_IN = {False: ConsultState.JOINING, True: ConsultState.RINGING}


@transaction.atomic
def browser_joined(*, consult: Consult) -> None:
    """The browser says its line is up; look at the conference rather than take its word."""
    if consult.state == ConsultState.JOINING:
        look(consult.offer)


@transaction.atomic
def browser_failed(*, consult: Consult, colleague: Agent) -> None:
    """The browser could not connect: the agent reads that, the colleague is not responding."""
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state == ConsultState.JOINING:
        end(call, consult, Over.FAILED, actor=colleague.user)


def line_is_over(consult: Consult, status: str = "") -> None:
    """The colleague's line ended, or left the conference; ``status`` is the network's word.

    Whoever was left with the caller takes the conference with them: he hears the goodbye.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state == ConsultState.ENDED:
        if CallState(call.state) is CallState.OUTSIDE and consult.stay_id is not None:
            offer = consult.offer
            command("end_conference", offer=offer, conference_sid=offer.conference_sid)
    elif consult.wish == Wish.CANCEL:
        end(call, consult, Over.CANCELLED)
    elif consult.state == ConsultState.RINGING:
        end(call, consult, why_nobody_came(status))
    elif consult.state == ConsultState.JOINING:
        end(call, consult, Over.FAILED)
    elif consult.state == ConsultState.LIVE:
        end(call, consult, Over.COLLEAGUE_LEFT)


@on_time("consult_join_check")
def _is_the_colleague_in(timer: Timer) -> None:
    _call, consult = _of_timer(timer)
    if consult is not None and consult.state == ConsultState.JOINING:
        look(consult.offer)


@on_time("consult_connect")
def _joining_took_too_long(timer: Timer) -> None:
    call, consult = _of_timer(timer)
    if call is None or consult is None or consult.state != ConsultState.JOINING:
        return
    latest = timezone.now() - timedelta(seconds=CONNECT_SECONDS)
    if consult.accepted_at is not None and consult.accepted_at <= latest:
        end(call, consult, Over.CANCELLED if consult.wish else Over.FAILED)


# --- the end -----------------------------------------------------------------------------------


def end(call: Call, consult: Consult, over: Over, *, actor: User | None = None) -> None:
    """The colleague is out of it, their line with them. Idempotent; under ``lock_call``."""
    consult = fresh(consult)
    if consult.state == ConsultState.ENDED:
        return
    about = {**concerned(consult, actor), "reason": over.value}
    event: ev.ConsultMissed | ev.ConsultEnded
    if over in (Over.TIMED_OUT, Over.FAILED):
        event = ev.ConsultMissed(**about)
    else:
        event = ev.ConsultEnded(**about, outside=consult.is_outside)
    move_consult(
        consult,
        event,
        ended_at=timezone.now(),
        end_reason=over.value,
        wish="",
        wished_at=None,
        colleague_asked="",
    )
    if consult.slot is not None:
        move_slot(consult.slot, event, **_what_the_slot_says(consult.slot, over))
    record(event)
    line = line_of(consult)
    if line is not None:
        command("end_call", offer=consult.offer, call_sid=line.sid)
    if consult.colleague is not None:
        presence.settle(consult.colleague)
    wake_clock()
    for tell in _TOLD:
        tell(call, consult, over)


def _what_the_slot_says(slot: AgentSlot, over: Over) -> dict[str, Any]:
    if over is Over.TIMED_OUT:
        missed = min(slot.missed_in_a_row + 1, 9999)
        return {"problem": "no_answer", "missed_in_a_row": missed}
    return {"problem": "connect_failed"} if over is Over.FAILED else {}


def conversation_is_over(offer: Offer, over: Over) -> None:
    """Nobody is left who could consult. Must run in the transaction that ends the conversation."""
    for consult in _all().filter(offer=offer, ended_at=None):
        end(consult.call, consult, over)


# --- reading -----------------------------------------------------------------------------------


def live_of(call: Call) -> Consult | None:
    """Return who is consulted about ``call`` now."""
    return _all().filter(call=call, ended_at=None).first()


def line_of(consult: Consult) -> Leg | None:
    """Return the colleague's line, while it is nothing but that."""
    return Leg.objects.filter(consult=consult, offer=None, ended_at=None).first()


def fresh(consult: Consult) -> Consult:
    """Return the consult as it is now."""
    return _all().get(pk=consult.pk)


def concerned(consult: Consult, actor: User | None = None) -> dict[str, Any]:
    """Return the references of an event about a consult: the agent's, and the colleague."""
    return {**facts.of_offer(consult.offer, actor), "colleague_id": consult.colleague_id}


def look(offer: Offer) -> None:
    """Ask the network who is in the conference, and how; what it says is then applied."""
    command("look_at_conference", offer=offer, name=offer.conference_name)


def _slot(consult: Consult) -> AgentSlot:
    assert consult.slot is not None
    return consult.slot


def _all() -> QuerySet[Consult]:
    return Consult.objects.select_related("call", "offer__agent__user", "colleague__user", "slot")


def _of_timer(timer: Timer) -> tuple[Call | None, Consult | None]:
    if timer.call is None:
        return None, None
    call = lock_call(timer.call.pk)
    return call, live_of(call)


def _about(consult: Consult) -> dict[str, Any]:
    return {"tenant_id": consult.tenant_id, "call": consult.call}
