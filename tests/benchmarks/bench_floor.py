"""The live floor, many signed-in screens and 20 changes a second, against a bare loop.

One daphne on PostgreSQL and Redis; another process lets customers ring in and hang up. The bare
loop sends frames of the size that the floor's had, to as many sockets, as often; what we take more
is for hearing, painting, and knowing who is to see what. A change is late from when it was
committed to the arrival of the first frame that was painted after it.
"""

import asyncio
import os
import time

from tests.benchmarks.bare_screens import bare_loop
from tests.benchmarks.floor_site import FloorSite, floor_site
from tests.benchmarks.measures import Measure, percentile, processor_seconds
from tests.benchmarks.screens import Screens

SOCKETS = int(os.environ.get("FLOOR_SOCKETS", "1000"))
SECONDS = 8
#: Figures of today are counted every ten seconds, and repainted every five.
SETTLED = 20.0


def run() -> dict[str, object]:
    """Measure both and compare."""
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    async with floor_site(supervisors=SOCKETS) as site:
        pid = site.servers[0].pid
        async with Screens(site.seats) as screens:
            await site.changes(SECONDS / 4)  # warms up
            screens.count_anew()
            began, began_at = processor_seconds(pid), time.perf_counter()
            moments = await site.changes(SECONDS)
            await asyncio.sleep(1)  # what happened last is on its way
            cpu, seconds = processor_seconds(pid) - began, time.perf_counter() - began_at
            frames, late = screens.frames, screens.lateness(moments)
            size = screens.frame_size
            wrong = await settle(site, screens)
            gaps, errors = screens.gaps, screens.errors
        a_second = frames / SOCKETS / seconds
        bare_cpu, bare_late = await bare_loop(
            site, sockets=SOCKETS, size=size, seconds=SECONDS, a_second=a_second
        )
    per_frame, bare_per_frame = cpu / frames, bare_cpu / len(bare_late)
    return {
        "screens": SOCKETS,
        "frame": f"{size} characters, {a_second:.1f} a second to each",
        "processor time for a frame": Measure(
            per_frame / bare_per_frame,
            at_most=1.5 if SOCKETS >= 1000 else None,
            note=f"{per_frame * 1e6:.0f} µs against {bare_per_frame * 1e6:.0f} µs",
        ),
        "p99 from a change to its arrival": Measure(
            percentile(late, 99) * 1000,
            "ms",
            at_most=400,
            note=f"p50 {percentile(late, 50) * 1000:.0f} ms; a bare frame's way, p99"
            f" {percentile(bare_late, 99) * 1000:.0f} ms",
        ),
        "frames lost, screens closed": Measure(gaps + len(errors), "", at_most=0),
        "screens that differ from a fresh page": Measure(wrong, "", at_most=0),
    }


async def settle(site: FloorSite, screens: Screens) -> int:
    """How many screens differ from the floor as it is now, when everything has been said."""
    until = time.monotonic() + SETTLED
    while wrong := screens.wrong(await asyncio.to_thread(site.truth)):
        if time.monotonic() > until:
            break
        await asyncio.sleep(0.5)
    return wrong
