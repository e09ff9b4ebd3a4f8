"""Wake the clock when there is something to do; a lost wake-up costs one tick, never a caller.

Within a process an Event is enough; other processes are told through Redis when there is one.
"""

import logging
import threading
from functools import lru_cache

import redis
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

#: Set when the clock of this process should look at once.
bell = threading.Event()

CHANNEL = "contact-center:clock"


def wake_clock() -> None:
    """Ring the clock after the present transaction commits (at once when there is none)."""
    transaction.on_commit(_ring)


def redis_client() -> redis.Redis:
    """Return this process's client for wake-ups; short timeouts, for it must not hold a call."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=0.5, socket_timeout=0.5)


def _ring() -> None:
    bell.set()
    if settings.REDIS_URL:
        try:
            redis_client().publish(CHANNEL, b"1")
        except redis.RedisError as error:
            logger.warning("The clock was not woken through Redis: %s. Its tick will do.", error)
