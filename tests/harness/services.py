"""A PostgreSQL cluster and a Redis server for one test run: own ports, temporary data."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
import redis

from tests.harness.processes import Server, bare_environment, free_port
from tests.harness.waiting import wait_until

# PostgreSQL refuses to run as root; Debian's package makes this user.
POSTGRES_USER = "postgres"


def find_postgres() -> Path | None:
    """The newest installed PostgreSQL's program folder, or None. Debian keeps it off the PATH."""
    versions = Path("/usr/lib/postgresql")
    if versions.is_dir():
        folders = (
            folder
            for folder in versions.iterdir()
            if folder.name.isdigit() and (folder / "bin/initdb").exists()
        )
        if newest := max(folders, key=lambda folder: int(folder.name), default=None):
            return newest / "bin"
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def find_redis() -> Path | None:
    """The Redis server's program, or None."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


class _TemporaryServer:
    """A server whose data lives in a folder of its own and goes with it."""

    _server: Server

    def __init__(self, prefix: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        self.port = free_port()

    @property
    def running(self) -> bool:
        """Whether it is there."""
        return self._server.running

    def start(self) -> None:
        """Start the server, again perhaps, and return when it answers."""
        self._server.start()
        self._server.wait_for_port(self.port)

    def stop(self) -> None:
        """End the server at once, its clients' connections with it; the folder stays."""
        self._server.stop(how=signal.SIGINT)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class TemporaryPostgres(_TemporaryServer):
    """`with TemporaryPostgres() as postgres: …`. Raises RuntimeError when it is not installed."""

    def __init__(self) -> None:
        programs = find_postgres()
        if programs is None:
            raise RuntimeError("PostgreSQL is not installed")
        super().__init__("contact-center-postgres-")
        self._programs = programs

    def __enter__(self) -> Self:
        user = POSTGRES_USER if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.folder, user, user)
        data = self.folder / "data"
        environment = bare_environment() | {"LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        subprocess.run(
            [
                self._programs / "initdb",
                *("--pgdata", data, "--username", "contact_center", "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
            ],
            check=True,
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            user=user,
            group=user,
            extra_groups=[] if user else None,
        )
        # What a test writes need not survive a power cut, and on a busy machine fsync is what
        # makes a suite slow.
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            # The order of commits is what tells whether a caller was passed over.
            "track_commit_timestamp": "on",
            "log_min_messages": "fatal",
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        self._server = Server(
            "PostgreSQL",
            [str(self._programs / "postgres"), "-D", str(data), *settings],
            log=self.folder / "postgres.log",
            environment=environment,
            folder=self.folder,
            user=user,
        )
        self.start()
        return self

    def start(self) -> None:
        """Start it, again perhaps, and return when it lets somebody in."""
        super().start()
        # It listens a moment before it lets anybody in.
        wait_until(self._lets_in, 30, what="PostgreSQL", describe=self._server.tail)

    def _lets_in(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def url(self) -> str:
        """The URL of the cluster's first, empty database."""
        return f"postgres://contact_center@127.0.0.1:{self.port}/postgres"


class TemporaryRedis(_TemporaryServer):
    """`with TemporaryRedis() as redis: …`. Raises RuntimeError when it is not installed."""

    def __init__(self) -> None:
        program = find_redis()
        if program is None:
            raise RuntimeError("Redis is not installed")
        super().__init__("contact-center-redis-")
        self._program = program

    def __enter__(self) -> Self:
        options = {
            "--bind": "127.0.0.1",
            "--port": str(self.port),
            "--dir": str(self.folder),
            "--save": "",
            "--appendonly": "no",
            "--databases": "64",
        }
        self._server = Server(
            "Redis",
            [str(self._program), *(word for pair in options.items() for word in pair)],
            log=self.folder / "redis.log",
            environment=bare_environment(),
            folder=self.folder,
        )
        self.start()
        return self

    def flush(self) -> None:
        """Forget everything, as an administrator's FLUSHALL does."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    @property
    def url(self) -> str:
        """The URL of the server's first database."""
        return f"redis://127.0.0.1:{self.port}/0"
