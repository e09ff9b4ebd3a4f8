"""How many callers wait in each queue, read from the database."""

from collections.abc import Iterable

from django.db.models import Count

from contact_center.models import Queue, Segment, SegmentKind


def callers_waiting() -> Iterable[tuple[str, int]]:
    """Yield each queue by its id, empty ones included, and how many callers are in line there."""
    waiting = dict(
        Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None)
        .values_list("queue_id")
        .annotate(callers=Count("pk"))
        .values_list("queue_id", "callers")
    )
    for pk in Queue.objects.order_by("pk").values_list("pk", flat=True):
        yield str(pk), waiting.get(pk, 0)
