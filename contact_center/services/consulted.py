"""The colleague whom an agent consults: rung, in the conversation, and out of it again.

The colleague's browser pulls itself into the agent's conference as the agent's own did, with a
token that works once. It gets one only when the caller has been put on hold, by the network's
word, so that there is no moment in which he could hear the colleague. The slot of the colleague is
taken from when their desk rings, as by any call: routing gives them no other.

Who was rung for a queue and does not come leaves the consult in that queue's line: the next is rung
(services/consulting_queue.py). It has moved on then, so that whatever still comes from who was rung
before, a press, a token, the end of a line, is nobody's.

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
    QUEUE_WAIT_SECONDS,
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
    PhoneLease,
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
    if slot is None or targets.what_keeps(colleague, timezone.now()) is not None:
        end(call, consult, Over.BUSY)
        return
    try:
        with transaction.atomic():
            ring_at(consult, colleague.pk, slot)
    except (StaleState, IllegalTransition):
        end(call, consult, Over.BUSY)


def ring_at(consult: Consult, colleague_id: int, slot: AgentSlot) -> None:
    """Ring one desk. Must run under ``lock_call``.

    Raises StaleState or IllegalTransition when the desk is not free any more.
    """
    about = {**concerned(consult), "colleague_id": colleague_id}
    event = ev.ConsultRings(**about, of_queue=name_of_queue(consult))
    move_slot(slot, event)
    now = timezone.now()
    move_consult(
        consult,
        event,
        colleague_id=colleague_id,
        slot_id=slot.pk,
        rings=consult.rings + 1,
        rung_at=now,
        deadline=now + timedelta(seconds=RING_SECONDS),
    )
    set_timer("consult_ring", after_seconds=RING_SECONDS, **_about(consult))
    record(event)


def _room(colleague: Agent) -> AgentSlot | None:
    return colleague.slots.filter(activity=Activity.IDLE).order_by("number").first()


@transaction.atomic
def accept(*, consult: Consult, colleague: Agent, lease_key: str, ring: int | None = None) -> str:
    """The colleague is ready to talk; return the join token with which the browser connects.

    Asking again before it was spent returns a new one. ``ring`` says which ring is answered, where
    that is known. Raises PhoneElsewhere from another tab, OfferGone when nobody asks any more.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if not _asks(consult, colleague, ring):
        raise OfferGone(_("You are not asked any more."))
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
def decline(*, consult: Consult, colleague: Agent, ring: int | None = None) -> None:
    """The colleague has no time for it; of a queue the next is asked. A second press does nothing,
    whoever rings by then; raises OfferGone after accepting."""
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state == ConsultState.ENDED or not _asks(consult, colleague, ring):
        return
    if consult.state != ConsultState.RINGING:
        raise OfferGone(_("You have accepted already. Leave instead."))
    _not_coming(call, consult, Over.DECLINED, actor=colleague.user)


def _asks(consult: Consult, colleague: Agent, ring: int | None = None) -> bool:
    """Whether it is this colleague who is rung, or there, just now, and by that ring."""
    return consult.colleague_id == colleague.pk and ring in (None, consult.rings)


@transaction.atomic
def leave(*, consult: Consult, colleague: Agent) -> None:
    """The colleague leaves the consult: their line is ended, and the rest follows from that.

    Who goes before having been in it was kept out by nothing: they are free at once. Raises
    NotAllowed when they are not in it.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    is_in_it = consult.state in (ConsultState.JOINING, ConsultState.LIVE)
    if not is_in_it or not _asks(consult, colleague):
        raise NotAllowed(_("You are not in this consult any more."))
    line = line_of(consult)
    if line is not None and consult.state == ConsultState.LIVE:
        command("end_call", offer=consult.offer, call_sid=line.sid)
    else:
        _not_coming(call, consult, Over.COLLEAGUE_LEFT, actor=colleague.user)


@on_time("consult_ring")
def _nobody_answered(timer: Timer) -> None:
    call, consult = _of_timer(timer)
    if call is None or consult is None or consult.state != ConsultState.RINGING:
        return
    if consult.deadline is not None and consult.deadline <= timezone.now():
        _not_coming(call, consult, Over.TIMED_OUT)


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
    # The tab that is the phone of who accepted, and of nobody who was rung for the queue before.
    lease = PhoneLease.objects.filter(agent=consult.colleague_id).first()
    is_theirs = (
        lease is not None
        and consult.slot is not None
        and lease.identity(consult.slot.number) == identity
    )
    is_wanted = is_theirs and offer.hang_up_asked_at is None and not consult.wish
    spent = Consult.objects.filter(
        pk=consult.pk, state=ConsultState.JOINING.value, join_spent_at=None
    )
    if not is_held or not is_wanted or spent.update(join_spent_at=now) != 1:
        return [Hangup()]
    set_timer("consult_join_check", after_seconds=JOIN_CHECK_SECONDS, **_about(consult))
    return [let_guest_in(consult, offer, leg_sid=leg_sid, now=now)]


def joined(consult: Consult, *, conference_sid: str, line: Leg | None = None) -> None:
    """The colleague's line is in the conference: agent and colleague talk. Idempotent.

    ``line`` is the one of which that is reported.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if line is not None and Leg.objects.filter(pk=line.pk, ended_at__isnull=False).exists():
        return  # of somebody who was rung for the queue before, and told late
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
    Leg.objects.filter(consult=consult, joined_at=None, ended_at=None).update(joined_at=now)
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
    if consult.state == ConsultState.JOINING and _asks(consult, colleague):
        _not_coming(call, consult, Over.FAILED, actor=colleague.user)


