"""`make bench`: runs every benchmark in tests/benchmarks/ and prints what each measured.

    python -m tests.benchmarks                  all of them
    python -m tests.benchmarks mixer webhooks   some

A benchmark is a module bench_<name>.py with `run() -> dict[str, Measure | object]` and a docstring
whose first line says what is compared with what. Absolute times say more about the machine than
about us, so what counts is a ratio to something bare, measured in the same run, against the bar we
hold ourselves to. Each has a process of its own: what one leaves in memory slows no other.
"""

import importlib
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measures import Measure

FOLDER = Path(__file__).parent
# Not 1, which is what Python answers when it dies of an exception.
MISSED, FAILED = 3, 2


def names() -> list[str]:
    """The benchmarks there are, by the end of their file names."""
    return [
        path.stem.removeprefix("bench_")
        for path in sorted(FOLDER.glob("bench_*.py"))
        if "\ndef run(" in path.read_text(encoding="utf-8")
    ]


def report(name: str, results: Mapping[str, object]) -> list[str]:
    """Print one benchmark's results; returns a sentence for each bar that was missed."""
    missed = []
    width = max((len(key) for key in results), default=0)
    for key, value in results.items():
        print(f"  {key:<{width}}  {value}")
        if isinstance(value, Measure) and not value.well:
            missed.append(f"{name}: {key} is {value}")
    return missed


def measure(name: str) -> int:
    """Run one benchmark here; returns MISSED when a bar was not met."""
    module = importlib.import_module(f"tests.benchmarks.bench_{name}")
    first_line = (module.__doc__ or "").strip().splitlines()[0]
    print(f"\n== {name}: {first_line}", flush=True)
    started = time.monotonic()
    missed = report(name, module.run())
    print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    return MISSED if missed else 0


def main(chosen: Sequence[str]) -> int:
    """Run the chosen benchmarks; returns 0 only when each met its bars."""
    there = names()
    if unknown := [name for name in chosen if name not in there]:
        print(f"bench: there is no benchmark {unknown[0]!r}; there are {', '.join(there)}")
        return FAILED
    if len(chosen) == 1:
        return measure(chosen[0])
    outcomes = {
        name: subprocess.run(
            [sys.executable, "-m", "tests.benchmarks", name], check=False
        ).returncode
        for name in chosen or there
    }
    missed = [name for name, code in outcomes.items() if code == MISSED]
    failed = [name for name, code in outcomes.items() if code not in (0, MISSED)]
    print()
    if missed:
        print(f"bench: a bar was missed by {', '.join(missed)}")
    if failed:
        print(f"bench: {', '.join(failed)} did not come to an end")
    if not missed and not failed:
        print("bench: every bar was met")
    return FAILED if failed else MISSED if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
