"""The live floor as in production: web processes behind one Redis, PostgreSQL, people signed in."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.benchmarks.screens import Seat
from tests.harness.live_screen import panels_in
from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.services import TemporaryPostgres, TemporaryRedis

#: Characters of one answer: the moments of ten minutes.
LONGEST_ANSWER = 2**24


class FloorSite:
    """Made by `floor_site`: `site.seats` are where its supervisors look at the floor."""

    def __init__(
        self,
        servers: Mapping[int, Server],
        redis: TemporaryRedis,
        calls: asyncio.subprocess.Process,
        cookies: Sequence[Mapping[str, str]],
    ) -> None:
        self.servers = list(servers.values())
        self.redis = redis
        self._ports = list(servers)
        self._calls = calls
        #: One for each supervisor, the processes taking turns.
        self.seats = [
            self.seat("/ws/floor/", its, self._ports[number % len(self._ports)])
            for number, its in enumerate(cookies)
        ]

    def seat(
        self, path: str, cookies: Mapping[str, str] | None = None, port: int | None = None
    ) -> Seat:
        """A seat before one of the processes, the first unless said."""
        place = f"127.0.0.1:{port or self._ports[0]}"
        return Seat(f"ws://{place}{path}", f"http://{place}", cookies or {})

    async def changes(self, seconds: float) -> list[float]:
        """Let customers come and go for so long; return when each had done so."""
        assert self._calls.stdin
        assert self._calls.stdout
        self._calls.stdin.write(f"{seconds}\n".encode())
        moments: list[float] = json.loads(await self._calls.stdout.readline())
        return moments

    def truth(self) -> dict[str, str]:
        """The panels of the floor as a page that polls is answered now."""
        seat = self.seats[0]
        answer = requests.get(
            f"{seat.origin}/supervisors/panels/", cookies=dict(seat.cookies), timeout=20
        )
        answer.raise_for_status()
        return panels_in(answer.text)


@contextlib.asynccontextmanager
async def floor_site(
    *, supervisors: int, processes: int = 1, settings: Mapping[str, str] | None = None
) -> AsyncIterator[FloorSite]:
    """Start everything, with so many people signed in, and end it afterwards."""
    with TemporaryDirectory() as folder, TemporaryPostgres() as postgres, TemporaryRedis() as redis:
        environment = _environment(Path(folder), postgres.url, redis.url) | (settings or {})
        calls = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.floor_calls", str(supervisors)),
            cwd=ROOT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_ANSWER,
        )
        assert calls.stdin
        assert calls.stdout
        try:
            cookies = json.loads(await calls.stdout.readline())
            with _serving(processes, Path(folder), environment) as servers:
                try:
                    yield FloorSite(servers, redis, calls, cookies)
                except Exception:
                    for server in servers.values():
                        print(f"{server.name} wrote:\n{server.tail()}", file=sys.stderr)
                    raise
        finally:
            calls.stdin.close()
            await calls.wait()


def _environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return bare_environment() | {
        "ENV_FILE": str(ROOT / "tests/test.env"),
        "DJANGO_SETTINGS_MODULE": "contact_center.settings",
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DATA_DIR": str(folder),
        "DEBUG": "0",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "0",
        "PYTHONPATH": str(ROOT),
        # As a site has it that says nothing; tests/test.env keeps no figures at all.
        "DJANGO_TWILIO_CALL_ANALYTICS": "{}",
    }


@contextlib.contextmanager
def _serving(
    processes: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[dict[int, Server]]:
    with contextlib.ExitStack() as stack:
        servers: dict[int, Server] = {}
        for number in range(processes):
            port = free_port()
            servers[port] = Server(
                f"daphne-{number}",
                [
                    *(sys.executable, "-m", "daphne", "-v", "0"),
                    *("--websocket_connect_timeout", "60"),
                    *("-e", f"tcp:port={port}:interface=127.0.0.1:backlog=2048"),
                    "tests.benchmarks.floor_app:application",
                ],
                log=folder / f"daphne-{number}.log",
                environment=environment,
            )
            servers[port].start()
            stack.callback(servers[port].stop)
        for port, server in servers.items():
            server.wait_for_port(port)
        yield servers
