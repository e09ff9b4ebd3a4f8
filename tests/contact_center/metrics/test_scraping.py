"""Prometheus reads the figures of every process from any of them."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from contact_center import metrics
from contact_center.metrics import declared
from contact_center.models import Queue
from tests.cast import Cast

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.django_db


def scraped() -> dict[str, float]:
    """Every figure that is told, by its name and labels."""
    answer = Client().get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    # Not before the site has told the library where its processes meet.
    from prometheus_client.parser import text_string_to_metric_families

    figures: dict[str, float] = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            figures[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return figures


@pytest.fixture
def prometheus(settings: Settings) -> None:
    """The figures are kept to be scraped."""
    settings.DJANGO_TWILIO_CALL_MONITORING = {"METRICS_BACKEND": "prometheus"}


def test_every_kind_of_figure_is_told(prometheus: None, cast: Cast) -> None:
    before = scraped()
    metrics.count(declared.CALLS_ENDED, "abandoned")
    metrics.count(declared.CALLS_ENDED, "abandoned")
    metrics.took(declared.WAIT_SECONDS, seconds=12.5)
    after = scraped()

    def more(name: str) -> float:
        return after[name] - before.get(name, 0.0)

    assert more("twilio_call_calls_ended_total{outcome=abandoned}") == 2
    assert more("twilio_call_wait_seconds_count") == 1
    assert more("twilio_call_wait_seconds_sum") == 12.5
    assert more("twilio_call_wait_seconds_bucket{le=20.0}") == 1
    assert more("twilio_call_wait_seconds_bucket{le=10.0}") == 0
    for queue in Queue.objects.all():
        assert after[f"twilio_call_callers_waiting{{queue={queue.pk}}}"] == 0
    assert not [name for name in after if not name.startswith("twilio_call_")]


def test_what_another_process_counted_is_told_too(
    prometheus: None, cast: Cast, settings: Settings
) -> None:
    before = scraped().get("twilio_call_healed_total{found=hold_differs}", 0)
    counting = (
        "import django; django.setup()\n"
        "from contact_center import metrics\n"
        "from contact_center.metrics import declared\n"
        "metrics.count(declared.HEALED, 'hold_differs')\n"
    )
    subprocess.run(
        [sys.executable, "-c", counting],
        env=_environment(PROMETHEUS_MULTIPROC_DIR=str(settings.METRICS_DIR)),
        check=True,
        timeout=60,
        cwd=ROOT,
    )
    assert scraped()["twilio_call_healed_total{found=hold_differs}"] == before + 1


def test_while_the_database_is_away_what_was_counted_is_still_told(
    prometheus: None, cast: Cast
) -> None:
    metrics.count(declared.CALLS_ARRIVED)

    def away(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        raise OperationalError("the database is away")

    with connection.execute_wrapper(away):
        told = scraped()
    assert told["twilio_call_calls_arrived_total"] >= 1
    assert not [name for name in told if "callers_waiting" in name]


@pytest.mark.parametrize(
    "monitoring",
    [
        {},
        {"METRICS_BACKEND": "datadog"},
        {"METRICS_BACKEND": "prometheus", "ENABLE_METRICS": False},
    ],
)
def test_where_nothing_is_kept_to_be_scraped_there_is_nothing(
    settings: Settings, monitoring: dict[str, object], cast: Cast
) -> None:
    settings.DJANGO_TWILIO_CALL_MONITORING = monitoring
    assert Client().get("/metrics").status_code == 404


def test_whatever_a_backend_stumbles_over_goes_into_the_log_and_no_further(
    prometheus: None, caplog: pytest.LogCaptureFixture
) -> None:
    metrics.count(declared.CALLS_ENDED, "one label", "too many")
    metrics.took(declared.CALLS_ARRIVED, seconds=1.0)
    assert "the metric calls_ended was not kept" in caplog.text
    assert "the metric calls_arrived was not kept" in caplog.text


def test_processes_that_could_not_add_up_their_figures_tell_none() -> None:
    """The library was loaded before it could be told where: half the truth is not told."""
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import prometheus_client, django; django.setup()\n"
            "from contact_center import metrics\n"
            "print(metrics.backend())",
        ],
        env=_environment(),
        check=True,
        timeout=60,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip().endswith("None")
    assert "Set it in the environment of every process" in told.stderr + told.stdout


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "contact_center.settings",
        "DJANGO_TWILIO_CALL_MONITORING": '{"METRICS_BACKEND": "prometheus"}',
        **more,
    }
