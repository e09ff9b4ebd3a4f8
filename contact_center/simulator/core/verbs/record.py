"""``<Record>``: a beep, then what the caller says is kept until silence, a key, or enough.

Source: twilio.com/docs/voice/twiml/record. Where nobody said anything there is no recording: the
``action`` is not requested, and the next verb runs.
"""

from __future__ import annotations

from contact_center.simulator.core import hearing, taping
from contact_center.simulator.core.account import StatusCallback
from contact_center.simulator.core.attributes import (
    address,
    boolean,
    choice,
    integer,
    method,
    only,
)
from contact_center.simulator.core.effects import Beep, Params
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.recordings import Recording
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.script import Activity, Script, Step, Verb
from contact_center.simulator.core.sound import ClipPlayer
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.gather import KEYS

LONGEST = 24 * 3600
TRIMS = frozenset({"trim-silence", "do-not-trim"})


class _Recording(Activity, hearing.Listener):
    """Somebody is asked to speak, and does or does not."""

    def __init__(self, script: Script, element: Element) -> None:
        self._script = script
        self._world = script.world
        self._leg = script.leg
        # Without an action the document itself is requested again, as Twilio does.
        self._action = address(script, element, "action") or script.resolve("")
        self._method = method(element, code=13610)
        self._silence_s = integer(element, "timeout", 5, 1, LONGEST, code=13611)
        self._longest_s = integer(element, "maxLength", 3600, 1, LONGEST, code=13612)
        self._finish_on = element.attributes.get("finishOnKey", KEYS)
        if any(key not in KEYS for key in self._finish_on):
            raise TwimlError(13613, f"finishOnKey={self._finish_on!r} must be keys of a telephone.")
        self._trims = choice(element, "trim", "trim-silence", TRIMS) == "trim-silence"
        self._beeps = boolean(element, "playBeep", True)
        self._callback = _callback(script, element)
        self._beep: ClipPlayer | None = None
        self._recording: Recording | None = None
        self._timers: list[Timer] = []
        self._silence: Timer | None = None
        self._spoke_from: float | None = None
        self._spoke_until: float | None = None

    def start(self) -> None:
        """Beep, then record."""
        if self._beeps:
            self._beep = ClipPlayer(self._world, self._leg.sid, Beep(), 1, self._record)
        else:
            self._record()

    def _record(self) -> None:
        self._beep = None
        self._recording = taping.start(self._world, self._leg, self._callback)
        self._timers.append(self._world.after(self._longest_s, lambda: self._finish("")))
        hearing.listen(self._leg, self)
        if self._leg.speaking:
            self.speech_began()
        else:
            self._wait_for_silence()

    # ---- what is heard

    def speech_began(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
        if self._spoke_from is None:
            self._spoke_from = self._world.now
        self._spoke_until = None

    def speech_ended(self) -> None:
        self._spoke_until = self._world.now
        self._wait_for_silence()

    def press(self, digit: str) -> None:
        if self._recording is not None and digit in self._finish_on:
            self._finish(digit)

    def _wait_for_silence(self) -> None:
        self._silence = self._world.after(self._silence_s, lambda: self._finish(""))

    # ---- the end

    def _finish(self, digits: str) -> None:
        result = self._settle(digits)
        if result is None:
            self._script.proceed()
        else:
            self._script.load(self._action, self._method, result)

    def stop(self, cause: Cause) -> Detour | None:
        if self._beep is not None:
            self._beep.silence()
        result = self._settle("hangup")
        if result is not None and cause is Cause.HANGUP:
            tell(self._world, self._leg, "record action", self._action, self._method, result)
        return None

    def _settle(self, digits: str) -> Params | None:
        """End the recording; what is said of it to the action, None if there is none."""
        recording, self._recording = self._recording, None
        if recording is None:
            return None
        hearing.listen_no_more(self._leg, self)
        for timer in (*self._timers, self._silence):
            if timer is not None:
                timer.cancel()
        now, began = self._world.now, recording.started_at
        until = self._spoke_until if self._trims and self._spoke_until is not None else now
        since = self._spoke_from if self._trims else began
        if self._spoke_from is None or since is None or until <= since:
            taping.give_up(self._world, recording)
            return None
        taping.finish(self._world, recording, since - began, until - began)
        fields = {
            "RecordingUrl": taping.url(self._world, recording),
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.duration),
        }
        if digits:
            fields["Digits"] = digits
        return tuple(fields.items())


def _callback(script: Script, element: Element) -> StatusCallback | None:
    url = address(script, element, "recordingStatusCallback")
    if not url:
        return None
    words = element.attributes.get("recordingStatusCallbackEvent", "completed")
    events = frozenset(words.split())
    if unknown := events - taping.ALL_EVENTS:
        raise TwimlError(12200, f"recordingStatusCallbackEvent has no {' '.join(sorted(unknown))}.")
    return StatusCallback(url, method(element, "recordingStatusCallbackMethod"), events)


def _record(script: Script, element: Element) -> Step:
    # Nobody here can write down what was said; a made-up text would be worse than none.
    only(element, "transcribe", "false")
    only(element, "transcribeCallback", "")
    recording = _Recording(script, element)
    script.begin(recording)
    recording.start()
    return Step.WAITING


RECORD = Verb(
    "Record",
    _record,
    frozenset(
        {
            "action",
            "finishOnKey",
            "maxLength",
            "method",
            "playBeep",
            "recordingStatusCallback",
            "recordingStatusCallbackEvent",
            "recordingStatusCallbackMethod",
            "timeout",
            "transcribe",
            "transcribeCallback",
            "trim",
        }
    ),
)
