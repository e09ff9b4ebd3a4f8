"""``<Dial>`` with ``<Conference>``: the call is in a conference until one of the two ends it.

With numbers instead, see ``dial_number``.

Sources: twilio.com/docs/voice/twiml/dial, docs/voice/twiml/conference.
"""

from __future__ import annotations

from contact_center.simulator.core import progress, rooms
from contact_center.simulator.core.attributes import (
    address,
    boolean,
    choice,
    integer,
    method,
    only,
)
from contact_center.simulator.core.conferences import (
    LARGEST,
    LONGEST_NAME,
    Callback,
    Joining,
    Participant,
)
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.script import Activity, Script, Step, Verb
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.twiml import Element
from contact_center.simulator.core.verbs.dial_number import (
    NUMBER,
    Wishes,
    caller_id,
    dial_numbers,
)

LONGEST_CALL = 14400
"""Seconds of a dialled call unless ``timeLimit`` says less (or the account may have more)."""

LONGEST_LABEL = 128

EVENTS = frozenset(
    {"start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement"}
)
BEEPS = frozenset({"true", "false", "onEnter", "onExit"})
BUFFERS = frozenset({"off", "small", "medium", "large"})


class ConferenceStay(Activity):
    """A call is in a conference; ``after`` is where ``<Dial>`` goes on."""

    def __init__(
        self,
        script: Script,
        action: str | None = None,
        action_method: str = "POST",
        time_limit_s: int | None = None,
        hangup_on_star: bool = False,
    ) -> None:
        self._script = script
        self._action = action
        self._method = action_method
        self._hangup_on_star = hangup_on_star
        self._participant: Participant | None = None
        self._limit: Timer | None = None
        if time_limit_s is not None:
            self._limit = script.world.after(time_limit_s, self._step_out)

    def enter(self, participant: Participant) -> None:
        """The place in the conference is taken; be told when it ends."""
        self._participant = participant
        participant.stay = self
        rooms.connect(self._script.world, participant)

    def fail(self, status: str) -> None:
        """There is no way in: go on after ``<Dial>``."""
        self._go_on(status)

    def removed(self) -> None:
        """Somebody else ended the stay."""
        self._participant = None
        self._go_on("answered")

    def wait_failed(self) -> None:
        """The waiting music could not be had: the conference is not entered."""
        participant, self._participant = self._participant, None
        if participant is not None:
            rooms.leave(self._script.world, participant, "participant_add_failed")
        self._go_on("failed")

    def _step_out(self) -> None:
        participant, self._participant = self._participant, None
        if participant is not None:
            rooms.leave(self._script.world, participant, "participant_hung_up")
        self._go_on("answered")

    def _go_on(self, status: str) -> None:
        if self._limit is not None:
            self._limit.cancel()
        if self._action:
            self._script.load(self._action, self._method, _result(status), purpose="dial action")
        else:
            self._script.proceed()

    def press(self, digit: str) -> None:
        if digit == "*" and self._hangup_on_star:
            self._step_out()

    def stop(self, cause: Cause) -> Detour | None:
        if self._limit is not None:
            self._limit.cancel()
        world = self._script.world
        participant, self._participant = self._participant, None
        if participant is not None:
            hung_up = cause is Cause.HANGUP
            rooms.leave(
                world,
                participant,
                "participant_hung_up" if hung_up else "participant_updated_via_api",
            )
        asks = cause is Cause.HANGUP or world.readings.interrupted_dial_requests_action
        if self._action and asks:
            tell(
                world,
                self._script.leg,
                "dial action",
                self._action,
                self._method,
                _result("answered"),
            )
        return None


def _result(status: str) -> tuple[tuple[str, str], ...]:
    return (
        ("DialCallStatus", status),
        ("DialBridged", "true" if status == "answered" else "false"),
    )


