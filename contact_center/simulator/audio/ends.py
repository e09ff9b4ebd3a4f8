"""The ends of the lines: who speaks into a leg and who listens to it."""

from typing import Protocol, runtime_checkable

import numpy as np

from contact_center.simulator.audio.frames import (
    FRAME_SAMPLES,
    FULL_SCALE,
    RATE,
    Samples,
    to_samples,
)


class MediaEnd(Protocol):
    """What the mixer asks of the far end of a leg, once every 20 ms and never twice at once."""

    def pop(self) -> Samples | None:
        """The next frame of what it says; None is silence."""

    def push(self, frame: Samples) -> None:
        """The next frame of what it hears. The array is its own to keep."""

    def close(self) -> None:
        """The leg is over. May be called twice."""


@runtime_checkable
class CountsGaps(Protocol):
    """An end whose sound comes over a network, and may be interrupted on its way to the mixer."""

    @property
    def gaps(self) -> int:
        """How often what it says broke off and came back."""


class SilentEnd:
    """Somebody who listens and says nothing."""

    def pop(self) -> Samples | None:
        return None

    def push(self, frame: Samples) -> None:
        pass

    def close(self) -> None:
        pass


class WavEnd(SilentEnd):
    """Somebody who plays a recording into the line, once or for ever."""

    def __init__(self, samples: Samples, *, loop: bool = False) -> None:
        """`samples` are 8 kHz; the last frame is filled up with silence unless it loops."""
        if loop and 0 < len(samples) < FRAME_SAMPLES:
            samples = np.tile(samples, -(-FRAME_SAMPLES // len(samples)))
        self._samples = samples
        self._loop = loop
        self._position = 0

    def pop(self) -> Samples | None:
        start = self._position
        if start >= len(self._samples):
            return None
        self._position = start + FRAME_SAMPLES
        frame = self._samples[start : self._position]
        missing = FRAME_SAMPLES - len(frame)
        if self._loop and self._position >= len(self._samples):
            self._position = missing
            frame = np.concatenate((frame, self._samples[:missing]))
        elif missing:
            frame = np.pad(frame, (0, missing))
        return frame


class Mouth(SilentEnd):
    """Somebody who is silent, and now and then says something."""

    def __init__(self) -> None:
        self._saying: WavEnd | None = None

    def say(self, samples: Samples, *, loop: bool = False) -> None:
        """Say this from now on, instead of what was being said."""
        self._saying = WavEnd(samples, loop=loop)

    def pop(self) -> Samples | None:
        return None if self._saying is None else self._saying.pop()


class ToneEnd(WavEnd):
    """Somebody who hums one steady tone, so that a test can tell who is heard."""

    def __init__(self, frequency_hz: float, level_db: float = -15.0) -> None:
        """`level_db` is the peak relative to full scale: 0 dB is as loud as the line allows."""
        super().__init__(tone(frequency_hz, level_db, 10.0), loop=True)


def tone(frequency_hz: float, level_db: float, seconds: float) -> Samples:
    """A sine of so many Hz; its peak is `level_db` below full scale."""
    if not 0 < frequency_hz < RATE / 2:
        raise ValueError(f"A telephone line carries no tone of {frequency_hz} Hz.")
    time = np.arange(round(seconds * RATE)) / RATE
    amplitude = (FULL_SCALE - 1) * 10 ** (level_db / 20)
    return to_samples(amplitude * np.sin(2 * np.pi * frequency_hz * time))
