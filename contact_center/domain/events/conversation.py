"""The conversation: asked and happened, help and supervisors in it, sent on; and after it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from contact_center.domain.events.base import Event

# --- the conversation: asked, and happened --------------------------------------------------------


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
    #: What was asked: "hold", "resume", "mute", "unmute", "hang_up", "transfer".
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


# --- help -----------------------------------------------------------------------------------------


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


# --- supervisors in a conversation ----------------------------------------------------------------


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

    ``reason`` is "left", "moved", "call_ended", "agent_gone", "line_lost", "not_joined",
    "transferred" (the caller, elsewhere) or "taken_over" (by another supervisor).
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


@dataclass(frozen=True, kw_only=True)
class TransferAsked(Event):
    """An agent asked that the caller goes elsewhere; the agent has him until the network says so.

    ``kind`` is one of domain/transfers.py: "queue", "agent", "number".
    """

    name = "transfer.asked"
    kind: str = ""
    to_queue_id: int | None = None
    to_agent_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallTransferred(Event):
    """The caller is out of the conversation and on his way to where the agent sent him."""

    name = "call.transferred"
    kind: str = ""
    to_queue_id: int | None = None
    to_agent_id: int | None = None
    talked_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TransferReturned(Event):
    """Nobody took the caller: he comes back to the agent who sent him on.

    ``reason`` is one of domain/transfers.py: "declined", "busy", "no_answer" …
    """

    name = "transfer.returned"
    kind: str = ""
    reason: str = ""


# --- a colleague is consulted ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ConsultAsked(Event):
    """An agent asked to consult a colleague; the caller is put on hold before anybody rings."""

    name = "consult.asked"
    colleague_id: int | None = None
    #: It is an outside number, and no colleague.
    outside: bool = False
    #: The name of the queue that is asked for a colleague; empty where none is.
    of_queue: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultWaits(Event):
    """The caller hears music, and the consult stands in the line of the queue that is asked."""

    name = "consult.waits"
    of_queue: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultRings(Event):
    """The caller hears music, and the colleague's desk rings."""

    name = "consult.rings"
    colleague_id: int | None = None
    #: It is an outside number, and no colleague.
    outside: bool = False
    #: The name of the queue whose next agent is rung; empty where none was asked.
    of_queue: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultAccepted(Event):
    name = "consult.accepted"
    colleague_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ConsultDeclined(Event):
    """Who was rung of the queue has no time for it: the next is asked. ``reason`` is an Over."""

    name = "consult.declined"
    colleague_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultUnanswered(Event):
    """Who was rung of the queue did not come, and is not responding: the next is asked."""

    name = "consult.unanswered"
    colleague_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultJoined(Event):
    """The colleague is in the conversation; agent and colleague hear each other."""

    name = "consult.joined"
    colleague_id: int | None = None
    #: It is an outside number, and no colleague.
    outside: bool = False


@dataclass(frozen=True, kw_only=True)
class ConsultMissed(Event):
    """The colleague did not answer, or their line did not come up. ``reason`` says which."""

    name = "consult.missed"
    colleague_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultWished(Event):
    """Asked, not happened: ``wish`` is one of domain/consults.py."""

    name = "consult.wished"
    colleague_id: int | None = None
    wish: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultChanged(Event):
    """Who hears whom has changed, by the network's word: ``talk`` is one of domain/consults.py."""

    name = "consult.changed"
    colleague_id: int | None = None
    talk: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultWishFailed(Event):
    """What was asked for did not come about."""

    name = "consult.wish_failed"
    colleague_id: int | None = None
    wish: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ConsultEnded(Event):
    """The colleague is out of it. ``reason`` is one of domain/consults.py."""

    name = "consult.ended"
    colleague_id: int | None = None
    #: It is an outside number, and no colleague.
    outside: bool = False
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CallHandedOver(Event):
    """The call is the colleague's, who is the agent of this event; ``colleague_id`` is who had it
    before."""

    name = "call.handed_over"
    colleague_id: int | None = None
    from_offer_id: int | None = None
    reason: str = ""
    talked_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallLeftOutside(Event):
    """The agent is out of the call, and the caller goes on with the outside number consulted."""

    name = "call.left_outside"
    talked_seconds: float = 0.0


# --- after the call -------------------------------------------------------------------------------


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
    #: What the queue wants to know and nobody has said: words of the admin's.
    lacking: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class WrapUpTimedOut(Event):
    """The time was over. ``lacking`` is what the queue wants to know and nobody has said."""

    name = "wrap_up.timed_out"
    lacking: Sequence[str] = field(default_factory=list)
