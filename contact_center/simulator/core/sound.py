"""Something a leg hears that the network itself makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from contact_center.simulator.core.effects import Clip, StartAudio, StopAudio
from contact_center.simulator.core.world import World

ENDLESS = 0
"""How often to play a clip that never ends by itself (``loop="0"``)."""


class Sound(Protocol):
    """Can be silenced."""

    def silence(self) -> None: ...


class ClipPlayer:
    """Plays one clip a number of times to one leg, then says so."""

    def __init__(
        self, world: World, leg_sid: str, clip: Clip, times: int, then: Callable[[], None]
    ) -> None:
        self._world = world
        self._leg_sid = leg_sid
        self._clip = clip
        self._left = times
        self._endless = times == ENDLESS
        self._then = then
        self._token = 0
        self._start()

    def silence(self) -> None:
        """Stop at once; ``then`` is not called."""
        if self._world.audio_ends.pop((self._leg_sid, self._token), None):
            self._world.emit(StopAudio(self._leg_sid, self._token))

    def _start(self) -> None:
        self._token = self._world.new_token()
        self._world.audio_ends[self._leg_sid, self._token] = self._finished
        self._world.emit(StartAudio(self._leg_sid, self._token, self._clip, self._endless))

    def _finished(self) -> None:
        self._left -= 1
        if self._left > 0:
            self._start()
        else:
            self._then()
