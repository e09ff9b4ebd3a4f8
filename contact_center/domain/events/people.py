"""People: on duty, on a break, at their phone."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


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
