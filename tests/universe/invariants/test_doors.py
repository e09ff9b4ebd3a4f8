"""What the watch says when a queue takes somebody too many, or does not keep its hours."""

from datetime import time, timedelta
from typing import Any

import pytest

from contact_center.models import Calendar, CalendarSpan, EventLog, Queue
from tests.universe.invariants import Watch
from tests.universe.invariants.doors import hours_are_kept
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def open_until(cast: Any, end: time) -> None:
    """Let the queue that everybody rings be open from midnight until then."""
    calendar = Calendar.objects.create(tenant=cast.tenant, name="Mondays", zone="UTC")
    CalendarSpan.objects.create(calendar=calendar, weekday=0, start=time(0), end=end)
    Queue.objects.filter(pk=cast.support.pk).update(calendar=calendar)


def test_a_caller_too_many(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    both = {floor.wait_in_line(), floor.wait_in_line()}
    Queue.objects.filter(pk=cast.support.pk).update(capacity=1)
    with pytest.raises(Violation, match="full: He is number 2 in a queue with room for 1") as it:
        watch.after_step()
    assert it.value.call_sid in both


def test_the_last_place_may_be_taken(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    Queue.objects.filter(pk=cast.support.pk).update(capacity=2)
    watch.after_step([floor.wait_in_line()])
    watch.after_step([floor.wait_in_line()])


def test_a_queue_that_takes_callers_when_it_is_closed(floor: WatchedFloor, cast: Any) -> None:
    sid = floor.wait_in_line()
    hours_are_kept()
    open_until(cast, time(11, 30))
    with pytest.raises(Violation, match=r"closed: Queue .* took a caller when closed") as it:
        hours_are_kept()
    assert it.value.call_sid == sid


def test_a_queue_that_is_closed_too_early(floor: WatchedFloor, cast: Any) -> None:
    open_until(cast, time(11, 30))
    sid = floor.ring()
    floor.pass_seconds(10)
    hours_are_kept()
    told = EventLog.objects.get(name="call.turned_away")
    told.at -= timedelta(hours=1)
    told.save()
    with pytest.raises(Violation, match=r"closed: Queue .* was closed in its hours") as it:
        hours_are_kept()
    assert it.value.call_sid == sid
