"""What a network with sound has besides: the mixer, its sounds, browsers, and the phone page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from contact_center.simulator.audio.mixer import Mixer
from contact_center.simulator.gateway import VoiceGateway
from contact_center.simulator.pages.phone import PhonePage
from contact_center.simulator.server.clip_library import ClipLibrary
from contact_center.simulator.server.parts import Parts
from contact_center.simulator.server.reach import Reach
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.voices import RealVoices


class AudibleParts(Parts):
    """Everything that makes or carries sound."""

    def __init__(self, reach: Reach, node_modules: Path, desk_url: str) -> None:
        self._library = ClipLibrary(reach)
        super().__init__(mixer=Mixer(), clips=self._library, voices=RealVoices())
        self._node_modules = node_modules
        self._desk_url = desk_url
        self._gateway: VoiceGateway | None = None

    def routes(self, runner: Runner) -> Sequence[web.RouteDef]:
        """The gateway of the Voice SDK, and the customer's telephone."""
        self._gateway = gateway = VoiceGateway(runner)
        phone = PhonePage(runner, gateway, node_modules=self._node_modules, desk_url=self._desk_url)
        return [web.get("/signal", gateway.handle), *phone.routes()]

    async def hang_up(self, app: web.Application) -> None:
        """Put every browser's line down, before the server waits for its sockets to close."""
        if self._gateway is not None:
            await self._gateway.close(app)

    async def close(self) -> None:
        """Close the connections."""
        await self._library.close()
