"""Record a fact in the transaction that made it true; tell the site after commit.

``record`` is called only in services/, which makes it easy to find where an event comes from.
The row is the audit trail, not a copy of it. After commit every function named in
``settings.EVENT_SUBSCRIBERS`` is called once with the events of the transaction, in order. A
subscriber repaints or counts; it never changes a call. One that fails is logged and passed over:
the database is the truth and a later repaint is complete.
"""

import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from contact_center.domain.events import REFERENCES, Event
from contact_center.models import EventLog
from contact_center.models.prepared import insert_all

logger = logging.getLogger(__name__)

Subscriber = Callable[[Sequence[Event]], None]


def record(*events: Event) -> None:
    """Append ``events`` to the log now and tell the subscribers after commit.

    Raises RuntimeError outside a transaction: a fact that is not tied to its change may be a lie.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An event is recorded in the transaction that made it true.")
    now = timezone.now()
    insert_all(
        [
            EventLog(
                name=event.name,
                at=now,
                details=event.details(),
                **{reference: getattr(event, reference) for reference in REFERENCES},
            )
            for event in events
        ]
    )
    transaction.on_commit(lambda: publish(events))


def publish(events: Sequence[Event]) -> None:
    """Hand ``events`` to every subscriber; a subscriber's failure is logged, never raised."""
    for path, subscriber in _subscribers():
        try:
            subscriber(events)
        except Exception:  # whatever a subscriber does, the fact stays true
            logger.exception("subscriber %s failed on %s", path, [e.name for e in events])


@lru_cache(maxsize=1)
def _subscribers() -> tuple[tuple[str, Subscriber], ...]:
    return tuple((path, import_string(path)) for path in settings.EVENT_SUBSCRIBERS)


def _forget_subscribers(*, setting: str, **kwargs: Any) -> None:
    if setting == "EVENT_SUBSCRIBERS":
        _subscribers.cache_clear()


setting_changed.connect(_forget_subscribers)
