"""A queue sends a caller to an outside number: there, and what becomes of him afterwards.

We hear of it twice: when he goes, and when the network asks what follows. In between the two ends
are connected by the network alone, and whether anybody talked it says at the end.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.overflow import Outside, Reason, Way
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import CallState
from contact_center.domain.telephone_numbers import Unfit
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Call, EndedBy, PhoneNumber, Segment, SegmentKind, Tenant
from contact_center.selectors import targets
from contact_center.services import facts, overflowing, saying
from contact_center.services.transitions import enter_segment, move_call
from contact_center.telephony.instructions import DialNumber, Hangup, Instruction

#: For so long the telephone outside rings.
RING_SECONDS = 30


def send_outside(
    call: Call,
    queue_id: int,
    way: Way,
    now: datetime,
    *,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> list[Instruction]:
    """Tell a caller that he is connected elsewhere, and have the number of ``way`` rung.

    He has flowed out of the queue, and is not abandoned, whoever hangs up and whenever. Must run
    under ``lock_call``.
    """
    reason = way.reason or Reason.OVERFLOWED
    event = ev.CallSentOutside(
        tenant_id=call.tenant_id, call_id=call.pk, queue_id=queue_id, reason=reason
    )
    sent = {"queue_id": queue_id, "ended_by": EndedBy.SYSTEM, "end_reason": Outside.SENT}
    move_call(call, event, **sent, **changes)
    stay = enter_segment(call, SegmentKind.OUTSIDE, now, reason, queue_id=queue_id)
    record(*before, event)
    return [
        saying.tell(Sentence.CONNECTING_ELSEWHERE, call.language),
        dial(call, way.outside, stay.pk),
    ]


def dial(call: Call, number: str, stay_id: int) -> Instruction:
    """Return what has an outside number rung for a caller, whose stay there is ``stay_id``."""
    return DialNumber(
        number=number,
        caller_id=shown_number(call),
        action=addresses.back_from_outside(stay_id),
        ring_seconds=RING_SECONDS,
        time_limit_seconds=current().call.max_duration,
    )


def come_back(call: Call, segment_id: int, *, reached: bool) -> list[Instruction] | None:
    """Return what a caller hears who is back: the goodbye, before it that nobody was reached.

    None when it is not from where he is. Must run under ``lock_call``.
    """
    stay = Segment.objects.select_related("queue").filter(call=call, ended_at=None).first()
    if CallState(call.state) is not CallState.OUTSIDE or stay is None or stay.pk != segment_id:
        return None
    return _come_back(call, stay, reached=reached)


def ask_again(call: Call) -> list[Instruction]:
    """Return what a caller hears of whose stay outside the network has not told us the end.

    It asks out of turn only when he has nothing to listen to. To ring once more for somebody who
    may have talked already is worse than to say goodbye. Must run under ``lock_call``.
    """
    stay = Segment.objects.select_related("queue").get(call=call, ended_at=None)
    return _come_back(call, stay, reached=False)


def part(call: Call, queue_id: int | None, why: str) -> list[Instruction]:
    """Return what a caller is told who has talked with an outside number: the goodbye.

    ``why`` is what the call came to. Must run under ``lock_call``.
    """
    event = ev.OutsideEnded(**facts.of_call(call), reached=True)
    move_call(call, event)
    enter_segment(call, SegmentKind.GOODBYE, timezone.now(), why, queue_id=queue_id)
    record(event)
    return [saying.tell(Sentence.GOODBYE, call.language), Hangup()]


def allowed_number(written: str, tenant: Tenant) -> str:
    """Return what an agent typed, of a caller who is to talk there, as E.164 has it.

    Raises NotAllowed where nobody may be sent, or asked.
    """
    number = targets.number_typed(written, tenant)
    if isinstance(number, Unfit):
        raise NotAllowed(targets.why_unfit(number, tenant))
    if PhoneNumber.objects.filter(tenant=tenant, e164=number).exists():
        raise NotAllowed(_("This is one of your own numbers. Choose the queue instead."))
    return number


def _come_back(call: Call, stay: Segment, *, reached: bool) -> list[Instruction]:
    event = ev.OutsideEnded(**facts.of_call(call), reached=reached)
    came_to = Outside.SENT if reached else Outside.NOT_REACHED
    move_call(call, event, end_reason=came_to)
    enter_segment(call, SegmentKind.GOODBYE, timezone.now(), came_to, queue_id=stay.queue_id)
    record(event)
    if reached:
        return [saying.tell(Sentence.GOODBYE, call.language), Hangup()]
    return overflowing.goodbye(call, stay.queue, _why_outside(call))


def _why_outside(call: Call) -> Reason:
    """Return why the queue sent him outside: how his stay in line ended."""
    stays = Segment.objects.filter(call=call, kind=SegmentKind.QUEUE).order_by("-started_at", "-pk")
    reason = stays.values_list("end_reason", flat=True).first()
    return Reason(reason) if reason in set(Reason) else Reason.OVERFLOWED


def shown_number(call: Call) -> str:
    """Return what the telephone outside shows: the number of ours that was rung, or that he was
    shown whom we called.

    The caller's own would be refused by many a carrier, and called back past us.
    """
    if call.number_id is not None:
        rung = PhoneNumber.objects.filter(pk=call.number_id).values_list("e164", flat=True)
        return rung.get()
    return current().twilio.phone_number
