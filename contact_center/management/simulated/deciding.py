"""What an invented agent decides, looking at his desk. No network, no clock: only chance, by seed.

For each call he draws a `Course`: whether and when he answers, whether he puts the caller on hold
or hangs up first, how long he writes afterwards, and whether he takes a break then. `decide` says
which button he presses now on that course, if any; `leave` the same for who wants to go home.
"""

import random
from dataclasses import dataclass
from enum import Enum, auto

from contact_center.domain.states import Presence
from contact_center.models import OfferState

#: So long an invented agent has a message open.
VOICEMAIL_SECONDS = 20.0


class Press(Enum):
    """A button of the desk, or several that are pressed together."""

    GO_ON_DUTY = auto()
    ACCEPT = auto()
    DECLINE = auto()
    HOLD = auto()
    RESUME = auto()
    HANG_UP = auto()
    VOICEMAIL_DONE = auto()
    FINISH = auto()
    FINISH_AND_TAKE_A_BREAK = auto()
    COME_BACK = auto()
    END_BREAK = auto()
    GO_OFF_DUTY = auto()
    DECLINE_AND_GO_OFF_DUTY = auto()
    FINISH_AND_GO_OFF_DUTY = auto()


@dataclass(frozen=True)
class CallOnDesk:
    """The call on the screen, `for_s` seconds in the state it is in."""

    offer_id: int
    fence: int
    slot: int
    state: OfferState
    for_s: float
    is_held: bool = False
    #: Something was asked that has not happened yet.
    is_pending: bool = False
    #: A message to be listened to: nobody is on the line.
    is_voicemail: bool = False


@dataclass(frozen=True)
class Desk:
    """What an agent sees."""

    presence: Presence
    presence_for_s: float = 0.0
    #: Whether this is the tab that rings.
    has_phone: bool = False
    #: Since when he counts as not responding; None when he does not.
    not_responding_for_s: float | None = None
    call: CallOnDesk | None = None


@dataclass(frozen=True)
class Course:
    """What he will do with one call, and after it. Seconds, each from where its state began."""

    answer: Press | None  # None: he lets it ring out
    answer_after_s: float
    wrap_up_s: float
    away_s: float  # how long nobody is at the desk that let it ring out
    break_s: float
    hold_after_s: float | None = None
    resume_after_s: float = 0.0
    hang_up_after_s: float | None = None
    takes_break: bool = False


def draw_course(draw: random.Random) -> Course:
    """A call as most are: answered, now and then held, mostly ended by the customer."""
    kind = draw.random()
    holds, hangs_up, takes_break = (draw.random() < share for share in (0.15, 0.1, 0.06))
    hold_after_s = draw.uniform(4, 20)
    return Course(
        answer=None if kind < 0.03 else Press.DECLINE if kind < 0.08 else Press.ACCEPT,
        answer_after_s=draw.uniform(1, 5),
        wrap_up_s=draw.uniform(3, 15),
        away_s=draw.uniform(10, 30),
        break_s=draw.uniform(20, 60),
        hold_after_s=hold_after_s if holds else None,
        resume_after_s=hold_after_s + draw.uniform(4, 12),
        hang_up_after_s=draw.uniform(35, 90) if hangs_up else None,
        takes_break=takes_break,
    )


class Mind:
    """Draws a course for each call; the same seed and name, the same courses."""

    def __init__(self, *, seed: int, username: str) -> None:
        self._draw = random.Random(f"{seed}:{username}")  # noqa: S311 - invented people need no secret
        self._course = draw_course(self._draw)
        self._offer_id = 0

    def course_for(self, desk: Desk) -> Course:
        """The course of the call on this desk, or still that of the last one."""
        if desk.call is not None and desk.call.offer_id != self._offer_id:
            self._offer_id = desk.call.offer_id
            self._course = draw_course(self._draw)
        return self._course


def decide(course: Course, desk: Desk) -> Press | None:
    """What to press now. Who was sent home by a supervisor stays there."""
    if not desk.has_phone:
        return Press.GO_ON_DUTY
    if desk.call is not None:
        return _in_a_call(course, desk.call)
    if desk.not_responding_for_s is not None:
        return Press.COME_BACK if desk.not_responding_for_s >= course.away_s else None
    if desk.presence is Presence.BREAK and desk.presence_for_s >= course.break_s:
        return Press.END_BREAK
    return None


def leave(desk: Desk) -> Press | None:
    """What to press now in order to go home soon; None when there is nothing to press.

    With many in line the next call rings as soon as this one is over, unless that is prevented.
    """
    if desk.call is None:
        return Press.GO_OFF_DUTY if desk.presence is not Presence.OFFLINE else None
    if desk.call.is_pending:
        return None
    return {
        OfferState.PENDING: Press.DECLINE_AND_GO_OFF_DUTY,
        OfferState.CONNECTED: Press.VOICEMAIL_DONE if desk.call.is_voicemail else Press.HANG_UP,
        OfferState.WRAPPING_UP: Press.FINISH_AND_GO_OFF_DUTY,
    }.get(desk.call.state)


def _in_a_call(course: Course, call: CallOnDesk) -> Press | None:
    if call.state is OfferState.PENDING:
        return course.answer if call.for_s >= course.answer_after_s else None
    if call.state is OfferState.WRAPPING_UP and call.for_s >= course.wrap_up_s:
        return Press.FINISH_AND_TAKE_A_BREAK if course.takes_break else Press.FINISH
    if call.state is OfferState.CONNECTED and not call.is_pending:
        return _in_conversation(course, call)
    return None


def _in_conversation(course: Course, call: CallOnDesk) -> Press | None:
    if call.is_voicemail:
        return Press.VOICEMAIL_DONE if call.for_s >= VOICEMAIL_SECONDS else None
    if course.hang_up_after_s is not None and call.for_s >= course.hang_up_after_s:
        return Press.HANG_UP
    if call.is_held:
        return Press.RESUME if call.for_s >= course.resume_after_s else None
    if course.hold_after_s is not None and course.hold_after_s <= call.for_s < (
        course.resume_after_s
    ):
        return Press.HOLD
    return None
