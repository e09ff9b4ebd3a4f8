"""The contact center as in production: web processes behind a door, clocks, PostgreSQL, Redis.

Everything is a real process that can be ended and started again, and the phone network is the
simulator without sound (tests/harness/quiet_network.py). The demo's people work in it.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString, Self

import psycopg

from tests.harness.balancer import Balancer
from tests.harness.live_screen import LiveScreen
from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.services import TemporaryPostgres, TemporaryRedis
from tests.harness.simulator import Simulator
from tests.harness.stalled_screen import StalledScreen
from tests.harness.virtual_desk import VirtualDesk

#: One process for what would be three: each takes two seconds to begin.
PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("seed_demo", verbosity=0)
call_command("connect_numbers", verbosity=0)
"""


class QuietNetwork(Simulator):
    """A phone network without sound, for many calls at once."""

    MODULE = "tests.harness.quiet_network"

    def sentences(self, call_sid: str) -> list[str]:
        """What the network said to this leg, in order."""
        heard = self.get("/quiet/heard").get(call_sid, {"sentences": []})
        return [text for _ago, text in heard["sentences"]]

    def longest_silence(self, call_sid: str) -> float:
        """For how many seconds this leg heard nothing at most, since it heard something first."""
        heard = self.get("/quiet/heard").get(call_sid, {"silences": []})
        return max((seconds for _ago, seconds in heard["silences"]), default=0.0)

    def problems(self) -> list[str]:
        """What the network wrote of documents and webhooks that failed."""
        entries = self.get("/simulator/log.json")["entries"]
        return [f"{one['title']}: {one['problem']}" for one in entries if one["problem"]]

    def errors_heard(self) -> list[str]:
        """The legs to which the network itself apologised: "an application error has occurred"."""
        return [leg["sid"] for leg in self.truth()["legs"] if leg["error"]]


