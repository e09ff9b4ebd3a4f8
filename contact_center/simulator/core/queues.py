"""Queues: callers in a row, first come first served, until somebody takes them out.

Sources: twilio.com/docs/voice/twiml/enqueue, docs/voice/api/queue-resource.
"""

from __future__ import annotations

from dataclasses import dataclass, field

DEFAULT_MAX_SIZE = 1000
LARGEST_MAX_SIZE = 5000
LONGEST_NAME = 64


@dataclass
class Membership:
    """One call's stay in one queue."""

    queue: Queue
    leg_sid: str
    enqueued_at: float

    def waited(self, now: float) -> int:
        """Whole seconds since the caller joined."""
        return int(now - self.enqueued_at)

    @property
    def position(self) -> int:
        """The place in the row, the front being 1."""
        return self.queue.members.index(self) + 1


@dataclass
class Queue:
    """A queue and who is in it, front first."""

    sid: str
    account_sid: str
    friendly_name: str
    created_at: float
    updated_at: float
    max_size: int = DEFAULT_MAX_SIZE
    members: list[Membership] = field(default_factory=list)
    #: What whoever took a call out was answered, by the call; under one reading it is said again.
    taken_out: dict[str, dict[str, object]] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """Whether nobody more may join."""
        return len(self.members) >= self.max_size

    def average_wait(self, now: float) -> int:
        """Mean waiting time in whole seconds of those who are in the queue now."""
        if not self.members:
            return 0
        return sum(member.waited(now) for member in self.members) // len(self.members)

    def member(self, leg_sid: str) -> Membership | None:
        """The stay of this call, or of the first in line for ``Front``; None if there is none."""
        if leg_sid == "Front":
            return self.members[0] if self.members else None
        return next((member for member in self.members if member.leg_sid == leg_sid), None)
