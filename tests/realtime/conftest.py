"""A small organisation with its people, and pages that look at it over websockets.

Everything that touches the database runs in asgiref's one thread for such work, because SQLite's
database in memory locks whole tables between threads.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import SyncToAsync, sync_to_async
from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client
from django.utils import timezone

from contact_center.domain import events as ev
from contact_center.domain.states import Activity, CallState, Presence
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Offer,
    OfferState,
    Queue,
    QueueMember,
    Role,
    Segment,
    SegmentKind,
    Tenant,
    User,
)
from realtime import hub as hubs
from realtime.broadcast import publisher
from realtime.hub import Hub, Pace
from realtime.urls import websocket_urlpatterns

#: Quick enough for tests, and in the same proportions.
QUICK = Pace(
    tick=0.05, gather=0.02, heartbeat=0.2, probe=0.15, echo=0.15, retry=0.1, snapshot_age=0.5
)

#: Seconds after which something that should have come is missed.
PATIENCE = 5

application = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns)))


class World:
    """Alice and Bob answer for Support, Carol supervises; Erin and Mallory are of another house."""

    def __init__(self) -> None:
        self.tenant = Tenant.objects.create(name="Quillmarsh", slug="quillmarsh")
        self.other = Tenant.objects.create(name="Elsewhere", slug="elsewhere")
        self.support = Queue.objects.create(tenant=self.tenant, name="Support")
        self.sales = Queue.objects.create(tenant=self.tenant, name="Sales")
        self.alice = self.agent("alice", self.tenant, self.support)
        self.bob = self.agent("bob", self.tenant, self.support)
        self.carol = self.person("carol", self.tenant, Role.SUPERVISOR)
        self.dana = self.person("dana", self.tenant, Role.ADMIN)
        self.erin = self.agent(
            "erin", self.other, Queue.objects.create(tenant=self.other, name="Support")
        )
        self.mallory = self.person("mallory", self.other, Role.SUPERVISOR)
        self.calls = 0

    def person(self, name: str, tenant: Tenant, role: Role) -> User:
        """Somebody who can sign in."""
        return User.objects.create(
            username=name, first_name=name.title(), tenant=tenant, role=role, is_active=True
        )

    def agent(self, name: str, tenant: Tenant, queue: Queue) -> Agent:
        """An agent with one slot, available, who serves ``queue``."""
        now = timezone.now()
        agent = Agent.objects.create(
            tenant=tenant,
            user=self.person(name, tenant, Role.AGENT),
            presence=Presence.AVAILABLE,
            presence_since=now,
        )
        AgentSlot.objects.create(agent=agent, activity_since=now, idle_since=now)
        QueueMember.objects.create(agent=agent, queue=queue)
        return agent

    def waiting_call(self, queue: Queue | None = None) -> Call:
        """A caller who waits in a queue, and nobody was told yet."""
        queue = queue or self.support
        now = timezone.now()
        self.calls += 1
        call = Call.objects.create(
            tenant=queue.tenant,
            sid=f"CA{self.calls:032d}",
            account_sid="AC1",
            from_number=f"+1415555{7000 + self.calls}",
            to_number="+14155550100",
            state=CallState.QUEUED,
            queue=queue,
            arrived_at=now,
            heard_at=now,
        )
        Segment.objects.create(
            call=call, kind=SegmentKind.QUEUE, queue=queue, started_at=now, placed_at=now
        )
        return call

    def offer(self, call: Call, agent: Agent) -> Offer:
        """Let ``agent``'s phone ring for ``call``, in the rows alone."""
        now = timezone.now()
        slot = agent.slots.get()
        AgentSlot.objects.filter(pk=slot.pk).update(activity=Activity.RINGING, activity_since=now)
        Call.objects.filter(pk=call.pk).update(state=CallState.OFFERED)
        return Offer.objects.create(
            tenant=call.tenant,
            call=call,
            segment=call.segments.get(ended_at=None),
            queue=call.queue,
            agent=agent,
            slot=slot,
            state=OfferState.PENDING,
            fence=call.offers.count() + 1,
            offered_at=now,
            deadline=now + timezone.timedelta(seconds=20),
        )

    def queued(self, call: Call) -> ev.CallQueued:
        """The event of that call's arrival in its queue."""
        return ev.CallQueued(tenant_id=call.tenant_id, call_id=call.pk, queue_id=call.queue_id)

    def offered(self, offer: Offer) -> ev.CallOffered:
        """The event of that offer."""
        return ev.CallOffered(
            tenant_id=offer.tenant_id,
            call_id=offer.call_id,
            offer_id=offer.pk,
            agent_id=offer.agent_id,
            queue_id=offer.queue_id,
        )


PARTIAL = re.compile(
    r'<hx-partial hx-target="#([^"]+)" hx-swap="outerMorph">(.*?)</hx-partial>', re.S
)


def panels_in(frame: dict[str, Any]) -> dict[str, str]:
    """The panels of a frame by their id, as htmx would swap them in."""
    return dict(PARTIAL.findall(frame["content"]))


class Page(WebsocketCommunicator):
    """A page as far as its socket goes."""

    def __init__(self, path: str, client: Client | None, origin: str = "http://localhost") -> None:
        headers = [(b"origin", origin.encode()), (b"host", b"localhost")]
        if client is not None:
            cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        super().__init__(application, path, headers=headers)

    async def ask(self, command: str, **more: Any) -> None:
        """Send a command as the page does."""
        await self.send_json_to({"cmd": command, **more, "headers": {"HX-Request": "true"}})

    async def message(self) -> dict[str, Any]:
        """The next message of any kind."""
        parsed: dict[str, Any] = json.loads(await self.receive_from(PATIENCE))
        return parsed

    async def frame(self) -> dict[str, Any]:
        """The next frame that carries panels; a complaint of the server ends the wait."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.message()
                assert "error" not in message, message
                if "content" in message:
                    return message

    async def frame_with(self, panel: str) -> str:
        """The html of ``panel`` from the next frame that carries it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                panels = panels_in(await self.frame())
                if panel in panels:
                    return panels[panel]

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
def world(transactional_db: None) -> World:
    """Two organisations with their people."""
    return World()


@pytest.fixture(autouse=True)
def quiet_publisher() -> Iterator[None]:
    """Let nothing of one test reach the next."""
    yield
    publisher.close()


@pytest_asyncio.fixture
async def hub(world: World) -> AsyncIterator[Hub]:
    """The hub of this test's event loop, quick, and painting in the database's own thread."""
    hub = Hub(QUICK, SyncToAsync.single_thread_executor)
    hubs.install(hub)
    yield hub
    await hubs.close_if_idle(hub)


OpenPage = Callable[..., Any]


@pytest_asyncio.fixture
async def open_page(hub: Hub) -> AsyncIterator[OpenPage]:
    """Open a page's socket as somebody who is signed in, or as nobody."""
    pages: list[Page] = []

    async def open_it(path: str, user: User | None, **more: Any) -> Page:
        client = await sync_to_async(_signed_in)(user) if user is not None else None
        page = Page(path, client, **more)
        page.client = client  # type: ignore[attr-defined]
        pages.append(page)
        page.connected = await page.connect()  # type: ignore[attr-defined]
        return page

    yield open_it
    for page in pages:
        await page.disconnect()
    await asyncio.sleep(0)


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
