"""The site with a bare socket beside its own: it is sent frames and does nothing else.

`/bare/?size=20000` is sent a frame of that size when it has connected. `/drive/` is told a size,
for how long and how often, and sends such frames to every bare socket.
"""

import asyncio
import json
import time
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from contact_center.asgi import pages, sockets

bare_pages: set["Bare"] = set()


class Bare(AsyncWebsocketConsumer):
    """A page that is sent frames."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Join the others."""
        await self.accept()
        bare_pages.add(self)
        for size in parse_qs(self.scope["query_string"].decode()).get("size", ()):
            await self.send(frame("x" * int(size)))

    async def disconnect(self, code: int) -> None:
        """Leave them."""
        bare_pages.discard(self)


class Drive(AsyncWebsocketConsumer):
    """Sends everybody the same frame, again and again."""

    channel_layer_alias = "none"

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what is asked."""
        wanted = json.loads(text_data or "{}")
        content = "x" * wanted["size"]
        for _ in range(int(wanted["seconds"] * wanted["a_second"])):
            text = frame(content)
            for page in list(bare_pages):
                await page.send(text)
            await asyncio.sleep(1 / wanted["a_second"])


def frame(content: str) -> str:
    """A frame that says when it was made."""
    return f'{{"at": {time.time()}, "content": "{content}"}}'


bare = URLRouter([path("bare/", Bare.as_asgi()), path("drive/", Drive.as_asgi())])


async def either(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The bare sockets at their addresses, everything else to the site."""
    ours = scope["path"].startswith("/ws/")
    await (sockets if ours else bare)(scope, receive, send)


application = ProtocolTypeRouter({"http": pages, "websocket": either})
