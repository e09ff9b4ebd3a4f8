"""What the slots of one agent leave room for.

An agent with capacity n has n calls at most: those that ring, those talked in or held, and those
that are wrapped up. One rings at a time; who wraps up, or did not answer, is rung for nothing else,
whatever other slots are free. Whoever talks may be rung for one more, until as many calls are there
as the agent may have, or until what comes after this call is something else than the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contact_center.domain.members import Standing
from contact_center.domain.states import Activity


@dataclass(frozen=True)
class Slot:
    """Room for one call, and what it is used for."""

    slot_id: int
    activity: Activity
    #: Since when it is used for that, and when it last became free.
    since: datetime | None = None
    idle_since: datetime | None = None


@dataclass(frozen=True)
class Room:
    """What the slots of one agent leave room for."""

    #: The slot that would ring, the first that is free; 0 where none is.
    slot_id: int
    #: How many have a call.
    in_use: int
    #: Since the last call of any of them, or becoming available.
    idle_since: datetime | None
    standing: Standing = Standing.FREE
    #: The slot that decides about the standing.
    decides: Slot | None = None

    def may_ring(self, capacity: int) -> bool:
        """Return whether nothing at the desk keeps it from ringing."""
        free = self.slot_id and self.standing is Standing.FREE
        return bool(free) and self.in_use < capacity


#: What keeps an agent from any further call, from the most to the least pressing.
_KEEPS = (
    (Activity.RINGING, Standing.RINGING),
    (Activity.CONNECTING, Standing.ON_CALL),
    (Activity.WRAPPING_UP, Standing.WRAPPING_UP),
    (Activity.NOT_RESPONDING, Standing.NOT_RESPONDING),
)
_TALKING = (Activity.ON_CALL, Activity.ON_HOLD)


def room_of(slots: Sequence[Slot], capacity: int, *, is_leaving: bool = False) -> Room:
    """Return what ``slots``, in the order of their numbers, leave room for.

    There may be more of them than ``capacity`` allows: it was lowered, and calls are never taken
    from anybody for that. ``is_leaving`` says that after this call the agent is not available.
    """
    slot_id = next((slot.slot_id for slot in slots if slot.activity is Activity.IDLE), 0)
    in_use = sum(slot.activity not in _UNUSED for slot in slots)
    idle_since = max((slot.idle_since for slot in slots if slot.idle_since), default=None)
    standing, decides = _standing(slots, in_use, capacity, is_leaving=is_leaving)
    return Room(slot_id, in_use, idle_since, standing, decides)


_UNUSED = (Activity.IDLE, Activity.NOT_RESPONDING)


def _standing(
    slots: Sequence[Slot], in_use: int, capacity: int, *, is_leaving: bool
) -> tuple[Standing, Slot | None]:
    for activity, standing in _KEEPS:
        for slot in slots:
            if slot.activity is activity:
                return standing, slot
    talking = next((slot for slot in slots if slot.activity in _TALKING), None)
    if talking is None:
        return Standing.FREE, None
    if capacity == 1:
        return Standing.ON_CALL, talking
    if in_use < capacity and is_leaving:
        return Standing.LEAVING, talking
    return Standing.FREE, None  # or at capacity, which is counted
