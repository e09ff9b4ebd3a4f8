"""Running without audio: clips last as long as they would, and nobody hears anything.

For headless runs of many calls. A clip's "samples" are its length in seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contact_center.simulator.core.effects import (
    Beep,
    Clip,
    HoldTone,
    Keys,
    PlayUrl,
    RingTone,
    Speak,
    Utterance,
)
from contact_center.simulator.core.outside import BEEP_SECONDS, spoken_seconds
from contact_center.simulator.server.sound import MediaEnd, Recording, Samples

SOUND_FILE_SECONDS = 10.0
KEY_SECONDS = 0.2


class QuietClips:
    """Knows how long things take to say."""

    def __init__(self, speed: float = 1.0) -> None:
        """``speed`` makes everything that much shorter."""
        self._speed = speed

    async def samples(self, clip: Clip) -> Samples:
        """Seconds, for the quiet mixer."""
        match clip:
            case Speak(text):
                return spoken_seconds(text) / self._speed
            case Beep():
                return BEEP_SECONDS / self._speed
            case Keys(digits):
                return len(digits) * KEY_SECONDS / self._speed
            case PlayUrl() | HoldTone() | RingTone():
                return SOUND_FILE_SECONDS / self._speed


class QuietMixer:
    """Ends clips in time; everything else is silence."""

    def __init__(self) -> None:
        self.on_clip_finished: Callable[[str, int], None] | None = None
        self.on_voice: Callable[[str, bool], None] | None = None
        self._ends: dict[str, MediaEnd] = {}
        self._clips: dict[tuple[str, int], asyncio.TimerHandle] = {}

    async def run(self) -> None:
        """There is no clock to keep."""

    def attach(self, leg_sid: str, end: MediaEnd) -> None:
        """Somebody is behind the leg."""
        self._ends[leg_sid] = end

    def detach(self, leg_sid: str) -> None:
        """The leg is over."""
        if (end := self._ends.pop(leg_sid, None)) is not None:
            end.close()
        for key in [key for key in self._clips if key[0] == leg_sid]:
            self._clips.pop(key).cancel()

    def start_clip(self, leg_sid: str, token: int, samples: Samples, loop: bool) -> None:
        """Count the clip's seconds; an endless one is not counted."""
        if not loop:
            running = asyncio.get_running_loop()
            timer = running.call_later(float(samples), self._finished, leg_sid, token)
            self._clips[leg_sid, token] = timer

    def stop_clip(self, leg_sid: str, token: int) -> None:
        """Stop counting."""
        if (timer := self._clips.pop((leg_sid, token), None)) is not None:
            timer.cancel()

    def set_audibility(self, audibility: Mapping[str, tuple[str, ...]]) -> None:
        """Nobody hears anything here; the truth about who would is the network's."""

    def heard(self, leg_sid: str, seconds: float) -> Samples:
        """There is no sound. Raises KeyError, as for a leg that does not exist."""
        raise KeyError(leg_sid)

    said = heard

    def keep(self, recording_sid: str, leg_sid: str) -> None:
        """There is nothing to keep; whoever speaks says so himself."""

    def kept(self, recording_sid: str, from_s: float, until_s: float) -> bytes | None:
        """There is no sound: the network makes one up."""
        return None

    def record(self, leg_sid: str) -> Recording:
        """There is no sound. Raises KeyError, as for a leg that does not exist."""
        raise KeyError(leg_sid)

    recording = record

    def _finished(self, leg_sid: str, token: int) -> None:
        self._clips.pop((leg_sid, token), None)
        if self.on_clip_finished is not None:
            self.on_clip_finished(leg_sid, token)


class NoSound:
    """The media end of somebody without voice and ears."""

    def pop(self) -> Samples | None:
        """Says nothing."""
        return None

    def push(self, frame: Samples) -> None:
        """Hears nothing."""

    def say(self, samples: Samples, *, loop: bool = False) -> None:
        """Says nothing."""

    def close(self) -> None:
        """There is nothing to close."""


class NoVoices:
    """People without sound, for runs without audio."""

    def voice(self, tone_hz: float | None, wav: bytes | None) -> MediaEnd:
        """Silence."""
        return NoSound()

    def mouth(self) -> NoSound:
        """Silence."""
        return NoSound()

    async def spoken(self, sound: Utterance) -> tuple[Samples, float]:
        """Silence that lasts as long as saying it would."""
        return None, spoken_seconds(sound.text) if isinstance(sound, Speak) else BEEP_SECONDS

    def levels(self, samples: Samples, frequencies_hz: Sequence[float]) -> dict[str, Any]:
        """Never reached: without audio there is nothing to listen to."""
        return {}

    def levels_over_time(
        self, samples: Samples, frequencies_hz: Sequence[float]
    ) -> dict[str, list[float]]:
        """Never reached, for the same reason."""
        return {}
