"""An outside number that an agent consults: rung into the conversation, and left with the caller.

Its telephone is rung into the agent's conference when the caller has been put on hold, and the
agent hears it ring. Until the network has named that line nobody knows it: its reports come to an
address that names our consult, and in the conference it has a label. So an answer that was lost is
found again, and a line that nobody wants any more is hung up. While it is not known whether a
telephone rings for us a caller whose agent has cancelled stays on hold: whoever answers in that
moment is not to be heard by him.

From then on it is a consult like any other (services/consulting.py), until it is completed: then
the agent is out of the call, and caller and outside party are left to themselves until one of them
hangs up. Nobody inherits a caller here: it is the agent who decides with whom he is left.
"""

from django.utils import timezone

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.consults import LEFT_OUTSIDE, ConsultState, Over
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.models import (
    Call,
    Command,
    CommandOutcome,
    Consult,
    EndedBy,
    Leg,
    LegKind,
    Offer,
    Segment,
    SegmentKind,
    Timer,
)
from contact_center.services import consulted, facts, sending_outside, wrapping_up
from contact_center.services.commanding import command, teach
from contact_center.services.dialling import DIAL_SECONDS, EXTRA_RING_SECONDS
from contact_center.services.sending_outside import RING_SECONDS
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import enter_segment, lock_call, move_call, move_consult
from contact_center.telephony.instructions import Instruction
from contact_center.telephony.port import FINAL_CALL_STATUSES, Telephony

#: A telephone of which nothing was heard for so long has not been answered.
LONGEST_SECONDS = DIAL_SECONDS + RING_SECONDS + EXTRA_RING_SECONDS


# --- it rings ------------------------------------------------------------------------------------


def ring(call: Call, consult: Consult) -> None:
    """The caller hears music: ring the outside number. Must run under ``lock_call``."""
    event = ev.ConsultRings(**consulted.concerned(consult), outside=True)
    move_consult(consult, event, rung_at=timezone.now())
    set_timer("outside_ring", after_seconds=LONGEST_SECONDS, tenant_id=consult.tenant_id, call=call)
    record(event)
    command(
        "dial_consulted",
        offer=consult.offer,
        deadline_seconds=DIAL_SECONDS,
        consult=consult.pk,
    )


@on_time("outside_ring")
def _nothing_was_heard(timer: Timer) -> None:
    if timer.call is None:
        return
    call = lock_call(timer.call.pk)
    consult = consulted.live_of(call)
    if consult is not None and consult.is_outside and consult.state == ConsultState.RINGING:
        longest = (timezone.now() - (consult.rung_at or timezone.now())).total_seconds()
        if longest >= LONGEST_SECONDS:
            consulted.end(call, consult, Over.CANCELLED if consult.wish else Over.NO_ANSWER)


def know_line(consult: Consult, sid: str) -> Leg | None:
    """The network says what the line of an outside number is called; return it while it is wanted.

    A line that comes too late, or is a second one, is hung up. Must run under ``lock_call``.
    """
    line = Leg.objects.filter(sid=sid).first()
    if line is not None:
        return line if line.ended_at is None else None
    has_another = Leg.objects.filter(consult=consult).exists()
    if consult.state != ConsultState.RINGING or has_another:
        command("end_call", offer=consult.offer, call_sid=sid)
        return None
    line = Leg.objects.create(
        tenant_id=consult.tenant_id,
        sid=sid,
        kind=LegKind.OUTSIDE,
        consult=consult,
        started_at=timezone.now(),
    )
    if consult.wish:
        # It was cancelled before anybody knew this line.
        command("end_call", offer=consult.offer, call_sid=sid)
    return line


def line_has(consult_id: int, *, sid: str, status: str) -> Leg | None:
    """The line of an outside number has ``status``; return it where that is to be noted."""
    consult = Consult.objects.filter(pk=consult_id).first()
    if consult is None:
        return None
    lock_call(consult.call_id)
    consult = consulted.fresh(consult)
    if status in FINAL_CALL_STATUSES and not Leg.objects.filter(sid=sid).exists():
        # What is over by now never came.
        if consulted.line_of(consult) is None and consult.state == ConsultState.RINGING:
            consulted.line_is_over(consult, status)
        return None
    know_line(consult, sid)
    return Leg.objects.select_related("offer", "supervision", "consult").filter(sid=sid).first()


