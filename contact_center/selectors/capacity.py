"""How many calls an agent may have at a time, and what that leaves room for now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from contact_center.conf import current
from contact_center.domain.slots import Room, Slot, room_of
from contact_center.domain.states import Presence


def calls_at_a_time(max_calls: int | None) -> int:
    """Return how many calls an agent may have whose own number this is; None: the setting's."""
    return max_calls or current().agent.max_concurrent_calls


class Chosen(NamedTuple):
    """What an agent's row says about further calls while there is one."""

    max_calls: int | None
    next_presence: str
    sign_out_next: bool
    on_duty_since: datetime | None

    @property
    def capacity(self) -> int:
        """How many calls the agent may have."""
        return calls_at_a_time(self.max_calls)

    def room_of(self, slots: Sequence[Slot], now: datetime) -> Room:
        """Return what ``slots``, in the order of their numbers, leave room for."""
        return room_of(slots, self.capacity, is_leaving=self._is_leaving(now))

    def _is_leaving(self, now: datetime) -> bool:
        """Whether something else than the next call comes after this one."""
        if self.sign_out_next or self.next_presence not in ("", Presence.AVAILABLE):
            return True
        hours = current().agent.auto_logout_hours
        if not hours or self.on_duty_since is None:
            return False
        return self.on_duty_since + timedelta(hours=hours) <= now
