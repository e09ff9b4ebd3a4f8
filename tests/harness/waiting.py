"""Waiting for something to become true: the only place in the tests that lets time pass."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05


class NeverHappened(AssertionError):
    """What a test waited for did not come true in time."""


def wait_until(
    condition: Callable[[], T],
    timeout: float = 10.0,
    *,
    what: str = "",
    describe: Callable[[], object] | None = None,
) -> T:
    """Ask `condition` every 50 ms until it returns something true, and return that.

    Raises NeverHappened after `timeout` seconds, with `what` was waited for, the last answer, and
    what `describe()` says of the world at that moment. An AssertionError inside `condition` counts
    as "not yet", so that a condition may be written as assertions.
    """
    deadline = time.monotonic() + timeout
    while True:
        answer: object
        try:
            answer = value = condition()
        except AssertionError as not_yet:
            answer = not_yet
        else:
            if value:
                return value
        if time.monotonic() >= deadline:
            break
        time.sleep(POLL_SECONDS)
    sentence = f"{what or 'the condition'} did not come true within {timeout:g} s: {answer!r}"
    if describe is not None:
        sentence += f"\n{describe()}"
    raise NeverHappened(sentence)


def stays_true(condition: Callable[[], object], seconds: float, *, what: str = "") -> None:
    """Ask `condition` every 50 ms for `seconds` and fail at the first untrue answer.

    For what must not happen: "the caller still hears music two seconds later".
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = condition()
        assert answer, f"{what or 'the condition'} stopped being true: {answer!r}"
        time.sleep(POLL_SECONDS)


def let_pass(seconds: float) -> None:
    """Let real time go by: only for what is measured over a window of time, such as sound."""
    time.sleep(seconds)
