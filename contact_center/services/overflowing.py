"""A queue has no room for a caller, nobody in it, or has kept him for too long.

Where he goes then is decided in domain/overflow.py; here the lines are counted, so that two who
come at the same moment do not both get the last place.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain import overflow as rules
from contact_center.domain.overflow import Limits, Line, Reason, Way
from contact_center.domain.sentences import Sentence
from contact_center.domain.telephone_numbers import (
    Unfit,
    customers_number,
    regions_for,
    spoken_digits,
)
from contact_center.event_stream import record
from contact_center.models import Call, EndedBy, OverflowTo, Queue, Segment, SegmentKind
from contact_center.models.prepared import Prepared, places, read_by_ids
from contact_center.selectors import limits as selector
from contact_center.services import saying, taking_messages
from contact_center.services.transitions import enter_segment, move_call
from contact_center.telephony.instructions import Gather, Hangup, Instruction, Say

#: More callers than can be in the middle of arriving at one queue at the same moment: each holds a
#: connection to the database for a few milliseconds, and web processes have fewer of them.
MARGIN = 50

_OUR_WORDS = {
    Reason.FULL: Sentence.NO_ROOM,
    Reason.OVERFLOWED: Sentence.NO_ROOM,
    Reason.NOBODY_SIGNED_IN: Sentence.NOBODY_THERE,
    Reason.WAITED_TOO_LONG: Sentence.WAITED_TOO_LONG,
}


def way_in(call: Call, queue_id: int, waiting: int, now: datetime) -> Way:
    """Return where a caller goes who has just been written into the line of a queue.

    ``waiting`` was counted when he was, without a lock. Far from the end of what the queue takes
    that is enough, and costs no statement. Near it the queues he may get to are locked, in the
    order of their ids, and counted again: whoever else comes near the end waits for the same lock,
    so that everybody who is in line by then is counted. Who came without the lock counted more than
    MARGIN places to spare, and there are never so many of them at once.
    """
    limits = _limits(call.tenant_id, queue_id)
    own = limits[queue_id]
    if not own.when_nobody and not rules.is_near(own, waiting, MARGIN):
        return Way(queue_id)
    queues = rules.chain(queue_id, limits)
    lines = _locked_lines(call, queues, limits, now)
    # He himself is in that line already.
    lines[queue_id] = Line(
        lines[queue_id].waiting - 1, lines[queue_id].is_open, lines[queue_id].is_staffed
    )
    return rules.way_of(queues, limits, lines)


def way_on(call: Call, queue_id: int, why: Reason, now: datetime) -> Way:
    """Return where a caller goes who has left a queue, and why: to none he has been in."""
    limits = _limits(call.tenant_id, queue_id)
    stays = Segment.objects.filter(call=call, kind=SegmentKind.QUEUE)
    visited = set(stays.values_list("queue_id", flat=True))
    queues = rules.chain(limits[queue_id].next_queue_id, limits, visited)
    if not queues:
        return Way(
            None,
            why,
            limits[queue_id].outside,
            rules.takes_message(limits[queue_id], queue_id),
        )
    way = rules.way_of(queues, limits, _locked_lines(call, queues, limits, now))
    return Way(way.queue_id, why, way.outside, way.message_for)


def take_message(
    call: Call,
    queue_id: int,
    reason: Reason,
    now: datetime,
    *,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> list[Instruction]:
    """Ask a caller whom no queue takes for a message to ``queue_id``.

    He flowed out of the queue he came to, as who is turned away. Must run under ``lock_call``.
    """
    taking_messages.ask(call, queue_id, reason, now, before=before, **changes)
    # Who leaves by a key knows why.
    words = [] if reason is Reason.LEFT_BY_KEY else [Sentence.NOBODY_ANSWERS_NOW]
    return taking_messages.prompt(call, *(saying.tell(each, call.language) for each in words))


def turn_away(
    call: Call,
    queue_id: int,
    reason: Reason,
    now: datetime,
    *,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> list[Instruction]:
    """Tell a caller that the queue does not take him; return the sentence and the goodbye.

    He was offered to the queue and flowed out of it, and is not abandoned, whoever hangs up first.
    Must run under ``lock_call``.
    """
    event = ev.CallTurnedAway(
        tenant_id=call.tenant_id, call_id=call.pk, queue_id=queue_id, reason=reason
    )
    move_call(call, event, queue_id=queue_id, ended_by=EndedBy.SYSTEM, end_reason=reason, **changes)
    enter_segment(call, SegmentKind.GOODBYE, now, reason, queue_id=queue_id)
    record(*before, event)
    return goodbye(call, Queue.objects.get(pk=queue_id), reason)


def overflowed(call: Call, queue_id: int, way: Way) -> ev.CallOverflowed:
    """Return the fact that a queue sends a caller on to another one."""
    return ev.CallOverflowed(
        tenant_id=call.tenant_id,
        call_id=call.pk,
        queue_id=queue_id,
        reason=way.reason or "",
        to_queue_id=way.queue_id or 0,
    )


def goodbye(call: Call, queue: Queue | None, reason: Reason) -> list[Instruction]:
    """Return what a caller hears whom a queue sends away."""
    offer = _callback_instead(call, queue, reason)
    if offer is not None:
        assert queue is not None
        return [closing_words(queue, reason, call.language), offer]
    # Who leaves by a key knows why, and is only thanked.
    words = [] if reason is Reason.LEFT_BY_KEY else [closing_words(queue, reason, call.language)]
    return [*words, saying.tell(Sentence.GOODBYE, call.language), Hangup()]


def _callback_instead(call: Call, queue: Queue | None, reason: Reason) -> Gather | None:
    """Return the offer to be called back, where the queue makes it and the number can be called.

    What follows is calling_back.called_instead; who presses nothing hears the goodbye.
    """
    if queue is None or queue.overflow_to != OverflowTo.CALLBACK or reason is Reason.LEFT_BY_KEY:
        return None
    if not (current().call.callback_enabled and current().queue.enable_overflow):
        return None
    regions = regions_for(call.from_number, call.to_number)
    number = customers_number(call.from_number, regions)
    if isinstance(number, Unfit):
        return None
    read = spoken_digits(number, regions[0])
    call.turn += 1
    Call.objects.filter(pk=call.pk).update(turn=call.turn)
    return Gather(
        action=addresses.callback_instead(call.turn),
        prompts=(saying.tell(Sentence.CALLBACK_INSTEAD, call.language, number=read),),
    )


def closing_words(queue: Queue | None, reason: Reason, language: str = "") -> Say:
    """Return the closing sentence of ``queue``: its own where it is in the caller's language."""
    default = current().ivr.default_language
    if queue is not None and queue.closing_text and (language or default) == default:
        return saying.say(queue.closing_text)
    return saying.tell(_OUR_WORDS[reason], language)


def _limits(tenant_id: int, queue_id: int) -> dict[int, Limits]:
    limits = selector.limits_of(tenant_id)
    if queue_id not in limits:
        # Another process has made it within the last second.
        selector.forget()
        limits = selector.limits_of(tenant_id)
    return limits


def _locked_lines(
    call: Call, queues: Sequence[int], limits: dict[int, Limits], now: datetime
) -> dict[int, Line]:
    """Return how full these queues are; nobody else comes near their end before we are done.

    Two statements: one that waited for a lock still sees what was there before it waited.
    """
    read_by_ids(_locking, queues)
    return selector.lines_of(call.tenant_id, queues, limits, now)


@cache
def _locking(number: int) -> Prepared[Any]:
    rows = Queue.objects.select_for_update(no_key=True).filter(pk__in=places(number))
    return Prepared(rows.order_by("pk").values_list("pk"))
