"""Where a caller goes when the queue has no room, nobody in it, or has kept him for too long. Pure.

A queue has a *capacity*, and may say where callers *overflow* to: another queue, a closing
sentence, or an outside number. With a target, callers go there from a percentage of the capacity
on; without one they wait until the queue is full and are refused then. Queues may form a chain,
each the target of the one before. Nobody comes to the same queue twice, so that no chain is a
circle, whatever is set up.

The rules, in the order in which they are applied to whoever comes to a queue:

1. The first queue of the chain that takes the caller gets him.
2. On the way, a queue whose target is the closing sentence, an outside number or voicemail ends the
   chain: the caller hears the sentence and may be called back if the queue says so, is connected
   with that number, or leaves a message.
3. When no queue takes him, the first that is open and not full keeps him after all: to wait is
   better than to be refused, and what lies beyond a threshold is room.
4. Else the first queue refuses him, for it is full.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Target(StrEnum):
    """Where callers overflow to."""

    NOWHERE = ""
    QUEUE = "queue"
    SENTENCE = "sentence"
    NUMBER = "number"
    VOICEMAIL = "voicemail"
    #: The sentence, and the offer to be called back.
    CALLBACK = "callback"


#: Whoever comes to a queue that overflows to one of these goes no further along the chain.
ENDS = frozenset({Target.SENTENCE, Target.NUMBER, Target.VOICEMAIL, Target.CALLBACK})


class Reason(StrEnum):
    """Why a caller did not get into a queue, or left it: each an outcome of its own."""

    FULL = "full"
    OVERFLOWED = "overflowed"
    WAITED_TOO_LONG = "waited_too_long"
    NOBODY_SIGNED_IN = "nobody_signed_in"
    LEFT_BY_KEY = "left_by_key"
    CHOSE_VOICEMAIL = "chose_voicemail"
    CALLED_BACK = "called_back"


class Outside(StrEnum):
    """What a call came to that a queue sent to an outside number: outcomes, too."""

    SENT = "outside"
    NOT_REACHED = "outside_not_reached"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a queue says about it, the settings applied."""

    capacity: int
    #: From how full on callers overflow, in percent of the capacity; without a target it means
    #: nothing.
    percent: int
    max_wait_seconds: int
    target: Target = Target.NOWHERE
    target_queue_id: int | None = None
    #: Whether callers overflow, too, when nobody is signed in; never without a target.
    when_nobody: bool = False
    #: The outside number, in E.164.
    target_number: str = ""

    @property
    def outside(self) -> str:
        """The outside number that callers overflow to; "" where it is something else."""
        return self.target_number if self.target is Target.NUMBER else ""

    @property
    def next_queue_id(self) -> int | None:
        """The queue that callers overflow to."""
        return self.target_queue_id if self.target is Target.QUEUE else None

    @property
    def most(self) -> int:
        """So many callers may be in line before the next one does not get in by himself.

        Of 100 at 80 percent: 80, so that the 81st overflows.
        """
        if self.target is Target.NOWHERE:
            return self.capacity
        return -(-self.capacity * self.percent // 100)


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as it is at the moment at which somebody comes to it."""

    #: In line, those included who ring an agent or are being put through.
    waiting: int
    is_open: bool = True
    is_staffed: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """Where a caller goes. Without queue and number: nowhere, he is told so and the call ends."""

    queue_id: int | None
    #: Why not into the queue he came to; None when it takes him.
    reason: Reason | None = None
    #: The outside number that he is connected with.
    outside: str = ""
    #: The queue for which the caller leaves a message; without a queue to go to alone.
    message_for: int | None = None


def chain(
    first: int | None, limits: Mapping[int, Limits], visited: Collection[int] = ()
) -> list[int]:
    """Return the queues that a caller who comes to ``first`` may get to, in their order.

    None of them twice, and none that he has been in before.
    """
    found: list[int] = []
    queue_id = first
    while queue_id is not None and queue_id in limits:
        if queue_id in found or queue_id in visited:
            break
        found.append(queue_id)
        queue_id = limits[queue_id].next_queue_id
    return found


def way_of(queues: Sequence[int], limits: Mapping[int, Limits], lines: Mapping[int, Line]) -> Way:
    """Return where a caller goes who comes to the first of ``queues``, a chain of one at least."""
    reason: Reason | None = None
    for queue_id in queues:
        line = lines[queue_id]
        refused = refusal(limits[queue_id], line)
        if refused is None and line.is_open:
            return Way(queue_id, reason)
        reason = reason or refused
        if refused is not None and limits[queue_id].target in ENDS:
            own = limits[queue_id]
            return Way(None, reason, own.outside, takes_message(own, queue_id))
    for queue_id in queues:
        if lines[queue_id].is_open and lines[queue_id].waiting < limits[queue_id].capacity:
            return Way(queue_id, reason if queue_id != queues[0] else None)
    return Way(None, Reason.FULL)


def takes_message(limits: Limits, queue_id: int) -> int | None:
    """Return the queue itself where callers whom it sends away leave a message; else None."""
    return queue_id if limits.target is Target.VOICEMAIL else None


def refusal(limits: Limits, line: Line) -> Reason | None:
    """Return why a queue does not take one more caller; None when it does."""
    if limits.target is not Target.NOWHERE:
        if limits.when_nobody and not line.is_staffed:
            return Reason.NOBODY_SIGNED_IN
        if line.waiting >= limits.most:
            return Reason.OVERFLOWED
    elif line.waiting >= limits.capacity:
        return Reason.FULL
    return None


def is_near(limits: Limits, waiting: int, margin: int) -> bool:
    """Whether the next ``margin`` callers might come to the end of what the queue takes."""
    return waiting + margin >= limits.most
