"""Signed webhooks on PostgreSQL and Redis against a bare view that inserts one row.

Both are served by the same server, eight connections at a time, the two taking turns: gunicorn
with two workers of four threads, then one daphne. An arrival is answered with a menu; a wait
request comes from a caller in line; a menu request carries a key; a status is the end of a call.
The bare view goes through the site's middleware; "straight" is the same view without it.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.benchmarks.load import STRAIGHT, TABLE, Answered, Request, send, signed
from tests.benchmarks.measures import Measure, percentiles
from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.services import TemporaryPostgres, TemporaryRedis

ROUNDS = 3
REQUESTS = 200
QUEUE = "QU" + "0" * 32
BARS = {"arrival": 2.5, "menu": 2.0, "first wait": None, "wait": 2.0, "status": 2.0}


def run() -> dict[str, object]:
    """Measure every kind of webhook under both servers."""
    results: dict[str, object] = {}
    with TemporaryPostgres() as postgres, TemporaryRedis() as redis, TemporaryDirectory() as data:
        site = _Site(postgres.url, redis.url, Path(data))
        site.prepare()
        results |= {f"statements: {key}": n for key, n in site.statements().items()}
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
            # Nobody is refused: a line as long as the measurement needs.
            "DJANGO_TWILIO_CALL_QUEUE": '{"DEFAULT_MAX_SIZE": 100000}',
        }

    def prepare(self) -> None:
        """Migrate, and write the cast and the bare table."""
        self._manage("migrate", "--verbosity=0", "--skip-checks")
        made = "import django; django.setup(); from tests.cast import make_cast; make_cast()"
        subprocess.run([sys.executable, "-c", made], env=self.environment, cwd=ROOT, check=True)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, body text)")

    def statements(self) -> dict[str, int]:
        """How many statements each webhook takes."""
        counted = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.webhook_statements"],
            env=self.environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        numbers: dict[str, int] = json.loads(counted.stdout)
        return numbers

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
    rounds = [_round(port, site) for _ in range(ROUNDS + 1)][1:]  # the first one warms up
    measures = {}
    for name, bar in {"straight": None, **BARS}.items():
        each = [seconds for answered in rounds for seconds in answered[name].each]
        measures[name] = Measure(
            _ratio(rounds, name, "bare"),
            at_most=bar,
            note=f"{_rate(rounds, name):.0f}/s against {_rate(rounds, 'bare'):.0f}/s,"
            f" {_ratio(rounds, name, 'straight'):.2f} x straight; {percentiles(each)}",
        )
    return measures


def _round(port: int, site: _Site) -> dict[str, Answered]:
    """Every kind once, so that what slows the machine for a while slows them all."""
    sids = [_sid() for _ in range(REQUESTS)]
    answered = {
        "bare": send(port, [site.webhook("/bare/", CallSid=sid) for sid in sids]),
        "straight": send(port, [site.webhook(STRAIGHT, CallSid=sid) for sid in sids]),
        "arrival": send(
            port,
            [site.webhook("/webhooks/voice/", CallSid=sid, From="+14155550142") for sid in sids],
        ),
        "menu": send(
            port, [site.webhook("/webhooks/voice/menu/1/", CallSid=sid, Digits="1") for sid in sids]
        ),
    }
    waits = [
        site.webhook(f"/webhooks/voice/wait/{segment}/", CallSid=sid, QueueSid=QUEUE)
        for sid, segment in site.waiting_calls(sids).items()
    ]
    answered["first wait"] = send(port, waits)  # it also makes the caller offerable
    answered["wait"] = send(port, waits)
    answered["status"] = send(
        port,
        [site.webhook("/webhooks/status/", CallSid=sid, CallStatus="completed") for sid in sids],
    )
    return answered


def _ratio(rounds: Sequence[dict[str, Answered]], ours: str, plain: str) -> float:
    return statistics.median(one[ours].seconds / one[plain].seconds for one in rounds)


def _rate(rounds: Sequence[dict[str, Answered]], name: str) -> float:
    return REQUESTS / statistics.median(one[name].seconds for one in rounds)


def _sid() -> str:
    return "CA" + uuid.uuid4().hex


if __name__ == "__main__":
    for key, value in run().items():
        sys.stdout.write(f"{key:<24} {value}{os.linesep}")
