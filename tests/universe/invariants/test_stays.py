"""What the watch says when the stays of a call do not add up."""

from datetime import timedelta
from typing import Any

import pytest

from contact_center.models import Call, Segment
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation

SECOND = timedelta(seconds=1)


def ended_call(floor: WatchedFloor, cast: Any) -> Call:
    call, _offer, _leg = floor.talk(cast.alice)
    floor.pass_seconds(5)
    floor.hang_up(call.sid)
    call.refresh_from_db()
    assert call.state == "ended"
    return call


def test_a_gap_between_two_stays(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call = ended_call(floor, cast)
    talk = Segment.objects.get(kind="conversation")
    Segment.objects.filter(pk=talk.pk).update(started_at=talk.started_at + SECOND)
    with pytest.raises(
        Violation, match=r"I9: conversation began 1.000 s after queue ended"
    ) as found:
        watch.after_step([call.sid])
    assert found.value.call_sid == call.sid


def test_two_stays_at_once(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call = ended_call(floor, cast)
    talk = Segment.objects.get(kind="conversation")
    Segment.objects.filter(pk=talk.pk).update(started_at=talk.started_at - SECOND)
    with pytest.raises(Violation, match=r"I9: conversation began 1.000 s before queue ended"):
        watch.after_step([call.sid])


def test_a_stay_of_less_than_nothing(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call = ended_call(floor, cast)
    queue = Segment.objects.get(kind="queue", end_reason="answered")
    Segment.objects.filter(pk=queue.pk).update(ended_at=queue.started_at - SECOND)
    with pytest.raises(Violation, match=r"I9: queue ended 1.000 s before it began"):
        watch.after_step([call.sid])


def test_a_call_that_went_on_after_its_last_stay(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call = ended_call(floor, cast)
    assert call.ended_at is not None
    Call.objects.update(ended_at=call.ended_at + SECOND)
    with pytest.raises(Violation, match=r"I9: The last stay, \w+, ended at"):
        watch.after_step([call.sid])
