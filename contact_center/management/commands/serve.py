"""The whole contact center in one process: `make run`, and a small site without other servers.

Web and websockets (daphne), the clock, and a Celery worker and beat when the broker is in memory.
The simulator, when it is the phone network, is a process of its own beside this one.
"""

import contextlib
import logging
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import requests
from channels.routing import get_default_application
from daphne.server import Server
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.module_loading import import_string
from twisted.internet import reactor as twisted_reactor

from contact_center.conf import current
from contact_center.management.embedded.background import CeleryThreads, ClockThread
from contact_center.management.embedded.banner import (
    banner,
    demo_doorways,
    describe_health,
    own_host,
)
from contact_center.management.embedded.people import EVERYBODYS_WORD
from contact_center.management.embedded.ports import endpoint, loopback_addresses
from contact_center.management.embedded.simulator import Account, SimulatorProcess, WrongNeighbour
from contact_center.models import PhoneNumber

logger = logging.getLogger(__name__)

# Twisted's reactor has no type of its own: which one it is, is decided at run time.
reactor: Any = twisted_reactor

SIMULATOR_READY_SECONDS = 30.0
#: Where many pages come back at once the last of them waits, instead of being cut off.
HANDSHAKE_SECONDS = 60


class Command(BaseCommand):
    """Starts everything, says when it is ready, and ends all of it on Ctrl-C or SIGTERM."""

    help = "Run the contact center in one process, with the simulated phone network if configured."

    #: Asked to end, all at once, and then waited for; the phone network goes last.
    _threads: list[ClockThread | CeleryThreads]
    _simulator: SimulatorProcess | None

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen, and what to leave running."""
        parser.add_argument(
            "--port", type=int, help="where to listen on this machine (default: BASE_URL's port)"
        )
        parser.add_argument(
            "--keep-simulator",
            action="store_true",
            help="leave the simulator running at the end, so that its calls outlive a restart",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, start, serve until told to stop, undo. Raises CommandError with one sentence."""
        self._threads = []
        self._simulator = None
        self._failure = ""
        self._stopping = False
        port: int = options["port"] or urlsplit(settings.BASE_URL).port or 8000
        # A terminal that is closed (SIGHUP) ends the demo as Ctrl-C does: no process stays behind.
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGHUP, interrupt)
        logging.getLogger("kombu.connection").setLevel(logging.ERROR)  # "no hostname": in memory
        try:
            self._serve(port, keep_simulator=options["keep_simulator"])
        except KeyboardInterrupt:
            pass  # before or after the web server's own handling: to end is what was asked
        finally:
            self._stopping = True
            # A second Ctrl-C during the few seconds that ending takes must not leave half behind.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self._end_everything()
        if self._failure:
            raise CommandError(self._failure)
        with contextlib.suppress(OSError):  # the terminal may be gone
            self.stdout.write("Stopped.")

    def _serve(self, port: int, *, keep_simulator: bool) -> None:
        try:
            addresses = loopback_addresses(port)
        except OSError:
            raise CommandError(
                f"Port {port} is already in use, perhaps by another `make run`."
                f" End that one, or choose another port: make run PORT={port + 1}"
            ) from None
        self.stdout.write("Starting …")
        call_command("migrate", verbosity=0, interactive=False)
        if settings.DEMO:
            call_command("seed_demo", verbosity=0)
        simulator = self._find_or_start_simulator(port, keep=keep_simulator)
        self._start_background()
        server = Server(
            application=get_default_application(),
            endpoints=[endpoint(address, port) for address in addresses],
            # Whoever connects may stay all day; a dead socket is noticed by its missing pong.
            websocket_timeout=-1,
            websocket_connect_timeout=HANDSHAKE_SECONDS,
            websocket_handshake_timeout=HANDSHAKE_SECONDS,
            server_name="",
        )
        # What it says at every start is no news to whoever runs a demo. Only now, because Celery's
        # worker sets up Django, and with it logging, a second time.
        logging.getLogger("daphne").setLevel(logging.WARNING)
        announcement = threading.Thread(
            target=self._announce, args=(port, simulator), name="announce", daemon=True
        )
        reactor.callWhenRunning(announcement.start)
        server.run()

    def _find_or_start_simulator(self, port: int, *, keep: bool) -> SimulatorProcess | None:
        if not settings.MOCK_TWILIO:
            return None
        account = Account(
            sid=settings.TWILIO_ACCOUNT_SID,
            auth_token=settings.TWILIO_AUTH_TOKEN,
            api_key_sid=settings.TWILIO_API_KEY_SID,
            api_key_secret=settings.TWILIO_API_KEY_SECRET,
            application_sid=settings.TWILIO_TWIML_APP_SID,
            numbers=[
                f"{e164}={what.replace(',', ' ')}"
                for e164, what in PhoneNumber.objects.values_list("e164", "label")
            ]
            or [settings.TWILIO_PHONE_NUMBER],
        )
        simulator = SimulatorProcess(
            settings.SIMULATOR_URL,
            account,
            log=settings.DATA_DIR / "simulator.log",
            desk_url=own_host(f"http://localhost:{port}", "alice"),
        )
        try:
            if simulator.is_healthy():
                return simulator
        except WrongNeighbour as neighbour:
            raise CommandError(str(neighbour)) from None
        simulator.start(root=settings.BASE_DIR)
        if not keep:
            self._simulator = simulator
        watcher = threading.Thread(
            target=self._watch, args=(simulator,), name="simulator watch", daemon=True
        )
        watcher.start()
        return simulator

    def _watch(self, simulator: SimulatorProcess) -> None:
        """Ends the site when the phone network it started ends by itself."""
        simulator.wait()
        if not self._stopping:
            self._give_up(
                f"The phone network ended by itself (exit code {simulator.exit_code()})."
                f" The end of {simulator.log}:\n{simulator.last_words()}"
            )

    def _start_background(self) -> None:
        # By its dotted path: a command starts the clock as it starts the site, and knows neither.
        run_forever = import_string("contact_center.clock.run_forever")
        clock = ClockThread(run_forever, self._clock_died)
        clock.start()
        self._threads.append(clock)
        use_celery = current().performance.async_tasks.use_celery
        if use_celery and settings.CELERY_BROKER_URL.startswith("memory:"):
            celery = CeleryThreads(import_string(settings.CELERY_APP))
            celery.start()
            self._threads.append(celery)

    def _end_everything(self) -> None:
        for thread in self._threads:
            thread.ask_to_stop()
        for thread in self._threads:
            thread.wait()
        connections.close_all()
        # Last: the clock may have been telling it something.
        if self._simulator is not None:
            self._simulator.stop()

    def _clock_died(self, error: BaseException | None) -> None:
        self._give_up(f"The clock ended by itself ({error!r}); without it no call would move on.")

    def _give_up(self, sentence: str) -> None:
        """Ends the web server from another thread; `handle` then says why."""
        self._failure = self._failure or sentence
        self._stopping = True
        reactor.callFromThread(stop_reactor)

    def _announce(self, port: int, simulator: SimulatorProcess | None) -> None:
        """Wait for the phone network, point its numbers at us, and say that all is ready."""
        try:
            if simulator is not None:
                if not self._wait_for(simulator):
                    return
                call_command("connect_numbers", verbosity=0)
            health = requests.get(f"http://localhost:{port}/health/", timeout=10).json()
        except CommandError as refusal:
            self._give_up(str(refusal))
            return
        except Exception as error:  # a thread's exception would otherwise vanish
            logger.exception("The site did not become ready")
            self._give_up(f"The site did not become ready: {error}")
            return
        finally:
            connections.close_all()
        self.stdout.write(self._banner(port, health))
        self.stdout.flush()

    def _wait_for(self, simulator: SimulatorProcess) -> bool:
        """Whether the phone network answered in time; if not, everything ends with a reason."""
        pause = threading.Event()
        for _attempt in range(int(SIMULATOR_READY_SECONDS / 0.1)):
            if self._stopping or simulator.exit_code() is not None:
                return False  # the watcher says why
            if simulator.is_healthy():
                return True
            pause.wait(0.1)
        self._give_up(
            f"The phone network did not answer at {simulator.url} within"
            f" {SIMULATOR_READY_SECONDS:g} s. The end of {simulator.log}:\n{simulator.last_words()}"
        )
        return False

    def _banner(self, port: int, health: dict[str, object]) -> str:
        facts = describe_health(health)
        numbers: list[tuple[str, str]] = []
        if settings.MOCK_TWILIO:
            numbers = list(PhoneNumber.objects.values_list("e164", "label"))
            facts += [
                ("account SID", settings.TWILIO_ACCOUNT_SID),
                ("auth token", settings.TWILIO_AUTH_TOKEN),
            ]
        doorways = (
            demo_doorways(f"http://localhost:{port}", settings.SIMULATOR_URL)
            if settings.DEMO
            else []
        )
        return banner(doorways, numbers, facts, password=EVERYBODYS_WORD if settings.DEMO else "")


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Ctrl-C by other means. While the web server runs it is asked to end, as it does itself."""
    if not reactor.running:
        raise KeyboardInterrupt
    reactor.callFromThread(stop_reactor)


def stop_reactor() -> None:
    """End the web server, which may be ending already."""
    if reactor.running:
        reactor.stop()
