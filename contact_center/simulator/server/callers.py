"""Scripted callers: people made of a few figures, who ring, press keys, wait and talk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from contact_center.simulator.core.effects import Speak
from contact_center.simulator.core.outside import KEY_SECONDS, WAIT_SECONDS
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import MediaEnd, Mouth, Voices


@dataclass(frozen=True)
class Script:
    """What a caller does.

    ``keys`` are pressed once the call is answered, ``w`` waiting half a second. After
    ``patience_s`` without anybody to talk to he hangs up, and after ``talk_s`` counted from the
    first word; None means never. A ``message`` is said when he is recorded; who ``speaks`` says
    something all the time.
    """

    from_: str
    to: str
    keys: str = ""
    patience_s: float | None = None
    talk_s: float | None = None
    message: str = ""
    speaks: bool = False


class ScriptedCaller:
    """One caller on his call. A far end: the runner tells it what becomes of the leg."""

    def __init__(
        self, runner: Runner, script: Script, voices: Voices, when_over: Callable[[], None]
    ) -> None:
        self._runner = runner
        self._script = script
        self._voices = voices
        self._when_over = when_over
        self._loop = asyncio.get_running_loop()
        self._patience: asyncio.TimerHandle | None = None
        self._talk: asyncio.TimerHandle | None = None
        self._deeds: list[asyncio.TimerHandle] = []
        self._talking = False
        self._mouth: Mouth | None = None
        self.leg_sid = ""

    def ring(self, voice: MediaEnd) -> str:
        """Dial, with this voice; returns the leg. Raises UnknownNumber."""
        media_end = voice
        if self._script.message:
            media_end = self._mouth = self._voices.mouth()
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
                self._deeds.append(self._loop.call_later(at, self._press, key))
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

    def recorded(self) -> None:
        """He has heard the beep."""
        if self._mouth is not None:
            self._runner.spawn(self._leave_message(self._mouth))
        elif self._script.speaks:
            self._runner.network.speech_began(self.leg_sid)

    async def _leave_message(self, mouth: Mouth) -> None:
        message = Speak(self._script.message, "man", "en-US")
        samples, seconds = await self._voices.spoken(message)
        mouth.say(samples)
        self._runner.network.speech_began(self.leg_sid)
        self._runner.flush()
        self._deeds.append(self._loop.call_later(seconds, self._fall_silent))

    def _fall_silent(self) -> None:
        self._runner.network.speech_ended(self.leg_sid)
        self._runner.flush()

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """It is over."""
        for timer in (self._patience, self._talk, *self._deeds):
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
