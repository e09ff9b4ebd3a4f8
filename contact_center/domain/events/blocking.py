"""Callers who are not taken."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CallRefused(Event):
    """The caller is blocked: the call was refused before anybody answered it."""

    name = "call.refused"
    #: Which entry of the list it was.
    blocked: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallerBlocked(Event):
    name = "caller.blocked"
    blocked: int | None = None


@dataclass(frozen=True, kw_only=True)
class CallerUnblocked(Event):
    name = "caller.unblocked"
    blocked: int | None = None
