"""The last places in line."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Call, EventLog, Offer, Segment
from contact_center.services import offering
from tests.under_fire.races.threads import all_at_once, crowd, signed
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


def say_of(queue: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(queue, name, value)
    queue.save()


def in_line(queue: Any) -> int:
    return Segment.objects.filter(queue=queue, kind="queue", ended_at=None).count()


def already_waiting(cast: Any, queue: Any, number: int) -> None:
    """So many callers are in the line of ``queue``."""
    now = timezone.now()
    calls = Call.objects.bulk_create(
        Call(
            tenant=cast.tenant, sid=f"CB{n:032x}", account_sid="AC", state="queued", queue=queue,
            arrived_at=now, heard_at=now,
        )
        for n in range(number)
    )  # fmt: skip
    Segment.objects.bulk_create(
        Segment(call=call, kind="queue", queue=queue, started_at=now, placed_at=now)
        for call in calls
    )


def arrivals(*numbers: str) -> list[Callable[[], tuple[int, bytes]]]:
    """A call to each of these numbers, each by somebody else."""
    return [
        signed("/webhooks/voice/", CallSid=f"CA{n:032x}", From="+14155550142", To=number)
        for n, number in enumerate(numbers)
    ]


SALES, SUPPORT = "+14155550101", "+14155550102"


@pytest.mark.parametrize("_again", range(4))
def test_of_two_who_come_together_as_the_eightieth_the_eighty_first_goes_elsewhere(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=100, overflow_to="queue", overflow_queue=cast.sales)
    already_waiting(cast, cast.support, 79)
    all_at_once(*arrivals(SUPPORT, SUPPORT))
    assert (in_line(cast.support), in_line(cast.sales)) == (80, 1)
    assert EventLog.objects.filter(name="call.overflowed").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_of_twelve_who_come_together_for_three_places_three_get_one(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=3)
    all_at_once(*arrivals(*[SUPPORT] * 12))
    assert in_line(cast.support) == 3
    assert Call.objects.filter(state="leaving", end_reason="full").count() == 9


@pytest.mark.parametrize("_again", range(2))
def test_of_six_who_ring_again_at_the_same_moment_one_has_the_place(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, redial_minutes=10)
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    floor.hang_up(sid)
    floor.settle()
    first = Segment.objects.get(call__sid=sid, kind="queue")
    all_at_once(*arrivals(*[SUPPORT] * 6))
    assert in_line(cast.support) == 6
    assert Segment.objects.filter(ended_at=None, placed_at=first.placed_at).count() == 1
    assert EventLog.objects.filter(name="place.kept").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_queues_that_overflow_into_each_other_fill_up_without_a_deadlock(
    floor: Floor, cast: Any, _again: int
) -> None:
    say_of(cast.support, capacity=2, overflow_to="queue", overflow_queue=cast.sales)
    say_of(cast.sales, capacity=3, overflow_to="queue", overflow_queue=cast.support)
    all_at_once(*arrivals(*[SUPPORT, SALES] * 6))
    assert (in_line(cast.support), in_line(cast.sales)) == (2, 3)
    assert Call.objects.filter(state="leaving", end_reason="full").count() == 7


@pytest.mark.parametrize("_again", range(4))
def test_who_has_waited_too_long_is_offered_or_leaves_and_never_both(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid = floor.ring(to=SUPPORT)
    floor.pass_seconds(5)
    crowd(cast, 1)
    say_of(cast.support, max_wait_seconds=3)
    stay = Segment.objects.get(kind="queue")
    wait = signed(f"/webhooks/voice/wait/{stay.pk}/", CallSid=sid, QueueSid="QU" + "1" * 32)
    all_at_once(wait, lambda: offering.dispatch(cast.tenant.pk))
    call = Call.objects.get(sid=sid)
    stay.refresh_from_db()
    offers = Offer.objects.filter(ended_at=None).count()
    assert (call.state, stay.ended_at is None, offers) in {
        ("offered", True, 1),
        ("leaving", False, 0),
    }
