"""When a waiting caller is told something, and what; and what is not said again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center.domain.announcing import Rules, Told, is_comforted, is_due, news
from contact_center.domain.waits import Estimate, Kind

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FOUR = Estimate(Kind.ABOUT, 240, 240)
FIVE = Estimate(Kind.ABOUT, 300, 300)
BETTER = Rules(only_if_better=True)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_the_first_announcement_comes_when_the_queue_says() -> None:
    rules = Rules(first_after=30)
    assert not is_due(rules, Told(), entered=NOON, now=after(29))
    assert is_due(rules, Told(), entered=NOON, now=after(30))
    assert is_due(Rules(), Told(), entered=NOON, now=NOON)


def test_the_next_one_keeps_its_distance() -> None:
    told = Told(at=after(10))
    assert not is_due(Rules(every=60), told, entered=NOON, now=after(69))
    assert is_due(Rules(every=60), told, entered=NOON, now=after(70))


def test_who_is_to_be_told_nothing_costs_no_look_into_the_line() -> None:
    assert not is_due(Rules(place=False, wait=False), Told(), entered=NOON, now=after(999))


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (Rules(), (3, FOUR)),
        (Rules(wait=False), (3, None)),
        (Rules(place=False), (None, FOUR)),
        (Rules(place=False, wait=False), (None, None)),
    ],
)
def test_a_queue_tells_place_wait_both_or_nothing(
    rules: Rules, told: tuple[int | None, Estimate | None]
) -> None:
    assert news(rules, Told(), 3, FOUR) == told


def test_a_wait_that_is_not_known_leaves_the_place() -> None:
    assert news(Rules(), Told(), 3, None) == (3, None)
    assert news(Rules(place=False), Told(), 3, None) == (None, None)


def test_only_better_news_are_told_each_on_its_own() -> None:
    told = Told(at=NOON, place=3, wait=300)
    assert news(BETTER, told, 3, FIVE) == (None, None)
    assert news(BETTER, told, 2, FIVE) == (2, None)
    assert news(BETTER, told, 3, FOUR) == (None, FOUR)
    assert news(BETTER, told, 2, FOUR) == (2, FOUR)
    assert news(BETTER, told, 4, Estimate(Kind.ABOUT, 600, 600)) == (None, None)


def test_the_first_wait_ever_known_is_news() -> None:
    assert news(BETTER, Told(at=NOON, place=3), 3, FIVE) == (None, FIVE)


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=20))
def test_who_hears_only_better_news_never_hears_of_a_worse_place_or_a_longer_wait(
    line: list[tuple[int, int]],
) -> None:
    told, places, waits = Told(), [], []
    for place, minutes in line:
        said_place, said_wait = news(
            BETTER, told, place, Estimate(Kind.ABOUT, minutes * 60, minutes * 60)
        )
        if said_place is not None:
            places.append(said_place)
        if said_wait is not None:
            waits.append(said_wait.high)
        told = Told(place=said_place or told.place, wait=said_wait.high if said_wait else told.wait)
    assert places == sorted(set(places), reverse=True)
    assert waits == sorted(set(waits), reverse=True)


def test_comfort_comes_between_announcements_and_not_with_them() -> None:
    rules = Rules(comfort_every=30)
    assert not is_comforted(rules, Told(), entered=NOON, now=after(29))
    assert is_comforted(rules, Told(), entered=NOON, now=after(30))
    assert not is_comforted(rules, Told(at=after(20)), entered=NOON, now=after(49))
    assert is_comforted(rules, Told(at=after(20)), entered=NOON, now=after(50))
    assert not is_comforted(rules, Told(comforted_at=after(50)), entered=NOON, now=after(79))
    assert not is_comforted(Rules(), Told(), entered=NOON, now=after(9999))
