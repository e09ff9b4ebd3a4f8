"""How a supervisor takes part in a conversation, and what that is to the phone network.

    mode      the agent hears    the customer hears    muted    coaching
    listen    nothing            nothing               yes      no
    coach     the supervisor     nothing               no       yes, the agent's line
    barge     the supervisor     the supervisor        no       no

A change from one to another is one request that names all three, so that there is no moment in
which the customer hears who is not meant for him. A supervisor always enters muted.
"""

from enum import StrEnum


class Mode(StrEnum):
    """Who hears the supervisor."""

    LISTEN = "listen"
    COACH = "coach"
    BARGE = "barge"


#: The beginning of the Voice SDK identity of a supervisor's page.
IDENTITY_PREFIX = "s_"


def mode_of(*, muted: bool, coaching: bool) -> Mode:
    """Return what the state of a line in a conference comes to."""
    if muted:
        return Mode.LISTEN
    return Mode.COACH if coaching else Mode.BARGE
