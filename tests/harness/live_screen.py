"""A page that is kept up to date by its socket, without a browser: it obeys static/js/live.js.

What is shown is held as panels by their ids. A gap or a fresh connection makes it ask for a
snapshot, a lost connection makes it connect again.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import aiohttp

#: As htmx tries again after a lost connection.
AGAIN_SECONDS = 1.0
#: As SILENCE_SECONDS of live.js.
SILENCE_SECONDS = 16.0

_PANEL = re.compile(r'<hx-partial hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', re.DOTALL)
_FIGURES = re.compile(r"\d+")


def panels_in(html: str) -> dict[str, str]:
    """The panels of a frame or of what a page that polls is answered."""
    return dict(_PANEL.findall(html))


def apart_from_figures(panels: Mapping[str, str]) -> dict[str, str]:
    """The same panels such that two of them painted at different moments can be compared."""
    return {name: _FIGURES.sub("0", html) for name, html in panels.items()}


class LiveScreen:
    """`with LiveScreen(url, cookies) as screen:` — `screen.panels` is what is on it."""

    def __init__(self, url: str, origin: str, cookies: Mapping[str, str]) -> None:
        self.panels: dict[str, str] = {}
        #: How often it had to connect.
        self.connections = 0
        self._url = url
        self._headers = {
            "Origin": origin,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="live screen")

    def __enter__(self) -> Self:
        self._watching = self._loop.create_task(self._watch())
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._watching.cancel)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._watching)
        self._loop.close()

    async def _watch(self) -> None:
        again = asyncio.Event()
        async with aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    async with session.ws_connect(self._url, headers=self._headers) as socket:
                        self.connections += 1
                        await self._listen(socket)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(again.wait(), AGAIN_SECONDS)

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        version = 0
        await socket.send_json({"cmd": "snapshot"})
        while True:
            message = await socket.receive(timeout=SILENCE_SECONDS)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            said = json.loads(message.data)
            if "content" in said:
                missed = not said["snapshot"] and said["version"] > version + 1
                version = said["version"]
                self.panels.update(panels_in(said["content"]))
                if missed:
                    await socket.send_json({"cmd": "snapshot"})
            elif "heartbeat" in said:
                if said["version"] != version:
                    await socket.send_json({"cmd": "snapshot"})
                await socket.send_json({"cmd": "seen", "version": version})
