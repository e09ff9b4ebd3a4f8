"""The wait in a queue: where a caller stands, how the line moves, and what can be said of it.

A wait document asks for place and estimate in the statement that counts the place; what the clock
wrote about the queue (models/estimates.py) comes with the caller's own row. So an estimate costs a
waiting caller no statement.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Count, F, IntegerField, Min, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from contact_center.domain import waits
from contact_center.domain.waits import Ending, Estimate, Known, Measured, Predictor, Stay
from contact_center.models import (
    WHO_CAN_BE_RUNG,
    WHO_WAITS,
    Queue,
    QueueEstimate,
    QueueMember,
    Segment,
    SegmentKind,
)
from contact_center.models.prepared import Given, Prepared
from contact_center.selectors.figures import ABANDONED, ANSWERED
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.selectors.standing import in_order, line_of

#: Stays by which the clock sees how a line moves.
LOOK_STAYS = 300
#: The past that a queue is measured by: so long, and at most so many stays.
PAST = timedelta(days=7)
MOST_STAYS = 3000
#: A line in which somebody waits and that no clock has looked at for so long is not known.
STALE = timedelta(seconds=60)

_STAYS = Segment.objects.filter(kind=SegmentKind.QUEUE)
_WAITING = _STAYS.filter(ended_at=None)


# --- where a caller stands ------------------------------------------------------------------------


class Spot(NamedTuple):
    """Where a caller stands in line, and what is read in the same statement."""

    #: From 1.
    place: int
    waiting: int
    #: When the caller came who has waited longest.
    first: datetime
    #: Agents who are there for the queue, whatever they do at the moment.
    on_duty: int
    #: Callers to whom a supervisor gave a priority of their own.
    arranged: int = 0


def spot_of(segment: Segment, now: datetime) -> Spot:
    """Return where a waiting caller stands."""
    statement = _SPOT_AT_HEAD if segment.at_head else _SPOT
    found = statement.first(queue_id=segment.queue_id, placed_at=segment.placed_at, pk=segment.pk)
    if found is not None and found.arranged and segment.queue_id is not None:
        ageing = rules_of_queues(segment.call.tenant_id).ageing
        stays = in_order(line_of(segment.queue_id), ageing=ageing)
        if segment.pk in stays:
            return found._replace(place=stays.index(segment.pk) + 1)
    # Nobody is in the line of a caller who has just left it.
    return found or Spot(1, 1, segment.placed_at or now, 0)


def _there() -> QuerySet[QueueMember]:
    return QueueMember.objects.filter(WHO_CAN_BE_RUNG)


def _spots(*, at_head: bool) -> Prepared[Spot]:
    before = Q(placed_at__lt=Given("placed_at"))
    before |= Q(placed_at=Given("placed_at"), pk__lt=Given("pk"))
    before = Q(at_head=True) & before if at_head else Q(at_head=True) | before
    there = _there().filter(queue_id=Given("queue_id")).order_by().values("queue_id")
    counted = there.annotate(number=Count("pk")).values("number")
    return Prepared(
        # Who is to be called back stands before or behind, as everybody does.
        Segment.objects.filter(WHO_WAITS, ended_at=None, queue_id=Given("queue_id"))
        .order_by()
        .values("queue_id")
        .annotate(
            place=Count("pk", filter=before & ~Q(pk=Given("pk"))) + 1,
            waiting=Count("pk", filter=Q(kind=SegmentKind.QUEUE)),
            first=Min("placed_at", filter=Q(kind=SegmentKind.QUEUE)),
            on_duty=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            arranged=Count("priority"),
        )
        .values_list("place", "waiting", "first", "on_duty", "arranged"),
        row=Spot,
    )


_SPOT = _spots(at_head=False)
_SPOT_AT_HEAD = _spots(at_head=True)


# --- what can be said -----------------------------------------------------------------------------


class Silence(StrEnum):
    """Why nothing is said of a wait."""

    #: Too few callers of the past to be believed.
    TOO_FEW = "too_few"
    TOO_WRONG = "too_wrong"
    NOBODY_ON_DUTY = "nobody_on_duty"
    #: No clock has looked at the line.
    NOT_LOOKED_AT = "not_looked_at"
    TOO_LONG = "too_long"


def estimate_at(queue: Queue, spot: Spot, now: datetime) -> Estimate | None:
    """Return what a caller at ``spot`` is told of the wait; None for nothing."""
    said = estimate_or_silence(known_of(queue), spot, now)
    return said if isinstance(said, Estimate) else None


def estimate_or_silence(row: QueueEstimate | None, spot: Spot, now: datetime) -> Estimate | Silence:
    """Return an estimate, or why there is none. ``row`` is what is written about the queue."""
    predictor, measured = chosen_of(row)
    if row is None or predictor is None or measured is None:
        return Silence.TOO_FEW
    if not measured.is_believed:
        return Silence.TOO_WRONG
    if not spot.on_duty:
        return Silence.NOBODY_ON_DUTY
    if row.gap is None or row.last_wait is None or _is_stale(row, spot, now):
        return Silence.NOT_LOOKED_AT
    known = Known(
        ahead=spot.place - 1,
        others=max(spot.waiting - 1, spot.place - 1),
        head_wait=max((now - spot.first).total_seconds(), 0.0),
        last_wait=row.last_wait,
        gap=row.gap,
        leaving=row.leaving,
    )
    said = waits.estimate(predictor, measured, known, on_duty=spot.on_duty)
    return said or Silence.TOO_LONG


def known_of(queue: Queue) -> QueueEstimate | None:
    """Return what is written about ``queue``; None before the first caller had to wait."""
    found: QueueEstimate | None = getattr(queue, "estimate", None)
    return found


def chosen_of(row: QueueEstimate | None) -> tuple[Predictor | None, Measured | None]:
    """Return the predictor that is believed in a queue and how well it has done."""
    if row is None or not row.predictor:
        return None, None
    return Predictor(row.predictor), measured_of(row).get(Predictor(row.predictor))


def measured_of(row: QueueEstimate) -> dict[Predictor, Measured]:
    """Return how well each predictor has done in a queue."""
    return {Predictor(name): Measured(**values) for name, values in row.measured.items()}


def as_written(measured: dict[Predictor, Measured]) -> dict[str, Any]:
    """Return ``measured`` as a row keeps it."""
    return {predictor.value: asdict(its) for predictor, its in measured.items()}


def _is_stale(row: QueueEstimate, spot: Spot, now: datetime) -> bool:
    if row.looked_at is None:
        return True
    # What a quiet line was like holds until somebody waits, and a look follows at once.
    seen = max(row.looked_at, spot.first) if row.is_quiet else row.looked_at
    return now - seen > STALE


# --- the page of a queue --------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueWait:
    """What the page of a queue says about its estimates."""

    #: What a caller is told who enters now, or why nothing.
    estimate: Estimate | None
    silence: Silence | None
    predictor: Predictor | None
    measured: dict[Predictor, Measured]
    measured_at: datetime | None
    measured_since: datetime | None
    #: Comparisons there are, and those that are needed.
    compared: int
    needed: int = waits.LEAST_COMPARED


def queue_wait(queue: Queue, now: datetime) -> QueueWait:
    """Return what a caller would be told who entered ``queue`` now, and how well that has done."""
    row = QueueEstimate.objects.filter(queue=queue).first()
    # Nobody has this number: everybody in line is before it.
    line = _SPOT.first(queue_id=queue.pk, placed_at=now, pk=0)
    spot = line._replace(waiting=line.waiting + 1) if line else Spot(1, 1, now, on_duty_of(queue))
    said = estimate_or_silence(row, spot, now)
    measured = measured_of(row) if row else {}
    return QueueWait(
        estimate=said if isinstance(said, Estimate) else None,
        silence=said if isinstance(said, Silence) else None,
        predictor=chosen_of(row)[0],
        measured=measured,
        measured_at=row.measured_at if row else None,
        measured_since=row.measured_since if row else None,
        compared=max((its.compared for its in measured.values()), default=0),
    )


def on_duty_of(queue: Queue) -> int:
    """Return how many agents are there for ``queue``, whatever they do at the moment."""
    return _there().filter(queue=queue).count()


# --- how a line moves -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """How a line has moved of late."""

    gap: float | None
    last_wait: float | None
    leaving: float


def movement_of(queue_id: int, first: datetime | None, now: datetime) -> Moved:
    """Return how the line of a queue moves. ``first`` is since when it has not been empty."""
    stays = past_stays(queue_id, since=now - PAST, most=LOOK_STAYS)
    line = waits.line_of(stays, first=first.timestamp() if first else None)
    return Moved(line.gap(now.timestamp()), line.last_wait, line.leaving())


def past_stays(queue_id: int, *, since: datetime, most: int) -> list[Stay]:
    """Return the newest stays of a queue that are over, in the order in which they began."""
    rows = _PAST[most].all(queue_id=queue_id, since=since)
    return [_stay(row) for row in reversed(rows)]


class _Past(NamedTuple):
    started_at: datetime
    ended_at: datetime
    end_reason: str
    at_head: bool


def _past_statement(most: int) -> Prepared[_Past]:
    return Prepared(
        _STAYS.filter(
            queue_id=Given("queue_id"),
            started_at__gte=Given("since"),
            # Whom the queue did not take has not been in line.
            ended_at__gt=F("started_at"),
        )
        .order_by("-started_at")
        .values_list("started_at", "ended_at", "end_reason", "at_head")[:most],
        row=_Past,
    )


_PAST = {most: _past_statement(most) for most in (LOOK_STAYS, MOST_STAYS)}

_ENDINGS = {ANSWERED: Ending.ANSWERED, ABANDONED: Ending.ABANDONED}


def _stay(row: _Past) -> Stay:
    return Stay(
        row.started_at.timestamp(),
        row.ended_at.timestamp(),
        _ENDINGS.get(row.end_reason, Ending.OTHER),
        row.at_head,
    )


# --- what the clock has to look at ----------------------------------------------------------------


class Waiting(NamedTuple):
    """A queue in which somebody waits."""

    queue_id: int
    #: When that caller came who came first.
    first: datetime


def queues_with_callers() -> dict[int, datetime]:
    """Return the queues in which somebody waits, and since when there has been somebody."""
    return {row.queue_id: row.first for row in _QUEUES_WITH_CALLERS.all()}


_QUEUES_WITH_CALLERS = Prepared(
    _WAITING.filter(queue__isnull=False)
    .order_by()
    .values("queue_id")
    .annotate(first=Min("started_at"))
    .values_list("queue_id", "first"),
    row=Waiting,
)
