"""One open page: what it was sent, what it has seen, and when it is too slow.

Frames are JSON texts: ``content`` holds whole panels as htmx swaps them in, ``changes`` what is
new of those that the page has (realtime/changes.py). Each carries ``version``, the number of the
frame on this socket; heartbeats repeat the last one. A page that misses a number, or hears nothing,
asks for a snapshot. The page answers heartbeats with the version it has seen, because the server
below us buffers without end and never says that a client does not read: what was sent and not seen
is counted here, and a client that lags too far behind is dropped. It comes back by itself and is
given a snapshot.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from django.utils import formats, timezone

from realtime.eager import begun
from realtime.rendering import View
from realtime.straight import Body, Wire

logger = logging.getLogger(__name__)

#: Close codes. 1000 and 3000 to 4999 are the ones daphne lets through.
SIGNED_OUT = 4401
TOO_SLOW = 4408
TOO_MANY = 4429

#: Frames that wait to be handed to the server.
MAX_WAITING = 64
#: Characters sent that the page has not said it has seen: half a minute of a busy floor.
MAX_UNSEEN = 2_000_000


@lru_cache(maxsize=64)
def clock(moment: datetime) -> str:
    """Return the time of day as the panels write it, for "as of"; everybody is told the same."""
    return formats.date_format(timezone.localtime(moment), "H:i:s")


def frame(
    panels: Iterable[str],
    as_of: datetime,
    *,
    changes: Mapping[str, str] | None = None,
    snapshot: bool = False,
) -> Body:
    """Return a frame's JSON text from behind its number on.

    ``panels`` are whole and ``quoted``, ``changes`` are of panels that the page has, by their
    ids (realtime/changes.py).
    """
    rest = json.dumps({"as_of": as_of.isoformat(), "clock": clock(as_of), "snapshot": snapshot})
    parts = ", ".join(f'"{panel}": {change}' for panel, change in (changes or {}).items())
    return Body(f'{rest[1:-1]}, "changes": {{{parts}}}, "content": "{"".join(panels)}"}}')


_turns = count()


class LiveSocket:
    """The sending side of one page's connection."""

    def __init__(
        self,
        send: Callable[[str], Awaitable[Any]],
        close: Callable[[int], Awaitable[Any]],
        wire: Wire | None = None,
    ) -> None:
        self._send = send
        self._wire = wire
        self._close = close
        self._waiting: deque[str] = deque()
        self._unseen: deque[tuple[int, int]] = deque()
        self._unseen_size = 0
        self._writer: asyncio.Task[None] | None = None
        self.views: frozenset[View] = frozenset()
        #: Those of them that others may show, too.
        self.shared: frozenset[View] = frozenset()
        #: The serial number of what it was last sent of each panel; a page has a panel once.
        self.shown: dict[str, int] = {}
        #: Whether it has had everything it shows once. Before that it is sent nothing of it.
        self.is_painted = False
        self.version = 0
        self.closed_with: int | None = None
        #: Set when the right to be here may have ended: look now and not at the next turn.
        self.look_again = asyncio.Event()
        #: When it has its turn, of those who come one after the other.
        self.turn = next(_turns)
        self.heard_at = asyncio.get_running_loop().time()

    def deliver(self, rest: Body) -> None:
        """Send panels. ``rest`` is what ``frame`` made, once for everybody who is sent the same."""
        self.version += 1
        head = f'{{"version": {self.version}, '
        if not self._may_send(len(head) + len(rest.text)):
            return
        if self._wire is None or self._is_writing or not self._wire.write(head, rest):
            self._write_in_turn(head + rest.text)

    def beat(self, now: datetime, as_of: datetime) -> None:
        """Send a heartbeat: the last version, the time, and how old what is shown may be."""
        self._put(
            json.dumps(
                {
                    "heartbeat": now.isoformat(),
                    "version": self.version,
                    "as_of": as_of.isoformat(),
                    "clock": clock(as_of),
                }
            )
        )

    def answer(self, message: dict[str, Any]) -> None:
        """Send what is neither a panel nor a heartbeat: the answer to a command."""
        self._put(json.dumps(message))

    def seen(self, version: int) -> None:
        """Note that the page has everything up to ``version``."""
        while self._unseen and self._unseen[0][0] <= version:
            self._unseen_size -= self._unseen.popleft()[1]

    def drop(self, code: int) -> None:
        """Close the connection with ``code`` and forget what still waited to be sent."""
        if self.closed_with is None:
            self.closed_with = code
            self._waiting.clear()
            self._start_writer()

    async def stop(self) -> None:
        """End the writing; the connection is gone."""
        self.closed_with = self.closed_with or 1000
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    def _put(self, text: str) -> None:
        if self._may_send(len(text)):
            self._write_in_turn(text)

    def _may_send(self, size: int) -> bool:
        if self.closed_with is not None:
            return False
        self._unseen.append((self.version, size))
        self._unseen_size += size
        if len(self._waiting) >= MAX_WAITING or self._unseen_size > MAX_UNSEEN:
            self.drop(TOO_SLOW)
            return False
        return True

    def _write_in_turn(self, text: str) -> None:
        self._waiting.append(text)
        self._start_writer()

    @property
    def _is_writing(self) -> bool:
        return self._writer is not None and not self._writer.done()

    def _start_writer(self) -> None:
        if not self._is_writing:
            self._writer = begun(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._send(self._waiting.popleft())
            if self.closed_with is not None:
                await self._close(self.closed_with)
        except Exception as error:
            # Whatever the server below raises: the connection is gone, and it says so by itself.
            logger.info("a page could not be written to: %s", error)
