"""What the pages on which desks are set up show: of each queue, and of every queue together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from contact_center.models import Disposition, Queue, QueueDesk, Tenant, WrapUpField


@dataclass(frozen=True)
class DeskRow:
    """What the desk shows and asks in calls of one queue; of every queue where there is none."""

    queue: Queue | None
    #: Outcomes and fields that are offered: the queue's own, and those of every queue.
    outcomes: int
    fields: int
    desk: QueueDesk | None


def desk_rows(tenant: Tenant) -> list[DeskRow]:
    """Return a row for every queue together, and one for each queue."""
    outcomes: Counter[int | None] = Counter(
        Disposition.objects.filter(tenant=tenant, is_active=True).values_list("queue_id", flat=True)
    )
    fields: Counter[int | None] = Counter(
        WrapUpField.objects.filter(tenant=tenant, is_active=True).values_list("queue_id", flat=True)
    )
    desks = {desk.queue_id: desk for desk in QueueDesk.objects.filter(queue__tenant=tenant)}
    of_queues = [
        DeskRow(
            queue,
            outcomes[queue.pk] + outcomes[None],
            fields[queue.pk] + fields[None],
            desks.get(queue.pk),
        )
        for queue in Queue.objects.filter(tenant=tenant).order_by("name")
    ]
    return [DeskRow(None, outcomes[None], fields[None], None), *of_queues]


def outcomes_of(tenant: Tenant, queue: Queue | None) -> Sequence[Disposition]:
    """Return what an admin has written for a queue, or for every queue, in order."""
    return list(Disposition.objects.filter(tenant=tenant, queue=queue))


def wrap_up_fields_of(tenant: Tenant, queue: Queue | None) -> Sequence[WrapUpField]:
    """Return the fields of the form of a queue, or of every queue's, in order."""
    return list(WrapUpField.objects.filter(tenant=tenant, queue=queue))
