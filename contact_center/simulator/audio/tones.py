"""How loud is each of some tones: the ears of a test."""

from collections.abc import Iterable
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from contact_center.simulator.audio.frames import (
    FRAME_SAMPLES,
    FULL_SCALE,
    RATE,
    Samples,
    decibels,
    rms_db,
)

WINDOW_SECONDS = 0.2
_WINDOW_SAMPLES = round(WINDOW_SECONDS * RATE)
_AT_ONCE = 500
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
    if len(samples) < _WINDOW_SAMPLES:
        samples = np.pad(samples, (0, _WINDOW_SAMPLES - len(samples)))
    amplitudes = _amplitudes(samples, frequencies, step=_WINDOW_SAMPLES // 2)
    powers = np.mean(amplitudes**2, axis=0)
    return {
        "tones": {
            f"{frequency:g}": round(decibels(float(np.sqrt(power))), 1)
            for frequency, power in zip(frequencies, powers, strict=True)
        },
        "rms_db": round(rms_db(samples), 1),
    }


def levels_over_time(samples: Samples, frequencies_hz: Iterable[float]) -> dict[str, list[float]]:
    """Measure each frequency in every 200 ms window of `samples`, a new one every 20 ms.

    The n-th figure, in dB relative to a full-scale sine, is that of the window which begins with
    frame n and ends with frame n + 9. Less than 200 ms have none.
    """
    frequencies = list(frequencies_hz)
    if not frequencies or len(samples) < _WINDOW_SAMPLES:
        return {f"{frequency:g}": [] for frequency in frequencies}
    amplitudes = _amplitudes(samples, frequencies, step=FRAME_SAMPLES)
    return {
        f"{frequency:g}": [round(decibels(float(one)), 1) for one in column]
        for frequency, column in zip(frequencies, amplitudes.T, strict=True)
    }


def _amplitudes(
    samples: Samples, frequencies: list[float], *, step: int
) -> npt.NDArray[np.floating]:
    """One row for each window, one column for each frequency; a full-scale sine is 1."""
    time = np.arange(_WINDOW_SAMPLES) / RATE
    probes = np.exp(-2j * np.pi * np.outer(np.array(frequencies, float), time)) * _HANN
    every = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW_SAMPLES)[::step]
    scale = float(_HANN.sum()) / 2 * FULL_SCALE
    amplitudes: npt.NDArray[np.floating] = np.abs(every.astype(np.float64) @ probes.T) / scale
    return amplitudes
