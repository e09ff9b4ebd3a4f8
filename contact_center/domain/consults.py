"""An agent consults somebody about a caller: what it can be, and the next thing to ask. Pure.

Theory of operation. Who is asked is a colleague, a queue of which somebody comes, or an outside
number: where this page says *colleague* it means whoever that is. Caller and colleague are in the
agent's conference, each on hold or not; who hears whom follows from that alone (``talk_of``). What
the agent wishes is reached by one request to the network at a time (``next_step``): whoever is to
hear no more is held first, and only when the network has said so does the other hear again. So a
swap passes through a moment in which nobody hears anybody, and never through one in which the
caller hears the consult.
"""

from collections.abc import Mapping
from enum import StrEnum

from contact_center.domain import events as ev
from contact_center.errors import IllegalTransition


class ConsultState(StrEnum):
    """How far the colleague has come."""

    HOLDING = "holding"  # the caller goes on hold first
    WAITING = "waiting"  # in the line of the queue that is asked; nobody is rung just now
    RINGING = "ringing"
    JOINING = "joining"  # the colleague accepted, their line is not in the conference yet
    LIVE = "live"
    ENDED = "ended"


CONSULT_TRANSITIONS: Mapping[ConsultState, Mapping[type[ev.Event], ConsultState]] = {
    ConsultState.HOLDING: {
        ev.ConsultWaits: ConsultState.WAITING,
        ev.ConsultRings: ConsultState.RINGING,
        ev.ConsultEnded: ConsultState.ENDED,
    },
    ConsultState.WAITING: {
        ev.ConsultRings: ConsultState.RINGING,
        ev.ConsultEnded: ConsultState.ENDED,
    },
    ConsultState.RINGING: {
        ev.ConsultAccepted: ConsultState.JOINING,
        ev.ConsultDeclined: ConsultState.WAITING,
        ev.ConsultUnanswered: ConsultState.WAITING,
        # Whose telephone is rung into the conference is in it as soon as they answer.
        ev.ConsultJoined: ConsultState.LIVE,
        ev.ConsultMissed: ConsultState.ENDED,
        ev.ConsultEnded: ConsultState.ENDED,
    },
    ConsultState.JOINING: {
        ev.ConsultJoined: ConsultState.LIVE,
        ev.ConsultDeclined: ConsultState.WAITING,
        ev.ConsultUnanswered: ConsultState.WAITING,
        ev.ConsultMissed: ConsultState.ENDED,
        ev.ConsultEnded: ConsultState.ENDED,
    },
    ConsultState.LIVE: {
        ev.ConsultEnded: ConsultState.ENDED,
        ev.CallHandedOver: ConsultState.ENDED,
        ev.CallLeftOutside: ConsultState.ENDED,
    },
    ConsultState.ENDED: {},
}

#: For so long a colleague's desk rings.
RING_SECONDS = 20
#: For so long somebody of a queue is looked for, from when it was asked.
QUEUE_WAIT_SECONDS = 300


def next_consult_state(state: ConsultState, event: type[ev.Event]) -> ConsultState:
    """Return where ``event`` takes a consult that is in ``state``. Raises IllegalTransition."""
    try:
        return CONSULT_TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(event.name, state) from None


class Talk(StrEnum):
    """With whom the agent talks while the colleague is there."""

    COLLEAGUE = "colleague"  # the caller hears music
    CUSTOMER = "customer"  # the colleague hears music
    TOGETHER = "together"
    NOBODY = "nobody"


class Wish(StrEnum):
    """What an agent asks for in a consult."""

    COLLEAGUE = "colleague"
    CUSTOMER = "customer"
    TOGETHER = "together"
    #: The agent leaves, and the call is the colleague's.
    COMPLETE = "complete"
    #: The colleague is let go, and the caller is back with the agent.
    CANCEL = "cancel"


class Step(StrEnum):
    """One request to the network, or what follows when no more is needed."""

    HOLD_CUSTOMER = "hold_customer"
    RESUME_CUSTOMER = "resume_customer"
    HOLD_COLLEAGUE = "hold_colleague"
    RESUME_COLLEAGUE = "resume_colleague"
    #: End the colleague's line; the caller is resumed when it has ended.
    LET_GO = "let_go"
    #: Look once more who is there, and hand the call over.
    HAND_OVER = "hand_over"


class Over(StrEnum):
    """How a consult ended."""

    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    #: The colleague accepted, and their line did not come up.
    FAILED = "failed"
    #: Another call came first, or the colleague went away, before their desk rang.
    BUSY = "busy"
    #: Of a queue: in all the time that it was asked nobody of it came.
    NOBODY_CAME = "nobody_came"
    #: Of an outside number: engaged, …
    ENGAGED = "engaged"
    #: … nobody answered, …
    NO_ANSWER = "no_answer"
    #: … not to be reached at all, …
    NOT_REACHED = "not_reached"
    #: … or the network would not ring it.
    REFUSED = "refused"
    #: The caller could not be put on hold.
    NOT_HELD = "not_held"
    #: The colleague left, or their line broke.
    COLLEAGUE_LEFT = "colleague_left"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    #: The agent's line broke while all three talked: the colleague has the call.
    INHERITED = "inherited"
    CALL_ENDED = "call_ended"
    #: The agent's line broke, and the caller is back in line.
    AGENT_GONE = "agent_gone"


#: After these the agent is told why: the colleague is not there, and nobody had asked for that.
FAILURES = frozenset(
    {
        Over.DECLINED,
        Over.TIMED_OUT,
        Over.FAILED,
        Over.BUSY,
        Over.NOBODY_CAME,
        Over.NOT_HELD,
        Over.ENGAGED,
        Over.NO_ANSWER,
        Over.NOT_REACHED,
        Over.REFUSED,
        Over.COLLEAGUE_LEFT,
    }
)


#: How the network says that nobody at an outside number answered.
_OF_NUMBERS = {"busy": Over.ENGAGED, "no-answer": Over.NO_ANSWER}

#: How a call is said to have ended that its agent left with the outside number consulted.
LEFT_OUTSIDE = "left_outside"


def why_nobody_came(status: str) -> Over:
    """Return how a consult of an outside number is over, from the network's status of its line."""
    return _OF_NUMBERS.get(status, Over.NOT_REACHED)


def talk_of(*, customer_held: bool, colleague_held: bool) -> Talk:
    """Return with whom the agent talks, from who is on hold."""
    if customer_held:
        return Talk.NOBODY if colleague_held else Talk.COLLEAGUE
    return Talk.CUSTOMER if colleague_held else Talk.TOGETHER


def next_step(wish: Wish, *, customer_held: bool, colleague_held: bool) -> Step | None:
    """Return what is to be asked of the network next; None where it is as wished."""
    match wish:
        case Wish.COLLEAGUE:
            if not customer_held:
                return Step.HOLD_CUSTOMER
            return Step.RESUME_COLLEAGUE if colleague_held else None
        case Wish.CUSTOMER:
            if not colleague_held:
                return Step.HOLD_COLLEAGUE
            return Step.RESUME_CUSTOMER if customer_held else None
        case Wish.CANCEL:
            return Step.LET_GO
    if customer_held:
        return Step.RESUME_CUSTOMER
    if colleague_held:
        return Step.RESUME_COLLEAGUE
    return Step.HAND_OVER if wish is Wish.COMPLETE else None
