"""The unit of sound: 20 ms of 8 kHz mono, 160 signed 16-bit samples."""

import math

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE = 8000
"""Samples per second: what a telephone line carries (ITU-T G.711)."""

FRAME_SECONDS = 0.02
FRAME_SAMPLES = 160

FULL_SCALE = 32768.0
FLOOR_DB = -120.0
"""What silence is called, since its logarithm does not exist."""

SILENT_FRAME: Samples = np.zeros(FRAME_SAMPLES, np.int16)
SILENT_FRAME.flags.writeable = False


def decibels(ratio: float) -> float:
    """Turn an amplitude ratio into dB, never below FLOOR_DB."""
    return max(FLOOR_DB, 20 * math.log10(ratio)) if ratio > 0 else FLOOR_DB


def rms_db(samples: npt.NDArray[np.generic]) -> float:
    """Root mean square in dB relative to full scale (a full-scale sine is -3.0 dB)."""
    if not samples.size:
        return FLOOR_DB
    wide = samples.astype(np.float64)
    return decibels(math.sqrt(float(np.mean(wide * wide))) / FULL_SCALE)


def to_samples(wide: npt.NDArray[np.floating]) -> Samples:
    """Round and saturate a signal scaled in 16-bit units."""
    samples: Samples = np.clip(np.rint(wide), -32768, 32767).astype(np.int16)
    return samples
