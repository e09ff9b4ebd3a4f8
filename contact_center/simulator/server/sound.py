"""What the runner asks of the audio plant, so that it runs with audio and without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from contact_center.simulator.core.effects import Utterance

Samples = Any
"""A numpy array of int16 at 8 kHz; this package never looks inside."""


class MediaEnd(Protocol):
    """The sound of one far end: what it says and what it hears, 20 ms at a time."""

    def pop(self) -> Samples | None: ...

    def push(self, frame: Samples) -> None: ...

    def close(self) -> None: ...


class Mouth(MediaEnd, Protocol):
    """Somebody who is silent, and now and then says something."""

    def say(self, samples: Samples, *, loop: bool = False) -> None: ...


class Recording(Protocol):
    """Both directions of a leg from one tick on, and who was mixed into its ears when."""

    from_tick: int
    changes: list[tuple[int, tuple[str, ...]]]

    def __len__(self) -> int: ...

    @property
    def heard(self) -> Samples: ...

    @property
    def said(self) -> Samples: ...


class SoundPlant(Protocol):
    """The mixer, as the runner uses it."""

    on_clip_finished: Callable[[str, int], None] | None
    on_voice: Callable[[str, bool], None] | None

    async def run(self) -> None: ...

    def attach(self, leg_sid: str, end: MediaEnd) -> None: ...

    def detach(self, leg_sid: str) -> None: ...

    def start_clip(self, leg_sid: str, token: int, samples: Samples, loop: bool) -> None: ...

    def stop_clip(self, leg_sid: str, token: int) -> None: ...

    def set_audibility(self, audibility: Mapping[str, tuple[str, ...]]) -> None: ...

    def heard(self, leg_sid: str, seconds: float) -> Samples: ...

    def said(self, leg_sid: str, seconds: float) -> Samples: ...

    def keep(self, recording_sid: str, leg_sid: str) -> None: ...

    def kept(self, recording_sid: str, from_s: float, until_s: float) -> bytes | None: ...

    def record(self, leg_sid: str) -> Recording: ...

    def recording(self, leg_sid: str) -> Recording: ...


class Voices(Protocol):
    """Makes media ends for scripted people, and measures sound."""

    def voice(self, tone_hz: float | None, wav: bytes | None) -> MediaEnd: ...

    def mouth(self) -> Mouth: ...

    async def spoken(self, sound: Utterance) -> tuple[Samples, float]: ...

    def levels(self, samples: Samples, frequencies_hz: Sequence[float]) -> dict[str, Any]: ...

    def levels_over_time(
        self, samples: Samples, frequencies_hz: Sequence[float]
    ) -> dict[str, list[float]]: ...
