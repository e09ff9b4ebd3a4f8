"""The two state machines, as tables, and the time limit of every state that waits.

Theory of operation: a state changes only because something happened. ``CALL_TRANSITIONS`` and
``ACTIVITY_TRANSITIONS`` say, for each state, which events are possible and where they lead; what
is not a row is illegal and raises ``IllegalTransition``. One event may move both machines:
``CallOffered`` takes the call from queued to offered and the agent's slot from idle to ringing.
``TIME_LIMITS`` names for each waiting state the event that ends it, so that nothing waits for
ever because a request was lost. The diagram in docs/ is generated from these tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contact_center.domain import events as ev
from contact_center.errors import IllegalTransition

EventClass = type[ev.Event]


class CallState(StrEnum):
    """Where a customer's call is."""

    ARRIVED = "arrived"
    IN_MENU = "in_menu"
    IN_ROOM = "in_room"  # the number is a conference room
    SPEAKING = "speaking"  # the customer leaves a message
    QUEUED = "queued"
    OFFERED = "offered"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    ON_HOLD = "on_hold"
    RETURNING = "returning"  # its agent was lost; it is on its way back to the line
    TRANSFERRING = "transferring"  # its agent has sent it on, and is out of it
    OUTSIDE = "outside"  # an outside number rings for the customer, or talks with him
    LEAVING = "leaving"  # the agent is done, or nobody answers; the customer hears the goodbye
    ENDED = "ended"


