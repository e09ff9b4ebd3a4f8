"""The live floor, many sockets and 20 events a second, against a bare loop of the same frames.

One daphne, SQLite, the layer in memory. The bare loop sends frames of the size that the floor's
had, to as many sockets, four times a second; what we take more is for painting and for knowing who
is to see what. A frame is late by the time from the beginning of its painting to its arrival.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from tests.benchmarks.measures import Measure, percentile
from tests.harness.processes import ROOT, Server, bare_environment, free_port

SOCKETS = int(os.environ.get("FLOOR_SOCKETS", "1000"))
SECONDS = 8
#: Handshakes at a time.
DOOR = 50


def run() -> dict[str, object]:
    """Measure both and compare."""
    with TemporaryDirectory() as folder:
        environment = bare_environment() | {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DATABASE_URL": f"sqlite:///{folder}/floor.sqlite3",
            "DATA_DIR": folder,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
        }
        made = (
            "import django; django.setup(); from django.core.management import call_command;"
            "call_command('migrate', verbosity=0, skip_checks=True);"
            "from tests.cast import make_cast; make_cast()"
        )
        subprocess.run([sys.executable, "-c", made], env=environment, cwd=ROOT, check=True)
        port = free_port()
        server = Server(
            "daphne",
            [
                *(sys.executable, "-m", "daphne", "-e"),
                f"tcp:port={port}:interface=127.0.0.1:backlog=2048",
                "tests.benchmarks.floor_app:application",
            ],
            log=Path(folder) / "daphne.log",
            environment=environment,
        )
        server.start()
        try:
            server.wait_for_port(port)
            return asyncio.run(_measure(f"http://127.0.0.1:{port}"))
        finally:
            server.stop()


class _Page:
    def __init__(self) -> None:
        self.frames = 0
        self.versions: list[int] = []
        self.late: list[float] = []
        self.sizes: list[int] = []
        #: A snapshot came: whatever was sent before it has come, too.
        self.complete = asyncio.Event()

    async def listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for received in socket:
            now = time.time()
            message = json.loads(received.data)
            if "heartbeat" in message:
                seen = {"cmd": "seen", "version": message["version"]}
                await socket.send_str(json.dumps(seen))
            if "content" not in message:
                continue
            if "version" in message:
                self.versions.append(message["version"])
            if message.get("snapshot"):
                self.complete.set()
                continue
            self.frames += 1
            self.sizes.append(len(received.data))
            if "version" in message:
                self.late.append(now - datetime.fromisoformat(message["as_of"]).timestamp())
            else:
                self.late.append(now - message["at"])


async def _measure(base: str) -> dict[str, object]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        ours, cpu, seconds = await _drive(session, base, "/ws/floor/", {"what": "ours"})
        size = int(statistics.mean(size for page in ours for size in page.sizes))
        bare, bare_cpu, _ = await _drive(session, base, "/bare/", {"what": "bare", "size": size})
    late = [delay for page in ours for delay in page.late]
    bare_late = [delay for page in bare for delay in page.late]
    most = max(page.frames for page in ours)
    # Frames are numbered on each socket; a number that never came is a frame that was lost.
    lost = sum(page.versions[-1] - len(page.versions) for page in ours)
    per_frame = cpu / sum(page.frames for page in ours)
    bare_per_frame = bare_cpu / sum(page.frames for page in bare)
    return {
        "sockets": SOCKETS,
        "frame": f"{size} characters, {most / seconds:.1f} a second to each",
        "processor time for a frame": Measure(
            per_frame / bare_per_frame,
            at_most=1.5 if SOCKETS >= 1000 else None,
            note=f"{per_frame * 1e6:.0f} µs against {bare_per_frame * 1e6:.0f} µs",
        ),
        "p99 from painting to arrival": Measure(
            percentile(late, 99) * 1000,
            "ms",
            at_most=400,
            note=f"bare loop {percentile(bare_late, 99) * 1000:.0f} ms",
        ),
        "frames lost": Measure(lost, "", at_most=0),
    }


async def _drive(
    session: aiohttp.ClientSession, base: str, path: str, order: dict[str, object]
) -> tuple[list[_Page], float, float]:
    door = asyncio.Semaphore(DOOR)

    async def open_one() -> aiohttp.ClientWebSocketResponse:
        async with door:
            return await session.ws_connect(base + path, max_msg_size=0)

    sockets = await asyncio.gather(*(open_one() for _ in range(SOCKETS)))
    pages = [_Page() for _ in sockets]
    listening = [
        asyncio.create_task(page.listen(socket))
        for page, socket in zip(pages, sockets, strict=True)
    ]
    if path == "/ws/floor/":
        await _everybody_asks(pages, sockets)
    driver = await session.ws_connect(base + "/drive/")
    await driver.send_str(json.dumps(order | {"seconds": SECONDS}))
    answer = json.loads((await driver.receive(timeout=SECONDS * 5)).data)
    if path == "/ws/floor/":
        await _everybody_asks(pages, sockets)
    for socket in sockets:
        await socket.close()
    await asyncio.gather(*listening)
    await driver.close()
    return pages, float(answer["cpu"]), float(answer["seconds"])


async def _everybody_asks(
    pages: list[_Page], sockets: list[aiohttp.ClientWebSocketResponse]
) -> None:
    for page, socket in zip(pages, sockets, strict=True):
        page.complete.clear()
        await socket.send_str('{"cmd": "snapshot"}')
    await asyncio.gather(*(page.complete.wait() for page in pages))
