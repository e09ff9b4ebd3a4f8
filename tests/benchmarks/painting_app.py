"""The site with a bare consumer beside its own: it hands on what its group is sent."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

from contact_center.asgi import pages, sockets

GROUP = "bare"


class Bare(AsyncWebsocketConsumer):
    """A socket that echoes events and knows nothing."""

    groups = (GROUP,)

    async def echo(self, message: dict[str, Any]) -> None:
        """Send the text of the event."""
        await self.send(message["text"])


bare = URLRouter([path("ws/bare/", Bare.as_asgi())])


async def either(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The bare socket at its address, everything else to the site."""
    await (bare if scope["path"] == "/ws/bare/" else sockets)(scope, receive, send)


application = ProtocolTypeRouter({"http": pages, "websocket": either})
