"""A page that is kept up to date by its socket, without a browser: it obeys static/js/live.js.

What is shown is held as panels by their ids. A gap or a fresh connection makes it ask for a
snapshot, a lost connection makes it connect again.
"""

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import aiohttp

from realtime.changes import blocks_of, pieces_of

#: As htmx tries again after a lost connection.
AGAIN_SECONDS = 1.0
#: As SILENCE_SECONDS and SAY_SEEN_AFTER of live.js.
SILENCE_SECONDS = 16.0
SAY_SEEN_AFTER = 250_000

SNAPSHOT = '{"cmd": "snapshot"}'

_PANEL = re.compile(r'<hx-partial hx-target="#([\w-]+)"[^>]*>(.*?)</hx-partial>', re.DOTALL)
_WHOLE = re.compile(r'(<hx-partial hx-target="#([\w-]+)"[^>]*>.*?</hx-partial>)', re.DOTALL)
_FIGURES = re.compile(r"\d+")
#: When it was painted, what counts on from a moment, and as of when something was counted.
_PASSING = re.compile(
    r'data-version="\d+"|datetime="PT\d+S">[\d:]+<|data-(?:as-of|wall-clock)[^>]*>[^<]*<'
    r'|class="counted">[^<]*<span class="figure">[\d:]+<'
)
#: How a frame begins; what follows its number is the same for everybody who is sent it.
_NUMBERED = re.compile(r'{"version": (\d+), ')


def panels_in(html: str) -> dict[str, str]:
    """The panels of a frame or of what a page that polls is answered."""
    return dict(_PANEL.findall(html))


def apart_from_figures(panels: Mapping[str, str]) -> dict[str, str]:
    """The same panels such that two of them painted at different moments can be compared."""
    return {name: _FIGURES.sub("0", html) for name, html in panels.items()}


@lru_cache(maxsize=256)
def timeless(html: str) -> str:
    """A panel without what the mere passing of time changes."""
    return _PASSING.sub("", html)


@dataclass(frozen=True, eq=False)
class Frame:
    """What a frame brings, apart from its number."""

    snapshot: bool
    #: When the painting of the oldest of its panels began.
    as_of: datetime
    #: Whole panels, and what is new of others.
    whole: Mapping[str, str]
    changes: Mapping[str, Any]
    size: int


@lru_cache(maxsize=32)
def _frame(rest: str) -> Frame:
    return frame_of(json.loads("{" + rest), len(rest))


def frame_of(said: Mapping[str, Any], size: int = 0) -> Frame:
    """The frame that a message is."""
    whole = {name: html for html, name in _WHOLE.findall(said["content"])}
    as_of = datetime.fromisoformat(said["as_of"])
    return Frame(said["snapshot"], as_of, whole, said["changes"], size)


@lru_cache(maxsize=256)
def _changed(html: str, frame: Frame, panel: str) -> str:
    change = frame.changes[panel]
    had, new = blocks_of(html), change["blocks"]
    return "".join(
        _block(had.get(name, ""), new[name]) if name in new else had[name]
        for name in change.get("order", had)
    )


def _block(had: str, change: str | Mapping[str, str]) -> str:
    if isinstance(change, str):
        return change
    pieces = pieces_of(had)
    for place, piece in change.items():
        pieces[int(place)] = piece
    return "".join(pieces)


@lru_cache(maxsize=256)
def _inside(html: str) -> str:
    return panels_in(html).popitem()[1]


class Panels:
    """What a page has been sent, as static/js/changes.js keeps it."""

    def __init__(self) -> None:
        self._html: dict[str, str] = {}

    def take(self, frame: Frame) -> dict[str, str] | None:
        """The panels that a frame brings, whole; None when it is about one that is not here."""
        self._html.update(frame.whole)
        if not frame.changes.keys() <= self._html.keys():
            return None
        # Many pages have the same: what one of them has worked out is the others', too.
        for panel in frame.changes:
            self._html[panel] = _changed(self._html[panel], frame, panel)
        return {name: _inside(self._html[name]) for name in (*frame.whole, *frame.changes)}


class Page:
    """What a page shows and what it says to its server, without a socket."""

    def __init__(self) -> None:
        self.panels: dict[str, str] = {}
        #: How often a frame had been lost.
        self.gaps = 0
        #: What the server complained of.
        self.errors: list[str] = []
        #: How many frames came, and the last of them.
        self.frames = 0
        self.frame: Frame | None = None
        self._sent = Panels()
        self._version = 0
        self._unsaid = 0

    def connects(self) -> str:
        """The connection is a new one; return what to say first."""
        self._sent = Panels()
        self._version = self._unsaid = 0
        return SNAPSHOT

    def hears(self, text: str) -> Iterator[str]:
        """Take a message; yield what to say to it."""
        if numbered := _NUMBERED.match(text):
            self.frames += 1
            self.frame = frame = _frame(text[numbered.end() :])
            version = int(numbered[1])
            brought = self._sent.take(frame)
            missed = not frame.snapshot and (version > self._version + 1 or brought is None)
            self._version = version
            self.panels.update(brought or {})
            self._unsaid += frame.size
            say_seen = self._unsaid > SAY_SEEN_AFTER
        else:
            said = json.loads(text)
            if "error" in said:
                self.errors.append(said["error"])
            say_seen = "heartbeat" in said
            missed = say_seen and said["version"] != self._version
        if missed:
            self.gaps += 1
            yield SNAPSHOT
        if say_seen:
            self._unsaid = 0
            yield json.dumps({"cmd": "seen", "version": self._version})


class LiveScreen:
    """`with LiveScreen(url, origin, cookies) as screen:` — `screen.panels` is what is on it."""

    def __init__(self, url: str, origin: str, cookies: Mapping[str, str]) -> None:
        self.page = Page()
        #: How often it had to connect.
        self.connections = 0
        self._url = url
        self._headers = {
            "Origin": origin,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="live screen")

    @property
    def panels(self) -> dict[str, str]:
        """What is on it."""
        return self.page.panels

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
        await socket.send_str(self.page.connects())
        while True:
            message = await socket.receive(timeout=SILENCE_SECONDS)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return
            for words in self.page.hears(message.data):
                await socket.send_str(words)
