"""The clock as a process of its own: due timers, requests to the network, dispatch, reconciler."""

import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string


class Command(BaseCommand):
    """Runs the clock in the foreground. Two or more may run: what is due is claimed by one."""

    help = "Run what time moves: due timers, requests to the phone network, dispatch, reconciler."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Nothing to choose: run one more process to be safer."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C, then finish what is being done and return."""
        stopping = threading.Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            stopping.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        # By its dotted path: a command starts the clock and knows nothing of what it does.
        import_string("contact_center.clock.run_forever")(stopping)
