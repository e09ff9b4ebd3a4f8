"""Estimates of the wait are made possible here: the lines are looked at, the past is replayed.

The clock looks every few seconds at the lines in which somebody waits and writes down how they
move: one short row per queue, which every wait document reads. Which predictor is believed, and
how far it has been off, is heavy work, done again every quarter of an hour in which somebody waits
(domain/waits.py).

Two clocks may look at the same line: they write the same. Nothing is lost when neither does, for
a line that has not been looked at is one of which callers are told nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from contact_center.domain import waits
from contact_center.domain.waits import Predictor
from contact_center.models import Job, QueueEstimate
from contact_center.selectors import estimates
from contact_center.services import heavy_work

KIND = "measure_waits"
#: Another clock has looked at a line if it was looked at within so much time.
LOOKED_AT = timedelta(seconds=4)
#: Lines in which nobody waits are looked at so rarely: only who is answered at once moves them.
QUIET = timedelta(minutes=5)
#: Lines looked at in one go; those that were not looked at for the longest come first.
MOST_LOOKS = 100
#: The past is replayed again after so much time.
MEASURE_EVERY = timedelta(minutes=15)


def look(now: datetime) -> int:
    """Look at the lines that may have moved, and ask for what is to be measured.

    Returns how many lines were looked at.
    """
    waiting = estimates.queues_with_callers()
    _make_rows(waiting)
    rows = list(
        QueueEstimate.objects.filter(
            Q(looked_at=None)
            | Q(looked_at__lte=now - LOOKED_AT, is_quiet=False)
            | Q(looked_at__lte=now - LOOKED_AT, queue_id__in=waiting)
            | Q(looked_at__lte=now - QUIET)
        ).order_by("looked_at")[:MOST_LOOKS]
    )
    is_due = False
    for row in rows:
        first = waiting.get(row.queue_id)
        moved = estimates.movement_of(row.queue_id, first, now)
        row.looked_at, row.is_quiet = now, first is None
        row.gap, row.last_wait, row.leaving = moved.gap, moved.last_wait, moved.leaving
        # Where nobody was ever answered there is nothing to replay yet.
        is_due |= first is not None and moved.gap is not None and _is_due(row, now)
    QueueEstimate.objects.bulk_update(
        rows, ["looked_at", "is_quiet", "gap", "last_wait", "leaving"]
    )
    if is_due:
        heavy_work.ask(KIND, key=f"{KIND} {_quarter(now):%Y-%m-%dT%H:%M}")
    return len(rows)


def _make_rows(waiting: Mapping[int, datetime]) -> None:
    if not waiting:
        return
    there = QueueEstimate.objects.filter(queue_id__in=waiting).values_list("queue_id", flat=True)
    missing = waiting.keys() - set(there)
    if missing:
        rows = [QueueEstimate(queue_id=queue_id) for queue_id in sorted(missing)]
        QueueEstimate.objects.bulk_create(rows, ignore_conflicts=True)


def _is_due(row: QueueEstimate, now: datetime) -> bool:
    return row.measured_at is None or row.measured_at <= now - MEASURE_EVERY


def _quarter(now: datetime) -> datetime:
    return now.replace(minute=now.minute - now.minute % 15)


@heavy_work.on_job(KIND)
def measure_queues(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    """Replay the past of every queue that was not measured since the job was asked for."""
    due = QueueEstimate.objects.filter(Q(measured_at=None) | Q(measured_at__lt=job.asked_at))
    for row in due.order_by("pk"):
        if time_left.is_over():
            return False
        measure_queue(row, timezone.now())
    return True


def measure_queue(row: QueueEstimate, now: datetime) -> None:
    """Replay the past of one queue, and choose what is believed from now on."""
    stays = estimates.past_stays(
        row.queue_id, since=now - estimates.PAST, most=estimates.MOST_STAYS
    )
    measured = waits.measure(stays)
    present = Predictor(row.predictor) if row.predictor else None
    chosen = waits.choose(measured, present)
    QueueEstimate.objects.filter(pk=row.pk).update(
        measured_at=now,
        measured_since=datetime.fromtimestamp(stays[0].entered, UTC) if stays else None,
        predictor=chosen.value if chosen else "",
        measured=estimates.as_written(measured),
    )
