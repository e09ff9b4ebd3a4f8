"""`make test`: every test on SQLite, then those about the database on PostgreSQL and Redis.

    python -m tests.harness                 all parts
    python -m tests.harness fast servers    some (see tests/harness/parts.py)

Each part is one pytest run and ends with pytest's own line. What could not be run, because a
program is missing on this machine, is listed at the end; under CI that is a failure.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from tests.harness.browser import find_chromium
from tests.harness.parts import PARTS
from tests.harness.processes import ROOT, bare_environment
from tests.harness.services import TemporaryPostgres, TemporaryRedis, find_postgres, find_redis

TITLES = {
    "fast": "in process, on SQLite and memory",
    "servers": "with real servers and a browser, on SQLite and memory",
    "again": "in process, on PostgreSQL and Redis",
    "again-servers": "with real servers and a browser, on PostgreSQL and Redis",
}
# Two at a time where a test keeps to its own process; one at a time where it measures. Who has
# nothing left to do takes over half of what the other still has before it.
TWO_AT_A_TIME = ["-n", "2", "--dist", "worksteal"]
OPTIONS = {"fast": TWO_AT_A_TIME, "again": TWO_AT_A_TIME}
# Each part ends with what took longest in it: all of them together have half an hour.
SLOWEST = ["--durations=12", "--durations-min=4"]

NO_TESTS_COLLECTED = 5


def run_pytest(part: str, more: Sequence[str], environment: dict[str, str]) -> int:
    """Run one part in a process of its own and return its exit code."""
    command = [sys.executable, "-m", "pytest", "--part", part, *OPTIONS.get(part, []), *SLOWEST]
    command += more
    print(f"\n== tests: {TITLES[part]}", flush=True)
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    return 0 if code == NO_TESTS_COLLECTED else code


def main(chosen: Sequence[str]) -> int:
    """Run the chosen parts; returns the exit code for the shell."""
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        print(f"tests: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
        return 2
    parts = [part for part in PARTS if not chosen or part in chosen]
    # Only what is said here decides where the tests run, not the shell they were started from.
    environment = bare_environment() | {"DATA_DIR": str(ROOT / ".cache/tests")}
    not_run: list[str] = []
    more: list[str] = []
    if find_chromium() is None:
        not_run.append("everything in a browser: Chromium is missing (apt-get install chromium)")
        more = ["-m", "not browser"]
    failed: list[str] = []
    # What ends us ends what we started, and removes its data: as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        for part in parts:
            if part.startswith("again") and "DATABASE_URL" not in environment:
                if find_postgres() is None or find_redis() is None:
                    not_run.append(
                        f"{TITLES[part]}: PostgreSQL or Redis is missing "
                        "(apt-get install postgresql redis-server)"
                    )
                    continue
                environment["DATABASE_URL"] = stack.enter_context(TemporaryPostgres()).url
                environment["REDIS_URL"] = stack.enter_context(TemporaryRedis()).url
            if run_pytest(part, more, environment) != 0:
                failed.append(TITLES[part])
    print(f"\ntests: {len(parts)} parts in {time.monotonic() - started:.0f} s")
    for part in failed:
        print(f"tests: FAILED {part}")
    for reason in not_run:
        print(f"tests: NOT RUN {reason}")
    return 1 if failed or (not_run and os.environ.get("CI")) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
