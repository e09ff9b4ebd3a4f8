"""What the live floor is compared with: sockets sent frames by a loop that knows nothing."""

import asyncio
import json
import time

import aiohttp

from tests.benchmarks.floor_site import FloorSite
from tests.benchmarks.measures import processor_seconds
from tests.benchmarks.screens import DOOR, PATIENCE, all_at_once, new_session


async def bare_loop(
    site: FloorSite, *, sockets: int, size: int, seconds: float, a_second: float
) -> tuple[float, list[float]]:
    """Send all of them such frames, so often; return processor time and how late each frame was."""
    pid, seat = site.servers[0].pid, site.seat("/bare/")
    late: list[float] = []
    sent, all_came = int(seconds * a_second) * sockets, asyncio.Event()
    door = asyncio.Semaphore(DOOR)

    async def come_in() -> aiohttp.ClientWebSocketResponse:
        async with door:
            return await seat.connect(session)

    async def listen(socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            late.append(time.time() - _sent_at(received.data))
            if len(late) == sent:
                all_came.set()

    async with new_session() as session, asyncio.timeout(PATIENCE + seconds):
        opened = await asyncio.gather(*(come_in() for _ in range(sockets)))
        listening = [asyncio.create_task(listen(socket)) for socket in opened]
        driver = await site.seat("/drive/").connect(session)
        began = processor_seconds(pid)
        order = {"size": size, "seconds": seconds, "a_second": a_second}
        await driver.send_str(json.dumps(order))
        await all_came.wait()
        took = processor_seconds(pid) - began
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return took, late


async def bare_reconnect(site: FloorSite, *, sockets: int, size: int) -> list[float]:
    """Connect all in one moment; return after how many seconds each had its first frame."""
    seat = site.seat(f"/bare/?size={size}")
    async with new_session() as session:

        async def come_in() -> None:
            socket = await seat.connect(session)
            await socket.receive()

        return await all_at_once([come_in] * sockets)


def _sent_at(frame: str) -> float:
    return float(frame[: frame.index(",")].removeprefix('{"at": '))
