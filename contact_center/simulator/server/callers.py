"""Scripted callers: people made of a few figures, who ring, press keys, wait and talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import MediaEnd

KEY_SECONDS = 0.15
"""Between one key and the next."""

WAIT_SECONDS = 0.5
"""What a ``w`` among the keys stands for."""


@dataclass(frozen=True)
class Script:
    """What a caller does.

    ``keys`` are pressed once the call is answered, ``w`` waiting half a second. After
    ``patience_s`` without anybody to talk to he hangs up, and after ``talk_s`` counted from the
    first word; None means never.
    """

    from_: str
    to: str
    keys: str = ""
    patience_s: float | None = None
    talk_s: float | None = None


class ScriptedCaller:
    """One caller on his call. A far end: the runner tells it what becomes of the leg."""

    def __init__(self, runner: Runner, script: Script, when_over: Callable[[], None]) -> None:
        self._runner = runner
        self._script = script
        self._when_over = when_over
        self._loop = asyncio.get_running_loop()
        self._patience: asyncio.TimerHandle | None = None
        self._talk: asyncio.TimerHandle | None = None
        self._keys: list[asyncio.TimerHandle] = []
        self._talking = False
        self.leg_sid = ""

    def ring(self, media_end: MediaEnd) -> str:
        """Dial; returns the leg. Raises UnknownNumber."""
        self.leg_sid = self._runner.network.dial_in(self._script.from_, self._script.to)
        self._runner.attach_far_end(self.leg_sid, self, media_end)
        self._runner.audibility_watchers.append(self._who_is_there)
        self._lose_patience_later()
        self._runner.flush()
        return self.leg_sid

    # ---- what he does

    def press(self, keys: str) -> None:
        """Press these keys one after the other, from now on."""
        at = 0.0
        for key in keys:
            if key == "w":
                at += WAIT_SECONDS
            else:
                self._keys.append(self._loop.call_later(at, self._press, key))
                at += KEY_SECONDS

    def hang_up(self) -> None:
        """Put the receiver down."""
        self._runner.network.far_end_hung_up(self.leg_sid)
        self._runner.flush()

    def _press(self, key: str) -> None:
        self._runner.network.key_pressed(self.leg_sid, key)
        self._runner.flush()

    # ---- what becomes of his call

    def ringing(self) -> None:
        """He hears it ring."""

    def answered(self) -> None:
        """Somebody or something picked up."""
        self.press(self._script.keys)

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """It is over."""
        for timer in (self._patience, self._talk, *self._keys):
            if timer is not None:
                timer.cancel()
        self._runner.audibility_watchers.remove(self._who_is_there)
        self._when_over()

    def _who_is_there(self) -> None:
        talking = self._runner.network.talks(self.leg_sid)
        if talking == self._talking:
            return
        self._talking = talking
        if talking:
            if self._patience is not None:
                self._patience.cancel()
            if self._talk is None and self._script.talk_s is not None:
                self._talk = self._loop.call_later(self._script.talk_s, self.hang_up)
        else:
            self._lose_patience_later()

    def _lose_patience_later(self) -> None:
        if self._script.patience_s is not None:
            self._patience = self._loop.call_later(self._script.patience_s, self.hang_up)
