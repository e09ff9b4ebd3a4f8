"""What is kept is read once, is never older than it may be, and never holds anybody up for long."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache
from django.utils import timezone
from pytest_django import Settings

from contact_center.selectors.keeping import kept

KEY = "a-figure-of-the-tests"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    cache.delete(KEY)
    yield
    cache.delete(KEY)


def test_many_who_ask_at_once_are_answered_by_one_reading() -> None:
    asking = threading.Barrier(8)
    readings: list[datetime] = []
    everybody_asks = threading.Event()
    answers: list[int] = []

    def read(now: datetime) -> int:
        assert everybody_asks.wait(10)
        readings.append(now)
        return len(readings)

    def ask() -> None:
        if asking.wait(10) == 0:
            everybody_asks.set()
        answers.append(kept(KEY, 60, read).value)

    people = [threading.Thread(target=ask) for _number in range(8)]
    for person in people:
        person.start()
    for person in people:
        person.join(20)
    assert answers == [1] * 8
    assert len(readings) == 1


def test_a_value_is_as_old_as_the_moment_before_it_was_read() -> None:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:

        def slow(now: datetime) -> str:
            traveller.shift(timedelta(seconds=4))
            return f"{now:%M:%S}"

        assert kept(KEY, 10, slow).value == "00:00"
        traveller.shift(timedelta(seconds=6))
        assert kept(KEY, 10, slow).as_of == timezone.now() - timedelta(seconds=10)
        traveller.shift(timedelta(seconds=1))
        assert kept(KEY, 10, slow).value == "00:11"


def test_who_fails_to_read_keeps_nobody_from_reading_again() -> None:
    def fails(now: datetime) -> str:
        raise RuntimeError("the database is away")

    with pytest.raises(RuntimeError):
        kept(KEY, 60, fails)
    assert kept(KEY, 60, lambda now: "back").value == "back"


class Away(DummyCache):
    """A cache that cannot be reached, as django-redis answers then: nothing was there, or added."""

    def add(self, *args: object, **kwargs: object) -> bool:
        return False


@pytest.mark.parametrize("backend", [DummyCache, Away])
def test_without_a_cache_everybody_reads_and_nobody_waits(
    settings: Settings, backend: type[DummyCache]
) -> None:
    path = f"{backend.__module__}.{backend.__qualname__}"
    settings.CACHES = {"default": {"BACKEND": path}}
    numbers = iter((1, 2))
    assert kept(KEY, 60, lambda now: next(numbers)).value == 1
    assert kept(KEY, 60, lambda now: next(numbers)).value == 2


def test_no_seconds_keep_nothing() -> None:
    numbers = iter((1, 2))
    assert kept(KEY, 0, lambda now: next(numbers)).value == 1
    assert kept(KEY, 0, lambda now: next(numbers)).value == 2
    assert cache.get(KEY) is None
