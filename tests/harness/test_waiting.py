"""Waiting tells the truth about what did not happen."""

import pytest

from tests.harness.waiting import NeverHappened, stays_true, wait_until


def test_it_returns_the_first_true_answer() -> None:
    answers = iter([0, "", "ringing", "answered"])
    assert wait_until(lambda: next(answers), timeout=5) == "ringing"


def test_a_failed_assertion_means_not_yet() -> None:
    tries = []

    def third_time() -> bool:
        tries.append(1)
        assert len(tries) >= 3
        return True

    assert wait_until(third_time, timeout=5)
    assert len(tries) == 3


def test_it_says_what_never_happened_and_how_the_world_looked() -> None:
    with pytest.raises(
        NeverHappened, match=r"(?s)the desk rings .* 0.1 s: AssertionError\('idle'\).*Alice is away"
    ):
        wait_until(
            lambda: _assert_equal("idle", "ringing"),
            timeout=0.1,
            what="the desk rings",
            describe=lambda: "Alice is away",
        )


def _assert_equal(actual: str, expected: str) -> bool:
    if actual != expected:
        raise AssertionError(actual)
    return True


def test_what_stops_being_true_is_noticed() -> None:
    answers = iter([True, True, False])
    with pytest.raises(AssertionError, match="the music stopped being true"):
        stays_true(lambda: next(answers), seconds=5, what="the music")
