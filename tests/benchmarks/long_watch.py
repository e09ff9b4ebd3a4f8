"""A thousand screens for ten minutes: what the server holds at the end it held after a while.

    python -m tests.benchmarks.long_watch                             as `make soak` does
    python -m tests.benchmarks.long_watch --minutes 1 --screens 200   to try it

One daphne on PostgreSQL and Redis, customers who ring in and hang up all the time. A fifth of the
time warms up; then the median of a tenth is compared with that of the last tenth.
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Sequence

from tests.benchmarks.__main__ import MISSED, report
from tests.benchmarks.bench_floor import settle
from tests.benchmarks.floor_site import floor_site
from tests.benchmarks.measures import Measure, percentile, resident_megabytes
from tests.benchmarks.screens import Screens

#: By so much the server may grow: what Python's allocator does not give back at once.
GROWTH = 1.05
#: Customers come and go in portions of so many seconds, between which is counted anew.
PORTION = 10.0


def main(words: Sequence[str]) -> int:
    """Watch and judge; returns the exit code for the shell."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.long_watch")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--screens", type=int, default=1000)
    asked = parser.parse_args(words)
    missed = report("long_watch", asyncio.run(watch(asked.screens, asked.minutes * 60)))
    return MISSED if missed else 0


async def watch(sockets: int, seconds: float) -> dict[str, object]:
    """Open so many screens for so long."""
    held: list[float] = []
    worst = 0.0
    async with floor_site(supervisors=sockets) as site, Screens(site.seats) as screens:
        for _ in range(max(10, round(seconds / PORTION))):
            screens.count_anew()
            moments = await site.changes(PORTION)
            await asyncio.sleep(1)  # what happened last is on its way
            late = screens.lateness(moments)
            worst = max(worst, percentile(late, 99))
            held.append(resident_megabytes(site.servers[0].pid))
        wrong = await settle(site, screens)
        gaps, errors = screens.gaps, screens.errors
    tenth = max(1, len(held) // 10)
    begun, ended = held[tenth * 2 : tenth * 3], held[-tenth:]
    return {
        "screens": f"{sockets} for {len(held) * PORTION / 60:.0f} minutes",
        "memory at the end": Measure(
            statistics.median(ended) / statistics.median(begun),
            at_most=GROWTH,
            note=f"{statistics.median(ended):.0f} MB after {statistics.median(begun):.0f} MB",
        ),
        "p99 from a change to its arrival, at worst": Measure(worst * 1000, "ms"),
        "frames lost, screens closed": Measure(gaps + len(errors), "", at_most=0),
        "screens that differ from a fresh page": Measure(wrong, "", at_most=0),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
