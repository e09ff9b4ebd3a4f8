"""The contact center as a process of its own, with the demo's people in a database of its own."""

import itertools
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import redis
import requests

from tests.harness import prepared
from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.simulator import Simulator

_redis_numbers = itertools.count(1)


class Site:
    """`with Site(folder, simulator) as site:` — migrated, seeded, serving, its numbers connected.

    On SQLite and memory, unless `database_url` and `redis_url` name servers: then a database of its
    own is made there and dropped at the end. It starts with the sample people; a `fresh` one with
    nothing, as on the first day.
    """

    def __init__(
        self,
        folder: Path,
        simulator: Simulator,
        *,
        database_url: str = "",
        redis_url: str = "",
        settings: dict[str, str] | None = None,
        fresh: bool = False,
    ) -> None:
        self.folder = folder
        self.simulator = simulator
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._server_url = database_url
        self._database_name = ""
        environment = (
            bare_environment()
            | simulator.credentials.for_the_site()
            | {
                "DEMO": "1",
                "DATA_DIR": str(folder / "data"),
                "PORT": str(self.port),
                "SIMULATOR_URL": simulator.url,
                "SECRET_KEY": "only-for-this-test-" + "x" * 40,
                "PYTHONUNBUFFERED": "1",
            }
            | (settings or {})
        )
        (folder / "data").mkdir(exist_ok=True)
        environment["ENV_FILE"] = str(folder / "data/settings.env")
        (folder / "data/settings.env").touch()
        if database_url:
            self._database_name = prepared.create_database(database_url, fresh=fresh)
            environment["DATABASE_URL"] = prepared.url_of(database_url, self._database_name)
        elif not fresh:
            prepared.copy_sqlite(folder / "data")
        if redis_url:
            environment["REDIS_URL"] = self._own_redis(redis_url)
        self.environment = environment
        self._server = Server(
            "the site",
            [sys.executable, "manage.py", "serve"],
            log=folder / "site.log",
            environment=environment,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Ending politely takes seconds and is tested elsewhere; but a site that started a phone
        # network of its own would leave that one behind.
        if self.environment["SIMULATOR_URL"] == self.simulator.url:
            self._server.kill()
        else:
            self._server.stop()
        if self._database_name:
            prepared.drop_database(self._server_url, self._database_name)

    def start(self) -> None:
        """Start it and return when it is ready for calls: the numbers of the network point here."""
        written = self.log_length()
        self._server.start()
        self._server.wait_for_words("contact center is ready", after=written, timeout=60)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ask it to end, as Ctrl-C does, and return its exit code."""
        return self._server.stop(how=how)

    def kill(self) -> None:
        """Let it die at once, as in a power cut."""
        self._server.kill()

    def restart(self) -> None:
        """Kill it and start it again, with the same data and at the same address."""
        self.kill()
        self.start()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._server.running

    def log(self, lines: int = 60) -> str:
        """The end of what it wrote."""
        return self._server.tail(lines)

    def log_length(self) -> int:
        """How many bytes it has written until now."""
        return self._server.log.stat().st_size if self._server.log.exists() else 0

    def health(self) -> dict[str, Any]:
        """What `/health/` says."""
        health: dict[str, Any] = requests.get(f"{self.url}/health/", timeout=10).json()
        return health

    def address_of(self, username: str, path: str = "/") -> str:
        """`http://alice.localhost:<port>/`: everybody's own host, for a browser."""
        return f"http://{username}.localhost:{self.port}{path}"

    def forget_sessions(self) -> None:
        """Everybody is signed out, and no page is told."""
        forget = (
            "from django.contrib.sessions.models import Session; Session.objects.all().delete()"
        )
        self.manage("shell", "-c", forget)

    def manage(self, *arguments: str, timeout: float = 60) -> str:
        """Run a management command against this site and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    def _own_redis(self, server_url: str) -> str:
        number = 1 + next(_redis_numbers) % 60
        url = urlunsplit(urlsplit(server_url)._replace(path=f"/{number}"))
        with redis.Redis.from_url(url) as client:
            client.flushdb()
        return url
