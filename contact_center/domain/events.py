"""Everything that can happen, in the past tense.

An event is a fact: it is appended to the log in the transaction that made it true, and told to
the rest of the site after commit. Its ``name`` is written out so that what is seen in a log row
or a websocket frame can be found by searching for it. References are ids; nothing personal (no
phone number, no name) travels in an event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact about one organisation's calls or people. The ids say whom it concerns."""

    name: ClassVar[str]

    tenant_id: int
    call_id: int | None = None
    segment_id: int | None = None
    offer_id: int | None = None
    agent_id: int | None = None
    queue_id: int | None = None
    #: The person who asked for it, when a person did.
    actor_id: int | None = None
    #: The supervisor who is with the conversation it is about: it changes what they see.
    supervisor_id: int | None = None

    def details(self) -> dict[str, Any]:
        """Return what this kind of event says beyond whom it concerns, JSON-able."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in REFERENCES
        }


REFERENCES = frozenset(field.name for field in fields(Event))


# --- a call's way to an agent ---------------------------------------------------------------


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


# --- the conversation: asked, and happened ---------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class VoicemailOpened(Event):
    """The agent who accepted a voicemail listens to it; no line is needed for that."""

    name = "voicemail.opened"


@dataclass(frozen=True, kw_only=True)
class VoicemailDone(Event):
    """A voicemail is dealt with: by its agent, or by a supervisor while it stood in line."""

    name = "voicemail.done"
    listened_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class VoicemailPutBack(Event):
    """The agent leaves a voicemail to somebody else; it keeps its place in line."""

    name = "voicemail.put_back"


@dataclass(frozen=True, kw_only=True)
class VoicemailDropped(Event):
    """The agent who had a voicemail open is not there any more; it is back in line."""

    name = "voicemail.dropped"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class HoldAsked(Event):
    name = "hold.asked"


@dataclass(frozen=True, kw_only=True)
class CallHeld(Event):
    name = "call.held"


@dataclass(frozen=True, kw_only=True)
class ResumeAsked(Event):
    name = "resume.asked"


@dataclass(frozen=True, kw_only=True)
class CallResumed(Event):
    name = "call.resumed"


@dataclass(frozen=True, kw_only=True)
class MuteAsked(Event):
    name = "mute.asked"
    muted: bool = True


@dataclass(frozen=True, kw_only=True)
class AgentMuted(Event):
    name = "agent.muted"


@dataclass(frozen=True, kw_only=True)
class AgentUnmuted(Event):
    name = "agent.unmuted"


@dataclass(frozen=True, kw_only=True)
class HangUpAsked(Event):
    name = "hang_up.asked"


@dataclass(frozen=True, kw_only=True)
class ControlFailed(Event):
    """Something asked of the network during a call did not happen."""

    name = "control.failed"
    #: What was asked: "hold", "resume", "mute", "unmute", "hang_up".
    asked: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ControlConfirmed(Event):
    """What was asked for was so already; the network has said it again."""

    name = "control.confirmed"
    asked: str = ""


@dataclass(frozen=True, kw_only=True)
class ConversationEnded(Event):
    name = "conversation.ended"
    #: "agent", "customer", "network"
    ended_by: str = ""
    talked_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AgentLost(Event):
    """The agent's leg ended in mid-call without anybody having asked for it."""

    name = "agent.lost"
    reason: str = ""
    talked_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    name = "call.ended"
    #: "customer", "agent", "system", "network"
    ended_by: str = ""
    reason: str = ""


# --- callbacks ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CallbackAsked(Event):
    """A callback stands in line from now on, in the place of whoever asked for it."""

    name = "callback.asked"
    #: The call in which it was asked for.
    asked_in: int | None = None
    #: It is to ring another number than the one that called.
    elsewhere: bool = False
    #: When the customer was promised the call; "" for when his turn comes.
    promised_at: str = ""


@dataclass(frozen=True, kw_only=True)
class CallbackMerged(Event):
    """The same number was to be called back by the same queue already: one call is made."""

    name = "callback.merged"
    asked_in: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackReplaced(Event):
    """Who was to be called back has rung himself, and stands where his callback stood."""

    name = "callback.replaced"
    #: The call that was to be made.
    callback: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallbackDue(Event):
    """The customer may be called now: his turn can come."""

    name = "callback.due"


