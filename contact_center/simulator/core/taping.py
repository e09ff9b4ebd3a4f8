"""The life of a recording: in progress, processing, then completed, or absent.

The sound is ready a moment after the recording has ended (twilio.com/docs/voice/twiml/record: the
file "may not yet be accessible" when ``action`` is requested).
"""

from __future__ import annotations

import array
import io
import math
import wave

from contact_center.simulator.core.account import StatusCallback
from contact_center.simulator.core.effects import StartRecording, StopRecording
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.recordings import Recording, Status
from contact_center.simulator.core.requests import ignore
from contact_center.simulator.core.times import rfc_2822
from contact_center.simulator.core.world import World

ALL_EVENTS: frozenset[str] = frozenset({"in-progress", "completed", "absent"})

PROCESSING_SECONDS = 1.0
"""From the end of a recording until its sound can be fetched."""

MOST_SOUND_BYTES = 256 * 1024 * 1024
"""Of all recordings together; the oldest sound makes room and is a tone from then on."""

TOO_SHORT = 16101
"""Nothing was recorded (twilio.com/docs/api/errors/16101)."""

RATE = 8000
TONE_HZ = 440


def start(world: World, leg: Leg, callback: StatusCallback | None) -> Recording:
    """Begin to keep what a leg says."""
    recording = Recording(
        sid=world.sids.new("RE"),
        account_sid=leg.account_sid,
        call_sid=leg.sid,
        started_at=world.now,
        updated_at=world.now,
        callback=callback,
    )
    world.recordings[recording.sid] = recording
    world.note(leg, "recording in-progress")
    world.emit(StartRecording(recording.sid, leg.sid))
    _report(world, recording)
    return recording


def finish(world: World, recording: Recording, from_s: float, until_s: float) -> None:
    """Keep no more; what lies between the two moments is the recording."""
    world.emit(StopRecording(recording.sid, recording.call_sid, from_s, until_s))
    recording.duration = max(1, round(until_s - from_s))
    _become(world, recording, "processing")
    world.after(PROCESSING_SECONDS, lambda: _complete(world, recording))


def give_up(world: World, recording: Recording) -> None:
    """Nobody said anything: there is no recording."""
    world.emit(StopRecording(recording.sid, recording.call_sid, 0.0, 0.0))
    recording.error_code = TOO_SHORT
    _become(world, recording, "absent")
    _report(world, recording)


def keep(world: World, recording: Recording, wav: bytes) -> None:
    """Here is the sound."""
    recording.wav = wav
    kept = [one for one in world.recordings.values() if one.wav is not None]
    too_many = sum(len(one.wav or b"") for one in kept) - MOST_SOUND_BYTES
    for one in kept:
        if too_many <= 0:
            break
        too_many -= len(one.wav or b"")
        one.wav = None


def sound(recording: Recording) -> bytes:
    """The recording as a WAV file; where no sound was kept, a tone that lasts as long."""
    return recording.wav if recording.wav is not None else _tone(recording.duration or 0)


def url(world: World, recording: Recording) -> str:
    """Where the sound is; with ``.wav`` or ``.mp3`` behind it a file of that kind."""
    path = f"/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
    return world.base_url + path


def _complete(world: World, recording: Recording) -> None:
    if recording.status == "processing":
        _become(world, recording, "completed")
        _report(world, recording)


def _become(world: World, recording: Recording, status: Status) -> None:
    recording.status = status
    recording.updated_at = world.now
    if (leg := world.legs.get(recording.call_sid)) is not None:
        world.note(leg, f"recording {status}")


def _report(world: World, recording: Recording) -> None:
    callback = recording.callback
    if callback is None or recording.status not in callback.events:
        return
    fields = {
        "AccountSid": recording.account_sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": url(world, recording),
        "RecordingStatus": recording.status,
        "RecordingChannels": "1",
        "RecordingStartTime": rfc_2822(recording.started_at),
        "RecordingSource": "RecordVerb",
        "RecordingTrack": "inbound",
    }
    if recording.status == "completed":
        fields["RecordingDuration"] = str(recording.duration)
    if recording.error_code is not None:
        fields["ErrorCode"] = str(recording.error_code)
    world.send(
        account_sid=recording.account_sid,
        leg_sid=recording.call_sid,
        purpose="recording",
        method=callback.method,
        url=callback.url,
        params=tuple(fields.items()),
        then=ignore,
    )


def _tone(seconds: int) -> bytes:
    """A WAV file of a steady tone: 8 kHz, mono, 16 bit."""
    second = array.array(
        "h", (round(6000 * math.sin(2 * math.pi * TONE_HZ * n / RATE)) for n in range(RATE))
    )
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(second.tobytes() * seconds)
    return target.getvalue()
