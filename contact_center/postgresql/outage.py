"""Whether PostgreSQL is away: noticed once, and then said at once to everybody who asks.

A request that waits for a connection holds a thread; in an outage all threads of a process would
wait, and a caller whose turn never comes hears nothing. So while the database is known to be away
one request a second is let through to see, and all others are refused without waiting. A refused
webhook answers its caller in a sentence and keeps him.
"""

import threading
from datetime import datetime, timedelta

from django.utils import timezone

#: So long after a failed attempt, or after somebody was let through to see, nobody else is.
PAUSE = timedelta(seconds=1)


class Outage:
    """What one process knows. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: None while all is well; else when somebody may try again.
        self._try_at: datetime | None = None

    def notice(self) -> None:
        """A connection could not be made."""
        with self._lock:
            self._try_at = timezone.now() + PAUSE

    def is_over(self) -> None:
        """Somebody was given a connection."""
        with self._lock:
            self._try_at = None

    def let_through(self) -> bool:
        """Return whether the asking thread may wait for a connection."""
        with self._lock:
            if self._try_at is None:
                return True
            now = timezone.now()
            if now < self._try_at:
                return False
            self._try_at = now + PAUSE
            return True