@dataclass(frozen=True, kw_only=True)
class CallbackDelayed(Event):
    """The customer may not be called now: the queue is closed, or it is night where he is."""

    name = "callback.delayed"
    #: When he may be again; "" when nobody knows.
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class CallbackMoved(Event):
    """Somebody changed when the customer is called."""

    name = "callback.moved"
    to: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerDialled(Event):
    name = "customer.dialled"
    #: Counted from 1.
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class CustomerAnswered(Event):
    """What the network thinks has answered: a person, a machine, a fax, or it does not know."""

    name = "customer.answered"
    answered_by: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerNotReached(Event):
    """Nobody can be spoken to; the callback is back in line, or ends."""

    name = "customer.not_reached"
    #: One of domain/callbacks.py.
    outcome: str = ""
    attempt: int = 0
    #: When the next attempt is due; "" for none.
    next_at: str = ""


# --- help --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class HelpAsked(Event):
    """The agent of a conversation asks every supervisor for help."""

    name = "help.asked"


@dataclass(frozen=True, kw_only=True)
class HelpAnswered(Event):
    """A supervisor, the actor, says they are coming."""

    name = "help.answered"


@dataclass(frozen=True, kw_only=True)
class HelpWithdrawn(Event):
    """The agent needs no help any more."""

    name = "help.withdrawn"


@dataclass(frozen=True, kw_only=True)
class HelpEnded(Event):
    """The conversation in which help was asked for is over."""

    name = "help.ended"


# --- supervisors in a conversation -------------------------------------------------------------
#
# While somebody listens in private, these name no agent: nothing is said at the agent's desk.


@dataclass(frozen=True, kw_only=True)
class SupervisionAsked(Event):
    """A supervisor, the actor, wants to be with a conversation."""

    name = "supervision.asked"
    supervision_id: int = 0
    mode: str = ""
    private: bool = False


@dataclass(frozen=True, kw_only=True)
class SupervisionBegan(Event):
    """The supervisor's line is in the conference, muted: they hear, and nobody hears them."""

    name = "supervision.began"
    supervision_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SupervisionModeAsked(Event):
    """The supervisor wants to be heard by others than before: "listen", "coach" or "barge"."""

    name = "supervision.mode_asked"
    supervision_id: int = 0
    mode: str = ""


@dataclass(frozen=True, kw_only=True)
class SupervisionModeChanged(Event):
    """The network says who hears the supervisor now."""

    name = "supervision.mode_changed"
    supervision_id: int = 0
    mode: str = ""


@dataclass(frozen=True, kw_only=True)
class SupervisionModeFailed(Event):
    """What a supervisor asked for did not happen; everything is as it was."""

    name = "supervision.mode_failed"
    supervision_id: int = 0
    asked: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SupervisionCoachReset(Event):
    """Whom the supervisor coached has left the conversation: the supervisor is to listen only."""

    name = "supervision.coach_reset"
    supervision_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SupervisionHoldChanged(Event):
    """The customer was put on hold, or taken off it: that changes who hears the supervisor."""

    name = "supervision.hold_changed"
    supervision_id: int = 0
    held: bool = False


@dataclass(frozen=True, kw_only=True)
class SupervisionEnded(Event):
    """The supervisor is not with the conversation any more.

    ``reason`` is "left", "moved", "call_ended", "agent_gone", "line_lost", "not_joined" or
    "taken_over" (by another supervisor).
    """

    name = "supervision.ended"
    supervision_id: int = 0
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AgentRelieved(Event):
    """A supervisor, the actor, has taken the call over from the agent, who wraps up."""

    name = "agent.relieved"
    talked_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallTakenOver(Event):
    """The customer is the supervisor's now: agent and offer of this event are the supervisor's."""

    name = "call.taken_over"
    supervision_id: int = 0
    #: The offer whose agent had the call before.
    from_offer_id: int = 0
    #: "asked", or "agent_lost" when the supervisor was in the conversation and the agent was lost.
    reason: str = ""


# --- after the call ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WrapUpSaved(Event):
    name = "wrap_up.saved"


