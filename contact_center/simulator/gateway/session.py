"""One websocket of one browser."""

import asyncio
import logging
from collections.abc import Callable

from aiohttp import WSCloseCode, WSMsgType, web

from contact_center.simulator.gateway import protocol
from contact_center.simulator.gateway.protocol import Message
from contact_center.simulator.server.tokens import VerifiedToken

logger = logging.getLogger(__name__)

_QUEUED_MESSAGES = 200


class Session:
    """What a browser sends is handed on in order; what it is sent never blocks the network."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.token: VerifiedToken | None = None
        self.reconnect_seconds = 0.0
        """How long the browser will try to come back after its socket drops."""
        self.unregister: Callable[[], None] | None = None
        """Takes back that this browser can be rung; None while it cannot."""
        self.is_open = True
        """Whether its socket still stands."""
        self._socket = socket
        self._outbox: asyncio.Queue[str] = asyncio.Queue(_QUEUED_MESSAGES)
        self._heard_at = asyncio.get_running_loop().time()

    @property
    def identity(self) -> str:
        """Who is there; empty before a token was verified."""
        return self.token.identity if self.token else ""

    def send(self, type_: str, **payload: object) -> None:
        """Queue a message; one that no longer fits is dropped with its socket dead already."""
        try:
            self._outbox.put_nowait(protocol.write(type_, payload))
        except asyncio.QueueFull:
            logger.warning("signalling to %s is stuck, %s was dropped", self.identity, type_)

    async def close(self) -> None:
        """The network shuts down: the browser will try to come back."""
        await self._socket.close(code=WSCloseCode.GOING_AWAY)

    def stop_being_rung(self) -> None:
        """The browser cannot be rung any more."""
        if self.unregister is not None:
            self.unregister()
            self.unregister = None

    async def run(self, handle: Callable[["Session", Message], None]) -> None:
        """Pass messages to `handle` until the socket closes."""
        helpers = [asyncio.create_task(self._write()), asyncio.create_task(self._beat())]
        try:
            async for frame in self._socket:
                if frame.type is not WSMsgType.TEXT:
                    continue
                self._heard_at = asyncio.get_running_loop().time()
                if frame.data == protocol.HEARTBEAT:
                    continue
                message = protocol.read(frame.data)
                if message is None:
                    logger.info("a frame from %s is no message", self.identity or "a stranger")
                else:
                    handle(self, message)
        finally:
            self.is_open = False
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            frame = await self._outbox.get()
            try:
                await self._socket.send_str(frame)
            except ConnectionError:
                return  # the reading side notices too, and ends the session

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(protocol.HEARTBEAT_SECONDS)
            if loop.time() - self._heard_at > protocol.SILENT_CLIENT_SECONDS:
                await self._socket.close()
                return
            await self._outbox.put(protocol.HEARTBEAT)
