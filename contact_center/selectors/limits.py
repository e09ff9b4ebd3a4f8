"""What a queue says of capacity, longest wait and overflow, and how full its line is.

Every arrival asks for the limits, so each process keeps an organisation's for KEEP_SECONDS;
whatever is saved in this process drops them at once. The settings are applied when they are asked
for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.core.signals import setting_changed
from django.db.models import Count
from django.db.models.signals import post_delete, post_save

from contact_center.conf import current
from contact_center.domain.overflow import Limits, Line, Target
from contact_center.domain.states import Presence
from contact_center.models import Queue, QueueMember, Segment, SegmentKind, WhenNobody
from contact_center.models.prepared import Given, Prepared, places, read_by_ids
from contact_center.selectors import hours
from contact_center.selectors.routes import Kept


class Said(NamedTuple):
    """What a queue says itself; empty fields are None or ""."""

    pk: int
    capacity: int | None
    max_wait_seconds: int | None
    overflow_to: str
    overflow_queue_id: int | None
    overflow_number: str
    overflow_percent: int | None
    when_nobody: str
    last_agent_seconds: int | None


def limits_of(tenant_id: int) -> dict[int, Limits]:
    """Return the limits of each queue of an organisation."""
    return {said.pk: _with_settings(said) for said in _said.get(tenant_id)}


def wait_for_last_agent(tenant_id: int, queue_id: int) -> timedelta | None:
    """Return how long a queue keeps a caller for the agent who answered last; None: not at all."""
    for said in _said.get(tenant_id):
        if said.pk == queue_id and said.last_agent_seconds:
            return timedelta(seconds=said.last_agent_seconds)
    return None


def longest_wait(queue: Queue) -> int:
    """Return for how many seconds a caller may stay in ``queue``."""
    return queue.max_wait_seconds or current().queue.default_max_wait_time


def lines_of(
    tenant_id: int, queue_ids: Sequence[int], limits: Mapping[int, Limits], now: datetime
) -> dict[int, Line]:
    """Return how full each of these queues is, and whether somebody answers there."""
    waiting = {row.queue_id: row.waiting for row in read_by_ids(_counting, queue_ids)}
    staffed = _staffed([queue_id for queue_id in queue_ids if limits[queue_id].when_nobody])
    return {
        queue_id: Line(
            waiting=waiting.get(queue_id, 0),
            is_open=hours.hours_of(tenant_id, queue_id, now).is_open,
            is_staffed=queue_id in staffed or not limits[queue_id].when_nobody,
        )
        for queue_id in queue_ids
    }


#: How many are in line: one number, to be read beside something else.
WAITING = Prepared(
    Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None, queue_id=Given("queue_id"))
    .order_by()
    .values("queue_id")
    .annotate(waiting=Count("pk"))
    .values_list("waiting")
)


# --- inside --------------------------------------------------------------------------------------


def _with_settings(said: Said) -> Limits:
    queue = current().queue
    target = Target(said.overflow_to) if queue.enable_overflow else Target.NOWHERE
    if target is Target.VOICEMAIL and not current().call.voicemail_enabled:
        target = Target.SENTENCE
    if target is Target.QUEUE and said.overflow_queue_id is None:
        target = Target.NOWHERE  # the queue it led to is gone
    if target is Target.NUMBER and not said.overflow_number:
        target = Target.NOWHERE
    return Limits(
        capacity=said.capacity or queue.default_max_size,
        percent=said.overflow_percent or queue.overflow_threshold,
        max_wait_seconds=said.max_wait_seconds or queue.default_max_wait_time,
        target=target,
        target_queue_id=said.overflow_queue_id,
        target_number=said.overflow_number,
        when_nobody=said.when_nobody == WhenNobody.OVERFLOW and target is not Target.NOWHERE,
    )


class _Waiting(NamedTuple):
    queue_id: int
    waiting: int


@cache
def _counting(number: int) -> Prepared[_Waiting]:
    return Prepared(
        Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None, queue__pk__in=places(number))
        .order_by()
        .values("queue_id")
        .annotate(waiting=Count("pk"))
        .values_list("queue_id", "waiting"),
        row=_Waiting,
    )


def _staffed(queue_ids: Collection[int]) -> set[int]:
    """Return those of these queues for which somebody is signed in, on a break perhaps."""
    if not queue_ids:
        return set()
    there = QueueMember.objects.filter(queue__in=queue_ids, agent__user__is_active=True)
    return set(
        there.exclude(agent__presence=Presence.OFFLINE)
        .values_list("queue_id", flat=True)
        .distinct()
    )


def _read(tenant_id: int) -> list[Said]:
    return [
        Said(*row)
        for row in Queue.objects.filter(tenant_id=tenant_id).order_by().values_list(*Said._fields)
    ]


_said: Kept[int, list[Said]] = Kept(_read)


def forget(**_: Any) -> None:
    """Drop what is kept: a queue has changed, or a setting."""
    _said.forget()


post_save.connect(forget, sender=Queue, dispatch_uid="limits.saved")
post_delete.connect(forget, sender=Queue, dispatch_uid="limits.deleted")
# Settings move only in tests.
setting_changed.connect(forget, dispatch_uid="limits.settings")