def line_is_over(consult: Consult, status: str = "", *, line: Leg | None = None) -> None:
    """The colleague's line ended, or left the conference; ``status`` is the network's word, and
    ``line`` which one it was, where that is known.

    Whoever was left with the caller takes the conference with them: he hears the goodbye.
    """
    call = lock_call(consult.call_id)
    consult = fresh(consult)
    if consult.state == ConsultState.ENDED:
        if CallState(call.state) is CallState.OUTSIDE and consult.stay_id is not None:
            offer = consult.offer
            command("end_conference", offer=offer, conference_sid=offer.conference_sid)
    elif _is_of_an_earlier_ring(consult, line):
        pass  # told late, or again: nobody who is asked or there has lost anything
    elif consult.wish == Wish.CANCEL:
        end(call, consult, Over.CANCELLED)
    elif consult.state == ConsultState.WAITING:
        wake_clock()  # it was in the way of the next who is asked
    elif consult.state == ConsultState.RINGING and consult.is_outside:
        end(call, consult, why_nobody_came(status))
    elif consult.state == ConsultState.JOINING:
        _not_coming(call, consult, Over.FAILED)
    elif consult.state == ConsultState.LIVE:
        end(call, consult, Over.COLLEAGUE_LEFT)


def _is_of_an_earlier_ring(consult: Consult, line: Leg | None) -> bool:
    """Whether a line was of somebody who was rung for the queue before who is asked now."""
    if line is None or consult.accepted_at is None:
        return False
    return line.started_at < consult.accepted_at


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
        if consult.wish:
            end(call, consult, Over.CANCELLED)
        else:
            _not_coming(call, consult, Over.FAILED)


# --- the next of a queue -----------------------------------------------------------------------


def _not_coming(call: Call, consult: Consult, over: Over, *, actor: User | None = None) -> None:
    """Who was rung does not come: that is the end of it, or of a queue the next is asked."""
    if consult.queue is None or consult.wish:
        end(call, consult, over, actor=actor)
    elif timezone.now() >= consult.asked_at + timedelta(seconds=QUEUE_WAIT_SECONDS):
        _back_to_line(consult, over, actor)
        end(call, consult, Over.NOBODY_CAME)
    else:
        _back_to_line(consult, over, actor)
        wake_clock()


def _back_to_line(consult: Consult, over: Over, actor: User | None) -> None:
    """It keeps its place in the line of the queue, and who did not come rests for a while."""
    colleague = consult.colleague
    assert colleague is not None
    about = {**concerned(consult, actor), "reason": over.value}
    is_missed = over in (Over.TIMED_OUT, Over.FAILED)
    event = ev.ConsultUnanswered(**about) if is_missed else ev.ConsultDeclined(**about)
    slot, line, now = _slot(consult), line_of(consult), timezone.now()
    move_consult(
        consult,
        event,
        colleague_id=None,
        slot_id=None,
        deadline=None,
        accepted_at=None,
        join_spent_at=None,
        refused={**consult.refused, str(colleague.pk): now.isoformat()},
    )
    move_slot(slot, event, **_what_the_slot_says(slot, over))
    record(event)
    if line is not None:
        # Nobody is rung before it has ended: two are never on their way into the conference.
        command("end_call", offer=consult.offer, call_sid=line.sid)
    presence.settle(colleague)


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


def name_of_queue(consult: Consult) -> str:
    """Return the name of the queue that is asked; empty where none is."""
    return consult.queue.name if consult.queue is not None else ""


def concerned(consult: Consult, actor: User | None = None) -> dict[str, Any]:
    """Return the references of an event about a consult: the agent's, and the colleague."""
    return {**facts.of_offer(consult.offer, actor), "colleague_id": consult.colleague_id}


def of_agent(consult: Consult, actor: User | None = None) -> facts.Concerned:
    """Return the references of an event about a consult that no colleague has part in yet."""
    return facts.of_offer(consult.offer, actor)


def look(offer: Offer) -> None:
    """Ask the network who is in the conference, and how; what it says is then applied."""
    command("look_at_conference", offer=offer, name=offer.conference_name)


def _slot(consult: Consult) -> AgentSlot:
    assert consult.slot is not None
    return consult.slot


def _all() -> QuerySet[Consult]:
    return Consult.objects.select_related(
        "call", "offer__agent__user", "colleague__user", "queue", "slot"
    )


def _of_timer(timer: Timer) -> tuple[Call | None, Consult | None]:
    if timer.call is None:
        return None, None
    call = lock_call(timer.call.pk)
    return call, live_of(call)


def _about(consult: Consult) -> dict[str, Any]:
    return {"tenant_id": consult.tenant_id, "call": consult.call}
