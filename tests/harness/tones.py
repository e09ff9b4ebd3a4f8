"""Pure tones as people: who speaks at 440 Hz is recognised wherever it is heard.

440, 700 and 1010 Hz keep the artefacts of telephone coding away from one another.
"""

import wave
from pathlib import Path

import numpy

ALICE_HZ = 440
BOB_HZ = 700
CAROL_HZ = 700
CALLER_HZ = 1010

SAMPLE_RATE = 48_000


def write_tone(
    path: Path, frequency_hz: float, *, seconds: float = 10, level_db: float = -9
) -> Path:
    """Write a mono WAV of one tone and return its path; `level_db` is below full scale.

    Chromium plays the file in a loop as its microphone, so it holds whole periods: a jump where
    the loop closes would be heard as a click at every frequency.
    """
    periods = round(frequency_hz * seconds)
    samples = round(periods / frequency_hz * SAMPLE_RATE)
    time = numpy.arange(samples) / SAMPLE_RATE
    amplitude = 32767 * 10 ** (level_db / 20)
    signal = (amplitude * numpy.sin(2 * numpy.pi * frequency_hz * time)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(signal.tobytes())
    return path
