"""What `make bench` prints is what was measured."""

import pytest

from tests.benchmarks.__main__ import main, report
from tests.benchmarks.measures import Measure, percentile, percentiles


def test_a_missed_bar_is_said_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    missed = report(
        "webhooks",
        {"inbound": Measure(2.6, at_most=2.5), "status": Measure(1.2, at_most=2), "SQL": 9},
    )
    assert missed == ["webhooks: inbound is 2.6 x (bar: at most 2.5 x) MISSED"]
    printed = capsys.readouterr().out
    assert "status   1.2 x (bar: at most 2 x)\n" in printed
    assert "SQL      9" in printed


def test_a_bar_may_be_a_floor() -> None:
    assert not Measure(12, "legs", at_least=16).well
    assert Measure(16, "legs", at_least=16).well


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (75, 3), (99, 4), (100, 4)])
def test_a_percentile_is_one_of_the_samples(percent: float, expected: float) -> None:
    assert percentile([4, 2, 1, 3], percent) == expected


def test_percentiles_are_said_in_milliseconds() -> None:
    seconds = [n / 1000 for n in range(1, 101)]
    assert percentiles(seconds) == "p50 50.0 ms, p95 95.0 ms, p99 99.0 ms"


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-thing"]) == 2
    assert "there is no benchmark 'no-such-thing'" in capsys.readouterr().out
