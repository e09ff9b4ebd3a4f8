"""Screens of two web processes behind one Redis that is emptied in between: right again in 5 s.

PostgreSQL, customers who ring in and hang up, and FLUSHALL in their midst, which silences every
subscription without an error. A change is late from when it was committed to the arrival of the
first frame that was painted after it; at the end every screen is compared with a fresh page.
"""

import asyncio
import os
import time

from tests.benchmarks.bench_floor import settle
from tests.benchmarks.floor_site import floor_site
from tests.benchmarks.measures import Measure, percentile
from tests.benchmarks.screens import Screens

SOCKETS = int(os.environ.get("FLOOR_SOCKETS", "1000"))
PROCESSES = 2
SECONDS = 12
FLUSHED_AFTER = 4
RIGHT_AGAIN = 5


def run() -> dict[str, object]:
    """Empty Redis and measure."""
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    # Figures of today that are kept for seconds are late on purpose; here they are not kept.
    settings = {"DJANGO_TWILIO_CALL_ANALYTICS": '{"REAL_TIME_CACHE": 0}'}
    async with (
        floor_site(supervisors=SOCKETS, processes=PROCESSES, settings=settings) as site,
        Screens(site.seats) as screens,
    ):
        await site.changes(FLUSHED_AFTER)  # warms up
        screens.count_anew()
        changes = asyncio.create_task(site.changes(SECONDS))
        await asyncio.sleep(FLUSHED_AFTER)
        await asyncio.to_thread(site.redis.flush)
        flushed_at = time.time()
        moments = await changes
        over_at = time.monotonic()
        wrong = await settle(site, screens)
        settled = time.monotonic() - over_at
        before = screens.lateness([at for at in moments if at < flushed_at - 1])
        late = screens.lateness(moments)
        gaps, errors = screens.gaps, screens.errors
    return {
        "screens": f"{SOCKETS}, of {PROCESSES} processes",
        "the latest arrival of a change": Measure(
            max(late), "s", at_most=RIGHT_AGAIN, note=f"before, p99 {percentile(before, 99):.2f} s"
        ),
        "after the last change all like a fresh page": Measure(settled, "s", at_most=RIGHT_AGAIN),
        "screens that differ from it": Measure(wrong, "", at_most=0),
        "frames lost, screens closed": Measure(gaps + len(errors), "", at_most=0),
    }
