"""Signed webhooks on PostgreSQL and Redis against a bare view that inserts one row.

Both are served by the same server, eight connections at a time, the two taking turns: gunicorn
with two workers of four threads, then one daphne. An arrival is answered with a menu; a wait
request comes from a caller in line; a menu request carries a key; a status is the end of a call.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.benchmarks.load import TABLE, Request, seconds_for, signed
from tests.benchmarks.measures import Measure
from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.services import TemporaryPostgres, TemporaryRedis

ROUNDS = 3
REQUESTS = 200
QUEUE = "QU" + "0" * 32
BARS = {"arrival": 2.5, "menu": 2.0, "wait": 2.0, "status": 2.0}


def run() -> dict[str, object]:
    """Measure every kind of webhook under both servers."""
    results: dict[str, object] = {}
    with TemporaryPostgres() as postgres, TemporaryRedis() as redis, TemporaryDirectory() as data:
        site = _Site(postgres.url, redis.url, Path(data))
        site.prepare()
        for name in ("gunicorn", "daphne"):
            with site.served_by(name) as port:
                results |= {f"{name}: {key}": m for key, m in _measure(port, site).items()}
    return results


class _Site:
    def __init__(self, database_url: str, redis_url: str, data: Path) -> None:
        self.base = "http://localhost:8000"
        self.database_url = database_url
        self.data = data
        self.token = "0123456789abcdef0123456789abcdef"
        self.account = "AC" + "0" * 31 + "1"
        self.environment = bare_environment() | {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.bench_settings",
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(data),
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "SECURE_SSL_REDIRECT": "0",
            "PYTHONPATH": str(ROOT),
        }

    def prepare(self) -> None:
        """Migrate, and write the cast and the bare table."""
        self._manage("migrate", "--verbosity=0", "--skip-checks")
        made = "import django; django.setup(); from tests.cast import make_cast; make_cast()"
        subprocess.run([sys.executable, "-c", made], env=self.environment, cwd=ROOT, check=True)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, body text)")

    def _manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words], env=self.environment, cwd=ROOT, check=True
        )

    @contextlib.contextmanager
    def served_by(self, name: str) -> Iterator[int]:
        port = free_port()
        commands = {
            "gunicorn": [
                *("-m", "gunicorn", "contact_center.wsgi:application"),
                *("--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{port}"),
                *("--log-level", "error"),
            ],
            "daphne": [
                *("-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0"),
                "contact_center.asgi:application",
            ],
        }
        server = Server(
            name,
            [sys.executable, *commands[name]],
            log=self.data / f"{name}.log",
            environment=self.environment,
        )
        server.start()
        try:
            server.wait_for_port(port)
            yield port
        finally:
            server.stop()

    def webhook(self, path: str, **fields: str) -> Request:
        return signed(
            self.base,
            path,
            {"AccountSid": self.account, "To": "+14155550100", **fields},
            self.token,
        )

    def waiting_calls(self, sids: Sequence[str]) -> dict[str, int]:
        """The segment each of these calls is in."""
        with psycopg.connect(self.database_url) as connection:
            rows = connection.execute(
                "SELECT c.sid, s.id FROM contact_center_segment s JOIN contact_center_call c"
                " ON c.id = s.call_id WHERE s.ended_at IS NULL AND c.sid = ANY(%s)",
                [list(sids)],
            ).fetchall()
        return dict(rows)


def _measure(port: int, site: _Site) -> dict[str, Measure]:
    bare = [site.webhook("/bare/", CallSid=_sid()) for _ in range(REQUESTS)]
    seconds_for(port, bare)  # warm
    times: dict[str, list[float]] = {name: [] for name in ("bare", *BARS)}
    for _ in range(ROUNDS):
        sids = [_sid() for _ in range(REQUESTS)]
        times["bare"].append(seconds_for(port, bare))
        times["arrival"].append(
            seconds_for(
                port,
                [site.webhook("/webhooks/voice/", CallSid=s, From="+14155550142") for s in sids],
            )
        )
        times["menu"].append(
            seconds_for(
                port,
                [site.webhook("/webhooks/voice/menu/1/", CallSid=s, Digits="1") for s in sids],
            )
        )
        waits = [
            site.webhook(f"/webhooks/voice/wait/{segment}/", CallSid=sid, QueueSid=QUEUE)
            for sid, segment in site.waiting_calls(sids).items()
        ]
        seconds_for(port, waits)  # the first one of a caller also makes him offerable
        times["wait"].append(seconds_for(port, waits))
        times["status"].append(
            seconds_for(
                port,
                [
                    site.webhook("/webhooks/status/", CallSid=s, CallStatus="completed")
                    for s in sids
                ],
            )
        )
    each = {name: statistics.median(values) / REQUESTS for name, values in times.items()}
    return {
        name: Measure(
            statistics.median(
                ours / plain for ours, plain in zip(times[name], times["bare"], strict=True)
            ),
            at_most=bar,
            note=f"{1 / each[name]:.0f}/s against {1 / each['bare']:.0f}/s",
        )
        for name, bar in BARS.items()
    }


def _sid() -> str:
    return "CA" + uuid.uuid4().hex


if __name__ == "__main__":
    for key, value in run().items():
        sys.stdout.write(f"{key:<24} {value}{os.linesep}")
