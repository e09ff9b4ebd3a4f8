"""``<Dial>`` with ``<Number>``: telephones ring, and the caller is connected with who answers.

Sources: twilio.com/docs/voice/twiml/dial, docs/voice/twiml/number. Several numbers ring at once, or
with ``sequential`` one after the other. A number's ``url`` is heard by who answers, before the two
are connected: there he may hang up, and then he was never connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contact_center.simulator.core import audibility, progress
from contact_center.simulator.core.account import StatusCallback
from contact_center.simulator.core.attributes import address, choice, integer, method, only
from contact_center.simulator.core.detection import detect_in_background
from contact_center.simulator.core.directory import dialled_leg
from contact_center.simulator.core.effects import Params, RingTone
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.legs import Detection, Leg, Status
from contact_center.simulator.core.numbering import is_number
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.script import Activity, Dialect, Script, Step
from contact_center.simulator.core.sound import ENDLESS, ClipPlayer
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.gather import GATHER
from contact_center.simulator.core.verbs.hangup import HANGUP
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.redirect import REDIRECT
from contact_center.simulator.core.verbs.say import SAY
from contact_center.simulator.core.world import World

MOST_NUMBERS = 10

SCREENING = Dialect(
    "screening",
    {verb.name: verb for verb in (SAY, PLAY, PAUSE, GATHER, REDIRECT, HANGUP)},
)
"""What may be said to who answers, before he is connected."""

DETECTS = frozenset({"", "Enable", "DetectMessageEnd"})


@dataclass(frozen=True)
class Number:
    """One number to ring."""

    to: str
    url: str | None
    method: str
    callback: StatusCallback | None
    detection: Detection | None


@dataclass(frozen=True)
class Wishes:
    """What ``<Dial>`` says of the call it makes."""

    action: str | None
    method: str
    caller_id: str
    timeout_s: int
    time_limit_s: int
    hangup_on_star: bool
    answer_on_bridge: bool
    sequential: bool


class Dialling(Activity):
    """The caller's side: telephones ring, then two talk."""

    def __init__(self, script: Script, wishes: Wishes, numbers: Sequence[Number]) -> None:
        self._script = script
        self._world = script.world
        self._leg = script.leg
        self._wishes = wishes
        self._waiting = list(numbers)
        self._called: dict[str, _Called] = {}
        self._with: Leg | None = None
        self._last: Leg | None = None
        self._ring_tone: ClipPlayer | None = None
        self._limit: Timer | None = None
        self._over = False

    def start(self) -> None:
        """Let the telephones ring."""
        if self._leg.answered_at is not None:
            self._ring_tone = ClipPlayer(self._world, self._leg.sid, RingTone(), ENDLESS, _never)
        self._ring_next()

    def _ring_next(self) -> None:
        count = 1 if self._wishes.sequential else len(self._waiting)
        now, self._waiting = self._waiting[:count], self._waiting[count:]
        legs = [(number, self._new_leg(number)) for number in now]
        for number, leg in legs:
            self._called[leg.sid] = _Called(self, self._world, leg, number)
        for _, leg in legs:
            if not leg.over:
                progress.dial_now(self._world, leg)

    def _new_leg(self, number: Number) -> Leg:
        leg = dialled_leg(self._world, self._leg, self._wishes.caller_id, number.to)
        leg.timeout_s = self._wishes.timeout_s
        leg.status_callback = number.callback
        leg.detection = number.detection
        return leg

    # ---- what becomes of who is called

    def picked_up(self, leg: Leg) -> None:
        """One has answered; under one reading that is the end of the others' ringing."""
        if self._world.readings.first_to_answer_silences_the_others:
            self._end_all_but(leg)

    def connect(self, leg: Leg) -> None:
        """One is ready to talk: the others are too late."""
        self._with = leg
        self._end_all_but(leg)
        self._silence()
        progress.answer(self._world, self._leg)
        self._limit = self._world.after(self._wishes.time_limit_s, self._hang_up)
        audibility.connect(self._world, self._leg, leg)

    def gone(self, leg: Leg) -> None:
        """One who was called is no longer there: he never came, hung up, or was sent elsewhere."""
        self._called.pop(leg.sid, None)
        self._last = leg
        if self._over:
            return
        if leg is self._with:
            self._go_on()
        elif not self._called and self._waiting:
            self._ring_next()
        elif not self._called:
            self._go_on()

    def _end_all_but(self, chosen: Leg) -> None:
        self._waiting.clear()
        for called in list(self._called.values()):
            if called.leg is not chosen:
                self._called.pop(called.leg.sid, None)
                called.end()

    # ---- the end

    def _hang_up(self) -> None:
        if self._with is not None:
            progress.end(self._world, self._with, "completed")

    def _go_on(self) -> None:
        result = self._settle()
        if self._wishes.action:
            self._script.load(
                self._wishes.action, self._wishes.method, result, purpose="dial action"
            )
        else:
            self._script.proceed()

    def press(self, digit: str) -> None:
        if digit == "*" and self._wishes.hangup_on_star and self._with is not None:
            self._hang_up()

    def stop(self, cause: Cause) -> Detour | None:
        result = self._settle()
        asks = cause is Cause.HANGUP or self._world.readings.interrupted_dial_requests_action
        if self._wishes.action and asks:
            tell(
                self._world,
                self._leg,
                "dial action",
                self._wishes.action,
                self._wishes.method,
                result,
            )
        return None

    def _settle(self) -> Params:
        """End everything that is still going on; what is said of it to the action."""
        self._over = True
        self._silence()
        if self._limit is not None:
            self._limit.cancel()
        self._waiting.clear()
        for called in list(self._called.values()):
            called.end()
        self._called.clear()
        other, bridged = self._with or self._last, self._with is not None
        if self._with is not None:
            audibility.part(self._world, self._leg, self._with)
        status: Status = "failed" if other is None else other.status
        fields = {
            "DialCallStatus": "completed" if bridged else NOT_BRIDGED.get(status, status),
            "DialBridged": "true" if bridged else "false",
        }
        if other is not None:
            fields["DialCallSid"] = other.sid
            if bridged:
                fields["DialCallDuration"] = str(self._seconds(other))
        return tuple(fields.items())

    def _seconds(self, other: Leg) -> int:
        if other.duration is not None:
            return other.duration
        return int(self._world.now - (other.answered_at or self._world.now))

    def _silence(self) -> None:
        if self._ring_tone is not None:
            self._ring_tone.silence()
            self._ring_tone = None


