"""Two screens that stop reading among many: how the others fare, against the time before.

One daphne on PostgreSQL and Redis, customers who ring in and hang up. The stalled connections stand
and nothing is read from them, so what they are sent stays in the server until it cuts them off.
"""

import asyncio
import os
import time
from contextlib import ExitStack

from tests.benchmarks.bench_floor import settle
from tests.benchmarks.floor_site import floor_site
from tests.benchmarks.measures import Measure, percentile, resident_megabytes
from tests.benchmarks.screens import Screens
from tests.harness.stalled_screen import StalledScreen

SOCKETS = int(os.environ.get("FLOOR_SOCKETS", "1000"))
BEFORE = 10
#: Longer than anybody may stall.
DURING = 50
#: What happened last arrives.
ON_ITS_WAY = 5


def run() -> dict[str, object]:
    """Measure before and during."""
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    async with floor_site(supervisors=SOCKETS) as site, Screens(site.seats) as screens:
        pid = site.servers[0].pid
        await site.changes(BEFORE)  # warms up
        screens.count_anew()
        moments = await site.changes(BEFORE)
        await asyncio.sleep(ON_ITS_WAY)
        before = screens.lateness(moments)
        held_before = resident_megabytes(pid)
        screens.count_anew()
        with ExitStack() as stack:
            stalled = [
                stack.enter_context(StalledScreen(seat.url, seat.origin, seat.cookies))
                for seat in site.seats[:2]
            ]
            began = time.monotonic()
            changes = asyncio.create_task(site.changes(DURING))
            held, cut_after = [held_before], 0.0
            while not changes.done():
                held.append(resident_megabytes(pid))
                if not cut_after and all(screen.was_cut for screen in stalled):
                    cut_after = time.monotonic() - began
                await asyncio.sleep(0.25)
            await asyncio.sleep(ON_ITS_WAY)
            during = screens.lateness(changes.result())
        wrong = await settle(site, screens)
        gaps, errors = screens.gaps, screens.errors
    p99, p99_before = percentile(during, 99), percentile(before, 99)
    return {
        "screens": f"{SOCKETS} and two that stall",
        "p99 from a change to its arrival at the others": Measure(
            p99 * 1000, "ms", at_most=400, note=f"before {p99_before * 1000:.0f} ms"
        ),
        "frames lost, others closed": Measure(gaps + len(errors), "", at_most=0),
        "others that differ from a fresh page": Measure(wrong, "", at_most=0),
        "both cut off after": Measure(cut_after or float("inf"), "s", at_most=45),
        "more memory in the server, for each": Measure(
            (max(held) - held_before) / 2, "MB", at_most=10, note=f"it had {held_before:.0f} MB"
        ),
    }
