"""The clock: everything time-critical. Due timers, commands, dispatch, reports, the reconciler.

A loop, not a timetable: it runs when somebody rings the bell and at least every TICK_SECONDS. Any
number of clocks may run; work is claimed, so each piece is done once, and a clock that dies loses
nothing: the next tick of any clock picks it up. Heavy work is only given out here
(services/heavy_work.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from contact_center import metrics, wakeups
from contact_center.metrics.declared import CALLERS_WAITING
from contact_center.metrics.depths import callers_waiting
from contact_center.services import (
    alerting,
    commanding,
    estimating,
    heavy_work,
    making_room,
    offering,
    presence,
    reconciling,
    reporting,
    shifts,
    telling,
    timing,
)
from contact_center.services import arranging as arranging  # its commands are known then
from contact_center.services import listening as listening  # its timers are known then
from contact_center.services import setting_aside as setting_aside  # its jobs are known then
from contact_center.services import tidying as tidying  # likewise

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5
#: How often it is looked whether a round of the reconciler is due; its own pace is its own.
RECONCILE_LOOK_SECONDS = 2
PRESENCE_EVERY_SECONDS = 2
#: How often the claims on commands that are being sent are renewed; a few times in one claim.
RENEW_EVERY_SECONDS = 3
#: How often the figures are looked at of which somebody may have to be told.
ALERTS_EVERY_SECONDS = 2
#: How often it is looked how the lines move, for what callers are told of their wait.
LINES_EVERY_SECONDS = 5
#: How often the metrics are told how many callers wait.
DEPTHS_EVERY_SECONDS = 10
HOURLY_EVERY_SECONDS = 60
#: So long a clock that ends waits for heavy work to come to a stop; what does not is taken up again
#: by another.
HEAVY_STOP_SECONDS = 5
#: Requests to the network that may be under way at once; one slow answer holds up no caller.
SENDERS = 6


class Clock:
    """One clock. ``tick`` does everything that is due; ``run`` ticks until told to stop."""

    def __init__(self) -> None:
        # Three more than the senders: a round of the reconciler reads for seconds, and figures are
        # counted and lines looked at beside the tick.
        self._senders = ThreadPoolExecutor(SENDERS + 3, thread_name_prefix="command")
        self._sending: dict[int, Future[None]] = {}
        self._heavy: threading.Thread | None = None
        self._is_stopping: Callable[[], bool] = lambda: False
        self._round: Future[None] | None = None
        # What was reported while we were away is applied before anything is asked after.
        self._next_reconcile = time.monotonic() + RECONCILE_LOOK_SECONDS
        self._alerts: Future[None] | None = None
        self._lines: Future[None] | None = None
        self._next_presence = 0.0
        self._next_renewal = 0.0
        self._next_alerts = 0.0
        self._next_lines = 0.0
        self._next_depths = 0.0
        self._next_hourly = 0.0

    def run(self, stopping: threading.Event) -> None:
        """Tick until ``stopping`` is set; every failure is logged and the next tick tries again."""
        self._is_stopping = stopping.is_set
        _guarded(presence.grant_grace)
        _guarded(shifts.follow_the_setting)
        _guarded(making_room.follow_the_setting)
        listener = _listen_to_other_processes(stopping)
        try:
            while not stopping.is_set():
                wakeups.bell.wait(TICK_SECONDS)
                wakeups.bell.clear()
                self.tick()
        finally:
            self._senders.shutdown(wait=True, cancel_futures=True)
            if self._heavy is not None:
                self._heavy.join(HEAVY_STOP_SECONDS)
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
        _guarded(lambda: self._take_up_heavy_work(now))
        # Steady time only paces the loop; every deadline is a row with a date.
        steady = time.monotonic()
        if steady >= self._next_renewal:
            self._next_renewal = steady + RENEW_EVERY_SECONDS
            _guarded(lambda: commanding.renew_claims(self._under_way()))
        if steady >= self._next_presence:
            self._next_presence = steady + PRESENCE_EVERY_SECONDS
            _guarded(lambda: presence.notice_silent_phones(now))
        if steady >= self._next_reconcile:
            self._next_reconcile = steady + RECONCILE_LOOK_SECONDS
            if self._round is None or self._round.done():
                self._round = self._senders.submit(_reconcile)
        if steady >= self._next_alerts:
            self._next_alerts = steady + ALERTS_EVERY_SECONDS
            if self._alerts is None or self._alerts.done():
                self._alerts = self._senders.submit(_look_for_alerts)
        if steady >= self._next_lines:
            self._next_lines = steady + LINES_EVERY_SECONDS
            if self._lines is None or self._lines.done():
                self._lines = self._senders.submit(_look_at_lines)
        if steady >= self._next_depths:
            self._next_depths = steady + DEPTHS_EVERY_SECONDS
            _guarded(_tell_how_many_wait)
        if steady >= self._next_hourly:
            self._next_hourly = steady + HOURLY_EVERY_SECONDS
            _guarded(lambda: heavy_work.ask_by_the_clock(now))

    def _under_way(self) -> list[int]:
        return [pk for pk, sent in self._sending.items() if sent.running()]

    def _send_due_commands(self) -> None:
        for pk in [pk for pk, sent in self._sending.items() if sent.done()]:
            del self._sending[pk]
        for pk in commanding.due_commands(timezone.now()):
            if pk not in self._sending:
                self._sending[pk] = self._senders.submit(_send, pk)

    def _take_up_heavy_work(self, now: datetime) -> None:
        if self._heavy is not None and self._heavy.is_alive():
            return
        due = heavy_work.due_jobs(now)
        if due:
            # A thread of its own: neither a broker that says nothing nor a long job holds up
            # anything else, the end of this process included.
            self._heavy = threading.Thread(
                target=_take_up, args=(due, self._is_stopping), name="heavy work", daemon=True
            )
            self._heavy.start()


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


def _tell_how_many_wait() -> None:
    if metrics.backend() is not None:
        for queue, callers in callers_waiting():
            metrics.stands_at(CALLERS_WAITING, queue, value=callers)


def _reconcile() -> None:
    close_old_connections()
    try:
        _guarded(lambda: reconciling.reconcile(timezone.now()))
    finally:
        wakeups.bell.set()
        close_old_connections()


def _look_for_alerts() -> None:
    close_old_connections()
    try:
        _guarded(lambda: alerting.look(timezone.now()))
        _guarded(lambda: telling.give_out(timezone.now()))
    finally:
        close_old_connections()


def _look_at_lines() -> None:
    close_old_connections()
    try:
        _guarded(lambda: estimating.look(timezone.now()))
    finally:
        close_old_connections()


def _take_up(due: Sequence[int], is_stopping: Callable[[], bool]) -> None:
    try:
        for pk in due:
            if not is_stopping():
                _guarded(partial(heavy_work.take_up, pk, is_stopping))
    finally:
        connections.close_all()


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
