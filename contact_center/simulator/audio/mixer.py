"""One clock for all lines: every 20 ms each leg hears those it may hear, and what is played to it.

Theory of operation. On each tick every end is asked for one frame (`pop`). The frames become the
rows of a matrix; multiplied by the audibility matrix (one row per listener, a one for every
speaker he hears) they give every listener's mix at once, so the cost of a tick grows with the
number of legs rather than with the pairs who hear each other. Clips are added, the sum saturates,
and every end is handed its row (`push`). Who hears whom is decided elsewhere and arrives by
`set_audibility`; nobody hears himself unless told so.

The clock counts from its start: a late tick is followed by an early one and no sample is lost.
More than 200 ms behind, the missed ticks are skipped, because a burst would only be thrown away
by the jitter buffers of the far ends; each skipped tick is counted as a gap for all.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import numpy as np
import numpy.typing as npt

from contact_center.simulator.audio.clips import encode_wav
from contact_center.simulator.audio.ends import CountsGaps, MediaEnd
from contact_center.simulator.audio.frames import (
    FRAME_SAMPLES,
    FRAME_SECONDS,
    Samples,
    rms_db,
)
from contact_center.simulator.audio.recording import Recording, Tape

HISTORY_SECONDS = 15.0
MOST_RECORDINGS = 16
"""A minute of one takes two megabytes; the oldest makes room."""
_HOPELESS_SECONDS = 0.2
_LEVEL_SECONDS = 0.2
_ROUNDS_PER_LATE_TICK = 4


class _Clip:
    """Something the network plays to one leg."""

    def __init__(self, samples: Samples, *, loop: bool) -> None:
        frames = -(-len(samples) // FRAME_SAMPLES)
        if loop:
            # A loop is cut to whole frames: 20 ms of the end are lost at most, and never noticed.
            frames = max(1, len(samples) // FRAME_SAMPLES) if len(samples) else 0
        padded = np.zeros(frames * FRAME_SAMPLES, np.int16)
        count = min(len(samples), len(padded))
        padded[:count] = samples[:count]
        self._frames = padded.reshape(frames, FRAME_SAMPLES)
        self._loop = loop and frames > 0
        self._next = 0

    def pop(self) -> Samples | None:
        """The next frame, or None when it has been played to its end."""
        if self._next == len(self._frames):
            if not self._loop:
                return None
            self._next = 0
        self._next += 1
        frame: Samples = self._frames[self._next - 1]
        return frame


class _History:
    """The last seconds of one direction of one leg."""

    def __init__(self) -> None:
        self._frames = np.zeros((round(HISTORY_SECONDS / FRAME_SECONDS), FRAME_SAMPLES), np.int16)
        self._written = 0

    def add(self, frame: Samples) -> None:
        self._frames[self._written % len(self._frames)] = frame
        self._written += 1

    def last(self, seconds: float) -> Samples:
        wanted = min(round(seconds / FRAME_SECONDS), self._written, len(self._frames))
        rows = np.arange(self._written - wanted, self._written) % len(self._frames)
        return self._frames[rows].reshape(-1)


class _Leg:
    def __init__(self, sid: str, end: MediaEnd) -> None:
        self.sid = sid
        self.end = end
        self.clips: dict[int, _Clip] = {}
        self.hears: tuple[str, ...] = ()
        self.tapes: list[Tape] = []
        self.said = _History()
        self.heard = _History()


class Mixer:
    """All legs of the phone network. Everything here runs in the event loop's thread."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        """`clock` gives seconds that never go back; `sleep` waits for some of them."""
        self._clock = clock
        self._sleep = sleep
        self.on_clip_finished: Callable[[str, int], None] | None = None
        self.on_voice: Callable[[str, bool], None] | None = None
        self._tapes: dict[str, tuple[_Leg, Tape]] = {}
        self._legs: dict[str, _Leg] = {}
        self._order: list[_Leg] = []
        self._recordings: dict[str, Recording] = {}
        self._audibility: Mapping[str, tuple[str, ...]] = {}
        self._weights: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._ticks = 0
        self._late_ticks = 0
        self._skipped_ticks = 0
        self._worst_late_seconds = 0.0
        self._work_seconds = 0.0
        self._gaps_of_detached = 0

    # Legs ---------------------------------------------------------------------------------------

    def attach(self, leg_sid: str, end: MediaEnd) -> None:
        """Put `end` on the line of `leg_sid`; an earlier end of that leg is closed.

        Clips and history stay: a browser that comes back hears the music where it is now.
        """
        leg = self._legs.get(leg_sid)
        if leg is None:
            self._legs[leg_sid] = _Leg(leg_sid, end)
            self._arrange()
        elif leg.end is not end:
            self._retire(leg.end)
            leg.end = end

    def detach(self, leg_sid: str) -> None:
        """The leg is over: forget it and close its end. Nothing happens if it is not there."""
        leg = self._legs.pop(leg_sid, None)
        if leg is not None:
            self._retire(leg.end)
            self._arrange()

    def close(self) -> None:
        """Detach every leg."""
        for leg_sid in list(self._legs):
            self.detach(leg_sid)

    def set_audibility(self, hears: Mapping[str, tuple[str, ...]]) -> None:
        """Say who hears whom: listener to speakers. Who is not named hears nobody.

        Legs may be named before they are attached and after they are gone.
        """
        self._audibility = dict(hears)
        self._arrange()

    # What the network plays ---------------------------------------------------------------------

    def start_clip(self, leg_sid: str, token: int, samples: Samples, loop: bool = False) -> None:
        """Play 8 kHz samples to one leg; `on_clip_finished(leg_sid, token)` follows its last frame.

        A clip for a leg that has gone in the meantime is dropped: fetching it took too long.
        """
        leg = self._legs.get(leg_sid)
        if leg is not None:
            leg.clips[token] = _Clip(samples, loop=loop)

    def stop_clip(self, leg_sid: str, token: int) -> None:
        """Stop it; it will not be reported as finished. Nothing happens if it is over already."""
        leg = self._legs.get(leg_sid)
        if leg is not None:
            leg.clips.pop(token, None)

    # Listening in -------------------------------------------------------------------------------

    def heard(self, leg_sid: str, seconds: float) -> Samples:
        """The last seconds (15 at most) of what this leg heard. KeyError if it does not exist."""
        return self._legs[leg_sid].heard.last(seconds)

    def said(self, leg_sid: str, seconds: float) -> Samples:
        """The last seconds (15 at most) of what this leg said. KeyError if it does not exist."""
        return self._legs[leg_sid].said.last(seconds)

    def record(self, leg_sid: str) -> Recording:
        """Keep everything this leg hears and says from the next tick on, beyond its end.

        Asked again, the recording that runs already goes on. KeyError if the leg does not exist.
        """
        if leg_sid not in self._recordings:
            self._legs[leg_sid]
            if len(self._recordings) == MOST_RECORDINGS:
                del self._recordings[next(iter(self._recordings))]
            self._recordings[leg_sid] = Recording(from_tick=self._ticks)
        return self._recordings[leg_sid]

    def recording(self, leg_sid: str) -> Recording:
        """What `record` has kept of this leg. KeyError if it was never asked for."""
        return self._recordings[leg_sid]

    # What is kept for <Record> --------------------------------------------------------------------

    def keep(self, recording_sid: str, leg_sid: str) -> None:
        """Keep what this leg says, from the next tick on; nothing if it is not there.

        Meanwhile `on_voice(leg_sid, speaks)` says when somebody begins and ceases to speak.
        """
        if (leg := self._legs.get(leg_sid)) is not None:
            tape = Tape()
            leg.tapes.append(tape)
            self._tapes[recording_sid] = leg, tape

    def kept(self, recording_sid: str, from_s: float, until_s: float) -> bytes | None:
        """Stop keeping: what lies between two moments as a WAV file; None if nothing was kept."""
        leg, tape = self._tapes.pop(recording_sid, (None, None))
        if leg is None or tape is None:
            return None
        leg.tapes.remove(tape)
        samples = tape.cut(from_s, until_s)
        return encode_wav(samples) if len(samples) else None

    def levels(self, leg_sid: str) -> dict[str, float]:
        """Loudness of the last 200 ms in both directions, in dB relative to full scale (RMS)."""
        return {
            "said_db": round(rms_db(self.said(leg_sid, _LEVEL_SECONDS)), 1),
            "heard_db": round(rms_db(self.heard(leg_sid, _LEVEL_SECONDS)), 1),
        }

    def figures(self) -> dict[str, float]:
        """How well the clock keeps time, since the start.

        `late_ticks` came more than one frame (20 ms) late, `skipped_ticks` never came. `gaps` are
        interruptions of what browsers said, plus skipped ticks. `work_ms_per_tick` includes the
        ends' own pop and push but not the network underneath them.
        """
        return {
            "legs": len(self._order),
            "ticks": self._ticks,
            "late_ticks": self._late_ticks,
            "skipped_ticks": self._skipped_ticks,
            "worst_late_ms": round(self._worst_late_seconds * 1000, 1),
            "work_ms_per_tick": round(self._work_seconds * 1000 / max(1, self._ticks), 4),
            "gaps": self._skipped_ticks
            + self._gaps_of_detached
            + sum(_gaps(leg.end) for leg in self._order),
        }

    # The clock ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tick every 20 ms until cancelled."""
        due = self._clock()
        while True:
            due += FRAME_SECONDS
            delay = due - self._clock()
            if delay > 0:
                await self._sleep(delay)
            else:
                # asyncio reads one datagram of a socket in each round of its loop: without these
                # rounds a clock that catches up finds nothing of what has arrived meanwhile.
                for _ in range(_ROUNDS_PER_LATE_TICK):
                    await self._sleep(0)
            late = self._clock() - due
            self._worst_late_seconds = max(self._worst_late_seconds, late)
            if late > FRAME_SECONDS:
                self._late_ticks += 1
            if late > _HOPELESS_SECONDS:
                missed = int(late / FRAME_SECONDS)
                self._skipped_ticks += missed
                due += missed * FRAME_SECONDS
            self.tick()

    def tick(self) -> None:
        """Move 20 ms of sound from everybody to everybody."""
        started = time.perf_counter()
        legs = self._order
        finished: list[tuple[str, int]] = []
        voices: list[tuple[str, bool]] = []
        if legs:
            said = np.zeros((len(legs), FRAME_SAMPLES), np.int16)
            for row, leg in enumerate(legs):
                frame = leg.end.pop()
                if frame is not None:
                    said[row] = frame
                leg.said.add(said[row])
                if leg.tapes:
                    voices += [
                        (leg.sid, speaks)
                        for tape in leg.tapes
                        if (speaks := tape.add(said[row])) is not None
                    ]
            # Sums of 16-bit samples stay exact in float32 up to 256 loud speakers.
            mix = self._weights @ said.astype(np.float32)
            for row, leg in enumerate(legs):
                for token, clip in tuple(leg.clips.items()):
                    frame = clip.pop()
                    if frame is None:
                        del leg.clips[token]
                        finished.append((leg.sid, token))
                    else:
                        mix[row] += frame
            heard = np.clip(mix, -32768, 32767).astype(np.int16)
            for row, leg in enumerate(legs):
                leg.heard.add(heard[row])
                leg.end.push(heard[row])
                if (recording := self._recordings.get(leg.sid)) is not None:
                    recording.add(heard[row], said[row], leg.hears)
        self._work_seconds += time.perf_counter() - started
        self._ticks += 1
        if self.on_clip_finished is not None:
            for leg_sid, token in finished:  # last: it may attach, detach and start clips
                self.on_clip_finished(leg_sid, token)
        if self.on_voice is not None:
            for leg_sid, speaks in voices:
                self.on_voice(leg_sid, speaks)

    def _arrange(self) -> None:
        self._order = list(self._legs.values())
        rows = {leg.sid: row for row, leg in enumerate(self._order)}
        self._weights = np.zeros((len(rows), len(rows)), np.float32)
        for leg in self._order:
            heard = [one for one in self._audibility.get(leg.sid, ()) if one in rows]
            leg.hears = tuple(heard)
            for speaker in heard:
                self._weights[rows[leg.sid], rows[speaker]] = 1.0

    def _retire(self, end: MediaEnd) -> None:
        self._gaps_of_detached += _gaps(end)
        end.close()


def _gaps(end: MediaEnd) -> int:
    return end.gaps if isinstance(end, CountsGaps) else 0