@dataclass(frozen=True, kw_only=True)
class WrapUpExtended(Event):
    name = "wrap_up.extended"
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class WrapUpFinished(Event):
    """The agent is done; or a supervisor, the actor, has ended it and said why."""

    name = "wrap_up.finished"
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class WrapUpTimedOut(Event):
    name = "wrap_up.timed_out"


# --- people -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PresenceChanged(Event):
    """What the agent chose; or what a supervisor did, the actor, who said why.

    ``reason`` is the code of a break, or why it came about by itself: "auto" when the shift was
    over, "break_over". From such an event to the agent's next one the presence lasted, which is how
    the seconds of a type of break are counted.
    """

    name = "presence.changed"
    presence: str = ""
    reason: str = ""
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class BreakOver(Event):
    """A break has lasted as long as it may; ``reason`` is its code.

    ``then`` is "remind", "return" or "offline" (domain/breaks.py); during a call it comes after it.
    """

    name = "break.over"
    reason: str = ""
    then: str = ""


@dataclass(frozen=True, kw_only=True)
class NextPresenceChosen(Event):
    """What comes true after the call; a supervisor may choose it, too, and a sign-out with it."""

    name = "next_presence.chosen"
    presence: str = ""
    reason: str = ""
    why: str = ""
    sign_out: bool = False


@dataclass(frozen=True, kw_only=True)
class AgentSignedOut(Event):
    """A supervisor ended every session of the agent."""

    name = "agent.signed_out"
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class PhoneClaimed(Event):
    """A tab became the agent's phone."""

    name = "phone.claimed"


@dataclass(frozen=True, kw_only=True)
class PhoneSilent(Event):
    """The agent's phone tab has not been heard of for a while."""

    name = "phone.silent"


@dataclass(frozen=True, kw_only=True)
class PhoneHeard(Event):
    """The agent's phone tab is back."""

    name = "phone.heard"


@dataclass(frozen=True, kw_only=True)
class AgentReturned(Event):
    """An agent who was not responding says they are back."""

    name = "agent.returned"


# --- the network and we ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CommandFailed(Event):
    name = "command.failed"
    command: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class RealityHealed(Event):
    """The reconciler found that the network and we disagreed, and put us right.

    ``found`` and ``done`` are values of domain/healing.py; ``sid`` is the network's name of the
    line or conference it was about.
    """

    name = "reality.healed"
    found: str = ""
    done: str = ""
    sid: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportSetAside(Event):
    """What the network reported was not applied, and will not be unless a person says so.

    ``why`` is failed, abandoned, quarantined or unclaimed (models/reports.py).
    """

    name = "report.set_aside"
    kind: str = ""
    why: str = ""
    report_id: int = 0
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportTriedAgain(Event):
    """An admin had a report tried again that was set aside."""

    name = "report.tried_again"
    kind: str = ""
    report_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportDropped(Event):
    """An admin let a report go that was set aside."""

    name = "report.dropped"
    kind: str = ""
    report_id: int = 0


@dataclass(frozen=True, kw_only=True)
class JobFailed(Event):
    """A piece of heavy work was given up after all its runs failed."""

    name = "job.failed"
    kind: str = ""
    job_id: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertBegan(Event):
    """Something came to be too much; ``kind`` is one of domain/alerting.py."""

    name = "alert.began"
    alert_id: int = 0
    kind: str = ""
    level: str = ""
    value: float = 0.0
    threshold: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertEnded(Event):
    """It is well again, or nobody wants to hear of it any more."""

    name = "alert.ended"
    alert_id: int = 0
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertAcknowledged(Event):
    """Somebody takes care of it."""

    name = "alert.acknowledged"
    alert_id: int = 0
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertSnoozed(Event):
    """Nobody is to be told of it for so many minutes; 0 takes that back."""

    name = "alert.snoozed"
    alert_id: int = 0
    kind: str = ""
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertRuleChanged(Event):
    """An admin said from where on people are told, or whom."""

    name = "alert_rule.changed"
    kind: str = ""
    team_id: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertWebhookChanged(Event):
    """An admin added, stopped or removed an address that is told of alerts."""

    name = "alert_webhook.changed"
    webhook_id: int = 0
    deed: str = ""


