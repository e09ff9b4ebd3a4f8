"""Who gets into a queue: nobody too many, and nobody out of its hours."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from contact_center.models import CalendarSpan, Call, EventLog, Segment, Transfer
from tests.universe.invariants.facts import Facts, Wrong
from tests.universe.violation import Violation


def nobody_too_many(facts: Facts) -> Iterator[Wrong]:
    """A queue takes as many callers as it has places; who is returned to the head had his.

    Of whom an agent sends there a person has decided.
    """
    row, before = facts.row, facts.before
    if row is None or row.kind != "queue" or row.segment_queue_id is None:
        return
    if before is not None and before.segment_id == row.segment_id:
        return
    places = facts.house.capacity.get(row.segment_queue_id)
    if places is None or Segment.objects.values_list("at_head", flat=True).get(pk=row.segment_id):
        return
    if Transfer.objects.filter(stay=row.segment_id).exists():
        return
    waiting = Segment.objects.filter(
        queue_id=row.segment_queue_id, kind="queue", ended_at=None
    ).count()
    if waiting > places:
        yield Wrong("full", f"He is number {waiting} in a queue with room for {places}.")


def hours_are_kept() -> None:
    """Raise Violation when a queue took somebody while it was closed, or was closed too early."""
    spans = _spans()
    told = EventLog.objects.filter(name__in=("call.queued", "call.turned_away"), queue_id__in=spans)
    for event in told.order_by("pk"):
        hours = spans[event.queue_id]
        closed = not any(start <= event.at <= end for start, end in hours)
        decided = event.details.get("place_kept") or event.details.get("reason") == "transferred"
        if event.name == "call.queued" and closed and not decided:
            raise Violation(
                "closed", f"Queue {event.queue_id} took a caller when closed.", _sid(event)
            )
        in_its_midst = any(start < event.at < end for start, end in hours)
        if event.details.get("reason") == "closed" and in_its_midst:
            raise Violation(
                "closed", f"Queue {event.queue_id} was closed in its hours.", _sid(event)
            )


def _spans() -> dict[int, list[tuple[datetime, datetime]]]:
    """Return today's hours of the queues that have any; a universe lives for one day, in UTC."""
    found: dict[int, list[tuple[datetime, datetime]]] = {}
    first = Call.objects.order_by("arrived_at").values_list("arrived_at", flat=True).first()
    if first is None:
        return found
    hours = CalendarSpan.objects.filter(weekday=first.weekday(), calendar__queues__isnull=False)
    for queue_id, start, end in hours.values_list("calendar__queues", "start", "end"):
        until = end if end > start else time.max
        found.setdefault(queue_id, []).append(
            (
                datetime.combine(first, start, tzinfo=UTC),
                datetime.combine(first, until, tzinfo=UTC),
            )
        )
    return found


def _sid(event: EventLog) -> str:
    return Call.objects.filter(pk=event.call_id).values_list("sid", flat=True).first() or ""
