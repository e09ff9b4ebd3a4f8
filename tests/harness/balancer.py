"""One door before several servers, as nginx stands before them; and a line that can be cut."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

CHUNK = 65536
CONNECT_SECONDS = 2.0


class Balancer:
    """`with Balancer([8001, 8002]) as door:` — connections to `door.url` go to one port or another.

    A server that does not accept is passed over, as by nginx's `proxy_next_upstream`; whatever
    happens after that is passed on as it is. `cut` breaks every connection and refuses new ones,
    `mend` ends that.
    """

    def __init__(self, ports: Sequence[int], *, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{self.port}"
        self._turns = itertools.cycle(range(len(ports)))
        self._ports = list(ports)
        self._is_cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="balancer")

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._run(self._listen())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Break every connection, in the middle of whatever it carries, and refuse new ones."""
        self._run(self._cut())

    def mend(self) -> None:
        """Accept connections again."""
        self._is_cut = False

    def break_connections(self) -> None:
        """Break every connection once."""
        self.cut()
        self.mend()

    # ---- in the loop

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._carry, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        self._is_cut = True
        for writer in list(self._open):
            writer.transport.abort()

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            there = None if self._is_cut else await self._next_server()
            if there is None:
                writer.transport.abort()
                return
            self._open.add(there[1])
            try:
                await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
            finally:
                self._open.discard(there[1])
                there[1].close()
        finally:
            self._open.discard(writer)
            self._tasks.discard(task)
            writer.close()

    async def _next_server(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turns)
        for port in self._ports[first:] + self._ports[:first]:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes; an end is passed on as an end, a break as a break."""
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        writer.transport.abort()
        return
    # Neither side of HTTP goes on when the other has ended.
    writer.close()
