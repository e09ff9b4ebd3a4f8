"""How loud is each of some tones: the ears of a test."""

from collections.abc import Iterable
from typing import TypedDict

import numpy as np

from contact_center.simulator.audio.frames import FULL_SCALE, RATE, Samples, decibels, rms_db

WINDOW_SECONDS = 0.2
_WINDOW_SAMPLES = round(WINDOW_SECONDS * RATE)
_HANN = np.hanning(_WINDOW_SAMPLES + 1)[:-1]  # periodic: a multiple of 5 Hz leaks into no other


class Levels(TypedDict):
    """`tones` in dB relative to a full-scale sine, `rms_db` relative to full scale."""

    tones: dict[str, float]
    rms_db: float


def levels(samples: Samples, frequencies_hz: Iterable[float]) -> Levels:
    """Measure each frequency in `samples` (8 kHz) and the loudness of the whole.

    Each 200 ms window under a Hann weight gives one amplitude per frequency (a single bin of a
    Fourier transform, 5 Hz wide); windows overlap by half; the mean power of all is reported.
    Two tones need to be 10 Hz apart to be told from one another. Less than 200 ms is filled up
    with silence.
    """
    frequencies = list(frequencies_hz)
    windows = _windows(samples)
    time = np.arange(_WINDOW_SAMPLES) / RATE
    probes = np.exp(-2j * np.pi * np.outer(np.array(frequencies, float), time)) * _HANN
    amplitudes = np.abs(windows @ probes.T) / (_HANN.sum() / 2) / FULL_SCALE
    powers = np.mean(amplitudes**2, axis=0)
    return {
        "tones": {
            f"{frequency:g}": round(decibels(float(np.sqrt(power))), 1)
            for frequency, power in zip(frequencies, powers, strict=True)
        },
        "rms_db": round(rms_db(samples), 1),
    }


def _windows(samples: Samples) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    if len(samples) < _WINDOW_SAMPLES:
        samples = np.pad(samples, (0, _WINDOW_SAMPLES - len(samples)))
    every = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW_SAMPLES)
    return every[:: _WINDOW_SAMPLES // 2].astype(np.float64)
