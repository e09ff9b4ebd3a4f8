"""Who gave up waiting and rings again soon has the place of the first call, once."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Call, EventLog, KeptPlace, Segment
from contact_center.selectors import figures
from contact_center.selectors.reasons import call_why
from contact_center.selectors.scopes import Scope
from contact_center.selectors.stories import SeenCall
from tests.cast import Cast
from tests.universe.floor import Floor

SALES, SUPPORT = "+14155550101", "+14155550102"
ANA, BEN = "+14155550142", "+14155550177"


@pytest.fixture(autouse=True)
def ten_minutes(cast: Cast) -> None:
    """Sales keeps places for ten minutes; Support keeps none."""
    cast.sales.redial_minutes = 10
    cast.sales.save()


def gives_up(floor: Floor, number: str = ANA, to: str = SALES, after: float = 20) -> Call:
    """Somebody rings, waits and hangs up."""
    sid = floor.ring(to, number)
    floor.pass_seconds(after)
    floor.hang_up(sid)
    floor.settle()
    call = Call.objects.get(sid=sid)
    assert call.state == "ended"
    return call


def rings(floor: Floor, number: str = ANA, to: str = SALES) -> Call:
    sid = floor.ring(to, number)
    floor.pass_seconds(1)
    return Call.objects.get(sid=sid)


def place(call: Call) -> Any:
    """Since when a caller counts as waiting."""
    return Segment.objects.filter(call=call, kind="queue").latest("pk").placed_at


def why(cast: Cast, call: Call) -> dict[str, Any]:
    return call_why(SeenCall(call, Scope(cast.tenant.pk)))


def kept() -> list[tuple[int | None, int]]:
    """Which calls have the place of which."""
    log = EventLog.objects.filter(name="place.kept").order_by("pk")
    return [(row.call_id, row.details["of_call_id"]) for row in log]


def test_who_rings_again_in_time_is_before_those_who_came_meanwhile(
    floor: Floor, cast: Cast
) -> None:
    first = gives_up(floor)
    ben = rings(floor, BEN)
    floor.pass_seconds(120)
    again = rings(floor)
    assert place(again) == place(first) < place(ben)
    assert kept() == [(again.pk, first.pk)]
    assert (why(cast, again)["place"], why(cast, ben)["place"]) == (1, 2)
    told = why(cast, again)["kept_from"]
    assert (told.since, told.call_id) == (place(first), first.pk)
    assert why(cast, ben)["kept_from"] is None


def test_a_place_is_kept_once(floor: Floor, cast: Cast) -> None:
    first = gives_up(floor)
    again, more = rings(floor), rings(floor)
    assert place(again) == place(first)
    assert place(more) == more.arrived_at
    assert kept() == [(again.pk, first.pk)]
    assert not KeptPlace.objects.exists()


def test_who_gives_up_a_place_that_was_kept_may_come_back_to_it(floor: Floor, cast: Cast) -> None:
    first = gives_up(floor)
    floor.pass_seconds(60)
    second = gives_up(floor)
    third = rings(floor)
    assert place(third) == place(second) == place(first)
    assert kept() == [(second.pk, first.pk), (third.pk, second.pk)]


def test_after_the_window_the_caller_begins_anew(floor: Floor, cast: Cast) -> None:
    gives_up(floor)
    floor.traveller.shift(10 * 60 + 1)
    again = rings(floor)
    assert place(again) == again.arrived_at
    assert kept() == []


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687", "client:ana"])
def test_nobody_without_a_known_number_has_a_place_kept(
    floor: Floor, cast: Cast, number: str
) -> None:
    gives_up(floor, number)
    again = rings(floor, number)
    assert place(again) == again.arrived_at
    assert not KeptPlace.objects.exists()


def test_a_place_is_kept_for_this_number_in_this_queue_of_this_organisation(
    floor: Floor, cast: Cast
) -> None:
    theirs = cast.main_number
    theirs.tenant, theirs.menu, theirs.queue = cast.other_tenant, None, cast.other_queue
    theirs.save()
    for queue in (cast.support, cast.other_queue):
        queue.redial_minutes = 10
        queue.save()
    first = gives_up(floor)
    others = [rings(floor, BEN), rings(floor, ANA, SUPPORT), rings(floor, ANA, theirs.e164)]
    for other in others:
        assert place(other) == other.arrived_at
    again = rings(floor)
    assert kept() == [(again.pk, first.pk)]


def test_a_queue_that_keeps_no_places_writes_none_down(floor: Floor, cast: Cast) -> None:
    gives_up(floor, to=SUPPORT)
    again = rings(floor, to=SUPPORT)
    assert place(again) == again.arrived_at
    assert not KeptPlace.objects.exists()


def test_who_was_answered_meanwhile_begins_anew(floor: Floor, cast: Cast) -> None:
    gives_up(floor)
    floor.on_duty(cast.bob)
    elsewhere = rings(floor, to=SUPPORT)
    Call.objects.filter(pk=elsewhere.pk).update(answered_at=elsewhere.arrived_at)
    again = rings(floor)
    assert place(again) == again.arrived_at
    assert kept() == []
    assert not KeptPlace.objects.exists()


def test_who_was_answered_before_giving_up_has_no_place_kept(floor: Floor, cast: Cast) -> None:
    sid = floor.ring(SALES, ANA)
    floor.pass_seconds(3)
    Call.objects.filter(sid=sid).update(answered_at=Call.objects.get(sid=sid).arrived_at)
    floor.hang_up(sid)
    floor.settle()
    assert not KeptPlace.objects.exists()


def test_a_full_queue_takes_nobody_and_keeps_the_place(floor: Floor, cast: Cast) -> None:
    first = gives_up(floor)
    cast.sales.capacity = 1
    cast.sales.save()
    ben = rings(floor, BEN)
    away = floor.ring(SALES, ANA)
    floor.pass_seconds(1)
    assert Call.objects.get(sid=away).end_reason == "full"
    floor.hang_up(ben.sid)
    floor.settle()
    floor.pass_seconds(10)
    again = rings(floor)
    assert place(again) == place(first)
    assert kept() == [(again.pk, first.pk)]


def test_an_abandoned_call_is_counted_as_before(floor: Floor, cast: Cast) -> None:
    gives_up(floor)
    rings(floor)
    now = timezone.now()
    report = figures.report(Scope(cast.tenant.pk), since=figures.midnight(now), until=now)
    sales = report.queues[cast.sales.pk]
    assert (sales.counts.offered, sales.counts.abandoned, sales.abandoned_wait) == (1, 1, 20)


def test_places_nobody_came_back_for_go_with_the_next(floor: Floor, cast: Cast) -> None:
    gives_up(floor)
    floor.traveller.shift(11 * 60)
    gives_up(floor, BEN)
    assert list(KeptPlace.objects.values_list("e164", flat=True)) == [BEN]
