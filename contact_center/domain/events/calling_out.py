"""Calls that agents make."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CallMade(Event):
    """An agent calls a customer; the agent's own line comes first."""

    name = "call.made"


@dataclass(frozen=True, kw_only=True)
class CallingOutChanged(Event):
    """An admin changed which countries agents may call, or which numbers they may show."""

    name = "calling_out.changed"
