"""The parts that differ between a network with sound and one without."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from contact_center.simulator.server.quiet import NoVoices, QuietClips, QuietMixer
from contact_center.simulator.server.runner import ClipLibrary, Runner
from contact_center.simulator.server.sound import SoundPlant, Voices


class Parts:
    """A mixer, where its sounds come from, and how scripted people sound."""

    def __init__(self, *, mixer: SoundPlant, clips: ClipLibrary, voices: Voices) -> None:
        self.mixer = mixer
        self.clips = clips
        self.voices = voices

    def routes(self, runner: Runner) -> Sequence[web.RouteDef]:
        """Pages and doors that exist only with these parts."""
        return ()

    async def hang_up(self, app: web.Application) -> None:
        """Put down the lines that would hold up the end of the server."""

    async def close(self) -> None:
        """Let go of whatever is held."""


class QuietParts(Parts):
    """No sound at all."""

    def __init__(self) -> None:
        super().__init__(mixer=QuietMixer(), clips=QuietClips(), voices=NoVoices())