class Installation:
    """`with Installation(folder) as site:` — migrated, seeded, serving, its numbers connected.

    `site.webs`, `site.clocks` and `site.sockets` are servers to be stopped, killed and started;
    `site.postgres` and `site.redis` are its own; `site.door` is where everybody comes in and
    `site.link` the line by which the site reaches the phone network.
    """

    def __init__(
        self,
        folder: Path,
        *,
        webs: int = 2,
        clocks: int = 2,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.desks: list[VirtualDesk] = []
        self._stack = contextlib.ExitStack()
        self._web_ports = [free_port() for _ in range(webs)]
        self._number_of_clocks = clocks
        self._settings = dict(settings or {})

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._begin(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _begin(self, stack: contextlib.ExitStack) -> None:
        self.postgres = stack.enter_context(TemporaryPostgres())
        self.redis = stack.enter_context(TemporaryRedis())
        self.network = stack.enter_context(QuietNetwork(self.folder))
        self.door = stack.enter_context(Balancer(self._web_ports, port=free_port()))
        self.link = stack.enter_context(Balancer([self.network.port], port=free_port()))
        self.environment = self._environment()
        prepared = subprocess.run(
            [sys.executable, "-c", PREPARE],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert prepared.returncode == 0, prepared.stderr[-3000:]
        sockets_port = free_port()
        self.sockets_url = f"http://127.0.0.1:{sockets_port}"
        self.webs = [
            self._server(f"web-{n}", _gunicorn(port)) for n, port in enumerate(self._web_ports)
        ]
        self.clocks = [
            self._server(f"clock-{n}", ["manage.py", "clock"])
            for n in range(self._number_of_clocks)
        ]
        self.sockets = self._server("sockets", _daphne(sockets_port))
        for server in self.servers:
            stack.callback(_end, server)
            server.start()
        # The last thing that is entered is the first to leave: desks do not ring a dead site.
        stack.callback(self.send_everybody_home)
        for number in range(len(self.webs)):
            self.wait_for_web(number)
        self.sockets.wait_for_port(sockets_port)

    @property
    def servers(self) -> list[Server]:
        """Every process of the site itself."""
        return [*self.webs, *self.clocks, self.sockets]

    def wait_for_web(self, number: int) -> None:
        """Return when that web process answers; it accepts connections some time before."""
        url = f"http://127.0.0.1:{self._web_ports[number]}/sign-in/"
        self.webs[number].wait_for_url(url, timeout=60)

    def start_again_what_died(self) -> None:
        """Start again every process of the site that has ended, as systemd does."""
        for server in self.servers:
            if not server.running:
                server.start()

    def rows(self, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """What the site's database answers."""
        with psycopg.connect(self.postgres.url) as connection:
            return connection.execute(query, values).fetchall()

    def open_desk(self, username: str, *, answers: bool = True) -> VirtualDesk:
        """Somebody goes on duty and answers what rings, until `send_everybody_home`."""
        desk = VirtualDesk(username, self.door.url, self.network.url, answers=answers)
        self.desks.append(desk)
        desk.go_on_duty()
        return desk

    def watch(self, desk: VirtualDesk, path: str, *, at: str = "") -> LiveScreen:
        """A screen of somebody who is signed in, by its socket: `/ws/desk/`, `/ws/floor/`.

        `at` is the address of other sockets than the installation's own.
        """
        return LiveScreen(_as_socket(at or self.sockets_url, path), self.door.url, desk.cookies)

    def stall(self, desk: VirtualDesk, path: str, *, at: str = "") -> StalledScreen:
        """A screen whose machine has stopped."""
        return StalledScreen(_as_socket(at or self.sockets_url, path), self.door.url, desk.cookies)

    @contextlib.contextmanager
    def more_sockets(self, application: str = "contact_center.asgi:application") -> Iterator[str]:
        """One more process of live screens beside the installation's own; yields its address."""
        port = free_port()
        server = self._server("more-sockets", _daphne(port, application))
        server.start()
        try:
            server.wait_for_port(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(server)

    def send_everybody_home(self) -> None:
        """Nobody answers any more."""
        for desk in self.desks:
            desk.leave()
        self.desks.clear()

    def what_they_wrote(self) -> str:
        """The end of every process's log, for a test that failed."""
        return "\n".join(f"== {one.name}\n{one.tail(25)}" for one in self.servers)

    def _server(self, name: str, arguments: list[str]) -> Server:
        return Server(
            name,
            [sys.executable, *arguments],
            log=self.folder / f"{name}.log",
            environment=self.environment | {"CRASH_ROLE": name.partition("-")[0]},
        )

    def _environment(self) -> dict[str, str]:
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        (data / "settings.env").touch()
        return (
            bare_environment()
            | self.network.credentials.for_the_site()
            | {
                "DJANGO_SETTINGS_MODULE": "contact_center.settings",
                "DEMO": "1",
                "DEBUG": "0",
                "DATA_DIR": str(data),
                "ENV_FILE": str(data / "settings.env"),
                "BASE_URL": self.door.url,
                "SIMULATOR_URL": self.link.url,
                "DATABASE_URL": self.postgres.url,
                "REDIS_URL": self.redis.url,
                "SECRET_KEY": "only-for-this-test-" + "x" * 40,
                "PYTHONUNBUFFERED": "1",
            }
            | self._settings
        )


def _gunicorn(port: int) -> list[str]:
    """As deploy/production/contact-center-web.service starts it, with one worker a process."""
    bind = f"127.0.0.1:{port}"
    return [
        *("-m", "gunicorn", "contact_center.wsgi", "--bind", bind, "--workers", "1"),
        *("--threads", "4", "--timeout", "20", "--no-control-socket"),
    ]


def _daphne(port: int, application: str = "contact_center.asgi:application") -> list[str]:
    endpoint = f"tcp:port={port}:interface=127.0.0.1:backlog=2048"
    return ["-m", "daphne", "--websocket_connect_timeout", "60", "-e", endpoint, application]


def _as_socket(url: str, path: str) -> str:
    return url.replace("http", "ws", 1) + path


def _end(server: Server) -> None:
    if server.running:
        server.kill()
