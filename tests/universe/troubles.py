"""What befalls the machine itself, and what it writes to its log when it should not."""

import logging
from typing import TYPE_CHECKING

from contact_center.celery import app
from contact_center.services import heavy_work
from contact_center.tasks import ask_for
from tests.universe.violation import Violation

if TYPE_CHECKING:
    from tests.universe.engine import Universe

CLOCK_LOOK_SECONDS = 0.5
#: A machine's clock is off by at most so much.
MOST_SKEW_SECONDS = 2.0
#: How often Celery's beat would send the hourly work here, and somebody looks for work.
TIDY_EVERY_SECONDS = 600.0
WORK_EVERY_SECONDS = 15.0


class Troubles:
    """Clock jumps, heavy work, and errors in the log."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._errors = _Errors()

    def begin(self) -> None:
        """From here on they may come."""
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._errors)
        heavy_work.worker_is_here.set()
        self._universe.later(CLOCK_LOOK_SECONDS, "the machine's clock", self._clock)
        self._universe.later(TIDY_EVERY_SECONDS, "beat", self._beat)
        self._universe.later(WORK_EVERY_SECONDS, "worker", self._work)

    def end(self) -> None:
        """The machine's clock is right again."""
        self._universe.set_clock(0.0)

    def close(self) -> None:
        """Listen to the log no more, and let the worker go home."""
        heavy_work.worker_is_here.clear()
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._errors)

    def _clock(self) -> None:
        universe = self._universe
        universe.later(CLOCK_LOOK_SECONDS, "the machine's clock", self._clock)
        if universe.faults.strike("clock"):
            skew = universe.faults.between("clock", -MOST_SKEW_SECONDS, MOST_SKEW_SECONDS)
            universe.journal.fault(
                universe.moment, f"our clock jumps {skew - universe.skew:+.1f} s"
            )
            universe.set_clock(skew)

    def _beat(self) -> None:
        self._universe.later(TIDY_EVERY_SECONDS, "beat", self._beat)
        ask_for.delay("tidy_up")

    def _work(self) -> None:
        """A worker takes one piece of heavy work from the queue."""
        self._universe.later(WORK_EVERY_SECONDS, "worker", self._work)
        with app.connection_for_read() as broker:
            queue = broker.SimpleQueue(app.conf.task_default_queue)
            try:
                message = queue.get(block=False)
            except queue.Empty:
                return
            finally:
                queue.close()
            arguments, named, _more = message.payload
            message.ack()
        app.tasks[message.headers["task"]](*arguments, **named)

    def raise_what_was_logged(self) -> None:
        """An error in the log is a part of ours that stumbled. Raises Violation."""
        if self._errors.records:
            record = self._errors.records.pop()
            text = self._errors.format(record)
            self._errors.records.clear()
            raise Violation("crash", f"{record.name} wrote an error: {text}")


_LOGGERS = ("contact_center", "agents", "django.request")


def forget_heavy_work() -> None:
    """Empty the queue in memory from which the worker takes its work."""
    with app.connection_for_write() as broker:
        queue = broker.SimpleQueue(app.conf.task_default_queue)
        queue.clear()
        queue.close()


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
