"""What the phone network plays when nobody named a file: music to wait by, and ringing.

The music is made here, so that nothing is fetched and nobody's rights are touched: sixteen bars of
slow chords with a few bell notes over them, 38 s, seamless. Tests tell people apart by the tones
440, 700 and 1010 Hz; those three are cut out of the music, or a waiting caller would seem to hear
an agent.
"""

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from contact_center.simulator.audio.frames import FULL_SCALE, RATE, Samples, to_samples

MEASURING_TONES_HZ = (440.0, 700.0, 1010.0)
_CUT_WIDTH_HZ = 30.0

_BEAT_SECONDS = 0.6
_BEATS_A_BAR = 4
_LOUDEST = 0.28

# Semitones above C3. The lowest note of each chord is the bass.
_CHORDS = (
    (0, 16, 19, 23),  # C major seventh
    (-3, 12, 16, 19),  # A minor seventh
    (5, 16, 21, 24),  # F major seventh
    (-5, 14, 17, 23),  # G seventh
    (0, 16, 19, 23),
    (4, 14, 19, 23),  # E minor seventh
    (5, 16, 21, 24),
    (7, 14, 17, 21),  # G suspended
)
# (bar, beat, semitones above C3): a melody sparse enough to be talked over.
_BELLS = (
    (0, 1.0, 28), (0, 3.0, 31), (1, 0.0, 36), (2, 1.0, 33), (2, 3.0, 28), (3, 0.0, 26),
    (4, 1.0, 28), (4, 2.5, 31), (5, 0.0, 35), (6, 1.0, 36), (6, 2.0, 33), (6, 3.0, 29),
    (7, 0.0, 31), (8, 2.0, 35), (9, 0.0, 36), (9, 2.0, 31), (10, 1.0, 33), (11, 0.0, 29),
    (11, 2.0, 26), (12, 1.0, 31), (13, 0.0, 28), (14, 1.0, 24), (14, 3.0, 29), (15, 0.0, 26),
)  # fmt: skip

_Signal = npt.NDArray[np.float64]


@lru_cache(maxsize=1)
def hold_music() -> Samples:
    """The whole loop. Shared and read-only; made once, in about a tenth of a second."""
    bars = 2 * len(_CHORDS)
    bar_samples = round(_BEATS_A_BAR * _BEAT_SECONDS * RATE)
    loop = np.zeros(bars * bar_samples)
    for bar in range(bars):
        for height, semitones in enumerate(_CHORDS[bar % len(_CHORDS)]):
            note = _pad_note(semitones, bar_samples, loudness=1.0 if height == 0 else 0.55)
            _add_around(loop, bar * bar_samples, note)
    for bar, beat, semitones in _BELLS:
        start = bar * bar_samples + round(beat * _BEAT_SECONDS * RATE)
        _add_around(loop, start, _bell_note(semitones))
    return _finished(_without_measuring_tones(loop))


def _frequency_hz(semitones_above_c3: int) -> float:
    return 130.8128 * math.pow(2.0, semitones_above_c3 / 12)


def _pad_note(semitones: int, samples: int, loudness: float) -> _Signal:
    """A soft, slightly wavering tone that swells into its bar and fades into the next."""
    length = samples + round(1.2 * RATE)
    time = np.arange(length) / RATE
    frequency = _frequency_hz(semitones)
    waver = 0.6 * np.sin(2 * np.pi * 0.4 * time + semitones)
    tone = sum(
        np.sin(2 * np.pi * frequency * partial * time + waver) / partial**2.2
        for partial in (1, 2, 3, 4)
    )
    rise = np.minimum(1.0, time / 0.9)
    fall = np.minimum(1.0, time[::-1] / 1.2)
    shaped: _Signal = tone * np.sin(np.pi / 2 * rise) ** 2 * np.sin(np.pi / 2 * fall) ** 2
    return loudness * 0.5 * shaped


def _bell_note(semitones: int) -> _Signal:
    time = np.arange(round(2.4 * RATE)) / RATE
    frequency = _frequency_hz(semitones)
    shaped: _Signal = sum(
        weight * np.exp(-time * decay) * np.sin(2 * np.pi * frequency * partial * time)
        for partial, weight, decay in ((1, 0.8, 2.2), (2, 0.25, 3.5), (3, 0.1, 6.0))
    ) * np.minimum(1.0, time / 0.008)
    return shaped


def _add_around(loop: _Signal, start: int, note: _Signal) -> None:
    """Add a note; what rings on after the end of the loop rings on at its beginning."""
    where = (start + np.arange(len(note))) % len(loop)
    loop[where] += note


def _without_measuring_tones(loop: _Signal) -> _Signal:
    """Cut narrow bands out of the spectrum of the whole loop, which keeps it seamless."""
    spectrum = np.fft.rfft(loop)
    frequencies = np.fft.rfftfreq(len(loop), 1 / RATE)
    for tone_hz in MEASURING_TONES_HZ:
        spectrum[np.abs(frequencies - tone_hz) < _CUT_WIDTH_HZ] = 0
    return np.fft.irfft(spectrum, len(loop))


def _finished(signal: _Signal) -> Samples:
    samples = to_samples(signal * (_LOUDEST * FULL_SCALE / np.abs(signal).max()))
    samples.flags.writeable = False
    return samples
