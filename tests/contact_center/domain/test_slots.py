"""What the slots of one agent leave room for."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from contact_center.domain.members import Standing
from contact_center.domain.slots import Room, Slot, room_of
from contact_center.domain.states import Activity

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
IDLE, RINGING, CONNECTING = Activity.IDLE, Activity.RINGING, Activity.CONNECTING
TALKING, HELD = Activity.ON_CALL, Activity.ON_HOLD
WRAPPING_UP, MISSED = Activity.WRAPPING_UP, Activity.NOT_RESPONDING


def desk(*activities: Activity) -> list[Slot]:
    """An agent's slots, each of which does this."""
    return [Slot(number, activity) for number, activity in enumerate(activities, start=1)]


def rings(room: Room, capacity: int) -> int | None:
    """The slot that may ring, or None."""
    return room.slot_id if room.may_ring(capacity) else None


@pytest.mark.parametrize(
    ("slots", "may_ring"),
    [
        (desk(IDLE, IDLE, IDLE), 1),
        (desk(TALKING, IDLE, IDLE), 2),
        (desk(HELD, IDLE, IDLE), 2),
        (desk(TALKING, HELD, IDLE), 3),
        (desk(IDLE, TALKING, HELD), 1),
        (desk(TALKING, HELD, HELD), None),
    ],
)
def test_who_talks_may_be_rung_until_there_are_as_many_calls_as_there_may_be(
    slots: list[Slot], may_ring: int | None
) -> None:
    assert rings(room_of(slots, 3), 3) == may_ring


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (RINGING, Standing.RINGING),
        (CONNECTING, Standing.ON_CALL),
        (WRAPPING_UP, Standing.WRAPPING_UP),
        (MISSED, Standing.NOT_RESPONDING),
    ],
)
@pytest.mark.parametrize("talks", [TALKING, HELD, IDLE])
def test_nothing_rings_beside_a_ring_a_wrap_up_or_a_call_that_was_missed(
    other: Activity, said: Standing, talks: Activity
) -> None:
    for slots in itertools.permutations([other, talks, IDLE]):
        room = room_of(desk(*slots), 3)
        assert room.standing is said
        assert room.decides is not None
        assert room.decides.activity is other


@pytest.mark.parametrize("talks", [TALKING, HELD])
def test_who_may_have_one_call_is_on_a_call_while_there_is_one(talks: Activity) -> None:
    for slots in (desk(talks), desk(talks, IDLE), desk(IDLE, talks)):
        room = room_of(slots, 1)
        assert room.standing is Standing.ON_CALL
        assert room.decides is not None
        assert room.decides.activity is talks


def test_calls_above_a_lowered_number_stay_and_nothing_rings_until_they_are_fewer() -> None:
    assert rings(room_of(desk(TALKING, HELD, HELD, IDLE), 2), 2) is None
    assert rings(room_of(desk(IDLE, IDLE, HELD, HELD), 2), 2) is None
    assert rings(room_of(desk(IDLE, IDLE, HELD, IDLE), 2), 2) == 1


def test_before_a_break_or_the_end_of_the_shift_no_further_call_rings() -> None:
    assert room_of(desk(TALKING, IDLE), 2, is_leaving=True).standing is Standing.LEAVING
    # Nothing is to be waited for by whoever has no call.
    assert rings(room_of(desk(IDLE, IDLE), 2, is_leaving=True), 2) == 1


def test_a_call_that_was_missed_is_not_counted_as_one() -> None:
    assert room_of(desk(MISSED, TALKING, IDLE), 3).in_use == 1
    assert room_of(desk(WRAPPING_UP, TALKING, HELD), 3).in_use == 3


def test_free_since_the_last_call_of_any_slot() -> None:
    earlier, later = NOON - timedelta(hours=3), NOON - timedelta(minutes=5)
    slots = [Slot(1, IDLE, idle_since=earlier), Slot(2, IDLE, idle_since=later), Slot(3, IDLE)]
    assert room_of(slots, 3).idle_since == later
    assert room_of([Slot(3, IDLE)], 3).idle_since is None
