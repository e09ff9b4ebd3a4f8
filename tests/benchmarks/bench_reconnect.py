"""A thousand signed-in screens whose connections break come back at once, against bare sockets.

One daphne on PostgreSQL and Redis, while customers ring in and hang up. Everybody is somebody else,
with a session of their own; each is let in by the site's own checks and has come back when the
whole floor is painted. The bare sockets are let in without a check and sent a frame of that size.
"""

import asyncio
import os

from tests.benchmarks.bare_screens import bare_reconnect
from tests.benchmarks.bench_floor import settle
from tests.benchmarks.floor_site import floor_site
from tests.benchmarks.measures import Measure, percentile
from tests.benchmarks.screens import Screens

SOCKETS = int(os.environ.get("FLOOR_SOCKETS", "1000"))
ROUNDS = 3
#: Customers come and go for longer than everything takes.
SECONDS = 40.0


def run() -> dict[str, object]:
    """Break and measure, three times."""
    return asyncio.run(_run())


async def _run() -> dict[str, object]:
    async with floor_site(supervisors=SOCKETS) as site:
        async with Screens(site.seats) as screens:
            changes = asyncio.create_task(site.changes(SECONDS))
            rounds = []
            for _ in range(ROUNDS):
                await screens.lose()
                screens.count_anew()
                rounds.append(await screens.come_back())
                await asyncio.sleep(1)
            size, errors = screens.frame_size, screens.errors
            await changes
            wrong = await settle(site, screens)
        bare = [await bare_reconnect(site, sockets=SOCKETS, size=size) for _ in range(ROUNDS)]
    served = [max(one) for one in rounds]
    return {
        "screens": SOCKETS,
        "the last one painted, the slowest of three times": Measure(
            max(served),
            "s",
            at_most=4,
            note=f"p50 {percentile(rounds[served.index(max(served))], 50):.2f} s; bare sockets"
            f" {max(max(one) for one in bare):.2f} s",
        ),
        "refusals and errors": Measure(len(errors), "", at_most=0, note=", ".join(set(errors))),
        "screens that differ from a fresh page": Measure(wrong, "", at_most=0),
    }