NOT_BRIDGED: dict[str, str] = {"completed": "no-answer", "in-progress": "no-answer"}
"""Who answered and was never connected did not answer, as far as the caller is concerned."""


class _Called(Activity):
    """The called one's side: rings, hears what is to be heard first, then talks."""

    def __init__(self, dialling: Dialling, world: World, leg: Leg, number: Number) -> None:
        self._dialling = dialling
        self._world = world
        self.leg = leg
        self._number = number
        self._screening: Script | None = None
        leg.script = Script(world, leg, SCREENING, at_end=_never, at_failure=_ignored)
        leg.script.begin(self)
        leg.on_answer = self._answered

    def end(self) -> None:
        """Nobody is interested any more."""
        progress.end(
            self._world, self.leg, "canceled" if self.leg.answered_at is None else "completed"
        )

    def _answered(self) -> None:
        detect_in_background(self._world, self.leg)
        self._dialling.picked_up(self.leg)
        if self._number.url is None:
            self._dialling.connect(self.leg)
            return
        self._screening = Script(
            self._world,
            self.leg,
            SCREENING,
            at_end=lambda: self._dialling.connect(self.leg),
            at_failure=self._failed,
        )
        self._screening.load(self._number.url, self._number.method)

    def _failed(self, problem: TwimlError, url: str) -> None:
        self._world.note(
            self.leg, "the screening document failed", f"{problem.code}: {problem.message}"
        )
        self.leg.error = (problem.code, problem.message)
        progress.end(self._world, self.leg, "completed")

    def press(self, digit: str) -> None:
        if self._screening is not None:
            self._screening.press(digit)

    def stop(self, cause: Cause) -> Detour | None:
        if self._screening is not None:
            self._screening.stop(cause)
        self._dialling.gone(self.leg)
        return None


