"""What runs beside the web server in the same process: the clock, a Celery worker and its beat."""

import logging
import threading
from collections.abc import Callable

from celery import Celery
from celery.beat import Service as Beat
from celery.worker import WorkController
from celery.worker import state as worker_state

from contact_center.services.heavy_work import worker_is_here

logger = logging.getLogger(__name__)

JOIN_SECONDS = 5.0


class ClockThread(threading.Thread):
    """Runs the clock until `stop`; `on_death` hears of it when the clock ends by itself."""

    def __init__(
        self,
        run_forever: Callable[[threading.Event], None],
        on_death: Callable[[BaseException | None], None],
    ) -> None:
        super().__init__(name="clock", daemon=True)
        self._run_forever = run_forever
        self._on_death = on_death
        self._stopping = threading.Event()

    def run(self) -> None:
        """Run the clock; whatever ends it early is said aloud, because without it no call moves."""
        error: BaseException | None = None
        try:
            self._run_forever(self._stopping)
        except Exception as died:  # a thread's exception would otherwise vanish
            logger.exception("The clock died")
            error = died
        if not self._stopping.is_set():
            self._on_death(error)

    def ask_to_stop(self) -> None:
        """End the clock after what it is doing now; returns at once."""
        self._stopping.set()

    def wait(self) -> None:
        """Return when the clock has ended, or after a few seconds."""
        self.join(JOIN_SECONDS)


class CeleryThreads:
    """A worker and a beat over the in-memory broker. Such a broker ends at the process's edge."""

    def __init__(self, app: Celery) -> None:
        # Gossip, mingle and heartbeats are for workers that have neighbours.
        self._worker = WorkController(
            app=app,
            pool_cls="threads",
            concurrency=2,
            hostname="embedded@localhost",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        # The timetable in memory: what was due while the demo was off need not be caught up.
        self._beat = Beat(app, max_interval=1, scheduler_cls="celery.beat:Scheduler")
        self._threads = [
            threading.Thread(target=self._worker.start, name="celery worker", daemon=True),
            threading.Thread(target=self._beat.start, name="celery beat", daemon=True),
        ]

    def start(self) -> None:
        """Start both; they take work from now on."""
        worker_state.should_stop = None
        worker_is_here.set()
        for thread in self._threads:
            thread.start()

    def ask_to_stop(self) -> None:
        """End both after the task they are at; returns at once."""
        worker_is_here.clear()
        self._beat.stop()
        worker_state.should_stop = 0  # an exit code: Celery's own way to say "stop, all is well"

    def wait(self) -> None:
        """Return when both have ended, or after a few seconds."""
        for thread in self._threads:
            thread.join(JOIN_SECONDS)
