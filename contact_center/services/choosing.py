"""What a waiting caller may choose by a key: to leave the queue, and whatever else is taught.

The keys are a queue's own; they are told with each announcement and work at any moment of the wait,
in the music, too. A choice may ask back (a *dialogue*): the caller stays in line meanwhile, and an
agent who is free before it ends comes first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from contact_center import addresses
from contact_center.domain import events as ev
from contact_center.domain.overflow import Reason
from contact_center.domain.sentences import Sentence, key_words
from contact_center.domain.states import WAITING_STATES, CallState
from contact_center.event_stream import record
from contact_center.models import Call, EndedBy, Queue, Segment, SegmentKind
from contact_center.models.prepared import update
from contact_center.services import facts, saying, taking_messages
from contact_center.services.transitions import enter_segment, move_call
from contact_center.telephony.instructions import (
    Gather,
    Instruction,
    Leave,
    Pause,
    Play,
    Redirect,
    Say,
)

#: What follows a key: given the call, locked, its stay, and the keys that were pressed.
Chosen = Callable[[Call, Segment, str], list[Instruction]]

#: Between the end of the music and the next request; the least a network waits for a key.
KEY_SECONDS = 1


@dataclass(frozen=True)
class Choice:
    """Something a caller may choose. The queue's field ``<name>_key`` holds its key."""

    name: str
    offer: Sentence
    chosen: Chosen
    is_offered: Callable[[], bool]

    def key(self, queue: Queue) -> str:
        """Return the key of this choice in ``queue``; "" where it is not offered."""
        key: str = getattr(queue, f"{self.name}_key")
        return key if key and self.is_offered() else ""


_CHOICES: dict[str, Choice] = {}


def choice(
    name: str, offer: Sentence, is_offered: Callable[[], bool] = lambda: True
) -> Callable[[Chosen], Chosen]:
    """Register what follows when a caller chooses ``name``; it is offered in the words ``offer``.

    In a dialogue that it has begun (``ask_back``) it is given every answer that follows.
    """

    def register(chosen: Chosen) -> Chosen:
        _CHOICES[name] = Choice(name, offer, chosen, is_offered)
        return chosen

    return register


def offers(queue: Queue | None, language: str) -> list[Say]:
    """Return what a waiting caller is told about the keys."""
    if queue is None:
        return []
    return [
        saying.tell(choice.offer, language, key=key_words(key, language))
        for choice in _in_order()
        if (key := choice.key(queue))
    ]


def listening(segment: Segment, heard: list[Say | Play | Pause]) -> list[Instruction]:
    """Return ``heard`` with an ear for the keys of the queue, where it has any."""
    queue = segment.queue
    if queue is None or not any(choice.key(queue) for choice in _CHOICES.values()):
        return [*heard]
    return [
        Gather(
            action=addresses.wait_key(segment.pk, segment.call.turn + 1),
            prompts=tuple(heard),
            timeout_seconds=KEY_SECONDS,
            action_on_empty=False,
        )
    ]


def choose(call: Call, segment_id: int, turn: int, digits: str) -> list[Instruction]:
    """Return what follows the keys that a waiting caller pressed in round ``turn``.

    An old round, and a key that means nothing, go on with the wait. Must run under ``lock_call``.
    """
    segment = (
        Segment.objects.select_related("queue")
        .filter(pk=segment_id, call=call, kind=SegmentKind.QUEUE, ended_at=None)
        .first()
    )
    if segment is None or CallState(call.state) not in WAITING_STATES:
        return [Leave()]
    # Whoever presses a key is there.
    update(Segment, {"pk": segment.pk}, wait_heard_at=timezone.now())
    found = _meant(segment, digits)
    if turn != call.turn + 1 or found is None or CallState(call.state) is not CallState.QUEUED:
        # While somebody is being rung for him it is too late to leave: he is about to be answered.
        return go_on_waiting(segment)
    call.turn = turn
    Call.objects.filter(pk=call.pk).update(turn=turn)
    return found.chosen(call, segment, digits)


def go_on_waiting(segment: Segment) -> list[Instruction]:
    """Return the way back to the wait document, a dialogue at its end."""
    if segment.dialogue:
        segment.dialogue = ""
        update(Segment, {"pk": segment.pk}, dialogue="")
    return [Redirect(addresses.wait(segment.pk))]


def ask_back(
    call: Call,
    segment: Segment,
    dialogue: str,
    question: Say,
    *,
    most_digits: int | None = 1,
    finish_on: str = "",
) -> Gather:
    """Ask a caller something: return the question, whose answer goes to the choice ``dialogue``.

    A choice with several steps names them behind a dot ("callback.number"). Who says nothing is
    heard as no digits.
    """
    segment.dialogue = dialogue
    update(Segment, {"pk": segment.pk}, dialogue=dialogue)
    return Gather(
        action=addresses.wait_key(segment.pk, call.turn + 1),
        prompts=(question,),
        num_digits=most_digits,
        finish_on_key=finish_on,
    )


def leave_line(call: Call, segment: Segment, name: str, reason: str, now: datetime) -> None:
    """Take a caller who has chosen ``name`` out of our line.

    He leaves the network's queue with the answer (``Leave``); what he hears then he asks with the
    next request. He flowed out of the queue and has not abandoned it.
    """
    event = ev.LineLeft(
        **facts.of_call(call, segment),
        choice=name,
        waited_seconds=round((now - segment.started_at).total_seconds(), 1),
    )
    move_call(call, event, ended_by=EndedBy.SYSTEM, end_reason=reason)
    enter_segment(call, SegmentKind.GOODBYE, now, reason, queue_id=segment.queue_id)
    record(event)


@choice("voicemail", Sentence.PRESS_FOR_VOICEMAIL, is_offered=taking_messages.is_on)
def _leave_a_message(call: Call, segment: Segment, _digits: str) -> list[Instruction]:
    """He speaks it once he has left the network's queue, where nothing can be recorded."""
    assert segment.queue_id is not None
    now = timezone.now()
    chose = ev.LineLeft(
        **facts.of_call(call, segment),
        choice="voicemail",
        waited_seconds=round((now - segment.started_at).total_seconds(), 1),
    )
    taking_messages.ask(call, segment.queue_id, Reason.CHOSE_VOICEMAIL, now, before=(chose,))
    return [Leave()]


@choice("leave", Sentence.PRESS_TO_LEAVE)
def _leave(call: Call, segment: Segment, _digits: str) -> list[Instruction]:
    """Where he goes (services/queueing.py: ``go_on``) he asks when he has left."""
    leave_line(call, segment, "leave", Reason.LEFT_BY_KEY, timezone.now())
    return [Leave()]


def _meant(segment: Segment, digits: str) -> Choice | None:
    if segment.dialogue:
        return _CHOICES.get(segment.dialogue.partition(".")[0])
    queue = segment.queue
    if queue is None or not digits:
        return None
    return next((found for found in _CHOICES.values() if found.key(queue) == digits), None)


def _in_order() -> list[Choice]:
    """Return the choices as they are told: to leave comes last."""
    return sorted(_CHOICES.values(), key=lambda each: (each.name == "leave", each.name))