@dataclass(frozen=True, kw_only=True)
class WallboardMade(Event):
    """A supervisor made a board for a screen on the wall."""

    name = "wallboard.made"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardChanged(Event):
    """A supervisor changed what a board shows."""

    name = "wallboard.changed"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardRemoved(Event):
    """A supervisor removed a board, and every link to it."""

    name = "wallboard.removed"
    wallboard_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardLinkMade(Event):
    """A supervisor made a link that opens a board with nobody signed in."""

    name = "wallboard_link.made"
    wallboard_id: int = 0
    link_id: int = 0


@dataclass(frozen=True, kw_only=True)
class WallboardLinkRevoked(Event):
    """A supervisor withdrew such a link: screens that show the board by it stop at once."""

    name = "wallboard_link.revoked"
    wallboard_id: int = 0
    link_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarMade(Event):
    """An admin wrote a calendar of opening hours."""

    name = "calendar.made"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarChanged(Event):
    """An admin changed one: its week, its holidays, what is different once, or who follows it.

    ``what`` is "week", "exceptions" or "queues".
    """

    name = "calendar.changed"
    calendar_id: int = 0
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class CalendarRemoved(Event):
    """An admin removed a calendar that no queue followed any more."""

    name = "calendar.removed"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarClosed(Event):
    """An admin closed every queue that follows a calendar, at once and until further notice."""

    name = "calendar.closed"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class CalendarReopened(Event):
    """An admin took an emergency back: the calendar's own hours hold again."""

    name = "calendar.reopened"
    calendar_id: int = 0


@dataclass(frozen=True, kw_only=True)
class QueueMade(Event):
    """An admin made a queue."""

    name = "queue.made"


@dataclass(frozen=True, kw_only=True)
class QueueChanged(Event):
    """An admin changed a queue. ``changes`` says of each field what it was and what it is."""

    name = "queue.changed"
    changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class QueueMembersChanged(Event):
    """An admin said who serves a queue; ids of agents."""

    name = "queue.members_changed"
    added: Sequence[int] = field(default_factory=list)
    removed: Sequence[int] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class QueueRemoved(Event):
    """An admin removed a queue in which no call has ever been."""

    name = "queue.removed"
    #: Its name; there is no row to look it up in any more.
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class ContactMade(Event):
    """Somebody wrote down who calls."""

    name = "contact.made"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactChanged(Event):
    name = "contact.changed"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactsBroughtTogether(Event):
    """Two contacts are one from now on."""

    name = "contacts.brought_together"
    contact_id: int = 0
    dropped_contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ContactRemoved(Event):
    name = "contact.removed"
    contact_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillMade(Event):
    """An admin named something that agents can do and queues may need."""

    name = "skill.made"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillChanged(Event):
    """An admin gave a skill another name or category."""

    name = "skill.changed"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class SkillRemoved(Event):
    """An admin removed a skill that no queue needed any more."""

    name = "skill.removed"
    skill_id: int = 0


@dataclass(frozen=True, kw_only=True)
class AgentSkillChanged(Event):
    """An admin said how well an agent can do something; level 0: not at all."""

    name = "agent_skill.changed"
    skill_id: int = 0
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class AgeingChanged(Event):
    """An admin said how many minutes of waiting a step of priority is worth; None: no wait is."""

    name = "ageing.changed"
    minutes: int | None = None


@dataclass(frozen=True, kw_only=True)
class QueueRoutingChanged(Event):
    """An admin changed what routing goes by in a queue.

    ``what`` is "needs", "steps" or "members".
    """

    name = "queue_routing.changed"
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class NeedsChanged(Event):
    """An admin changed what a number, a menu's key or a caller asks for.

    ``of`` is a domain.skills.Asker; level 0: not asked for any more. Which caller, no event says.
    """

    name = "needs.changed"
    of: str = ""
    number_id: int | None = None
    menu_id: int | None = None
    key: str = ""
    skill_id: int = 0
    level: int = 0


@dataclass(frozen=True, kw_only=True)
class BreakRuleChanged(Event):
    """An admin said how long a type of break may last; no minutes: as long as it lasts."""

    name = "break_rule.changed"
    code: str = ""
    minutes: int | None = None
    after: str = ""


def all_events() -> dict[str, type[Event]]:
    """Return every kind of event by its name."""
    found: dict[str, type[Event]] = {}
    for kind in Event.__subclasses__():
        found[kind.name] = kind
    return found
