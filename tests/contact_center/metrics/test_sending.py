"""statsd and Datadog's agent hear every metric; and nobody waits for either."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from contact_center import metrics
from contact_center.metrics import declared, sending
from tests.harness.waiting import wait_until

LIMIT = 5.0


@pytest.fixture
def agent() -> Iterator[socket.socket]:
    """Something that listens for datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(LIMIT)
        yield listening


Heard = Callable[[int], list[str]]


@pytest.fixture
def heard(agent: socket.socket) -> Heard:
    """Hears so many lines, and gives them back sorted."""

    def listen(number: int) -> list[str]:
        lines: list[str] = []
        while len(lines) < number:
            lines += agent.recv(65536).decode().split("\n")
        return sorted(line for line in lines if line)

    return listen


def measured_by(settings: Settings, agent: socket.socket, backend: str, **more: Any) -> None:
    settings.DJANGO_TWILIO_CALL_MONITORING = {
        "METRICS_BACKEND": backend,
        "STATSD_HOST": "127.0.0.1",
        "STATSD_PORT": agent.getsockname()[1],
        **more,
    }


def measure_something() -> None:
    metrics.count(declared.CALLS_ARRIVED)
    metrics.count(declared.CALLS_ENDED, "abandoned")
    metrics.count(declared.COMMANDS, "hold", "gave_up")
    metrics.took(declared.WAIT_SECONDS, seconds=12.345)
    metrics.stands_at(declared.CALLERS_WAITING, "7", value=3)


def test_statsd_hears_everything_under_names_that_say_the_labels_too(
    settings: Settings, agent: socket.socket, heard: Heard
) -> None:
    measured_by(settings, agent, "statsd")
    measure_something()
    assert heard(5) == [
        "twilio_call.callers_waiting.7:3|g",
        "twilio_call.calls_arrived:1|c",
        "twilio_call.calls_ended.abandoned:1|c",
        "twilio_call.commands.hold.gave_up:1|c",
        "twilio_call.wait_seconds:12345.000000|ms",
    ]


def test_datadog_hears_the_same_with_tags(
    settings: Settings, agent: socket.socket, heard: Heard
) -> None:
    measured_by(settings, agent, "datadog", STATSD_PREFIX="our_site")
    measure_something()
    assert heard(5) == [
        "our_site.callers_waiting:3|g|#queue:7",
        "our_site.calls_arrived:1|c",
        "our_site.calls_ended:1|c|#outcome:abandoned",
        "our_site.commands:1|c|#kind:hold,outcome:gave_up",
        "our_site.wait_seconds:12345|ms",
    ]


def test_a_site_that_measures_nothing_sends_nothing(
    settings: Settings, agent: socket.socket
) -> None:
    measured_by(settings, agent, "statsd", ENABLE_METRICS=False)
    measure_something()
    agent.settimeout(0.3)
    with pytest.raises(TimeoutError):
        agent.recv(65536)


def test_a_value_with_signs_that_mean_something_to_statsd_stays_one_part_of_a_name(
    settings: Settings, agent: socket.socket, heard: Heard
) -> None:
    measured_by(settings, agent, "statsd")
    metrics.count(declared.JOBS_FAILED, "a.b:c|d")
    metrics.count(declared.JOBS_FAILED, "")
    assert heard(2) == ["twilio_call.jobs_failed.a_b_c_d:1|c", "twilio_call.jobs_failed.none:1|c"]


@pytest.mark.parametrize("backend", ["statsd", "datadog"])
def test_nobody_listening_slows_nothing(
    settings: Settings, agent: socket.socket, backend: str
) -> None:
    measured_by(settings, agent, backend)
    agent.close()
    metrics.count(declared.CALLS_ARRIVED)  # the thread begins, the library is loaded
    began = time.process_time()
    for _call in range(2000):
        metrics.count(declared.CALLS_ARRIVED)
    assert time.process_time() - began < 1.0


def test_a_host_that_does_not_exist_is_said_once_and_slows_nothing(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.DJANGO_TWILIO_CALL_MONITORING = {"STATSD_HOST": "no-such-host.invalid"}
    with caplog.at_level(logging.WARNING, logger="contact_center.metrics"):
        for _call in range(sending.MOST_WAITING + 100):
            metrics.count(declared.CALLS_ARRIVED)
        wait_until(lambda: "no-such-host.invalid" in caplog.text, LIMIT, what="the log")
    assert caplog.text.count("no-such-host.invalid") == 1


def test_what_comes_too_fast_is_dropped_and_not_kept_in_memory(
    settings: Settings, agent: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_WAITING", 3)
    slow = sending.Sent("no-such-host.invalid", 8125, "x", tags=False)
    for _call in range(50):
        slow.count(declared.CALLS_ARRIVED, ())
    assert slow._waiting.qsize() <= 3
