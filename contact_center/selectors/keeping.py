"""Figures that cost something to read are kept for a while, in Django's cache."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import uuid4

from django.core.cache import cache
from django.utils import timezone

T = TypeVar("T")

#: Who works something out and dies over it is waited for no longer than this.
LONGEST_WORK_SECONDS = 10
#: How often whoever waits for it looks.
LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A value, and the moment it is as of."""

    as_of: datetime
    value: T


def kept(key: str, seconds: int, read: Callable[[datetime], T]) -> Kept[T]:
    """Return what ``read`` gave at most ``seconds`` ago; read it if nobody has.

    However many ask at once, in however many processes, one of them reads and the others wait for
    what it finds. 0 seconds keep nothing. A cache that is away is a cache that has nothing: then
    everybody reads for themselves and nobody waits for anybody.

    ``read`` is given the moment that counts, which is before it reads anything: a value is never
    older than it says.
    """
    if not seconds:
        as_of = timezone.now()
        return Kept(as_of, read(as_of))
    lock, token = f"{key}:reading", uuid4().hex
    # Whoever waits gives up where a reader must have died.
    for _look in range(int(LONGEST_WORK_SECONDS / LOOK_SECONDS)):
        found: Kept[T] | None = _fresh(key, seconds)
        if found is not None:
            return found
        if cache.add(lock, token, LONGEST_WORK_SECONDS):
            try:
                # Between our look and our lock somebody may have finished.
                return _fresh(key, seconds) or _read(key, seconds, read)
            finally:
                # A cache that is away forgets the lock by itself.
                with suppress(Exception):
                    if cache.get(lock) == token:
                        cache.delete(lock)
        if cache.get(lock) is None and _fresh(key, seconds) is None:
            break
        time.sleep(LOOK_SECONDS)
    return _read(key, seconds, read)


def _fresh(key: str, seconds: int) -> Kept[T] | None:
    found: Kept[T] | None = cache.get(key)
    if found is None or timezone.now() - found.as_of > timedelta(seconds=seconds):
        return None
    return found


def _read(key: str, seconds: int, read: Callable[[datetime], T]) -> Kept[T]:
    as_of = timezone.now()
    found = Kept(as_of, read(as_of))
    cache.set(key, found, seconds)
    return found
