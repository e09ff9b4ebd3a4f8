"""Any sound to 8 kHz mono, by FFmpeg's resampler."""

from collections.abc import Iterable
from itertools import chain

import av
import numpy as np

from contact_center.simulator.audio.frames import RATE, Samples


def to_line(frames: Iterable[av.AudioFrame]) -> Samples:
    """Join audio frames of any rate, layout and format (all alike) into 8 kHz mono samples."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    parts = [
        part.to_ndarray().reshape(-1)
        for frame in chain(frames, (None,))
        for part in resampler.resample(frame)
    ]
    return np.concatenate(parts).astype(np.int16) if parts else np.zeros(0, np.int16)


def from_rate(samples: Samples, rate: int) -> Samples:
    """Mono samples at `rate` Hz to 8 kHz."""
    if not len(samples):
        return samples
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = rate
    return to_line([frame])
