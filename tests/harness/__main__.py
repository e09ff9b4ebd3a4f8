"""`make test`: every test on SQLite, then those about the database on PostgreSQL and Redis.

    python -m tests.harness                 all parts
    python -m tests.harness fast servers    some (see tests/harness/parts.py)

Each part is one pytest run and ends with pytest's own line. Two lanes of parts are run at once:
what measures is one test at a time and mostly waits for the world; what keeps to its own process
takes whatever that leaves of the processor, and is printed whole when it is over. What could not be
run, because a program is missing on this machine, is listed at the end; under CI that is a failure.

A few tests that failed are run once more when the lanes are over and the machine is quiet. What
passes then is no failure, and no success either: it is named as unsteady at the end, and is to be
mended before anything else. Nothing hides behind a second try.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
#: The first lane is shown as it goes and has the processor before the other.
LANES = (("servers", "again-servers"), ("fast", "again"))
# Two at a time where a test keeps to its own process; one at a time where it measures. Who has
# nothing left to do takes over half of what the other still has before it.
TWO_AT_A_TIME = ["-n", "2", "--dist", "worksteal"]
# Their tables are made as the models say, each worker's own: what migrations make is the same
# (`make check`), and every site is migrated.
IN_PROCESS = [*TWO_AT_A_TIME, "--no-migrations"]
OPTIONS = {"fast": IN_PROCESS, "again": IN_PROCESS}
# Each part ends with what took longest in it: all of them together have half an hour.
SLOWEST = ["--durations=12", "--durations-min=4"]

NO_TESTS_COLLECTED = 5
#: Where each part's pytest remembers what failed in it.
MEMORY = ROOT / ".cache/failed"
#: So many failed tests of a whole run may be unsteady ones. More of them have a reason.
MOST_ONCE_MORE = 3

Command = Callable[[str], list[str]]


def failed_in(memory: Path) -> list[str]:
    """The tests that failed in the run of pytest that had `memory` for its cache."""
    remembered = memory / "v/cache/lastfailed"
    return sorted(json.loads(remembered.read_text())) if remembered.exists() else []


class Run:
    """The chosen parts, in their lanes, and what became of them.

    `command` says how pytest is started for a part; `memory` is where the parts' failures are kept.
    """

    def __init__(
        self, parts: Sequence[str], *, command: Command | None = None, memory: Path = MEMORY
    ) -> None:
        self.lanes = [here for lane in LANES if (here := [part for part in lane if part in parts])]
        self.failed: list[str] = []
        self.unsteady: list[str] = []
        self.not_run: list[str] = []
        self._command = command or self._pytest
        self._memory = memory
        self._more: list[str] = []
        if find_chromium() is None:
            self.not_run.append(
                "everything in a browser: Chromium is missing (apt-get install chromium)"
            )
            self._more = ["-m", "not browser"]
        self._children: list[subprocess.Popen[bytes]] = []
        self._printing = threading.Lock()
        self._ending = threading.Event()

    def all(self) -> None:
        """Run the lanes beside each other, and what failed in them once more."""
        shutil.rmtree(self._memory, ignore_errors=True)
        with ThreadPoolExecutor(len(self.lanes)) as pool:
            try:
                lanes = [
                    pool.submit(self._lane, parts, in_front=number == 0)
                    for number, parts in enumerate(self.lanes)
                ]
                for lane in lanes:
                    lane.result()
                self._once_more()
            finally:
                # What ends us ends what we started, and those end their servers and workers.
                self._ending.set()
                for child in self._children:
                    child.terminate()

    def _lane(self, parts: Sequence[str], *, in_front: bool) -> None:
        for part in parts:
            if self._ending.is_set():
                return
            if part.startswith("again") and (find_postgres() is None or find_redis() is None):
                self.not_run.append(
                    f"{TITLES[part]}: PostgreSQL or Redis is missing "
                    "(apt-get install postgresql redis-server)"
                )
                continue
            run = self._part_in_front if in_front else self._part_beside
            with self._environment(part) as environment:
                if run(part, environment) not in (0, NO_TESTS_COLLECTED):
                    self.failed.append(part)

    def _once_more(self) -> None:
        again = {part: failed_in(self._memory / part) for part in self.failed}
        if sum(map(len, again.values())) > MOST_ONCE_MORE:
            return
        for part, failed in again.items():
            # A run that ended without a failed test came to no end: no test can make up for that.
            if not failed:
                continue
            print(f"\n== tests: once more, what failed {TITLES[part]}", flush=True)
            with self._environment(part) as environment:
                child = subprocess.Popen(self._started(part, failed), cwd=ROOT, env=environment)
                if self._ended(child) == 0:
                    self.failed.remove(part)
                    self.unsteady += failed

    @contextlib.contextmanager
    def _environment(self, part: str) -> Iterator[dict[str, str]]:
        # Only what is said here decides where the tests run, not the shell they were started from.
        environment = bare_environment() | {"DATA_DIR": str(ROOT / ".cache/tests")}
        with contextlib.ExitStack() as stack:
            if part.startswith("again"):
                environment["DATABASE_URL"] = stack.enter_context(TemporaryPostgres()).url
                environment["REDIS_URL"] = stack.enter_context(TemporaryRedis()).url
            yield environment

    def _part_in_front(self, part: str, environment: dict[str, str]) -> int:
        with self._printing:
            print(f"\n== tests: {TITLES[part]}", flush=True)
        command = self._started(part)
        return self._ended(subprocess.Popen(command, cwd=ROOT, env=environment))

    def _part_beside(self, part: str, environment: dict[str, str]) -> int:
        with self._printing:
            print(f"\n== tests: beside it, shown when it is over: {TITLES[part]}", flush=True)
        with tempfile.TemporaryFile() as output:
            command = ["nice", "-n", "10", *self._started(part)]
            child = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
            code = self._ended(child)
            output.seek(0)
            with self._printing:
                print(f"\n\n== tests: {TITLES[part]}", flush=True)
                shutil.copyfileobj(output, sys.stdout.buffer)
                sys.stdout.flush()
        return code

    def _pytest(self, part: str) -> list[str]:
        options = [*OPTIONS.get(part, []), *SLOWEST, *self._more]
        return [sys.executable, "-m", "pytest", "--part", part, *options]

    def _started(self, part: str, tests: Sequence[str] = ()) -> list[str]:
        return [*self._command(part), "-o", f"cache_dir={self._memory / part}", *tests]

    def _ended(self, child: subprocess.Popen[bytes]) -> int:
        self._children.append(child)
        return child.wait()


def main(chosen: Sequence[str]) -> int:
    """Run the chosen parts; returns the exit code for the shell."""
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        print(f"tests: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
        return 2
    parts = [part for part in PARTS if not chosen or part in chosen]
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(128 + signal.SIGTERM))
    started = time.monotonic()
    run = Run(parts)
    run.all()
    print(f"\ntests: {len(parts)} parts in {time.monotonic() - started:.0f} s")
    for part in run.failed:
        print(f"tests: FAILED {TITLES[part]}")
    for test in run.unsteady:
        print(f"tests: UNSTEADY {test}: it failed, and passed by itself. Mend it first.")
    for reason in run.not_run:
        print(f"tests: NOT RUN {reason}")
    return 1 if run.failed or (run.not_run and os.environ.get("CI")) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