class Activity(StrEnum):
    """What the system knows that one slot of an agent is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    ON_CALL = "on_call"
    ON_HOLD = "on_hold"
    WRAPPING_UP = "wrapping_up"
    NOT_RESPONDING = "not_responding"


class Presence(StrEnum):
    """What an agent chose."""

    AVAILABLE = "available"
    BREAK = "break"
    OFFLINE = "offline"


CALL_TRANSITIONS: Mapping[CallState, Mapping[EventClass, CallState]] = {
    CallState.ARRIVED: {
        ev.MenuEntered: CallState.IN_MENU,
        ev.RoomEntered: CallState.IN_ROOM,
        ev.CallQueued: CallState.QUEUED,
        ev.CallSentOutside: CallState.OUTSIDE,
        ev.CallTurnedAway: CallState.LEAVING,
        ev.MessageAsked: CallState.SPEAKING,
        ev.VoicemailKept: CallState.QUEUED,
        ev.CallbackAsked: CallState.QUEUED,
        ev.CallMade: CallState.CONNECTING,
        ev.CallRefused: CallState.LEAVING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.IN_MENU: {
        ev.CallQueued: CallState.QUEUED,
        ev.CallSentOutside: CallState.OUTSIDE,
        ev.CallTurnedAway: CallState.LEAVING,
        ev.MessageAsked: CallState.SPEAKING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.IN_ROOM: {
        ev.CallEnded: CallState.ENDED,
    },
    CallState.QUEUED: {
        # Who was rung first, before any agent, and now waits on the line; or did not answer.
        ev.CallQueued: CallState.QUEUED,
        ev.CustomerNotReached: CallState.QUEUED,
        ev.CallOffered: CallState.OFFERED,
        ev.CallMoved: CallState.QUEUED,
        ev.WaitExpired: CallState.LEAVING,
        ev.LineLeft: CallState.LEAVING,
        ev.MessageAsked: CallState.SPEAKING,
        ev.VoicemailDone: CallState.ENDED,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.OFFERED: {
        ev.OfferAccepted: CallState.CONNECTING,
        ev.OfferDeclined: CallState.QUEUED,
        ev.OfferTimedOut: CallState.QUEUED,
        ev.OfferWithdrawn: CallState.QUEUED,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.CONNECTING: {
        ev.CallConnected: CallState.CONNECTED,
        ev.VoicemailOpened: CallState.CONNECTED,
        ev.OfferFailed: CallState.QUEUED,
        ev.OfferWithdrawn: CallState.QUEUED,
        ev.CustomerNotReached: CallState.QUEUED,
        ev.AgentLost: CallState.RETURNING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.CONNECTED: {
        ev.CustomerNotReached: CallState.QUEUED,
        ev.CallHeld: CallState.ON_HOLD,
        ev.CallTakenOver: CallState.CONNECTED,
        ev.CallHandedOver: CallState.CONNECTED,
        ev.CallLeftOutside: CallState.OUTSIDE,
        ev.CallTransferred: CallState.TRANSFERRING,
        ev.AgentLost: CallState.RETURNING,
        ev.ConversationEnded: CallState.LEAVING,
        ev.VoicemailDone: CallState.ENDED,
        ev.VoicemailPutBack: CallState.QUEUED,
        ev.VoicemailDropped: CallState.QUEUED,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.ON_HOLD: {
        ev.CustomerNotReached: CallState.QUEUED,
        ev.CallResumed: CallState.CONNECTED,
        ev.CallTakenOver: CallState.ON_HOLD,
        ev.CallTransferred: CallState.TRANSFERRING,
        ev.AgentLost: CallState.RETURNING,
        ev.ConversationEnded: CallState.LEAVING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.RETURNING: {
        ev.CallQueued: CallState.QUEUED,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.TRANSFERRING: {
        ev.CallQueued: CallState.QUEUED,
        ev.CallSentOutside: CallState.OUTSIDE,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.OUTSIDE: {
        # Nobody was reached: back to the agent who had sent him there.
        ev.CallQueued: CallState.QUEUED,
        ev.OutsideEnded: CallState.LEAVING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.SPEAKING: {
        ev.MessageLeft: CallState.LEAVING,
        ev.MessageEmpty: CallState.LEAVING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.LEAVING: {
        ev.CallQueued: CallState.QUEUED,
        ev.CallSentOutside: CallState.OUTSIDE,
        ev.MessageAsked: CallState.SPEAKING,
        ev.CallEnded: CallState.ENDED,
    },
    CallState.ENDED: {},
}

ACTIVITY_TRANSITIONS: Mapping[Activity, Mapping[EventClass, Activity]] = {
    Activity.IDLE: {
        ev.CallOffered: Activity.RINGING,
        ev.ConsultRings: Activity.RINGING,
        ev.CallTakenOver: Activity.ON_CALL,
        ev.CallMade: Activity.CONNECTING,
    },
    Activity.RINGING: {
        ev.ConsultAccepted: Activity.CONNECTING,
        ev.ConsultDeclined: Activity.IDLE,
        ev.ConsultUnanswered: Activity.NOT_RESPONDING,
        ev.ConsultMissed: Activity.NOT_RESPONDING,
        ev.ConsultEnded: Activity.IDLE,
        ev.OfferAccepted: Activity.CONNECTING,
        ev.OfferDeclined: Activity.IDLE,
        ev.OfferTimedOut: Activity.NOT_RESPONDING,
        ev.OfferWithdrawn: Activity.IDLE,
    },
    Activity.CONNECTING: {
        ev.ConsultJoined: Activity.ON_CALL,
        ev.ConsultDeclined: Activity.IDLE,
        ev.ConsultUnanswered: Activity.NOT_RESPONDING,
        ev.ConsultMissed: Activity.NOT_RESPONDING,
        ev.ConsultEnded: Activity.IDLE,
        ev.CallConnected: Activity.ON_CALL,
        ev.VoicemailOpened: Activity.ON_CALL,
        ev.OfferWithdrawn: Activity.IDLE,
        ev.OfferFailed: Activity.NOT_RESPONDING,
        ev.CustomerNotReached: Activity.IDLE,
        ev.AgentLost: Activity.NOT_RESPONDING,
    },
    Activity.ON_CALL: {
        # Of the agent who leaves; the colleague who has it now stays on the call.
        ev.CallHandedOver: Activity.WRAPPING_UP,
        ev.CallLeftOutside: Activity.WRAPPING_UP,
        ev.ConsultEnded: Activity.IDLE,
        ev.CallHeld: Activity.ON_HOLD,
        ev.CustomerNotReached: Activity.IDLE,
        ev.AgentRelieved: Activity.WRAPPING_UP,
        ev.CallTransferred: Activity.WRAPPING_UP,
        ev.ConversationEnded: Activity.WRAPPING_UP,
        ev.VoicemailDone: Activity.WRAPPING_UP,
        ev.VoicemailPutBack: Activity.IDLE,
        ev.VoicemailDropped: Activity.NOT_RESPONDING,
        ev.AgentLost: Activity.NOT_RESPONDING,
    },
    Activity.ON_HOLD: {
        ev.CallResumed: Activity.ON_CALL,
        ev.CustomerNotReached: Activity.IDLE,
        ev.AgentRelieved: Activity.WRAPPING_UP,
        ev.CallTransferred: Activity.WRAPPING_UP,
        ev.ConversationEnded: Activity.WRAPPING_UP,
        ev.AgentLost: Activity.NOT_RESPONDING,
    },
    Activity.WRAPPING_UP: {
        ev.WrapUpFinished: Activity.IDLE,
        ev.WrapUpTimedOut: Activity.IDLE,
    },
    Activity.NOT_RESPONDING: {
        ev.AgentReturned: Activity.IDLE,
        # Whoever takes a call over, or makes one, is there, whatever became of their last one.
        ev.CallTakenOver: Activity.ON_CALL,
        ev.CallMade: Activity.CONNECTING,
    },
}


@dataclass(frozen=True)
class TimeLimit:
    """How long a state may wait, and the event that ends the wait.

    ``seconds`` is the limit where the product fixes it; None where the queue or a setting does
    (``source`` says which).
    """

    ends_with: EventClass
    seconds: int | None
    source: str


#: Connecting customer and agent, from accept to both in the conference.
CONNECT_SECONDS = 10
#: So long a call may be silent before the reconciler has surely compared it with the network: three
#: of its rounds.
SILENCE_SECONDS = 45
#: From the end of the agent's leg to the customer's request for what to do next.
RETURN_SECONDS = 10

CALL_TIME_LIMITS: Mapping[CallState, TimeLimit] = {
    CallState.ARRIVED: TimeLimit(ev.CallEnded, SILENCE_SECONDS, "asked after by the reconciler"),
    CallState.IN_MENU: TimeLimit(ev.CallEnded, SILENCE_SECONDS, "asked after by the reconciler"),
    CallState.IN_ROOM: TimeLimit(ev.CallEnded, None, "CALL.MAX_DURATION"),
    CallState.QUEUED: TimeLimit(ev.CallEnded, SILENCE_SECONDS, "the wait document's heartbeat"),
    CallState.OFFERED: TimeLimit(ev.OfferTimedOut, None, "ring time of the queue"),
    CallState.CONNECTING: TimeLimit(
        ev.OfferFailed, CONNECT_SECONDS, "the design; what is whispered comes on top"
    ),
    CallState.CONNECTED: TimeLimit(ev.CallEnded, None, "CALL.MAX_DURATION"),
    CallState.ON_HOLD: TimeLimit(ev.CallEnded, None, "CALL.MAX_DURATION"),
    CallState.RETURNING: TimeLimit(ev.CallQueued, RETURN_SECONDS, "the design"),
    CallState.TRANSFERRING: TimeLimit(ev.CallQueued, RETURN_SECONDS, "the design"),
    CallState.OUTSIDE: TimeLimit(ev.OutsideEnded, None, "CALL.MAX_DURATION"),
    CallState.SPEAKING: TimeLimit(ev.MessageLeft, None, "CALL.VOICEMAIL_MAX_LENGTH"),
    CallState.LEAVING: TimeLimit(ev.CallEnded, SILENCE_SECONDS, "asked after by the reconciler"),
}

ACTIVITY_TIME_LIMITS: Mapping[Activity, TimeLimit] = {
    Activity.RINGING: TimeLimit(ev.OfferTimedOut, None, "ring time of the queue"),
    Activity.CONNECTING: TimeLimit(
        ev.OfferFailed, CONNECT_SECONDS, "the design; what is whispered comes on top"
    ),
    Activity.WRAPPING_UP: TimeLimit(ev.WrapUpTimedOut, None, "wrap-up time of the queue"),
}

#: States in which the customer is in line.
WAITING_STATES = frozenset({CallState.QUEUED, CallState.OFFERED, CallState.CONNECTING})
#: States in which customer and agent share a conference.
TALKING_STATES = frozenset({CallState.CONNECTED, CallState.ON_HOLD})
#: States in which an agent has the call, or has it offered.
OFFERED_STATES = TALKING_STATES | {CallState.OFFERED, CallState.CONNECTING}


def next_call_state(state: CallState, event: EventClass) -> CallState:
    """Return where ``event`` takes a call that is in ``state``.

    Raises IllegalTransition when the table has no such row.
    """
    try:
        return CALL_TRANSITIONS[state][event]
    except KeyError:
        raise IllegalTransition(event.name, state) from None


def next_activity(activity: Activity, event: EventClass) -> Activity:
    """Return where ``event`` takes a slot whose activity is ``activity``.

    Raises IllegalTransition when the table has no such row.
    """
    try:
        return ACTIVITY_TRANSITIONS[activity][event]
    except KeyError:
        raise IllegalTransition(event.name, activity) from None
