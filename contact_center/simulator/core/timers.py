"""Deadlines in the core's own time. Two due at one moment run in the order they were set."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """Something that will be done at ``when`` unless cancelled."""

    when: float
    order: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Forget it. Cancelling twice, or after it ran, is harmless."""
        self.cancelled = True


class Timers:
    """All deadlines, earliest first."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._set = 0

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Do ``action`` at ``when``, in seconds since 1970."""
        self._set += 1
        timer = Timer(when, self._set, action)
        heapq.heappush(self._heap, timer)
        return timer

    def next(self) -> float | None:
        """The earliest deadline, or None when nothing waits."""
        while self._heap and self._heap[0].cancelled:
            heapq.heappop(self._heap)
        return self._heap[0].when if self._heap else None

    def pop_due(self, now: float) -> Timer | None:
        """Take the earliest timer that is due by ``now``."""
        if (when := self.next()) is None or when > now:
            return None
        timer = heapq.heappop(self._heap)
        timer.cancelled = True
        return timer
