"""The clock: everything time-critical. Due timers, commands, dispatch, reports, the reconciler.

A loop, not a timetable: it runs when somebody rings the bell and at least every TICK_SECONDS. Any
number of clocks may run; work is claimed, so each piece is done once, and a clock that dies loses
nothing: the next tick of any clock picks it up.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from contact_center import wakeups
from contact_center.services import (
    commanding,
    offering,
    presence,
    reconciling,
    reporting,
    timing,
)

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
RECONCILE_EVERY_SECONDS = 20
PRESENCE_EVERY_SECONDS = 2
#: Requests to the network that may be under way at once; one slow answer holds up no caller.
SENDERS = 6


class Clock:
    """One clock. ``tick`` does everything that is due; ``run`` ticks until told to stop."""

    def __init__(self) -> None:
        self._senders = ThreadPoolExecutor(SENDERS, thread_name_prefix="command")
        self._sending: dict[int, Future[None]] = {}
        self._next_reconcile = 0.0
        self._next_presence = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Tick until ``stopping`` is set; every failure is logged and the next tick tries again."""
        _guarded(presence.grant_grace)
        listener = _listen_to_other_processes(stopping)
        try:
            while not stopping.is_set():
                wakeups.bell.wait(TICK_SECONDS)
                wakeups.bell.clear()
                self.tick()
        finally:
            self._senders.shutdown(wait=True, cancel_futures=True)
            if listener is not None:
                listener.join(2)
            connections.close_all()

    def tick(self) -> None:
        """Do what is due now, each part whatever became of the others."""
        close_old_connections()
        now = timezone.now()
        _guarded(lambda: timing.run_due_timers(now))
        _guarded(lambda: reporting.apply_waiting_reports(now))
        _guarded(_dispatch_all)
        _guarded(self._send_due_commands)
        # Steady time only paces the loop; every deadline is a row with a date.
        steady = time.monotonic()
        if steady >= self._next_presence:
            self._next_presence = steady + PRESENCE_EVERY_SECONDS
            _guarded(lambda: presence.notice_silent_phones(now))
        if steady >= self._next_reconcile:
            self._next_reconcile = steady + RECONCILE_EVERY_SECONDS
            _guarded(lambda: reconciling.reconcile(now))

    def _send_due_commands(self) -> None:
        for pk in [pk for pk, sent in self._sending.items() if sent.done()]:
            del self._sending[pk]
        for pk in commanding.due_commands(timezone.now()):
            if pk not in self._sending:
                self._sending[pk] = self._senders.submit(_send, pk)


def run_forever(stopping: threading.Event) -> None:
    """Run a clock until ``stopping`` is set."""
    Clock().run(stopping)


def _dispatch_all() -> None:
    for tenant_id in offering.tenants_with_work():
        offering.dispatch(tenant_id)


def _send(pk: int) -> None:
    close_old_connections()
    try:
        _guarded(lambda: commanding.send_command(pk))
    finally:
        # What follows from the answer (another command, a dispatch) is not left to the tick.
        wakeups.bell.set()
        close_old_connections()


def _guarded(part: Callable[[], object]) -> None:
    try:
        part()
    except DatabaseError as error:
        logger.warning("The clock could not reach the database: %s", error)
        connections.close_all()
    except Exception:
        # One part that stumbles must not stop the others: callers are waiting on them.
        logger.exception("A part of the clock failed; the next tick tries again")


def _listen_to_other_processes(stopping: threading.Event) -> threading.Thread | None:
    """Ring this clock when another process wakes it through Redis; None without Redis."""
    if not settings.REDIS_URL:
        return None
    thread = threading.Thread(target=_listen, args=(stopping,), name="clock wake-ups", daemon=True)
    thread.start()
    return thread


def _listen(stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            # redis-py gives its pubsub no types.
            client: Any = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1)
            with client.pubsub() as ear:
                ear.subscribe(wakeups.CHANNEL)
                while not stopping.is_set():
                    if ear.get_message(ignore_subscribe_messages=True, timeout=1.0):
                        wakeups.bell.set()
        except redis.RedisError as error:
            logger.warning("No wake-ups from other processes: %s. Ticks go on.", error)
            stopping.wait(2)
