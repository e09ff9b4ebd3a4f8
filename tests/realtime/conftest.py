"""A small organisation with its people, and pages that look at it over websockets."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from contact_center.models import QueueMember, Role, Team, TeamSupervisor, User
from realtime import hub as hubs
from realtime.broadcast import publisher
from realtime.consumers import DeskConsumer, FloorConsumer
from realtime.hub import Hub, Pace
from realtime.rendering import View
from realtime.urls import websocket_urlpatterns
from tests.cast import Cast, make_user
from tests.harness.live_screen import Panels, frame_of
from tests.harness.services import TemporaryRedis
from tests.realtime.world import World

#: Quick enough for tests, and in the same proportions.
QUICK = Pace(
    tick=0.05,
    gather=0.02,
    look=0.2,
    heartbeat=0.2,
    probe=0.15,
    echo=0.15,
    retry=0.1,
    snapshot_age=0.5,
)

#: The same, and nothing happens by itself: on a machine with much to do a probe's echo is late, and
#: what is missed then is painted again.
CALM = replace(QUICK, look=600.0, heartbeat=600.0, probe=600.0)
#: Seconds after which something that should have come is missed, with much else to do besides.
PATIENCE = 20

application = AllowedHostsOriginValidator(CookieMiddleware(URLRouter(websocket_urlpatterns)))


PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="outerMorph">(.*?)</hx-partial>', re.S
)


def panels_in(frame: dict[str, Any]) -> dict[str, str]:
    """The panels of a frame by their id, as htmx would swap them in."""
    return dict(PARTIAL.findall(frame["content"])) | frame.get("changed", {})


class Page(WebsocketCommunicator):
    """A page as far as its socket goes."""

    def __init__(self, path: str, client: Client | None, origin: str = "http://localhost") -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"localhost")]
        if client is not None:
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        super().__init__(application, path, headers=headers)
        self.client = client
        self.connected: tuple[bool, int | str | None] = (False, None)
        #: What the server shows on it, and for whom it reads each.
        self.subjects: dict[View, int] = {}
        #: The number of the last frame.
        self.version = 0
        self._sent = Panels()

    @property
    def views(self) -> frozenset[View]:
        """What the server shows on it."""
        return frozenset(self.subjects)

    async def ask(self, command: str, **more: Any) -> None:
        """Send a command as the page does."""
        await self.send_json_to({"cmd": command, **more, "headers": {"HX-Request": "true"}})

    async def message(self) -> dict[str, Any]:
        """The next message of any kind; frames are numbered without a gap."""
        parsed: dict[str, Any] = json.loads(await self.receive_from(PATIENCE))
        if "content" in parsed:
            self.version += 1
            assert parsed["version"] == self.version
        return parsed

    async def frame(self) -> dict[str, Any]:
        """The next frame that carries panels; a complaint of the server ends the wait."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.message()
                assert "error" not in message, message
                if "content" in message:
                    brought = self._sent.take(frame_of(message))
                    assert brought is not None, "news of a panel that the page has not got"
                    message["changed"] = brought
                    return message

    async def frame_with(self, panel: str, words: str = "") -> str:
        """The html of ``panel`` from the next frame in which it says ``words``."""
        html = ""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    html = panels_in(await self.frame()).get(panel, html)
                    if html and words in html:
                        return html
        except TimeoutError:
            raise AssertionError(f"{panel} did not say {words!r}: {html!r}") from None

    async def next_of(self, key: str) -> dict[str, Any]:
        """The next message that has ``key``: an answer, an error, a heartbeat."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.message()
                if key in message:
                    return message

    async def close_code(self) -> int:
        """The code with which the server closes this page."""
        async with asyncio.timeout(PATIENCE):
            while True:
                output = await self.receive_output(PATIENCE)
                if output["type"] == "websocket.close":
                    return int(output.get("code") or 1000)

    async def snapshot(self) -> dict[str, str]:
        """Ask for the whole page, and wait for it."""
        await self.ask("snapshot")
        while True:
            frame = await self.frame()
            if frame["snapshot"]:
                return panels_in(frame)


@pytest.fixture
def world(transactional_db: None, cast: Cast) -> World:
    """Two organisations with their people, on duty."""
    return World(cast)


@pytest.fixture(autouse=True)
def layer_in_memory(settings: Any) -> None:
    """Events of this test reach nobody else's, even where the run has a Redis for all."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture(autouse=True)
def quiet_publisher() -> Iterator[None]:
    """Let nothing of one test reach the next."""
    yield
    publisher.close()


@pytest.fixture
def pace() -> Pace:
    """How quick the hub of a test is; a test that counts frames takes CALM."""
    return QUICK


@pytest.fixture
def redis_layer(layer_in_memory: None, settings: Any) -> Iterator[TemporaryRedis]:
    """A Redis of this test's own carries the channel layer."""
    with TemporaryRedis() as server:
        settings.CHANNEL_LAYERS = layer_at(server.url)
        yield server
        publisher.close()


def layer_at(url: str) -> dict[str, Any]:
    """The channel layer of the settings, at ``url``."""
    return {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {"hosts": [{"address": url, "socket_timeout": None}], "capacity": 10_000},
        }
    }


@pytest_asyncio.fixture
async def hub(world: World, pace: Pace) -> AsyncIterator[Hub]:
    """The hub of this test's event loop, with its subscription.

    It hears what happens in the test, and not the last of how everybody came on duty before.
    """
    publisher.close()
    hub = Hub(pace)
    hubs.install(hub)
    async with asyncio.timeout(PATIENCE):
        await hub.subscribed.wait()
    yield hub
    await hubs.remove(hub)
    # The thread in which tests touch the database lives on; its connection must not.
    await sync_to_async(connections.close_all)()


OpenPage = Callable[..., Any]


@pytest_asyncio.fixture
async def open_page(hub: Hub) -> AsyncIterator[OpenPage]:
    """Open a page's socket as somebody who is signed in, or as nobody."""
    pages: list[Page] = []

    async def open_it(path: str, user: User | None, **more: Any) -> Page:
        client = await sync_to_async(signed_in)(user) if user is not None else None
        page = Page(path, client, **more)
        pages.append(page)
        page.connected = await page.connect()
        if user is not None and page.connected[0]:
            if not any(word in path for word in ("floor", "desk")):
                return page  # what it shows stands in its address; its test says it
            consumer: FloorConsumer | DeskConsumer = DeskConsumer()
            if "floor" in path:
                consumer = FloorConsumer()
                consumer.query = path.partition("?")[2]
            page.subjects = await sync_to_async(consumer.views_for)(user)
        return page

    yield open_it
    for page in pages:
        await page.disconnect()


def signed_in(user: User) -> Client:
    """A browser with that person's session."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@dataclass
class Teams:
    """The two teams, and who supervises the first."""

    north: Team
    south: Team
    nora: User


@pytest.fixture
def teams(world: World) -> Teams:
    """Alice and Bob at work in two teams, each in a queue of their own."""
    cast = world.cast
    north = Team.objects.create(tenant=cast.tenant, name="North")
    south = Team.objects.create(tenant=cast.tenant, name="South")
    for agent, team, other in (
        (world.alice, north, cast.support),
        (world.bob, south, cast.sales),
    ):
        agent.team = team
        agent.save(update_fields=["team"])
        QueueMember.objects.filter(agent=agent, queue=other).delete()
    nora = make_user(cast.tenant, "nora", Role.SUPERVISOR)
    TeamSupervisor.objects.create(team=north, user=nora)
    return Teams(north, south, nora)
