"""What a sound file is and how long it lasts, read from its bytes. Pure.

A file is believed for what is in it, not for its name. WAV is read by Python's own module; of MP3
every frame is stepped over, so that half a file, or something else behind a first frame, is found
out here and not by the callers of a queue.
"""

import io
import wave
from dataclasses import dataclass
from enum import StrEnum

#: What two minutes of very good music take.
MOST_BYTES = 5 * 1024 * 1024
#: Each round of the music is a request for every caller who waits …
SHORTEST_SECONDS = 5
#: … and between two rounds nobody is told anything, nor leaves for having waited too long.
LONGEST_SECONDS = 120


class Kind(StrEnum):
    """Formats that the phone network plays, by the ending of their files."""

    MP3 = "mp3"
    WAV = "wav"


CONTENT_TYPES = {Kind.MP3: "audio/mpeg", Kind.WAV: "audio/wav"}


class Unfit(StrEnum):
    """Why a file cannot be the music of a queue."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NO_SOUND = "no_sound"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file that can be played."""

    kind: Kind
    seconds: float


def read_sound(content: bytes) -> Sound | Unfit:
    """Return what ``content`` is, or why it cannot be the music of a queue."""
    if not content:
        return Unfit.EMPTY
    if len(content) > MOST_BYTES:
        return Unfit.TOO_LARGE
    kind = Kind.WAV if content.startswith(b"RIFF") else Kind.MP3
    seconds = _seconds_of_wav(content) if kind is Kind.WAV else _seconds_of_mp3(content)
    if seconds == 0:
        return Unfit.NO_SOUND
    if seconds < SHORTEST_SECONDS:
        return Unfit.TOO_SHORT
    if seconds > LONGEST_SECONDS:
        return Unfit.TOO_LONG
    return Sound(kind, round(seconds, 1))


# --- WAV -----------------------------------------------------------------------------------------


def _seconds_of_wav(content: bytes) -> float:
    """Return how long a WAV file lasts; 0.0 for one that telephones do not play."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            rate, frame = file.getframerate(), file.getnchannels() * file.getsampwidth()
            plays = file.getsampwidth() <= 2 and file.getnchannels() <= 2 and rate >= 8000
            # As long as what is there, whatever its head says.
            there = len(file.readframes(file.getnframes()))
    except (wave.Error, EOFError, RuntimeError):  # the last for a part longer than the file
        return 0.0
    return there / frame / rate if plays else 0.0


# --- MP3 -----------------------------------------------------------------------------------------

_KBITS = {
    1: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
#: The version by its two bits, and by how much its rates are divided; 1 is no version.
_VERSIONS = {0: (2, 4), 2: (2, 2), 3: (1, 1)}
_LAYER_3 = 1
#: Of what follows the description at the head of a file so much is sound, or it is no MP3. The rest
#: may be another description at its end.
_LEAST_SHARE = 0.9


def _seconds_of_mp3(content: bytes) -> float:
    """Return how long an MP3 file lasts; 0.0 for what is none."""
    begin = position = _behind_description(content)
    seconds = 0.0
    while (frame := _frame_at(content, position)) is not None:
        length, lasts = frame
        position += length
        seconds += lasts
    sound = min(position, len(content)) - begin
    return seconds if sound > 0 and sound >= _LEAST_SHARE * (len(content) - begin) else 0.0


def _behind_description(content: bytes) -> int:
    """Return where the sound begins: behind title, artist and pictures (ID3)."""
    if not content.startswith(b"ID3") or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    has_foot = content[5] & 0x10
    return 10 + size + (10 if has_foot else 0)


def _frame_at(content: bytes, position: int) -> tuple[int, float] | None:
    """Return the length in bytes and in seconds of the frame there; None when there is none."""
    head = content[position : position + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version = _VERSIONS.get(head[1] >> 3 & 3)
    rate_index, kbit_index = head[2] >> 2 & 3, head[2] >> 4
    if version is None or head[1] >> 1 & 3 != _LAYER_3:
        return None
    if rate_index == 3 or kbit_index in (0, 15):
        return None
    family, divisor = version
    rate = _RATES[rate_index] // divisor
    samples = 1152 if family == 1 else 576
    length = samples // 8 * _KBITS[family][kbit_index - 1] * 1000 // rate + (head[2] >> 1 & 1)
    return length, samples / rate
