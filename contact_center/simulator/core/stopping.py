"""Why something that takes time is broken off, and what may come instead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from contact_center.simulator.core.effects import Params


class Cause(Enum):
    """Why a script or an activity is stopped from outside."""

    REDIRECTED = auto()
    """REST gave the call other instructions."""

    HANGUP = auto()
    """The call is over."""

    REPLACED = auto()
    """Its own script goes on elsewhere: a key ended a prompt, a member left the queue."""


@dataclass(frozen=True)
class Detour:
    """A document that a redirected call executes instead of the redirect's own."""

    url: str
    method: str
    params: Params