def learn(offer: Offer, label: str, sid: str) -> None:
    """A line with the label of a consult is in the conference of ``offer``: note whose it is."""
    lock_call(offer.call_id)
    consult = next((one for one in offer.call.consults.all() if one.label == label), None)
    if consult is not None and consult.is_outside:
        know_line(consulted.fresh(consult), sid)


def is_being_dialled(consult: Consult) -> bool:
    """Whether a request was sent that may let a telephone ring, and it is not known if it did."""
    asked = Command.objects.filter(
        call_id=consult.call_id, kind="dial_consulted", params__consult=consult.pk
    )
    return asked.filter(outcome=CommandOutcome.WAITING, attempts__gt=0).exists()


# --- left with the caller ------------------------------------------------------------------------


def leave_to(call: Call, offer: Offer, consult: Consult) -> None:
    """The agent is out of the call, and the caller goes on with the outside party.

    Must run under ``lock_call``, when the network has said that both are there.
    """
    now = timezone.now()
    event = ev.CallLeftOutside(
        **facts.of_offer(offer, offer.agent.user), talked_seconds=facts.talked_seconds(offer)
    )
    move_call(call, event, ended_by=EndedBy.AGENT, end_reason=LEFT_OUTSIDE, heard_at=now)
    stay = enter_segment(call, SegmentKind.OUTSIDE, now, "left_outside", queue_id=offer.queue_id)
    move_consult(
        consult,
        event,
        ended_at=now,
        end_reason=Over.COMPLETED.value,
        wish="",
        wished_at=None,
        stay_id=stay.pk,
    )
    wrapping_up.begin(offer, event)
    record(event)
    for line in Leg.objects.filter(offer=offer, ended_at=None):
        command(
            "remove_participant",
            offer=offer,
            conference_sid=offer.conference_sid,
            call_sid=line.sid,
        )


def after_it(call: Call) -> list[Instruction] | None:
    """Return what a caller is told who is back from whom his agent left him with: the goodbye.

    None where no agent has. Must run under ``lock_call``.
    """
    if CallState(call.state) is not CallState.OUTSIDE:
        return None
    stay = Segment.objects.filter(call=call, ended_at=None).first()
    if stay is None or not Consult.objects.filter(stay=stay).exists():
        return None
    hang_up(call)
    return sending_outside.part(call, stay.queue_id, LEFT_OUTSIDE)


def hang_up(call: Call) -> None:
    """End the lines of outside parties of a call whose caller is not with them any more."""
    for line in Leg.objects.filter(kind=LegKind.OUTSIDE, consult__call=call, ended_at=None):
        command("end_call", call=call, call_sid=line.sid)


# --- the command ---------------------------------------------------------------------------------


def _ring(net: Telephony, asked: Command) -> str:
    """Ring the number into the agent's conference; return the line's SID, "" when nobody wants it.

    Asked a second time it is looked first whether it rings already.
    """
    consult = Consult.objects.select_related("call", "offer").get(pk=asked.params["consult"])
    conference_sid = consult.offer.conference_sid
    if asked.attempts > 1:
        for one in net.fetch_participants(conference_sid=conference_sid):
            if one.label == consult.label:
                return one.call_sid
    if consult.state != ConsultState.RINGING or consult.wish:
        return ""
    return net.call_into_conference(
        conference_sid=conference_sid,
        to=consult.to_number,
        from_=sending_outside.shown_number(consult.call),
        label=consult.label,
        ring_seconds=RING_SECONDS,
        longest_seconds=current().call.max_duration,
        ends_conference=False,
        status_url=addresses.consulted(consult.pk),
        conference_url=addresses.conference(),
    )


def _it_rings(asked: Command, sid: str) -> None:
    call, consult = _locked(asked)
    if sid:
        know_line(consult, sid)
    elif consult.state == ConsultState.RINGING:
        consulted.end(call, consult, Over.CANCELLED)


def _it_cannot_ring(asked: Command, answer: str) -> None:
    call, consult = _locked(asked)
    if consult.state != ConsultState.RINGING or consulted.line_of(consult) is not None:
        return
    if not consult.wish:
        problem = {"asked": "dial", "reason": answer[:500]}
        Consult.objects.filter(pk=consult.pk).update(problem=problem)
    consulted.end(call, consult, Over.CANCELLED if consult.wish else Over.REFUSED)


def _locked(asked: Command) -> tuple[Call, Consult]:
    assert asked.call_id is not None
    call = lock_call(asked.call_id)
    return call, consulted.fresh(Consult.objects.get(pk=asked.params["consult"]))


teach("dial_consulted", _ring, applied=_it_rings, refused=_it_cannot_ring, is_paced=True)
