"""Callbacks that are lost, late or double, by hand: each is found."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Call, Segment, Timer
from tests.cast import Cast
from tests.universe.invariants import Watch
from tests.universe.invariants.callbacks import every_callback_ended
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


@pytest.fixture
def call(cast: Cast, floor: WatchedFloor) -> Call:
    """Somebody is to be called back; nobody is on duty."""
    queue = cast.support
    queue.callback_key, queue.callback_from_hour, queue.callback_until_hour = "1", 0, 24
    queue.save()
    sid = floor.ring()
    floor.pass_seconds(5)
    for _key in range(2):
        floor.press(sid, "1")
        floor.pass_seconds(3)
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=15)
    return Call.objects.get(asked_in__sid=sid)


def violation(watch: Watch) -> str:
    with pytest.raises(Violation) as found:
        watch.everything()
    assert found.value.invariant == "callback"
    return str(found.value)


def test_who_keeps_his_place_is_well(watch: Watch, call: Call) -> None:
    watch.everything()


def test_a_place_that_moves_to_the_end_is_found(
    floor: WatchedFloor, watch: Watch, call: Call
) -> None:
    watch.everything()
    Segment.objects.filter(call=call).update(placed_at=timezone.now() + timedelta(seconds=9))
    floor.nothing_happens(1.0)
    assert "later" in violation(watch)


def test_who_is_to_be_called_and_is_forgotten_is_found(
    floor: WatchedFloor, watch: Watch, call: Call
) -> None:
    Timer.objects.filter(kind="callback").delete()
    watch.everything()
    floor.nothing_happens(31.0)
    assert "Nobody looks" in violation(watch)


def test_a_promise_of_which_nothing_is_left_is_found(call: Call, db: Any) -> None:
    asked_in = call.asked_in_id
    with pytest.raises(Violation, match="It came to nothing"):
        every_callback_ended()
    Call.objects.filter(asked_in=asked_in).delete()
    with pytest.raises(Violation, match="nobody is to make it"):
        every_callback_ended()
