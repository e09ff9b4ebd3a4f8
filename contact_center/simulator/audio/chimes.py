"""Short sounds of a telephone's own: keys, ring, and the end of a call."""

from functools import lru_cache

import numpy as np

from contact_center.simulator.audio.frames import FULL_SCALE, RATE, Samples, to_samples

_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477, 1633)
_KEYS = ("123A", "456B", "789C", "*0#D")
_SDK_NAMES = {"*": "s", "#": "h"}


def key_tones_hz(key: str) -> tuple[int, int]:
    """The two frequencies of a key (ITU-T Q.23). Raises ValueError for what is no key."""
    for row, keys in zip(_ROWS_HZ, _KEYS, strict=True):
        if key and key in keys:
            return row, _COLUMNS_HZ[keys.index(key)]
    raise ValueError(f"A telephone has no key {key!r}.")


@lru_cache(maxsize=1)
def named() -> dict[str, Samples]:
    """Every sound that the Voice SDK plays, by the SDK's own name for it."""
    chimes = {
        "incoming": _chords([((660, 880), 0.35), ((), 0.15), ((660, 880), 0.35), ((), 1.4)]),
        "outgoing": _chords([((587,), 0.09)], loudness=0.12),
        "disconnect": _chords([((494,), 0.11), ((), 0.04), ((370,), 0.16)], loudness=0.15),
    }
    for key in "0123456789*#":
        chimes[f"dtmf{_SDK_NAMES.get(key, key)}"] = _chords([(key_tones_hz(key), 0.12)], 0.12)
    return chimes


@lru_cache(maxsize=1)
def beep() -> Samples:
    """The tone after which somebody may speak."""
    return _chords([((1000,), 0.4)])


@lru_cache(maxsize=1)
def ring_tone() -> Samples:
    """What a caller hears while it rings, in North America: two seconds in six."""
    return _chords([((440, 480), 2.0), ((), 4.0)], loudness=0.12)


_PAUSES = {"w": 0.5, "W": 1.0}


def pressed(keys: str) -> Samples:
    """Keys one after the other; ``w`` and ``W`` are pauses of half a second and a whole one."""
    steps: list[tuple[tuple[int, ...], float]] = []
    for key in keys:
        if key in _PAUSES:
            steps.append(((), _PAUSES[key]))
        else:
            steps += [(key_tones_hz(key), 0.12), ((), 0.06)]
    return _chords(steps)


def _chords(steps: list[tuple[tuple[int, ...], float]], loudness: float = 0.25) -> Samples:
    """Chords one after the other: their frequencies in Hz and how many seconds each lasts."""
    parts = []
    for frequencies_hz, seconds in steps:
        time = np.arange(round(seconds * RATE)) / RATE
        edge = np.minimum(1.0, np.minimum(time, time[::-1]) / 0.008)
        chord = np.zeros(len(time))
        for frequency_hz in frequencies_hz:
            chord += np.sin(2 * np.pi * frequency_hz * time) / len(frequencies_hz)
        parts.append(chord * edge)
    return to_samples(np.concatenate(parts) * loudness * FULL_SCALE)
