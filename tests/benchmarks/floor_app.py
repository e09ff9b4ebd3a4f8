"""What `bench_floor` measures: the floor's sockets, and a bare loop beside them.

Served by daphne like the site. `/ws/floor/` is the real consumer, entered as Carol; `/bare/` only
takes frames; `/drive/` starts one of the two and answers with the processor time it took.
"""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contact_center.settings")
django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from contact_center.domain import events as ev  # noqa: E402
from contact_center.models import User  # noqa: E402
from realtime.broadcast import push_to_browsers  # noqa: E402
from realtime.consumers import FloorConsumer  # noqa: E402

EVENTS_PER_SECOND = 20
FRAMES_PER_SECOND = 4

bare_pages: set["Bare"] = set()
carol: list[User] = []


def as_carol(page: Any) -> Callable[..., Awaitable[None]]:
    """Let everybody in as the supervisor; sessions are not what is measured."""

    async def entered(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not carol:
            person = User.objects.select_related("tenant")
            carol.append(await database_sync_to_async(person.get)(username="carol"))
        await page(scope | {"user": carol[0], "session": None}, receive, send)

    return entered


class Bare(AsyncWebsocketConsumer):
    """A page that is sent frames and does nothing else."""

    channel_layer_alias = "none"

    async def connect(self) -> None:
        """Join the others."""
        await self.accept()
        bare_pages.add(self)

    async def disconnect(self, code: int) -> None:
        """Leave them."""
        bare_pages.discard(self)


class Drive(AsyncWebsocketConsumer):
    """Runs one of the two for so many seconds."""

    channel_layer_alias = "none"

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what is asked, and answer with the processor time."""
        wanted = json.loads(text_data or "{}")
        began, began_at = time.process_time(), time.perf_counter()
        if wanted["what"] == "ours":
            await send_events(wanted["seconds"])
        else:
            await send_frames(wanted["seconds"], "x" * wanted["size"])
        took = {
            "cpu": time.process_time() - began,
            "seconds": time.perf_counter() - began_at,
        }
        await self.send(json.dumps(took))


async def send_events(seconds: float) -> None:
    """Let things happen: two kinds of event in turn, each changing two or three panels."""
    tenant = carol[0].tenant_id or 0
    for number in range(int(seconds * EVENTS_PER_SECOND)):
        kind = ev.CallQueued if number % 2 else ev.CallArrived
        push_to_browsers([kind(tenant_id=tenant)])
        await asyncio.sleep(1 / EVENTS_PER_SECOND)


async def send_frames(seconds: float, frame: str) -> None:
    """Send everybody the same frame as often as the floor does."""
    for _ in range(int(seconds * FRAMES_PER_SECOND)):
        at = time.time()
        text = f'{{"at": {at}, "content": "{frame}"}}'
        for page in list(bare_pages):
            await page.send(text)
        await asyncio.sleep(1 / FRAMES_PER_SECOND)


application = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [
                path("ws/floor/", as_carol(FloorConsumer.as_asgi())),
                path("bare/", Bare.as_asgi()),
                path("drive/", Drive.as_asgi()),
            ]
        )
    }
)
