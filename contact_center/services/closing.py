"""A call comes to where nobody answers now: what becomes of it.

The caller is told so, in words of the calendar or of ours, and politely hung up; or, where the
queue wants that, leaves a message. ``turn_away`` is the one place to which such a call comes.
"""

from typing import Any

from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.calendars import OpenState, Why
from contact_center.domain.sentences import Sentence
from contact_center.event_stream import record
from contact_center.models import Call, EndedBy, Queue, SegmentKind
from contact_center.models.queues import WhenClosed
from contact_center.services import saying, taking_messages
from contact_center.services.transitions import enter_segment, move_call
from contact_center.telephony.instructions import Hangup, Instruction, Say

_OUR_WORDS = {
    Why.HOLIDAY: Sentence.CLOSED_FOR_A_HOLIDAY,
    Why.EMERGENCY: Sentence.CLOSED_UNEXPECTEDLY,
}


def turn_away(
    call: Call,
    state: OpenState,
    *,
    queue_id: int | None,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> list[Instruction]:
    """Tell the caller of a call that is in no line yet that it is closed; return the goodbye.

    It is an outcome of its own: the call was never offered to the queue, so it is in none of the
    queue's figures, and it is not abandoned, whoever hangs up first. ``before`` are the facts that
    led here, ``changes`` are written with the move. Must run under ``lock_call``.
    """
    if queue_id is not None and _takes_messages(queue_id):
        now = timezone.now()
        taking_messages.ask(call, queue_id, state.outcome, now, before=before, **changes)
        # Our own words say to call again, which he need not.
        words = (
            saying.say(state.sentence)
            if state.sentence
            else saying.tell(Sentence.NOBODY_ANSWERS_NOW, call.language)
        )
        return taking_messages.prompt(call, words)
    event = ev.CallTurnedAway(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        queue_id=queue_id,
        reason=state.outcome,
        why=state.why,
    )
    move_call(
        call,
        event,
        queue_id=queue_id,
        ended_by=EndedBy.SYSTEM,
        end_reason=state.outcome,
        **changes,
    )
    enter_segment(call, SegmentKind.GOODBYE, timezone.now(), state.outcome, queue_id=queue_id)
    record(*before, event)
    return [
        closing_words(state, call.language),
        saying.tell(Sentence.GOODBYE, call.language),
        Hangup(),
    ]


def _takes_messages(queue_id: int) -> bool:
    said = Queue.objects.filter(pk=queue_id, when_closed=WhenClosed.VOICEMAIL)
    return taking_messages.is_on() and said.exists()


def closing_words(state: OpenState, language: str) -> Say:
    """Return what a caller is told first.

    A calendar's own sentence is spoken as it was written, in IVR.DEFAULT_LANGUAGE; where it has
    none the caller hears ours, in the language that was chosen.
    """
    if state.sentence:
        return saying.say(state.sentence)
    return saying.tell(_OUR_WORDS.get(state.why, Sentence.CLOSED_NOW), language)
