"""Calls that agents make: who ended one in which nobody was reached, and what is said of it. Pure.

A call that reaches its customer ends as any other does. One that does not has a reason of its own,
so that it is never taken for a call that somebody abandoned.
"""

from collections.abc import Mapping

from contact_center.domain.callbacks import Tried

#: By what came of it, the reason for which the call ended.
REASONS: Mapping[Tried, str] = {
    tried: f"not_reached_{tried}" for tried in Tried if tried is not Tried.REACHED
}

_ENDED_BY: Mapping[Tried, str] = {
    Tried.HUNG_UP: "customer",
    Tried.CANCELLED: "agent",
    Tried.MACHINE: "agent",
    Tried.BROKEN_OFF: "system",
    Tried.NO_LINE: "system",
}


def ended_by(outcome: Tried) -> str:
    """Return who ended a call that reached nobody: customer, agent, system or network."""
    return _ENDED_BY.get(outcome, "network")
