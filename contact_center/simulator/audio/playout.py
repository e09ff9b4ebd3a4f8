"""Turns what arrives over a network into one frame every 20 ms.

Theory of operation. Samples are written into a ring by their RTP timestamp, so packets may come
out of order, twice, or with any packet time. Reading begins when enough is there: the cushion,
60 ms at first (40 ms ran dry three times a minute on two busy cores). When the ring runs dry the
reader waits instead of moving on: what comes late is still heard, and the cushion has grown by
what it was short of. A cushion that nobody needed for four seconds (thirty after a gap) is made one
frame shorter, two frames being faded into one another.

A hole in the middle (a lost packet) is bridged with the previous frame at half its loudness.
"""

import numpy as np

from contact_center.simulator.audio.frames import FRAME_SAMPLES, RATE, Samples, to_samples

_RING_SAMPLES = 2 * RATE
_FAR_OFF_SAMPLES = RATE
_CUSHION_FRAMES = 3
_WORST_CUSHION_FRAMES = 8
_PATIENCE_FRAMES = 200
_PATIENCE_AFTER_A_GAP_FRAMES = 1500
_GIVE_UP_FRAMES = 3
_FADE_OUT = np.linspace(1.0, 0.0, FRAME_SAMPLES)


class PlayoutBuffer:
    """The jitter buffer of one browser's microphone."""

    def __init__(self) -> None:
        self.gaps = 0
        """How often the sound broke off and came back: each is one audible interruption."""
        self.lost_frames = 0
        """Frames bridged because their packet never came, or came too late."""
        self._ring = np.zeros(_RING_SAMPLES, np.int16)
        self._filled = np.zeros(_RING_SAMPLES, np.bool_)
        self._cushion_frames = _CUSHION_FRAMES
        self._previous: Samples = np.zeros(FRAME_SAMPLES, np.int16)
        self._playing = False
        self._dry_frames = 0
        self._read = 0
        self._newest = 0
        self._last_timestamp: int | None = None
        self._position = 0
        self._least_waiting = _RING_SAMPLES
        self._patience = _PATIENCE_FRAMES

    def add(self, timestamp: int, samples: Samples) -> None:
        """Take in samples whose first was taken at this RTP timestamp (32 bits, 8 kHz)."""
        position = self._unwrap(timestamp)
        end = position + len(samples)
        started = self._last_timestamp is not None
        self._last_timestamp = timestamp
        self._position = position
        if not started or abs(position - self._newest) > _FAR_OFF_SAMPLES:
            self._begin_at(position)
        if position < self._read:  # too late, or a copy
            return
        where = np.arange(position, end) % _RING_SAMPLES
        self._ring[where] = samples
        self._filled[where] = True
        self._newest = max(self._newest, end)

    def pop(self) -> Samples | None:
        """The next 20 ms, or None while nothing is being said to us."""
        waiting = self._newest - self._read
        if not self._playing:
            if waiting < self._cushion_frames * FRAME_SAMPLES:
                return None
            self._playing = True
            self._watch_cushion_anew()
        if waiting < FRAME_SAMPLES:
            return self._run_dry()
        if self._dry_frames:
            self._came_back()
        self._least_waiting = min(self._least_waiting, waiting)
        frame = self._take()
        self._patience -= 1
        if self._patience <= 0:
            frame = self._shorten(frame)
            self._watch_cushion_anew()
        self._previous = frame
        return frame

    def _unwrap(self, timestamp: int) -> int:
        if self._last_timestamp is None:
            return timestamp
        step = (timestamp - self._last_timestamp) & 0xFFFFFFFF
        if step >= 1 << 31:
            step -= 1 << 32
        return self._position + step

    def _begin_at(self, position: int) -> None:
        self._filled[:] = False
        self._read = self._newest = position
        self._playing = False

    def _take(self) -> Samples:
        where = np.arange(self._read, self._read + FRAME_SAMPLES) % _RING_SAMPLES
        frame = self._ring[where]
        complete = bool(self._filled[where].all())
        self._filled[where] = False
        self._read += FRAME_SAMPLES
        if complete:
            return frame
        self.lost_frames += 1
        return self._previous // 2

    def _run_dry(self) -> Samples | None:
        self._dry_frames += 1
        if self._dry_frames >= _GIVE_UP_FRAMES:
            self._playing = False
            return None
        self._previous = self._previous // 2
        return self._previous

    def _came_back(self) -> None:
        self.gaps += 1
        self._dry_frames = 0
        self._cushion_frames = min(self._cushion_frames + 1, _WORST_CUSHION_FRAMES)
        self._watch_cushion_anew(_PATIENCE_AFTER_A_GAP_FRAMES)

    def _watch_cushion_anew(self, frames: int = _PATIENCE_FRAMES) -> None:
        self._least_waiting = _RING_SAMPLES
        self._patience = frames

    def _shorten(self, frame: Samples) -> Samples:
        """Fade this frame into the next one if even the thinnest moment had frames to spare."""
        if self._cushion_frames > _CUSHION_FRAMES:
            self._cushion_frames -= 1
        if self._least_waiting <= (self._cushion_frames + 1) * FRAME_SAMPLES:
            return frame
        return to_samples(frame * _FADE_OUT + self._take() * _FADE_OUT[::-1])
