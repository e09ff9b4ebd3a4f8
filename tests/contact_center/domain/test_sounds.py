"""Which files can be wait music, and how long they last."""

import io
import wave
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_center.domain.sounds import (
    LONGEST_SECONDS,
    MOST_BYTES,
    SHORTEST_SECONDS,
    Kind,
    Sound,
    Unfit,
    read_sound,
)
from contact_center.simulator.audio import clips
from contact_center.simulator.audio.frames import RATE

MP3 = Path("static/hold_music.mp3").read_bytes()
#: A frame of MPEG 1, layer III: 128 kbit/s at 44.1 kHz, 417 bytes, 1152 samples.
FRAME = b"\xff\xfb\x90\x00" + bytes(413)


def wav(seconds: float, *, rate: int = 8000, width: int = 2, channels: int = 1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(round(seconds * rate) * width * channels))
    return made.getvalue()


@pytest.mark.parametrize("more", [{}, {"width": 1}, {"rate": 44_100, "channels": 2}])
def test_a_wav_lasts_as_long_as_what_is_in_it(more: dict[str, int]) -> None:
    assert read_sound(wav(6, **more)) == Sound(Kind.WAV, 6.0)


def test_an_mp3_lasts_as_long_as_the_network_plays_it() -> None:
    played = len(clips.decode(MP3, "audio/mpeg")) / RATE
    sound = read_sound(MP3)
    assert isinstance(sound, Sound)
    assert sound.kind is Kind.MP3
    assert sound.seconds == pytest.approx(played, abs=0.2)


def test_of_an_mp3_every_frame_is_counted_whatever_describes_it() -> None:
    frames = FRAME * 400
    plain = read_sound(frames)
    assert plain == Sound(Kind.MP3, 10.4)
    title = b"ID3\x04\x00\x00\x00\x00\x02\x00" + bytes(256)
    assert read_sound(title + frames) == plain
    assert read_sound(frames + b"TAG" + bytes(125)) == plain


def test_a_wav_that_breaks_off_lasts_as_long_as_what_is_there() -> None:
    assert read_sound(wav(20)[: 44 + 2 * 8000 * 6]) == Sound(Kind.WAV, 6.0)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", Unfit.EMPTY),
        (bytes(MOST_BYTES + 1), Unfit.TOO_LARGE),
        (b"\x89PNG\r\n\x1a\n" + bytes(9000), Unfit.NO_SOUND),
        (b"<html><script>alert(1)</script></html>" * 100, Unfit.NO_SOUND),
        (b"OggS" + bytes(9000), Unfit.NO_SOUND),
        (b"RIFF\x00\x00\x00\x00WAVE", Unfit.NO_SOUND),
        (wav(6, width=3), Unfit.NO_SOUND),
        (wav(6, rate=4000), Unfit.NO_SOUND),
        # A page behind the first frames of an MP3.
        (FRAME * 300 + b"<html>" * 10_000, Unfit.NO_SOUND),
        # Layer II, which telephones do not play.
        ((b"\xff\xfd\x90\x00" + bytes(413)) * 400, Unfit.NO_SOUND),
        (wav(SHORTEST_SECONDS - 0.1), Unfit.TOO_SHORT),
        (FRAME * 10, Unfit.TOO_SHORT),
        (wav(LONGEST_SECONDS + 1, width=1), Unfit.TOO_LONG),
        (FRAME * 4700, Unfit.TOO_LONG),
    ],
)
def test_what_cannot_be_wait_music_says_why(content: bytes, why: Unfit) -> None:
    assert read_sound(content) is why


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(0, 500), st.binary(max_size=40))
def test_whatever_is_uploaded_is_answered(head: bytes, at: int, change: bytes) -> None:
    for content in (head, b"RIFF" + head, b"ID3" + head, b"\xff\xfb" + head):
        read_sound(content)
    for good in (wav(6), FRAME * 300):
        read_sound(good[:at] + change + good[at + len(change) :])
