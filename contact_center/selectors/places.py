"""In which queues whoever gave up waiting and rings again keeps the place, and for how long."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models.signals import post_delete, post_save

from contact_center.models import Queue
from contact_center.selectors.routes import Kept


def window_of(tenant_id: int, queue_id: int) -> timedelta | None:
    """Return for how long a place in a queue is kept; None: for no moment."""
    return _windows.get(tenant_id).get(queue_id)


def _read(tenant_id: int) -> Mapping[int, timedelta]:
    queues = Queue.objects.filter(tenant_id=tenant_id, redial_minutes__gt=0)
    return {
        pk: timedelta(minutes=minutes) for pk, minutes in queues.values_list("pk", "redial_minutes")
    }


#: Asked for every caller who comes into a line, and for each who leaves it unanswered.
_windows: Kept[int, Mapping[int, timedelta]] = Kept(_read)


def forget(**_: Any) -> None:
    """Drop what is kept: a queue has changed."""
    _windows.forget()


post_save.connect(forget, sender=Queue, dispatch_uid="places.saved")
post_delete.connect(forget, sender=Queue, dispatch_uid="places.deleted")
