"""A webhook is answered before the network stops waiting, however slow the database is.

`in_time` gives its block WEBHOOKS.TIMEOUT seconds, or less where we ourselves told the network to
wait less. Then the statement under way is cancelled and no other begins; the block fails with
Django's OperationalError, the transaction is taken back, and the caller hears that he should stay
on the line. One thread a process watches over all requests: this costs a request no statement,
which a limit set in the database would.
"""

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from contact_center.conf import current

logger = logging.getLogger(__name__)

#: The shortest read time-out (rt) that addresses.py asks the network for.
NETWORK_WAITS_SECONDS = 5
#: The rest is for the answer's way back.
SHARE = 0.8
#: A cancellation that fell between two statements is tried again after this.
AGAIN_SECONDS = 0.2


def limit_seconds() -> float:
    """Return the seconds within which a webhook is answered."""
    return min(current().webhooks.timeout, NETWORK_WAITS_SECONDS) * SHARE


@contextmanager
def in_time() -> Iterator[None]:
    """Let the block use the database for `limit_seconds` at most; then OperationalError."""
    seconds = limit_seconds()
    request = _Request(connection, timezone.now(), seconds)
    with _busy_at_most(request.database, seconds), request.database.execute_wrapper(request):
        number = _watcher.add(request)
        try:
            yield
        finally:
            _watcher.remove(number)
            if request.is_late:
                # A cancellation may still be on its way: nobody else is to get this connection.
                request.drop_connection()


class _Request:
    """One request under way; called around each of its statements."""

    def __init__(self, database: Any, now: datetime, seconds: float) -> None:
        # The proxy in django.db means another connection in every thread; the watcher needs ours.
        self.database: BaseDatabaseWrapper = database._connections["default"]
        self.seconds = seconds
        self.deadline = now + timedelta(seconds=seconds)
        self.is_late = False

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if self.is_late:
            raise OperationalError("There is no time left to answer this request.")
        return execute(sql, params, many, context)

    def cancel(self) -> None:
        """End the statement under way, from the watcher's thread."""
        raw: Any = self.database.connection
        if raw is None:
            return
        # Whatever goes wrong here, the statement ends by itself later and the next is refused.
        with suppress(Exception):
            if self.database.vendor == "postgresql":
                raw.cancel_safe(timeout=1)
            else:
                raw.interrupt()

    def drop_connection(self) -> None:
        raw: Any = self.database.connection
        if raw is not None:
            # Closed itself, too: a pool would hand it to the next request.
            raw.close()
            self.database.close()


class _Watcher:
    """Cancels what is late. Its thread begins with the first request of the process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: dict[int, _Request] = {}
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None
        #: The request for which the thread sleeps, and after that looks; None: until it is told.
        self._sleeps_for: _Request | None = None

    def add(self, request: _Request) -> int:
        number = next(self._numbers)
        with self._changed:
            # A process that was forked has the variable, and not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="time limit", daemon=True)
                self._thread.start()
            self._requests[number] = request
            # A thread that sleeps until an earlier request would have been late, whether or not
            # that one was answered long ago, is up in time: most requests wake nobody. Also when
            # the clock is put right meanwhile, as long as this one has no less time than that.
            asleep = self._sleeps_for
            if (
                asleep is None
                or request.deadline < asleep.deadline
                or request.seconds < asleep.seconds
            ):
                self._changed.notify()
        return number

    def remove(self, number: int) -> None:
        with self._changed:
            del self._requests[number]

    def _run(self) -> None:
        while True:
            for request in self._late_ones():
                request.cancel()

    def _late_ones(self) -> list[_Request]:
        """Wait until a request is late; return all that are, marked."""
        with self._changed:
            if any(request.is_late for request in self._requests.values()):
                self._changed.wait(AGAIN_SECONDS)
            while True:
                now = timezone.now()
                late = [each for each in self._requests.values() if each.deadline <= now]
                for request in late:
                    request.is_late = True
                if late:
                    return late
                # Each has the same time, so the oldest is the first to be late.
                oldest = next(iter(self._requests.values()), None)
                self._sleeps_for = oldest
                self._changed.wait((oldest.deadline - now).total_seconds() if oldest else None)


_watcher = _Watcher()


@contextmanager
def _busy_at_most(database: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """On SQLite, where a wait for the write lock cannot be cancelled, wait no longer than this."""
    if database.vendor != "sqlite":
        yield
        return
    database.ensure_connection()
    raw: Any = database.connection
    [usual] = raw.execute("PRAGMA busy_timeout").fetchone()
    raw.execute(f"PRAGMA busy_timeout = {int(seconds * 1000)}")
    try:
        yield
    finally:
        if database.connection is raw:
            raw.execute(f"PRAGMA busy_timeout = {usual}")
