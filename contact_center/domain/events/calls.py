"""A call's way to an agent: it arrives, waits, is offered, and leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CallArrived(Event):
    name = "call.arrived"
    number_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class MenuEntered(Event):
    name = "menu.entered"
    menu_version_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Event):
    name = "language.chosen"
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class MenuKeyPressed(Event):
    name = "menu.key_pressed"
    key: str = ""
    understood: bool = True


@dataclass(frozen=True, kw_only=True)
class MenuTimedOut(Event):
    """The caller pressed nothing."""

    name = "menu.timed_out"


@dataclass(frozen=True, kw_only=True)
class RoomEntered(Event):
    """A caller of a number that is a conference room joined it."""

    name = "room.entered"


@dataclass(frozen=True, kw_only=True)
class SkillsAsked(Event):
    """A call needs skills because of the number rung, the menu's branch or who calls.

    ``by`` is a domain.skills.Asker, ``needs`` are pairs of a skill's id and the level.
    """

    name = "skills.asked"
    by: str = ""
    needs: Sequence[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class CallQueued(Event):
    name = "call.queued"
    #: Why the call entered the queue: "menu", "number", "declined", "lost" …
    reason: str = ""
    #: True when the call keeps the place it had.
    place_kept: bool = False


@dataclass(frozen=True, kw_only=True)
class PlaceKept(Event):
    """Who gave up waiting a moment ago rings again, and has the place of that call.

    ``since`` is the moment that counts for it.
    """

    name = "place.kept"
    of_call_id: int | None = None
    since: str = ""


@dataclass(frozen=True, kw_only=True)
class CallTurnedAway(Event):
    """Nobody answers in the queue the call came to, and the caller is told so.

    ``reason`` is "closed" or "emergency_closed", and ``why`` the rule of the calendar that decided
    (domain/calendars.py); or it is one of domain/overflow.py. Without a queue: everything its menu
    leads to is closed.
    """

    name = "call.turned_away"
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class CallOverflowed(Event):
    """The queue the call came to, or waited in, sends it on to another one."""

    name = "call.overflowed"
    #: One of domain/overflow.py: "overflowed", "full", "nobody_signed_in", "waited_too_long".
    reason: str = ""
    to_queue_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CallSentOutside(Event):
    """The queue sends the caller to an outside number; its telephone is about to ring."""

    name = "call.sent_outside"
    #: One of domain/overflow.py.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OutsideEnded(Event):
    """The caller is back from the outside number, where somebody talked with him or nobody came."""

    name = "outside.ended"
    reached: bool = False


@dataclass(frozen=True, kw_only=True)
class WaitExpired(Event):
    """The caller has waited as long as the queue lets anybody wait, and leaves it."""

    name = "wait.expired"
    waited_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class LineLeft(Event):
    """The caller chose by a key not to wait any longer."""

    name = "line.left"
    #: What was chosen: one of services/choosing.py.
    choice: str = ""
    waited_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallMoved(Event):
    """A supervisor, the actor, moved a waiting caller to another queue; the age is kept.

    The queue is the one the caller left, the segment the stay in the other one.
    """

    name = "call.moved"
    to_queue_id: int = 0
    #: The other queue was full, or the place the last that overflows: a person has decided.
    over_capacity: bool = False


@dataclass(frozen=True, kw_only=True)
class CallReserved(Event):
    """A supervisor, the actor, keeps a waiting caller for an agent, and nobody else is rung."""

    name = "call.reserved"
    #: The agent is the supervisor.
    pulled: bool = False
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class ReservationEnded(Event):
    """A waiting caller is kept for the agent no longer.

    ``reason`` is "undone" (by the actor), "given_to_another", "moved", "time_over", "agent_away",
    or what the agent did when it rang: "declined", "timed_out", "failed".
    """

    name = "reservation.ended"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CallPrioritised(Event):
    """A supervisor, the actor, gave a waiting caller another priority, or the queue's own again."""

    name = "call.prioritised"
    priority: int = 0
    queues_own: bool = False


@dataclass(frozen=True, kw_only=True)
class MessageAsked(Event):
    """Nobody answers, or the caller prefers it: he is asked to speak a message."""

    name = "message.asked"
    #: Why: out of hours, an overflow, a wait that was too long, or the caller's own key.
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageLeft(Event):
    """The caller has spoken; what he said is on its way to us."""

    name = "message.left"


@dataclass(frozen=True, kw_only=True)
class MessageEmpty(Event):
    """The caller was asked for a message and said nothing: there is nothing to listen to."""

    name = "message.empty"


@dataclass(frozen=True, kw_only=True)
class VoicemailMissing(Event):
    """A message was, or may have been, spoken, and its sound never came to us."""

    name = "voicemail.missing"
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class VoicemailKept(Event):
    """The sound of a message is with us; from now on it stands in line to be listened to."""

    name = "voicemail.kept"
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class WaitStarted(Event):
    """The network asked for the first wait document: from now on the call can be offered."""

    name = "wait.started"


@dataclass(frozen=True, kw_only=True)
class CallOffered(Event):
    name = "call.offered"


@dataclass(frozen=True, kw_only=True)
class OfferAccepted(Event):
    name = "offer.accepted"


@dataclass(frozen=True, kw_only=True)
class OfferDeclined(Event):
    name = "offer.declined"


@dataclass(frozen=True, kw_only=True)
class OfferTimedOut(Event):
    name = "offer.timed_out"


@dataclass(frozen=True, kw_only=True)
class OfferWithdrawn(Event):
    """The offer ended for a reason that is not the agent's: the caller left, for example."""

    name = "offer.withdrawn"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class OfferFailed(Event):
    """The agent accepted, but the agent's side of the call did not come about."""

    name = "offer.failed"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AgentJoined(Event):
    """The agent's leg is in the conference of the offer."""

    name = "agent.joined"


@dataclass(frozen=True, kw_only=True)
class CallConnected(Event):
    """Customer and agent are in the same conference."""

    name = "call.connected"
    #: From the moment that counts for the place in line.
    waited_seconds: float = 0.0
    #: An agent rang the customer, who waited for nobody.
    outgoing: bool = False
