"""What one leg heard and said from some tick on, and who was mixed into its ears at each tick."""

from collections.abc import Sequence

import numpy as np

from contact_center.simulator.audio.frames import FRAME_SECONDS, RATE, Samples, rms_db

LONGEST_SECONDS = 300.0
_MOST_FRAMES = round(LONGEST_SECONDS / FRAME_SECONDS)


class Recording:
    """Every frame of both directions of a leg, by the mixer's own clock.

    Frame n is that of tick ``from_tick + n``. After five minutes nothing is added any more.
    """

    def __init__(self, from_tick: int) -> None:
        self.from_tick = from_tick
        self.changes: list[tuple[int, tuple[str, ...]]] = []
        """(tick, the legs that were mixed into its ears from that tick on)."""
        self._heard: list[Samples] = []
        self._said: list[Samples] = []

    def __len__(self) -> int:
        """How many ticks it holds."""
        return len(self._heard)

    def add(self, heard: Samples, said: Samples, hears: tuple[str, ...]) -> None:
        """Keep one more tick."""
        if len(self) == _MOST_FRAMES:
            return
        if not self.changes or self.changes[-1][1] != hears:
            self.changes.append((self.from_tick + len(self), hears))
        # Copies: a frame as it comes is a row of everybody's, and would keep all of them.
        self._heard.append(heard.copy())
        self._said.append(said.copy())

    @property
    def heard(self) -> Samples:
        """Everything it heard: 8 kHz."""
        return _joined(self._heard)

    @property
    def said(self) -> Samples:
        """Everything it said: 8 kHz."""
        return _joined(self._said)


LONGEST_TAPE_SECONDS = 1800.0
"""A minute takes a megabyte; what comes later is not kept."""

SPEECH_DB = -42.0
"""Louder is somebody speaking; a microphone in a quiet room stays below."""

PAUSE_SECONDS = 0.4
"""Quiet for so long: nobody speaks any more. Shorter pauses belong to speech."""


class Tape:
    """What one leg says while it is recorded, and whether somebody speaks."""

    def __init__(self) -> None:
        self._frames: list[Samples] = []
        self._speaks = False
        self._quiet_frames = 0

    def add(self, frame: Samples) -> bool | None:
        """Keep one more frame; whether somebody has just begun (or ceased) to speak."""
        if len(self._frames) < LONGEST_TAPE_SECONDS / FRAME_SECONDS:
            self._frames.append(frame.copy())
        if rms_db(frame) > SPEECH_DB:
            self._quiet_frames = 0
            began, self._speaks = not self._speaks, True
            return True if began else None
        self._quiet_frames += 1
        if self._speaks and self._quiet_frames * FRAME_SECONDS >= PAUSE_SECONDS:
            self._speaks = False
            return False
        return None

    def cut(self, from_s: float, until_s: float) -> Samples:
        """What lies between two moments, in seconds since the start."""
        return _joined(self._frames)[round(from_s * RATE) : round(until_s * RATE)]


def _joined(frames: Sequence[Samples]) -> Samples:
    return np.concatenate(frames) if frames else np.zeros(0, np.int16)
