"""The simulator as one HTTP application: REST, gateway, pages and its own interface."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.readings import Readings
from contact_center.simulator.server.control import Control
from contact_center.simulator.server.faults import Faults
from contact_center.simulator.server.outside import OutsideNumbers
from contact_center.simulator.server.parts import Parts, QuietParts
from contact_center.simulator.server.reach import Reach
from contact_center.simulator.server.rest import RestDoor
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.webhooks import WebhookSender

logger = logging.getLogger(__name__)

PAGES = Path(__file__).parent.parent / "pages"

POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

LARGEST_REQUEST = 16 * 1024 * 1024
"""Bytes of a request; a scripted caller may bring a recording."""


@dataclass(frozen=True)
class Settings:
    """What a network is started with.

    ``seed`` None draws SIDs from the system's randomness: two runs must not repeat each other's.
    ``audio`` False runs without sound, for many calls at once. ``reach`` names hosts besides this
    machine that may be contacted. ``url`` is where the network can be reached, for the addresses of
    recordings.
    """

    account: Account
    numbers: Sequence[str] = ()
    applications: Sequence[str] = ()
    subaccounts: Sequence[Account] = ()
    readings: Readings = field(default_factory=Readings)
    seed: int | None = None
    audio: bool = True
    reach: frozenset[str] = frozenset()
    node_modules: Path = Path("node_modules")
    desk_url: str = ""
    url: str = ""


class Simulator:
    """A running network and its HTTP application."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        """``parts`` replace those that the settings choose."""
        self.settings = settings
        self.network = _network(settings)
        self.faults = Faults()
        reach = Reach(settings.reach)
        self._sender = WebhookSender(
            lambda sid: self.network.accounts[sid].auth_token, self.faults, reach
        )
        self._parts = parts or _parts(settings, reach)
        self.runner = Runner(
            self.network, mixer=self._parts.mixer, clips=self._parts.clips, sender=self._sender
        )
        self.control = Control(self.runner, self.faults, self._parts.voices)
        self.runner.outside = OutsideNumbers(self.runner, self._parts.voices).ring
        self.app = self._app()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route(
            "*", "/2010-04-01/{path:.*}", RestDoor(self.runner, self.faults).handle
        )
        app.add_routes(self.control.routes())
        app.add_routes(self._parts.routes(self.runner))
        app.on_shutdown.append(self._parts.hang_up)
        app.router.add_get("/", _page("index.html"))
        app.router.add_get("/simulator/log", _page("log.html"))
        app.router.add_static("/simulator/static", PAGES / "static")
        app.cleanup_ctx.append(self._alive)
        return app

    async def _alive(self, app: web.Application) -> AsyncIterator[None]:
        running = asyncio.create_task(self.runner.run())
        running.add_done_callback(_say_why)
        yield
        running.cancel()
        await asyncio.wait([running])
        await self._sender.close()
        await self._parts.close()


def _network(settings: Settings) -> Network:
    # SIDs are names, not secrets: a seed may make them repeatable.
    rng = random.SystemRandom() if settings.seed is None else random.Random(settings.seed)  # noqa: S311
    network = Network(settings.account, rng, settings.readings)
    if settings.url:
        network.base_url = settings.url
    for account in settings.subaccounts:
        network.add_subaccount(account)
    for number in settings.numbers:
        e164, _equals, name = number.partition("=")
        network.add_number(e164, name=name)
    for application in settings.applications:
        network.add_application(application)
    return network


def _parts(settings: Settings, reach: Reach) -> Parts:
    if not settings.audio:
        return QuietParts()
    # Imported here: a run without sound needs none of its libraries, and starts sooner.
    from contact_center.simulator.server.audible import AudibleParts

    return AudibleParts(reach, settings.node_modules, settings.desk_url)


def _say_why(running: asyncio.Task[None]) -> None:
    """A network that stands still must not look like a quiet one."""
    if not running.cancelled() and (problem := running.exception()):
        logger.critical("the phone network has stopped", exc_info=problem)


def _page(name: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGES / name, headers=headers)

    return handler
