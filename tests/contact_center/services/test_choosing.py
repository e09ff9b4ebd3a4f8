"""What a waiting caller can choose by a key: today, to leave the queue."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from contact_center.models import Call, EventLog, Queue, Segment
from contact_center.selectors.calls import Outcome, calls_list
from contact_center.selectors.figures import read_stays, stays_over
from contact_center.selectors.scopes import Scope
from tests.cast import Cast
from tests.universe.floor import Floor

SUPPORT = "+14155550102"


@pytest.fixture
def support(cast: Cast) -> Queue:
    """A queue that may be left by the star key."""
    say_of(cast.support, leave_key="*")
    return cast.support


def say_of(queue: Queue, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(queue, name, value)
    queue.full_clean()
    queue.save()


def heard(floor: Floor, sid: str) -> str:
    """What this caller was told so far."""
    return "\n".join(
        floor.answers[asked.request_id]
        for asked in floor.requests
        if asked.leg_sid == sid and asked.request_id in floor.answers
    )


def wait_documents(floor: Floor) -> list[str]:
    return [floor.answers[r.request_id] for r in floor.requests if "/wait/" in r.url]


def stay_of(sid: str) -> Segment:
    return Segment.objects.get(call__sid=sid, kind="queue", queue__name="Support")


def test_the_key_is_told_with_each_announcement_and_the_music_listens_for_it(
    floor: Floor, support: Queue
) -> None:
    floor.ring(to=SUPPORT)
    floor.pass_seconds(50)
    first, second, *_ = wait_documents(floor)
    assert "To leave the line, press star." in first
    assert "To leave the line" not in second
    assert all("<Gather" in answer and "/wait-key/" in answer for answer in (first, second))


def test_a_queue_without_announcements_tells_its_key_all_the_same(
    floor: Floor, support: Queue
) -> None:
    say_of(support, announce="none")
    floor.ring(to=SUPPORT)
    floor.pass_seconds(100)
    told = ["press star" in answer for answer in wait_documents(floor)]
    assert told[0]
    assert told.count(True) == 2
    assert not any("in line." in answer for answer in wait_documents(floor))


def test_without_a_key_nothing_listens_and_nothing_is_told(floor: Floor, cast: Cast) -> None:
    floor.ring(to=SUPPORT)
    floor.pass_seconds(20)
    assert not any("Gather" in a or "press" in a for a in wait_documents(floor))


def test_who_presses_it_is_thanked_and_has_not_abandoned(floor: Floor, support: Queue) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.press(sid, "*")
    floor.pass_seconds(10)
    call = Call.objects.get(sid=sid)
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "system", "left_by_key")
    assert stay_of(sid).end_reason == "left_by_key"
    names = EventLog.objects.filter(call_id=call.pk).values_list("name", flat=True)
    assert [names.filter(name=name).count() for name in ("line.left", "call.ended")] == [1, 1]
    assert "Thank you for your call. Goodbye." in heard(floor, sid)
    assert "had to wait" not in heard(floor, sid)
    now = timezone.now()
    stays = read_stays(stays_over(since=call.arrived_at, until=now))[support.pk]
    assert (stays.flowed_out, stays.abandoned.count) == (1, 0)
    listed = calls_list(Scope(support.tenant_id), {"outcome": Outcome.LEFT_BY_KEY})
    assert [row.sid for row in listed["page"]] == [sid]
    abandoned = calls_list(Scope(support.tenant_id), {"outcome": Outcome.ABANDONED})
    assert abandoned["page"].paginator.count == 0


def test_who_leaves_goes_where_the_queue_overflows_to_with_his_age(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    say_of(support, overflow_to="queue", overflow_queue=cast.sales)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(10)
    floor.press(sid, "*")
    floor.until(lambda: Call.objects.get(sid=sid).queue == cast.sales, within=5)
    there = Segment.objects.get(call__sid=sid, queue=cast.sales)
    assert there.placed_at == stay_of(sid).placed_at
    assert there.ended_at is None


def test_a_key_that_means_nothing_costs_neither_place_nor_music(
    floor: Floor, support: Queue
) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    for key in "7#":
        floor.press(sid, key)
        floor.pass_seconds(3)
    assert Call.objects.get(sid=sid).state == "queued"
    assert stay_of(sid).ended_at is None
    assert "<Play" in wait_documents(floor)[-1]


def test_a_caller_who_is_just_being_put_through_does_not_fall_out_by_a_key(
    floor: Floor, support: Queue, cast: Cast
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring(to=SUPPORT)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    floor.press(sid, "*")
    floor.pass_seconds(3)
    assert Call.objects.get(sid=sid).state == "offered"
    assert floor.pending(cast.alice) is not None
    assert stay_of(sid).ended_at is None


def test_a_queue_cannot_have_a_key_that_no_telephone_has(
    cast: Cast,
) -> None:
    with pytest.raises(ValidationError, match="One key of a telephone"):
        say_of(cast.support, leave_key="x")