def _dial(script: Script, element: Element) -> Step:
    only(element, "record", "do-not-record", code=13217)
    children = element.children or (Element("Number", text=element.text),)
    kinds = {child.name for child in children}
    if kinds == {"Number"}:
        return dial_numbers(script, _wishes(script, element), children)
    # "answerOnBridge" concerns telephones that ring; a conference is entered at once.
    progress.answer(script.world, script.leg)
    if len(children) != 1:
        raise TwimlError(12200, "<Dial> takes one <Conference>, or some <Number>s, not both.")
    wishes = _wishes(script, element, shows=False)
    stay = ConferenceStay(
        script, wishes.action, wishes.method, wishes.time_limit_s, wishes.hangup_on_star
    )
    joining = _joining(script, element.children[0])
    world, leg = script.world, script.leg
    script.begin(stay)
    conference = rooms.conference_to_join(world, leg.account_sid, joining.name)
    try:
        participant = rooms.expect(world, leg, conference, joining)
    except TwimlError as problem:
        world.note(leg, "could not enter the conference", f"{problem.code}: {problem.message}")
        if problem.code == 16025:
            # "The call falls to the next verb" (docs/api/errors/16025).
            script.proceed()
        else:
            stay.fail("failed")
        return Step.WAITING
    stay.enter(participant)
    return Step.WAITING


def _wishes(script: Script, element: Element, *, shows: bool = True) -> Wishes:
    """What ``<Dial>`` itself says; ``shows``: somebody will see a caller's number."""
    return Wishes(
        action=address(script, element, "action"),
        method=method(element, code=13210),
        caller_id=caller_id(script, element) if shows else "",
        timeout_s=integer(element, "timeout", 30, 5, 600, code=13212),
        time_limit_s=integer(element, "timeLimit", LONGEST_CALL, 1, 24 * 3600, code=13216),
        hangup_on_star=boolean(element, "hangupOnStar", False, code=13213),
        answer_on_bridge=boolean(element, "answerOnBridge", False),
        sequential=boolean(element, "sequential", False),
    )


def _joining(script: Script, element: Element) -> Joining:
    name = element.text
    if not name or len(name) > LONGEST_NAME:
        raise TwimlError(13237, f"A conference name has 1 to {LONGEST_NAME} characters.")
    label = element.attributes.get("participantLabel")
    if label is not None and not 1 <= len(label) <= LONGEST_LABEL:
        raise TwimlError(12200, f"A participantLabel has 1 to {LONGEST_LABEL} characters.")
    only(element, "record", "do-not-record")
    only(element, "eventCallbackUrl", "")
    choice(element, "beep", "true", BEEPS, code=13235)
    choice(element, "jitterBufferSize", "large", BUFFERS)
    coach = element.attributes.get("coach") or None
    return Joining(
        name=name,
        label=label,
        muted=boolean(element, "muted", False, code=13230),
        start_on_enter=boolean(element, "startConferenceOnEnter", True, code=13232),
        end_on_exit=boolean(element, "endConferenceOnExit", False, code=13231),
        coach=coach,
        coaching=coach is not None,
        wait_url=address(script, element, "waitUrl"),
        wait_method=method(element, "waitMethod", code=13234),
        max_participants=integer(element, "maxParticipants", LARGEST, 2, LARGEST),
        callback=_callback(script, element),
    )


def _callback(script: Script, element: Element) -> Callback | None:
    url = address(script, element, "statusCallback")
    if not url:
        return None
    events = frozenset(element.attributes.get("statusCallbackEvent", "").split())
    if unknown := events - EVENTS:
        raise TwimlError(12200, f"statusCallbackEvent has no {' '.join(sorted(unknown))}.")
    return Callback(url, method(element, "statusCallbackMethod"), events)


CONFERENCE = frozenset(
    {
        "beep",
        "coach",
        "endConferenceOnExit",
        "eventCallbackUrl",
        "jitterBufferSize",
        "maxParticipants",
        "muted",
        "participantLabel",
        "record",
        "recordingStatusCallback",
        "recordingStatusCallbackEvent",
        "recordingStatusCallbackMethod",
        "region",
        "startConferenceOnEnter",
        "statusCallback",
        "statusCallbackEvent",
        "statusCallbackMethod",
        "trim",
        "waitMethod",
        "waitUrl",
    }
)

DIAL = Verb(
    "Dial",
    _dial,
    frozenset(
        {
            "action",
            "answerOnBridge",
            "callerId",
            "hangupOnStar",
            "method",
            "record",
            "recordingStatusCallback",
            "recordingStatusCallbackEvent",
            "recordingStatusCallbackMethod",
            "ringTone",
            "sequential",
            "timeLimit",
            "timeout",
            "trim",
        }
    ),
    {"Conference": CONFERENCE, "Number": NUMBER},
    answers=False,
)
