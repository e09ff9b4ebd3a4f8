"""Sound files as they come from the web, and those the phone network has itself."""

import io
import wave
from collections.abc import Iterator
from urllib.parse import urlsplit

import av
import av.error
import numpy as np

from contact_center.simulator.audio import music
from contact_center.simulator.audio.frames import RATE, Samples
from contact_center.simulator.audio.resampling import to_line

MAX_SECONDS = 30 * 60
"""Longer files are cut: they would only fill the memory."""

_OWN_MUSIC_HOSTS = (
    "com.twilio.sounds.music",
    "com.twilio.music.",
    "twimlets.com",
    "demo.twilio.com",
)


class UnreadableSound(ValueError):
    """This file cannot be played. The message says why."""


def decode(body: bytes, content_type: str = "") -> Samples:
    """Turn a sound file (WAV, MP3, Ogg, FLAC, AU … whatever FFmpeg reads) into line samples.

    `content_type` is only quoted in the message of UnreadableSound: the bytes decide.
    """
    try:
        with av.open(io.BytesIO(body), "r") as container:
            if not container.streams.audio:
                raise UnreadableSound(f"There is no sound in this file ({content_type}).")
            return to_line(_limited(container.decode(audio=0)))
    except (av.error.FFmpegError, EOFError) as problem:
        raise UnreadableSound(
            f"This is not a sound file one could play ({content_type or 'no content type'}, "
            f"{len(body)} bytes): {problem}"
        ) from problem


def encode_wav(samples: Samples) -> bytes:
    """A WAV file (8 kHz, mono, 16 bit) of these samples."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.ascontiguousarray(samples, "<i2").tobytes())
    return target.getvalue()


def to_mp3(wav: bytes) -> bytes:
    """The same sound as an MP3 file (32 kbit/s, as Twilio's recordings)."""
    target = io.BytesIO()
    with av.open(io.BytesIO(wav), "r") as source, av.open(target, "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=RATE, layout="mono", bit_rate=32_000)
        for frame in source.decode(audio=0):
            frame.pts = None
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()


def built_in(url: str) -> Samples | None:
    """The network's own music if `url` names music on Twilio's servers, else None.

    Default wait and hold music lives on hosts that are never contacted from here.
    """
    host = urlsplit(url).hostname or ""
    return music.hold_music() if host.startswith(_OWN_MUSIC_HOSTS) else None


def _limited(frames: Iterator[av.AudioFrame]) -> Iterator[av.AudioFrame]:
    seconds = 0.0
    for frame in frames:
        yield frame
        seconds += frame.samples / frame.sample_rate
        if seconds > MAX_SECONDS:
            return
