"""The places in the line of a queue, where a supervisor gave somebody another priority.

Callers are told their places, and the floor shows them, by the moment that counts for each. That is
the line as routing has it as long as all in it have the queue's priority; where one has another,
the rules of the line are asked (domain/line.py).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from contact_center.conf import current
from contact_center.domain.line import WaitingCall, aged_order, line_order
from contact_center.models import WHO_WAITS, Segment
from contact_center.models.prepared import Given, Prepared


class Standing(NamedTuple):
    """Somebody in the line of a queue."""

    stay_id: int
    placed_at: datetime
    at_head: bool
    #: What a supervisor said; None: the queue's, which may be the setting's.
    own_priority: int | None
    queue_priority: int | None


def in_order(line: Iterable[Standing], *, ageing: timedelta | None) -> list[int]:
    """Return the stays of one queue as they stand, the next first."""
    key = partial(aged_order, ageing=ageing) if ageing else line_order
    default = current().queue.default_priority
    calls = [
        WaitingCall(
            segment_id=one.stay_id,
            call_id=0,
            queue_id=0,
            priority=one.own_priority or one.queue_priority or default,
            placed_at=one.placed_at,
            at_head=one.at_head,
        )
        for one in line
    ]
    return [call.segment_id for call in sorted(calls, key=key)]


def line_of(queue_id: int) -> list[Standing]:
    """Return everybody in the line of a queue."""
    return _LINE.all(queue_id=queue_id)


_LINE = Prepared(
    Segment.objects.filter(
        WHO_WAITS,
        ended_at=None,
        placed_at__isnull=False,
        queue_id=Given("queue_id"),
    ).values_list("pk", "placed_at", "at_head", "priority", "queue__priority"),
    row=Standing,
)
