"""The agents of a queue, as routing sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from contact_center.domain.skills import Levels


class Standing(StrEnum):
    """Whether an agent can be rung at all, and if not, what is in the way."""

    FREE = "free"
    SIGNED_OUT = "signed_out"
    ON_BREAK = "on_break"
    #: On duty, but no open tab is the phone.
    PHONE_AWAY = "phone_away"
    NOT_RESPONDING = "not_responding"
    #: One call rings at a time, however many slots are free.
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAPPING_UP = "wrapping_up"
    #: Has room for another call, but a break or the end of the shift comes after this one.
    LEAVING = "leaving"


@dataclass(frozen=True, kw_only=True)
class Membership:
    """How an agent serves one queue."""

    #: The first tier is rung at once; others after a delay, or where nobody before is on duty.
    tier: int = 1
    #: Within a tier, a smaller level is rung first.
    level: int = 1
    #: The place in a fixed order.
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An agent with a free slot; where routing is explained, any agent at all.

    ``slot_id`` is the slot that would ring. An agent may be given once for each free slot: the
    lowest one counts, for nobody is rung twice at once.
    """

    agent_id: int
    slot_id: int
    #: Since the last handled call or becoming available, whichever is later, across all queues.
    idle_since: datetime
    #: The queues this agent serves, and when each last rang them (None: never).
    queues: Mapping[int, datetime | None]
    #: What differs from an ordinary membership.
    memberships: Mapping[int, Membership] = field(default_factory=dict)
    skills: Levels = field(default_factory=dict)
    #: Of each category that a skill stands for the best of these, by that skill.
    categories: Levels = field(default_factory=dict)
    #: Slots with a live call, and how many there are.
    in_use: int = 0
    capacity: int = 1
    #: Calls handled and seconds talked since going on duty.
    handled: int = 0
    talk_seconds: float = 0.0
    standing: Standing = Standing.FREE
    #: Since when it is so, and when it ends by itself.
    standing_since: datetime | None = None
    standing_until: datetime | None = None

    @cached_property
    def levels(self) -> Levels:
        """What a need is held against: the agent's skills, and the best of each category."""
        return {**self.skills, **self.categories} if self.categories else self.skills

    def membership(self, queue_id: int) -> Membership:
        """Return how this agent serves a queue."""
        return self.memberships.get(queue_id, _ORDINARY)


_ORDINARY = Membership()
