"""``<Gather>``: keys the caller presses. Source: twilio.com/docs/voice/twiml/gather.

Keys are taken from the first prompt on and end it; the time-out runs from the end of the prompts
and again from each key.
"""

from __future__ import annotations

from contact_center.simulator.core.attributes import address, boolean, integer, method, only
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Activity, Dialect, Script, Step, Verb
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.say import SAY

KEYS = "0123456789*#"
MOST_DIGITS = 1000

PROMPT = Dialect("twiml", {verb.name: verb for verb in (SAY, PLAY, PAUSE)})


class _Gathering(Activity):
    """Prompts are played while keys are awaited."""

    def __init__(self, script: Script, element: Element) -> None:
        self._script = script
        self._action = address(script, element, "action") or script.resolve("")
        self._method = method(element, code=13312)
        self._most = integer(element, "numDigits", MOST_DIGITS, 1, MOST_DIGITS, code=13314)
        self._seconds = integer(element, "timeout", 5, 0, 3600, code=13313)
        self._finish_on = element.attributes.get("finishOnKey", "#")
        self._on_empty = boolean(element, "actionOnEmptyResult", False)
        self._barge_in = boolean(element, "bargeIn", True)
        if any(key not in KEYS for key in self._finish_on):
            raise TwimlError(13310, f"finishOnKey={self._finish_on!r} must be keys of a telephone.")
        self._digits = ""
        self._timer: Timer | None = None
        self._prompting = True
        self._prompts = Script(
            script.world,
            script.leg,
            PROMPT,
            at_end=self._prompted,
            at_failure=self._prompt_failed,
        )
        self._prompts.url = script.url

    def start(self, prompts: tuple[Element, ...]) -> None:
        self._prompts.run(prompts)

    def _prompt_failed(self, problem: TwimlError, url: str) -> None:
        self._script.world.note(
            self._script.leg, "a prompt was left out", f"{problem.code}: {problem.message}"
        )
        self._prompts.proceed()

    def _prompted(self) -> None:
        self._prompting = False
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._script.world.after(self._seconds, lambda: self._finish(None))

    def press(self, digit: str) -> None:
        if self._prompting and not self._barge_in:
            return
        if self._prompting:
            self._prompts.silence()
            self._prompting = False
        if digit in self._finish_on:
            self._finish(digit)
            return
        self._digits += digit
        if len(self._digits) >= self._most:
            self._finish(None)
        else:
            self._wait()

    def _finish(self, finished_on: str | None) -> None:
        self.stop(Cause.REPLACED)
        if not self._digits and not self._on_empty:
            self._script.proceed()
            return
        fields = {"Digits": self._digits}
        if finished_on is not None:
            fields["FinishedOnKey"] = finished_on
        self._script.load(self._action, self._method, tuple(fields.items()))

    def stop(self, cause: Cause) -> Detour | None:
        self._prompts.stop(cause)
        if self._timer is not None:
            self._timer.cancel()
        return None


def _gather(script: Script, element: Element) -> Step:
    if "dtmf" not in element.attributes.get("input", "dtmf").split():
        only(element, "input", "dtmf")
    only(element, "partialResultCallback", "")
    gathering = _Gathering(script, element)
    script.begin(gathering)
    gathering.start(element.children)
    return Step.WAITING


GATHER = Verb(
    "Gather",
    _gather,
    frozenset(
        {
            "action",
            "actionOnEmptyResult",
            "bargeIn",
            "finishOnKey",
            "input",
            "method",
            "numDigits",
            "timeout",
            # What concerns speech is accepted; nobody speaks to the simulator yet.
            "enhanced",
            "hints",
            "language",
            "maxSpeechTime",
            "partialResultCallback",
            "profanityFilter",
            "speechModel",
            "speechTimeout",
        }
    ),
    {verb.name: verb.attributes for verb in (SAY, PLAY, PAUSE)},
)
