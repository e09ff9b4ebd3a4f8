"""The list of calls: what goes on and what came today, narrowed by the address."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contact_center.models import Call, User
from contact_center.selectors.calls import PAGE_SIZE
from tests.builders import signed_in
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    """The cast on duty, and calls that go their way through the real services."""
    return World(cast)


def calls(user: User, **asked: object) -> HttpResponse:
    return signed_in(user).get(reverse("supervisors:calls"), asked)


def callers(answer: HttpResponse) -> list[str]:
    """The last digits of the callers listed."""
    return re.findall(r'href="/supervisors/calls/\d+/">\+1 415 555 (\d+)<', answer.content.decode())


@pytest.fixture
def day(world: World) -> World:
    """7001 talked with somebody, 7002 gave up, 7003 left in the menu, 7004 waits; newest last."""
    first = world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    world.caller_hangs_up(first)
    world.finish(offer)
    world.take_a_break(world.alice)
    world.take_a_break(world.bob)
    world.caller_hangs_up(world.ring_in("+14155550101"))
    world.caller_hangs_up(world.ring_in_at_the_menu())
    world.ring_in()
    return world


def test_live_calls_and_todays_are_listed_newest_first(day: World) -> None:
    yesterday = Call.objects.get(from_number="+14155557002")
    Call.objects.filter(pk=yesterday.pk).update(arrived_at=timezone.now() - timedelta(days=1))
    assert callers(calls(day.carol)) == ["7004", "7003", "7001"]
    Call.objects.filter(from_number="+14155557004").update(
        arrived_at=timezone.now() - timedelta(days=1)
    )
    assert "7004" in callers(calls(day.carol)), "it began yesterday and goes on"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"outcome": "live"}, ["7004"]),
        ({"outcome": "answered"}, ["7001"]),
        ({"outcome": "abandoned"}, ["7002"]),
        ({"outcome": "left-in-menu"}, ["7003"]),
        ({"outcome": "other"}, []),
        ({"outcome": "nonsense"}, ["7004", "7003", "7002", "7001"]),
        ({"number": "7002"}, ["7002"]),
        ({"number": "+1 415-555 70"}, ["7004", "7003", "7002", "7001"]),
        ({"number": "999"}, []),
        ({"number": "x' OR '7'='003"}, ["7003"]),
        ({"number": "7" * 500}, []),
        ({"queue": "9999"}, ["7004", "7003", "7002", "7001"]),
        ({"agent": "nobody"}, ["7004", "7003", "7002", "7001"]),
        ({"page": "77"}, ["7004", "7003", "7002", "7001"]),
    ],
)
def test_the_address_narrows_the_list(day: World, asked: dict[str, str], found: list[str]) -> None:
    answer = calls(day.carol, **asked)
    assert answer.status_code == 200
    assert callers(answer) == found


def test_the_list_of_a_queue_and_of_an_agent(day: World) -> None:
    assert callers(calls(day.carol, queue=day.cast.sales.pk)) == ["7002"]
    taken = {
        name: callers(calls(day.carol, agent=getattr(day, name).pk)) for name in ("alice", "bob")
    }
    assert sorted(taken.values()) == [[], ["7001"]], "one of them took it, the other did not"
    assert callers(calls(day.carol, agent=day.erin.pk)) == ["7004", "7003", "7002", "7001"]


def test_an_empty_list_says_what_to_do(world: World) -> None:
    assert "none has rung in today" in calls(world.carol).content.decode()
    assert "Show all of them" in calls(world.carol, number="5").content.decode()


def test_nobody_else_sees_the_list(day: World) -> None:
    for person in (day.alice.user, day.cast.dave):
        assert calls(person).status_code == 404
    assert callers(calls(day.mallory)) == []
    assert "Support" not in calls(day.mallory).content.decode()


def test_a_busy_day_is_paged_at_the_same_cost(
    day: World, django_assert_num_queries: Callable[..., object]
) -> None:
    client = signed_in(day.carol)
    address = reverse("supervisors:calls")
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            tenant=day.cast.tenant,
            sid=f"CB{n:032x}",
            account_sid="AC",
            from_number=f"+1415556{n:04d}",
            arrived_at=now,
            heard_at=now,
        )
        for n in range(2 * PAGE_SIZE)
    )
    with django_assert_num_queries(len(few)):
        page = client.get(address, {"outcome": "live"})
    assert len(re.findall(r'id="call-row-', page.content.decode())) == PAGE_SIZE
    assert "outcome=live&amp;page=2" in page.content.decode(), "the choice goes along"
