"""Calling a customer back: when he may be rung, what an attempt came to, and what follows. Pure.

A callback is a call that is still to be made. It stands in line where its caller stood, is offered
or dialled when its turn comes, and ends by one of ``Ended``.

*Quiet hours.* Nobody is rung while his queue is closed, nor outside the hours that the queue allows
in the customer's own time: in every time zone his number may be of, as far as that is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

#: Hours of the day between which customers are rung, in their own time.
DEFAULT_FROM_HOUR, DEFAULT_UNTIL_HOUR = 8, 21
#: So far ahead is looked for an hour that suits every time zone of a number.
_LOOK_AHEAD = timedelta(days=2)
_STEP = timedelta(minutes=15)
#: Closings and quiet hours may alternate for so long before nothing is known any more.
_MOST_TURNS = 60


class First(StrEnum):
    """Who is on the line first when a callback's turn has come."""

    AGENT = "agent"
    CUSTOMER = "customer"


class Tried(StrEnum):
    """What came of one attempt to reach the customer."""

    REACHED = "reached"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    MACHINE = "machine"
    FAX = "fax"
    #: He answered, and was gone before anybody could speak.
    HUNG_UP = "hung_up"
    #: The agent did not want to wait for an answer.
    CANCELLED = "cancelled"
    #: It was broken off on our side; the customer does not pay for it with an attempt.
    BROKEN_OFF = "broken_off"
    #: The agent who called has no line: it did not come up, or broke while it rang.
    NO_LINE = "no_line"


class Ended(StrEnum):
    """How a callback ends: the reason of its call, each an outcome of its own."""

    REACHED = "callback_reached"
    NOT_REACHED = "callback_not_reached"
    EXPIRED = "callback_expired"
    CANCELLED = "callback_cancelled"
    CALLED_AGAIN = "callback_called_again"
    #: He was called, waited for an agent, and hung up.
    LEFT = "callback_left"


#: By the last status that the network gives a leg which nobody spoke on.
TRIED_BY_STATUS = {
    "busy": Tried.BUSY,
    "no-answer": Tried.NO_ANSWER,
    "failed": Tried.FAILED,
    "canceled": Tried.FAILED,
    "completed": Tried.HUNG_UP,
}


def is_machine(answered_by: str) -> bool:
    """Whether the network thinks that a machine has answered. What it does not know is a person."""
    return answered_by.startswith("machine")


@dataclass(frozen=True)
class Hours:
    """When a customer may be rung, as far as his own time goes."""

    zones: Sequence[ZoneInfo]
    from_hour: int = DEFAULT_FROM_HOUR
    until_hour: int = DEFAULT_UNTIL_HOUR

    def allow(self, moment: datetime) -> bool:
        """Whether it is neither too early nor too late for him, wherever he may be."""
        return all(
            self.from_hour <= moment.astimezone(zone).hour < self.until_hour for zone in self.zones
        )

    def change_after(self, moment: datetime, *, to: bool) -> datetime | None:
        """Return when that changes to ``to``, on the quarter of an hour; None if not for days."""
        past = (moment.minute % 15) * 60 + moment.second
        edge = moment - timedelta(seconds=past, microseconds=moment.microsecond)
        last = moment + _LOOK_AHEAD
        while edge < last:
            edge += _STEP
            if self.allow(edge) is to:
                return edge
        return None


@dataclass(frozen=True)
class Chance:
    """Whether a customer may be rung now; when that changes, None when nobody can know."""

    may: bool
    until: datetime | None


#: Of a queue: whether it is open at a moment, and when that changes.
Opening = Callable[[datetime], tuple[bool, datetime | None]]


def chance_at(moment: datetime, hours: Hours, opening: Opening) -> Chance:
    """Return whether a customer may be rung at ``moment``, and until when, or from when on.

    A number of so many zones that no hour suits all of them is rung in the queue's hours.
    """
    if hours.change_after(moment, to=True) is None and not hours.allow(moment):
        hours = Hours(())
    is_open, changes = opening(moment)
    if is_open and hours.allow(moment):
        ends = [each for each in (changes, hours.change_after(moment, to=False)) if each]
        return Chance(True, min(ends, default=None))
    at = moment
    for _turn in range(_MOST_TURNS):
        is_open, changes = opening(at)
        if not is_open:
            following = changes
        elif not hours.allow(at):
            following = hours.change_after(at, to=True)
        else:
            return Chance(False, at)
        if following is None or following <= at:
            break
        at = following
    return Chance(False, None)
