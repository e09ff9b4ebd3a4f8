"""How long a break may last, and what becomes of who has had enough. Pure."""

from enum import StrEnum


class AfterBreak(StrEnum):
    """What happens when a break has lasted as long as it may."""

    #: The desk and the floor say so, and nothing else happens.
    REMIND = "remind"
    #: The agent is available again, if their phone can ring.
    RETURN = "return"
    #: The agent is taken off duty.
    OFFLINE = "offline"


#: Why a presence is what nobody chose. They stand where the code of a break stands.
SHIFT_OVER = "auto"
BREAK_OVER = "break_over"
