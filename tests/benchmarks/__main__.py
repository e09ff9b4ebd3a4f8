"""`make bench`: runs every tests/benchmarks/bench_*.py and prints what each measured.

    python -m tests.benchmarks                  all of them
    python -m tests.benchmarks mixer webhooks   some

A benchmark is a module with `run() -> dict[str, Measure | object]` and a docstring that says what
is compared with what. Absolute times say more about the machine than about us, so what counts is a
ratio to something bare, measured in the same run, against the bar we hold ourselves to.
"""

import importlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.measures import Measure

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The benchmarks there are, by the end of their file names."""
    return [path.stem.removeprefix("bench_") for path in sorted(FOLDER.glob("bench_*.py"))]


def report(name: str, results: Mapping[str, object]) -> list[str]:
    """Print one benchmark's results; returns a sentence for each bar that was missed."""
    missed = []
    width = max((len(key) for key in results), default=0)
    for key, value in results.items():
        print(f"  {key:<{width}}  {value}")
        if isinstance(value, Measure) and not value.well:
            missed.append(f"{name}: {key} is {value}")
    return missed


def main(chosen: Sequence[str]) -> int:
    """Run the chosen benchmarks; returns 1 when one misses its bar or fails."""
    there = names()
    if unknown := [name for name in chosen if name not in there]:
        print(f"bench: there is no benchmark {unknown[0]!r}; there are {', '.join(there)}")
        return 2
    missed = []
    for name in chosen or there:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        first_line = (module.__doc__ or "").strip().splitlines()[0]
        print(f"\n== {name}: {first_line}", flush=True)
        started = time.monotonic()
        missed += report(name, module.run())
        print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    print()
    for sentence in missed:
        print(f"bench: MISSED {sentence}")
    if not missed:
        print("bench: every bar was met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
