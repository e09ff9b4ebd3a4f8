"""Many live pages in one event loop, and of each frame when it was painted and when it came."""

import asyncio
import math
import time
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.harness.live_screen import AGAIN_SECONDS, SNAPSHOT, Page, timeless

#: Handshakes at a time where people come one by one.
DOOR = 50
#: Seconds after which somebody who is not served is given up.
PATIENCE = 60.0


@dataclass(frozen=True)
class Seat:
    """Where a screen stands: the address of its socket, and who looks at it."""

    url: str
    origin: str
    cookies: Mapping[str, str]

    async def connect(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        """Open the socket as its page does."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await session.ws_connect(
            self.url, origin=self.origin, headers={"Cookie": cookies}, max_msg_size=0
        )


class Screen:
    """One page at its seat."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.page = Page()
        #: Of each frame: when it was painted, and when it came.
        self.painted_at: list[float] = []
        self.came_at: list[float] = []
        #: Characters of all of them.
        self.size = 0
        #: A snapshot came: whatever was sent before it has come, too.
        self.served = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    async def open(self, session: aiohttp.ClientSession) -> None:
        """Connect and listen from then on; return when everything is painted."""
        self.served.clear()
        self._socket = await self.seat.connect(session)
        await self._socket.send_str(self.page.connects())
        self._listening = asyncio.create_task(self._listen())
        await self.served.wait()

    async def refresh(self) -> None:
        """Ask for everything once more; return when it is painted."""
        self.served.clear()
        await self._socket.send_str(SNAPSHOT)
        await self.served.wait()

    async def look_away(self) -> None:
        """Listen no more: the connection is about to be lost."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def lateness(self, moments: Sequence[float]) -> list[float]:
        """Of each moment: seconds until a frame came that was painted after it; inf if none did."""
        late = []
        for moment in moments:
            at = bisect_left(self.painted_at, moment)
            late.append(self.came_at[at] - moment if at < len(self.came_at) else math.inf)
        return late

    async def _listen(self) -> None:
        frames = self.page.frames
        async for received in self._socket:
            came_at = time.time()
            for words in self.page.hears(received.data):
                await self._socket.send_str(words)
            frame = self.page.frame
            if frame is None or frames == self.page.frames:
                continue
            frames = self.page.frames
            # What was shown of an earlier moment is still shown.
            self.painted_at.append(max([frame.as_of.timestamp(), *self.painted_at[-1:]]))
            self.came_at.append(came_at)
            self.size += len(received.data)
            if frame.snapshot:
                self.served.set()
        self.page.errors.append(f"closed with {self._socket.close_code}")
        self.served.set()


class Screens:
    """`async with Screens(seats) as screens:` — one page at each seat, painted."""

    def __init__(self, seats: Sequence[Seat]) -> None:
        self.all = [Screen(seat) for seat in seats]

    async def __aenter__(self) -> Self:
        self._session = new_session()
        door = asyncio.Semaphore(DOOR)

        async def come_in(screen: Screen) -> None:
            async with door:
                await screen.open(self._session)

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(come_in(screen) for screen in self.all))
        assert not self.errors, self.errors[:3]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.lose()
        await self._session.close()

    async def lose(self) -> None:
        """Lose every connection in one moment, as when a cable is pulled: nothing is said."""
        await asyncio.gather(*(screen.look_away() for screen in self.all))
        await self._session.close()
        self._session = new_session()

    async def come_back(self) -> list[float]:
        """Connect all in one moment; return after how many seconds each was painted.

        Who is turned away tries again, and that is an error.
        """

        async def come_back(screen: Screen) -> None:
            while True:
                try:
                    return await screen.open(self._session)
                except (aiohttp.ClientError, OSError) as error:
                    screen.page.errors.append(type(error).__name__)
                    await asyncio.sleep(AGAIN_SECONDS)

        return await all_at_once([lambda s=screen: come_back(s) for screen in self.all])

    async def refresh(self) -> None:
        """Let every page ask for everything; return when all have it."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(screen.refresh() for screen in self.all))

    def count_anew(self) -> None:
        """Forget which frames came; what is shown stays."""
        for screen in self.all:
            screen.painted_at.clear()
            screen.came_at.clear()
            screen.size = 0

    def lateness(self, moments: Sequence[float]) -> list[float]:
        """Of each moment, at each screen: seconds until what had happened was shown."""
        return [late for screen in self.all for late in screen.lateness(moments)]

    @property
    def frames(self) -> int:
        """How many came."""
        return sum(len(screen.came_at) for screen in self.all)

    @property
    def frame_size(self) -> int:
        """How long a frame was, in characters, on an average."""
        return sum(screen.size for screen in self.all) // max(1, self.frames)

    @property
    def gaps(self) -> int:
        """How often one was lost."""
        return sum(screen.page.gaps for screen in self.all)

    @property
    def errors(self) -> list[str]:
        """What the server complained of, and whom it closed."""
        return [error for screen in self.all for error in screen.page.errors]

    def wrong(self, truth: Mapping[str, str]) -> int:
        """How many show something else than `truth`, apart from what passes with time."""
        return sum(
            any(
                timeless(html) != timeless(truth[panel])
                for panel, html in screen.page.panels.items()
            )
            for screen in self.all
        )


def new_session() -> aiohttp.ClientSession:
    """As many connections as are asked for."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def all_at_once(work: Sequence[Callable[[], Awaitable[Any]]]) -> list[float]:
    """Begin everything in one moment; return after how many seconds each was done, inf if never."""
    now = asyncio.get_running_loop().time
    began = now()

    async def timed(deed: Callable[[], Awaitable[Any]]) -> float:
        try:
            async with asyncio.timeout(PATIENCE):
                await deed()
        except TimeoutError:
            return math.inf
        return now() - began

    return list(await asyncio.gather(*(timed(deed) for deed in work)))
