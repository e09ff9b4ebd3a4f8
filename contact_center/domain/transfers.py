"""Where an agent can send a caller, and why a caller comes back. Pure."""

from enum import StrEnum


class To(StrEnum):
    """Where an agent sends a caller."""

    QUEUE = "queue"
    AGENT = "agent"
    NUMBER = "number"


class Returned(StrEnum):
    """Why a caller comes back to the agent who sent him on."""

    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    #: The colleague accepted, and their line did not come up.
    FAILED = "failed"
    #: The colleague went on a break or off duty.
    AGENT_AWAY = "agent_away"
    #: The colleague could not be rung in time: another call came first.
    TIME_OVER = "time_over"
    #: Of an outside number.
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_REACHED = "not_reached"


#: How the network says that nobody outside talked with the caller.
_OF_NUMBERS = {"busy": Returned.BUSY, "no-answer": Returned.NO_ANSWER}
#: A transfer that a supervisor has decided about otherwise is nobody's failure.
_OF_COLLEAGUES = frozenset(
    {
        Returned.DECLINED,
        Returned.TIMED_OUT,
        Returned.FAILED,
        Returned.AGENT_AWAY,
        Returned.TIME_OVER,
    }
)


def why_not_reached(status: str) -> Returned:
    """Return why an outside number was not reached, from the network's status of its line."""
    return _OF_NUMBERS.get(status, Returned.NOT_REACHED)


def why_not_taken(reason: str) -> Returned | None:
    """Return why a colleague did not take a caller, from how the keeping of him ended.

    None: somebody has decided that he goes elsewhere.
    """
    return Returned(reason) if reason in _OF_COLLEAGUES else None


#: How a call is said to have ended that went on with an outside number.
TRANSFERRED_OUTSIDE = "transferred_outside"