def dial_numbers(script: Script, wishes: Wishes, elements: Sequence[Element]) -> Step:
    """Ring these numbers. Raises TwimlError 13223 or 12200."""
    if len(elements) > MOST_NUMBERS:
        raise TwimlError(12200, f"<Dial> rings {MOST_NUMBERS} numbers at most.")
    numbers = [_number(script, element) for element in elements]
    if not wishes.answer_on_bridge:
        progress.answer(script.world, script.leg)
    dialling = Dialling(script, wishes, numbers)
    script.begin(dialling)
    dialling.start()
    return Step.WAITING


def caller_id(script: Script, element: Element) -> str:
    """Whom the called one sees: a number of ours, or one of the present call. Raises 13214."""
    world, leg = script.world, script.leg
    shown = element.attributes.get("callerId") or leg.from_
    owned = any(
        number.phone_number == shown and number.account_sid == leg.account_sid
        for number in world.numbers.values()
    )
    if not (owned or (is_number(shown) and shown in (leg.from_, leg.to))):
        raise TwimlError(
            13214, f"callerId={shown!r} is neither a number of this account nor of this call."
        )
    return shown


def _number(script: Script, element: Element) -> Number:
    to = element.text.replace(" ", "")
    if not is_number(to):
        raise TwimlError(13223, f"{element.text!r} is no telephone number to dial.")
    only(element, "sendDigits", "")
    only(element, "byoc", "")
    return Number(
        to,
        address(script, element, "url") or None,
        method(element),
        _callback(script, element),
        _detection(script, element),
    )


def _callback(script: Script, element: Element) -> StatusCallback | None:
    url = address(script, element, "statusCallback")
    if not url:
        return None
    events = frozenset(element.attributes.get("statusCallbackEvent", "completed").split())
    if unknown := events - progress.ALL_EVENTS:
        raise TwimlError(12200, f"statusCallbackEvent has no {' '.join(sorted(unknown))}.")
    return StatusCallback(url, method(element, "statusCallbackMethod"), events)


def _detection(script: Script, element: Element) -> Detection | None:
    kind = choice(element, "machineDetection", "", DETECTS)
    if not kind:
        return None

    def seconds(name: str, default: int, least: int, most: int) -> float:
        return integer(element, f"machineDetection{name}", default, least, most) / 1000

    url = address(script, element, "amdStatusCallback")
    return Detection(
        until_end=kind == "DetectMessageEnd",
        in_background=True,
        callback=(url, method(element, "amdStatusCallbackMethod")) if url else None,
        timeout_s=integer(element, "machineDetectionTimeout", 30, 3, 60),
        machine_after_s=seconds("SpeechThreshold", 2400, 1000, 6000),
        human_after_s=seconds("SpeechEndThreshold", 1200, 500, 5000),
        silence_s=seconds("SilenceTimeout", 5000, 2000, 10000),
    )


def _never() -> None:
    """A telephone that rings, and a leg that talks, have no document that could run out."""


def _ignored(problem: TwimlError, url: str) -> None:
    """There is no document that could fail."""


NUMBER = frozenset(
    {
        "amdStatusCallback",
        "amdStatusCallbackMethod",
        "byoc",
        "machineDetection",
        "machineDetectionSilenceTimeout",
        "machineDetectionSpeechEndThreshold",
        "machineDetectionSpeechThreshold",
        "machineDetectionTimeout",
        "method",
        "sendDigits",
        "statusCallback",
        "statusCallbackEvent",
        "statusCallbackMethod",
        "url",
    }
)
