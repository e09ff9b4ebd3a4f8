"""What a caller who waits is told, and when. Pure.

A caller asks for something to hear every quarter of a minute (a wait document); whether something
is said before the music, and what, is decided here. Moments are whole documents apart, so what is
due is said with the next one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contact_center.domain.waits import Estimate


@dataclass(frozen=True, slots=True)
class Rules:
    """What a queue tells its callers."""

    place: bool = True
    wait: bool = True
    #: Whether there are keys to be told of, as often as of anything else.
    keys: bool = False
    #: Seconds in line before the first announcement, and from one to the next at least.
    first_after: int = 0
    every: int = 60
    only_if_better: bool = False
    #: Seconds between comfort messages; 0 for none.
    comfort_every: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a caller has been told so far."""

    #: When there was last something to tell, and when the last comfort message was.
    at: datetime | None = None
    place: int | None = None
    #: The longest wait that was told, in seconds.
    wait: int | None = None
    comforted_at: datetime | None = None


def is_due(rules: Rules, told: Told, *, entered: datetime, now: datetime) -> bool:
    """Return whether there is something to be told now."""
    if not (rules.place or rules.wait or rules.keys):
        return False
    if told.at is None:
        return now - entered >= timedelta(seconds=rules.first_after)
    return now - told.at >= timedelta(seconds=rules.every)


def news(
    rules: Rules, told: Told, place: int, estimate: Estimate | None
) -> tuple[int | None, Estimate | None]:
    """Return the place and the wait to be told, each None where it is not.

    Of only better news a place is told when it is nearer the head, and a wait when it is shorter,
    than the caller has been told; the one without the other where only one of them is better.
    """
    say_place = rules.place
    say_wait = rules.wait and estimate is not None
    if rules.only_if_better:
        say_place = say_place and (told.place is None or place < told.place)
        say_wait = say_wait and (
            told.wait is None or (estimate is not None and estimate.high < told.wait)
        )
    return (place if say_place else None), (estimate if say_wait else None)


def is_comforted(rules: Rules, told: Told, *, entered: datetime, now: datetime) -> bool:
    """Return whether a comfort message is due; it waits while place or wait are told."""
    if not rules.comfort_every:
        return False
    last = max(filter(None, (entered, told.comforted_at, told.at)))
    return now - last >= timedelta(seconds=rules.comfort_every)
