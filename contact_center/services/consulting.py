"""An agent consults somebody while the caller is on hold: ask, swap, merge, complete, cancel.

Who is asked is a colleague (services/consulted.py), whoever of a queue is next
(consulting_queue.py), or an outside number (consulting_outside.py); where this page says
*colleague* it means whoever that is.

Theory of operation. All are in the agent's conference, and who is on hold decides who hears whom
(domain/consults.py). What the agent asks for is noted as the *wish*; ``_advance`` asks the network
for one thing at a time until it is so, and each answer of the network comes back to it: in a
report, or in a look. What has not come about after CHECK_SECONDS is looked at, a moment later it
has failed, the agent reads why, and what was before is asked for again, until it is so: so that
nobody is heard longer, or by others, than the desk says.

*Complete* lets all three hear each other first, and then looks once more who is there. Only what
that look shows makes the call the colleague's (services/handing_over.py). A colleague who was lost
in the same moment leaves the caller with the agent.

The end of the colleague changes nothing for the caller: who was on hold stays so, and is resumed
by a press. Only *Cancel* resumes him itself, when the colleague's line has ended.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.consults import (
    ConsultState,
    Over,
    Step,
    Talk,
    Wish,
    next_step,
    talk_of,
)
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    Call,
    Command,
    CommandOutcome,
    Consult,
    Offer,
    Queue,
    Timer,
)
from contact_center.selectors import targets
from contact_center.services import (
    consulted,
    consulting_outside,
    consulting_queue,
    handing_over,
    sending_outside,
    switching,
    talking,
)
from contact_center.services.commanding import command, teach
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import lock_call
from contact_center.telephony.port import ParticipantTruth

#: What the network has not confirmed by then is looked at, and a moment later it has failed.
CHECK_SECONDS = 4
LAST_LOOK_SECONDS = 1

There = dict[str, ParticipantTruth]


# --- what an agent asks ------------------------------------------------------------------------


@transaction.atomic
def ask(*, offer: Offer, agent: Agent, colleague: Agent) -> None:
    """Ask that ``colleague`` comes; the caller is put on hold before that. A second press does
    nothing.

    Raises NotAllowed outside a conversation, while somebody else is consulted in it or the caller
    is being resumed, and for a colleague who could not be rung now.
    """
    call, offer = talking.conversation(offer, agent)
    if _is_asked_already(call, offer, colleague=colleague):
        return
    if colleague.pk == agent.pk:
        raise NotAllowed(_("This caller is yours already."))
    blocked = targets.what_keeps(colleague, timezone.now())
    if blocked is not None:
        raise NotAllowed(targets.sentence(colleague, blocked))
    _begin(call, offer, agent, colleague=colleague)


@transaction.atomic
def ask_queue(*, offer: Offer, agent: Agent, queue: Queue) -> None:
    """Ask that somebody of ``queue`` comes; the caller is put on hold before that. A second press
    does nothing.

    Raises NotAllowed as ``ask``, and where nobody else answers in the queue now.
    """
    call, offer = talking.conversation(offer, agent)
    if _is_asked_already(call, offer, queue=queue):
        return
    nobody = targets.why_nobody_comes(queue, agent, timezone.now())
    if nobody:
        raise NotAllowed(nobody)
    _begin(call, offer, agent, queue=queue)


@transaction.atomic
def ask_outside(*, offer: Offer, agent: Agent, written: str) -> None:
    """Ask that an outside number is rung; the caller is put on hold before that. A second press
    does nothing.

    Raises NotAllowed as ``ask``, and for a number to which nobody may be sent.
    """
    call, offer = talking.conversation(offer, agent)
    number = sending_outside.allowed_number(written, agent.tenant)
    if not _is_asked_already(call, offer, to_number=number):
        _begin(call, offer, agent, to_number=number)


def _is_asked_already(
    call: Call,
    offer: Offer,
    *,
    colleague: Agent | None = None,
    queue: Queue | None = None,
    to_number: str = "",
) -> bool:
    """Whether the very same is being consulted. Raises NotAllowed where nobody can be."""
    talking.require_not_sent_on(call)
    live = consulted.live_of(call)
    if live is not None:
        # Who of a queue is rung just now was not asked for by name.
        asked = live.colleague if live.queue is None else None
        if (asked, live.queue, live.to_number) == (colleague, queue, to_number):
            return True
        raise NotAllowed(
            _("You are consulting %(agent)s. Cancel that first.") % {"agent": live.party}
        )
    if offer.hold_asked == "resume":
        raise NotAllowed(_("The caller is just being resumed. Try again in a moment."))
    if switching.in_the_way_of(offer):
        raise NotAllowed(_("You are talking in another call. Put that one on hold first."))
    return False


def _begin(
    call: Call,
    offer: Offer,
    agent: Agent,
    *,
    colleague: Agent | None = None,
    queue: Queue | None = None,
    to_number: str = "",
) -> None:
    consult = Consult.objects.create(
        tenant_id=call.tenant_id,
        call=call,
        offer=offer,
        colleague=colleague,
        queue=queue,
        to_number=to_number,
        asked_at=timezone.now(),
    )
    Offer.objects.filter(pk=offer.pk).update(control_problem={})
    concerned = consulted.concerned(consult, agent.user)
    of_queue = consulted.name_of_queue(consult)
    record(ev.ConsultAsked(**concerned, outside=consult.is_outside, of_queue=of_queue))
    if offer.held_at is not None:
        _ring(call, consult)
    elif not offer.hold_asked:
        talking.ask_to_hold(call, offer, agent)


def _ring(call: Call, consult: Consult) -> None:
    if consult.queue is not None:
        consulting_queue.stand_in_line(consult)
    else:
        (consulting_outside if consult.is_outside else consulted).ring(call, consult)


@transaction.atomic
def wish(*, offer: Offer, agent: Agent, wished: Wish) -> None:
    """Ask for another of the ways to talk, to leave the call to the colleague, or to let the
    colleague go. A second press does nothing.

    Raises NotAllowed when nobody is consulted, until the colleague is there, and while something
    that was asked before is still being done; *cancel* is heeded at any time before the call is
    the colleague's.
    """
    call, offer = talking.conversation(offer, agent)
    consult = consulted.live_of(call)
    if consult is None:
        raise NotAllowed(_("You are not consulting anybody any more."))
    if consult.wish == wished:
        return
    if wished is Wish.CANCEL:
        _cancel(call, consult, agent)
        return
    who = {"agent": consult.party}
    if consult.state != ConsultState.LIVE:
        raise NotAllowed(_("%(agent)s is not there yet.") % who)
    if consult.wish == Wish.CANCEL:
        raise NotAllowed(_("%(agent)s is just being let go.") % who)
    if consult.wish:
        raise NotAllowed(_("What you asked for before is being done. Try again in a moment."))
    if wished == consult.talk:
        return
    _note_wish(consult, wished)
    record(ev.ConsultWished(**consulted.concerned(consult, agent.user), wish=wished.value))
    _advance(call, consult)


def _cancel(call: Call, consult: Consult, agent: Agent) -> None:
    concerned = consulted.concerned(consult, agent.user)
    _note_wish(consult, Wish.CANCEL)
    record(ev.ConsultWished(**concerned, wish=Wish.CANCEL.value))
    if consulted.line_of(consult) is not None:
        _advance(call, consult)
    elif consulting_outside.is_being_dialled(consult):
        pass  # What comes of that ends it: somebody may be answering now.
    elif consult.state != ConsultState.HOLDING or not consult.offer.hold_asked:
        consulted.end(call, consult, Over.CANCELLED, actor=agent.user)
    # Else the caller is on his way onto hold: what he is resumed from has to have happened.


# --- step by step ------------------------------------------------------------------------------


def _note_wish(consult: Consult, wished: Wish) -> None:
    _change(consult, wish=wished.value, wished_at=timezone.now(), problem={})


def _advance(call: Call, consult: Consult) -> None:
    """Ask the network for the next thing that is missing. Must run under ``lock_call``."""
    consult = consulted.fresh(consult)
    offer = consult.offer
    if not consult.wish or consult.state == ConsultState.ENDED:
        return
    wished = Wish(consult.wish)
    if wished is not Wish.CANCEL and (offer.hold_asked or consult.colleague_asked):
        return  # what comes of that leads here again
    step = next_step(
        wished,
        customer_held=offer.held_at is not None,
        colleague_held=consult.colleague_held_at is not None,
    )
    if step is None:
        _confirmed(consult)
        return
    _change(consult, wished_at=timezone.now())
    set_timer("consult_check", after_seconds=CHECK_SECONDS, **_about(consult))
    match step:
        case Step.HOLD_CUSTOMER:
            talking.ask_to_hold(call, offer, offer.agent)
        case Step.RESUME_CUSTOMER:
            talking.ask_to_resume(call, offer, offer.agent)
        case Step.HOLD_COLLEAGUE | Step.RESUME_COLLEAGUE:
            _ask_of_colleague(consult, "hold" if step is Step.HOLD_COLLEAGUE else "resume")
        case Step.LET_GO:
            line = consulted.line_of(consult)
            if line is not None:
                command("end_call", offer=offer, call_sid=line.sid)
        case Step.HAND_OVER:
            consulted.look(offer)


def _ask_of_colleague(consult: Consult, asked: str) -> None:
    line = consulted.line_of(consult)
    if line is None:
        return
    _change(consult, colleague_asked=asked)
    command(
        f"{asked}_colleague",
        offer=consult.offer,
        consult=consult.pk,
        conference_sid=consult.offer.conference_sid,
        call_sid=line.sid,
        music_url=addresses.hold(consult.offer_id),
    )


def _confirmed(consult: Consult) -> None:
    talk = _talk(consult)
    _change(consult, talk=talk.value, wish="", wished_at=None)
    record(ev.ConsultChanged(**consulted.concerned(consult), talk=talk.value))


def _moved(call: Call, consult: Consult) -> None:
    """Somebody was put on hold, or resumed, by the network's word.

    What nobody has asked for is put back to what was.
    """
    consult = consulted.fresh(consult)
    if consult.state != ConsultState.LIVE:
        return
    if not consult.wish and _talk(consult) != consult.talk:
        _change(consult, wish=consult.talk, wished_at=timezone.now())
    _advance(call, consult)


def _talk(consult: Consult) -> Talk:
    return talk_of(
        customer_held=consult.offer.held_at is not None,
        colleague_held=consult.colleague_held_at is not None,
    )


@talking.when_hold_changed
def _hold_changed(offer: Offer, held: bool) -> None:
    consult = consulted.live_of(offer.call)
    if consult is None:
        return
    call = consult.call
    match ConsultState(consult.state):
        case ConsultState.LIVE:
            _moved(call, consult)
        case ConsultState.HOLDING if held and consult.wish:
            consulted.end(call, consult, Over.CANCELLED)
        case ConsultState.HOLDING if held:
            _ring(call, consult)
        case _ if not held:
            # Nobody comes to a caller who hears: he is put back on hold.
            talking.ask_to_hold(call, consult.offer, consult.offer.agent)


@talking.when_hold_failed
def _hold_failed(offer: Offer, reason: str) -> None:
    consult = consulted.live_of(offer.call)
    if consult is None:
        return
    if consult.state == ConsultState.HOLDING:
        over = Over.CANCELLED if consult.wish else Over.NOT_HELD
        consulted.end(consult.call, consult, over)
    elif consult.wish and consult.wish != Wish.CANCEL:
        _failed(consult.call, consult, reason)


def colleague_is(consult: Consult, *, held: bool) -> None:
    """The network says that the colleague is on hold, or not. Idempotent; under ``lock_call``."""
    consult = consulted.fresh(consult)
    if consult.state != ConsultState.LIVE:
        return
    is_news = (consult.colleague_held_at is not None) != held
    is_done = consult.colleague_asked == ("hold" if held else "resume")
    if is_news:
        _change(consult, colleague_held_at=timezone.now() if held else None)
    if is_done:
        _change(consult, colleague_asked="")
    if is_news or is_done:
        _moved(consult.call, consult)


@consulted.when_it_ends
def _resume_after_cancel(call: Call, consult: Consult, over: Over) -> None:
    if over is Over.CANCELLED:
        talking.bring_back(call, consult.offer)


# --- what a look shows -------------------------------------------------------------------------


def seen(call: Call, offer: Offer, conference_sid: str, there: There, since: datetime) -> bool:
    """Apply what a look at the conference shows of a consult; return whether the colleague had
    come or gone unnoticed.

    ``since`` is when the look was asked for. Must run under ``lock_call``.
    """
    consult = consulted.live_of(call)
    if consult is None or consult.offer_id != offer.pk:
        return False
    if consult.is_outside:
        for sid, one in there.items():
            if one.label == consult.label:
                consulting_outside.know_line(consult, sid)
    line = consulted.line_of(consult)
    truth = there.get(line.sid) if line is not None else None
    if consult.state in (ConsultState.JOINING, ConsultState.RINGING):
        if truth is not None:
            consulted.joined(consult, conference_sid=conference_sid)
        return truth is not None
    if consult.state != ConsultState.LIVE or call.sid not in there:
        return False
    if truth is None:
        if consult.joined_at is None or consult.joined_at >= since:
            return False
        consulted.line_is_over(consult)
        return True
    if _is_settled(consult, since):
        colleague_is(consult, held=truth.hold)
    consult = consulted.fresh(consult)
    all_hear = not truth.hold and not there[call.sid].hold
    if consult.wish == Wish.COMPLETE and all_hear and _talk(consult) is Talk.TOGETHER:
        # The same look may just have shown that the caller is off hold: his call has moved since.
        call = lock_call(call.pk)
        if consult.is_outside:
            consulting_outside.leave_to(call, consult.offer, consult)
        else:
            handing_over.hand_over(call, consult.offer, consult, Over.COMPLETED)
    return False


def _is_settled(consult: Consult, since: datetime) -> bool:
    """Whether nothing that was asked of the network about the colleague came later."""
    asked = Command.objects.filter(
        call_id=consult.call_id, kind__in=_OF_COLLEAGUE, params__consult=consult.pk
    )
    moving = Q(outcome=CommandOutcome.WAITING) | Q(outcome_at__gte=since)
    return not asked.filter(moving).exists()


# --- when the network does not do it -----------------------------------------------------------


@on_time("consult_check")
def _is_it_so(timer: Timer) -> None:
    """Look at the conference once; if it is still not so a moment later, it has failed."""
    consult = _overdue(timer, CHECK_SECONDS)
    if consult is not None:
        consulted.look(consult.offer)
        set_timer("consult_failed", after_seconds=LAST_LOOK_SECONDS, **_about(consult))


@on_time("consult_failed")
def _it_was_not_so(timer: Timer) -> None:
    consult = _overdue(timer, CHECK_SECONDS + LAST_LOOK_SECONDS)
    if consult is not None:
        _failed(consult.call, consult, _("The phone network has not confirmed it."))


def _overdue(timer: Timer, seconds: float) -> Consult | None:
    if timer.call is None:
        return None
    consult = consulted.live_of(lock_call(timer.call.pk))
    latest = timezone.now() - timedelta(seconds=seconds)
    if consult is None or consult.wished_at is None or consult.wished_at > latest:
        return None
    return consult


def _failed(call: Call, consult: Consult, reason: str) -> None:
    """Note that a wish did not come about; what was before is asked for."""
    consult = consulted.fresh(consult)
    wished = consult.wish
    if not wished or consult.state == ConsultState.ENDED:
        return
    problem = {"asked": wished, "reason": reason[:500]}
    _change(consult, wish="", wished_at=None, colleague_asked="", problem=problem)
    record(
        ev.ConsultWishFailed(**consulted.concerned(consult), wish=wished, reason=problem["reason"])
    )
    if consult.state == ConsultState.LIVE and _talk(consult) != consult.talk:
        _change(consult, wish=consult.talk, wished_at=timezone.now())
        with suppress(NotAllowed):
            _advance(call, consult)


def _refused(asked: Command, answer: str) -> None:
    consult = Consult.objects.filter(pk=asked.params["consult"]).first()
    if consult is None:
        return
    call = lock_call(consult.call_id)
    consult = consulted.fresh(consult)
    if f"{consult.colleague_asked}_colleague" == asked.kind:
        _failed(call, consult, answer)
        # Not there any more? The look says so.
        consulted.look(consult.offer)


def _is_wanted(asked: Command) -> bool:
    consult = Consult.objects.filter(pk=asked.params["consult"], ended_at=None).first()
    return consult is not None and f"{consult.colleague_asked}_colleague" == asked.kind


def _change(consult: Consult, **changes: Any) -> None:
    Consult.objects.filter(pk=consult.pk).update(**changes)
    for name, value in changes.items():
        setattr(consult, name, value)


def _about(consult: Consult) -> dict[str, Any]:
    return {"tenant_id": consult.tenant_id, "call": consult.call}


_OF_COLLEAGUE = ("hold_colleague", "resume_colleague")

teach(
    "hold_colleague",
    talking.hold_line,
    refused=_refused,
    wanted=_is_wanted,
)
teach(
    "resume_colleague",
    talking.resume_line,
    refused=_refused,
    wanted=_is_wanted,
)
