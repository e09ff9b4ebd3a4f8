"""A page that is sent texts by LiveSocket, under a daphne of its own (test_straight.py).

It asks ``{"sizes": [...]}``: for each a text of so many characters is delivered, with a heartbeat
after every third. When it says ``{"told": true}`` it is told how many of them went straight.
"""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from channels.routing import ProtocolTypeRouter

from contact_center.asgi import pages
from realtime.sockets import LiveSocket
from realtime.straight import Body, Wire, wire_below


class Counted(Wire):
    """Counts what went straight."""

    straight = 0

    def write(self, head: str, body: Body) -> bool:
        """Write, and count it."""
        went = super().write(head, body)
        self.straight += went
        return went


async def page(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve one page."""
    below = wire_below(send)
    assert below is not None, "daphne is not found below"
    wire = Counted(below._protocol)

    async def send_text(text: str) -> None:
        await send({"type": "websocket.send", "text": text})

    async def close(code: int) -> None:
        await send({"type": "websocket.close", "code": code})

    screen = LiveSocket(send_text, close, wire)
    now = datetime(2026, 3, 2, tzinfo=UTC)
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            # Nothing may go past a handshake that is not over.
            assert not wire.write("", Body("too early"))
            await send({"type": "websocket.accept"})
            continue
        asked = json.loads(message["text"])
        for number, size in enumerate(asked.get("sizes", ())):
            screen.deliver(Body(f'"content": "{"é" * size}"}}'))
            if number % 3 == 2:
                screen.beat(now, now)
        if "told" in asked:
            screen.answer({"straight": wire.straight})
        if "close" in asked:
            screen.drop(asked["close"])
            await asyncio.sleep(0)
            assert not wire.write("", Body("too late"))
    assert not wire.write("", Body("nobody is there"))


application = ProtocolTypeRouter({"http": pages, "websocket": page})
