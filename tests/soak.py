"""`make soak`: hours of universes, real processes killed at every point, a crowd, many screens.

    python -m tests.soak                          everything: about three hours on two cores
    python -m tests.soak --seed 1000 --calls 200  other universes, smaller ones
    python -m tests.soak --minutes 5              begins nothing after five minutes of a part

Every part is run whatever the ones before it found; what was found is said again at the end.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from tempfile import TemporaryDirectory

from tests.harness.processes import ROOT, bare_environment
from tests.harness.services import TemporaryPostgres, find_postgres, find_redis

#: (database, universes): of 500 calls each, 20,000 calls on either.
UNIVERSES = (("sqlite", 40), ("postgres", 40))
#: Universes keep to one core each.
SIDE_BY_SIDE = 2


def main(words: Sequence[str]) -> int:
    """Run all parts; returns the exit code for the shell."""
    asked = _parser().parse_args(words)
    if find_postgres() is None or find_redis() is None:
        print("soak: PostgreSQL or Redis is missing (apt-get install postgresql redis-server)")
        return 1
    found: list[str] = []
    started = time.monotonic()
    for database, universes in UNIVERSES:
        title = f"{universes * asked.calls} calls on {database}"
        each = universes // SIDE_BY_SIDE
        commands = [
            [*_storm(asked, database), "--seed", str(seed), "--seeds", str(each)]
            for seed in range(asked.seed, asked.seed + universes, each)
        ]
        found += _run(title, commands)
    found += _run("every point at which a process may die", [["-m", "tests.under_fire"]])
    found += _let_a_crowd_loose()
    found += _run(
        "a thousand screens for ten minutes",
        [["-m", "tests.benchmarks.long_watch", "--minutes", str(min(asked.minutes, 10.0))]],
    )
    print(f"\nsoak: {(time.monotonic() - started) / 60:.0f} minutes")
    for title in found:
        print(f"soak: FOUND SOMETHING: {title}")
    return 1 if found else 0


def _storm(asked: argparse.Namespace, database: str) -> list[str]:
    return [
        *("-m", "tests.universe", "--go-on", "--db", database, "--calls", str(asked.calls)),
        *("--minutes", str(asked.minutes)),
    ]


def _let_a_crowd_loose() -> list[str]:
    """Give the crowd an empty database of its own, and run it there."""
    with TemporaryDirectory() as folder, TemporaryPostgres() as postgres:
        environment = {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
            "DATABASE_URL": postgres.url,
            "DATA_DIR": folder,
        }
        migrate = ["manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
        return _run("a database for a crowd", [migrate], environment) or _run(
            "a crowd of callers", [["-m", "tests.under_fire.crowd"]], environment
        )


def _run(
    title: str, commands: Sequence[Sequence[str]], environment: Mapping[str, str] | None = None
) -> list[str]:
    """Run these side by side and wait for all; returns the title when any of them failed."""
    print(f"\n== soak: {title}", flush=True)
    running = [
        subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=bare_environment() | (environment or {})
        )
        for command in commands
    ]
    codes = [process.wait() for process in running]
    return [title] if any(codes) else []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--seed", type=int, default=1, help="of the first universe")
    parser.add_argument("--calls", type=int, default=500, help="in each universe")
    parser.add_argument(
        "--minutes", type=float, default=90.0, help="a part begins no universe after these"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
