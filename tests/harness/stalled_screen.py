"""A page whose machine has stopped: its connection stands, and nothing is read from it."""

import base64
import os
import select
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.harness.live_screen import SNAPSHOT

#: As little as the kernel allows, so that what is not read stays with the server.
BUFFER_BYTES = 2048


class StalledScreen:
    """`with StalledScreen(url, origin, cookies) as screen:` — connected, asleep from then on."""

    def __init__(self, url: str, origin: str, cookies: Mapping[str, str]) -> None:
        self._address = urlsplit(url)
        self._origin = origin
        self._cookies = "; ".join(f"{name}={value}" for name, value in cookies.items())

    def __enter__(self) -> Self:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self._socket.settimeout(20)
        self._socket.connect((self._address.hostname, self._address.port))
        self._socket.sendall(self._handshake())
        answer = self._socket.recv(12)
        assert answer == b"HTTP/1.1 101", answer
        self.asks_for_a_snapshot()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def asks_for_a_snapshot(self) -> None:
        """Ask for everything, and do not look at the answer."""
        self._socket.sendall(_masked(SNAPSHOT))

    @property
    def was_cut(self) -> bool:
        """Whether the server has ended the connection, for all that was not read."""
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        return bool(poll.poll(0))

    def _handshake(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self._address.path} HTTP/1.1",
            f"Host: {self._address.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Origin: {self._origin}",
            f"Cookie: {self._cookies}",
        ]
        return "\r\n".join([*lines, "", ""]).encode()


def _masked(text: str) -> bytes:
    """A short text as a browser's frame; masked with zeros it reads as it is."""
    body = text.encode()
    return bytes([0x81, 0x80 | len(body), 0, 0, 0, 0]) + body
