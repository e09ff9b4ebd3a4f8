"""Metrics for Prometheus to scrape, summed over the processes of this machine.

Each process keeps its figures in files of its own in ``settings.METRICS_DIR`` (the multi-process
mode of prometheus_client); whichever process is asked reads them all. Files of processes that ended
stay, for what they counted has happened; the folder is emptied when the whole site is restarted
(docs/production.md). How many callers wait is not kept at all: it is read from the database when
somebody asks.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from contact_center.metrics.declared import CALLERS_WAITING, METRICS, Metric
from contact_center.metrics.depths import callers_waiting

# The settings named the folder to the library, which looks for it when it is imported.
Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)

import prometheus_client as prometheus  # noqa: E402
from prometheus_client.core import GaugeMetricFamily  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402
from prometheus_client.values import MutexValue, ValueClass  # noqa: E402

CONTENT_TYPE = prometheus.CONTENT_TYPE_LATEST

#: Upper ends of the classes a wait or a conversation falls in, in seconds.
CLASSES = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)


class Scraped:
    """Keeps each metric under its name behind ``prefix``.

    Raises RuntimeError when the library was loaded by somebody else before us, without a folder to
    share: then each process would tell its own figures, now of one and now of another.
    """

    def __init__(self, prefix: str) -> None:
        if ValueClass is MutexValue:
            raise RuntimeError(
                "prometheus_client was imported before PROMETHEUS_MULTIPROC_DIR was set. Set it in "
                "the environment of every process of the site."
            )
        # A registry of its own: nothing but what is declared is told to anybody.
        registry = prometheus.CollectorRegistry()
        self._kept: dict[str, prometheus.Counter | prometheus.Histogram] = {}
        for metric in METRICS:
            name = f"{prefix}_{metric.name}"
            if metric.kind == "counter":
                self._kept[metric.name] = prometheus.Counter(
                    name, metric.help, metric.labels, registry=registry
                )
            elif metric.kind == "seconds":
                self._kept[metric.name] = prometheus.Histogram(
                    name, metric.help, metric.labels, registry=registry, buckets=CLASSES
                )

    def count(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Something happened."""
        counter = self._kept[metric.name]
        assert isinstance(counter, prometheus.Counter)
        (counter.labels(*labels) if labels else counter).inc()

    def took(self, metric: Metric, labels: tuple[str, ...], seconds: float) -> None:
        """Something lasted so long."""
        histogram = self._kept[metric.name]
        assert isinstance(histogram, prometheus.Histogram)
        (histogram.labels(*labels) if labels else histogram).observe(seconds)

    def stands_at(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Nothing: what stands at something is read when it is asked for."""


class _Waiting:
    """Asks the database how many callers wait; says nothing when that cannot be known."""

    def __init__(self, prefix: str) -> None:
        self._name = f"{prefix}_{CALLERS_WAITING.name}"

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the callers in line by queue, empty queues included."""
        family = GaugeMetricFamily(self._name, CALLERS_WAITING.help, labels=CALLERS_WAITING.labels)
        try:
            for queue, callers in callers_waiting():
                family.add_metric([queue], callers)
        except DatabaseError:
            # What was counted is still told: that is when somebody looks.
            return
        yield family


def everything(prefix: str) -> bytes:
    """Return the figures of every process of this machine, in Prometheus' text format."""
    registry = prometheus.CollectorRegistry()
    # The library gives this one no types.
    add_every_process: Callable[[prometheus.CollectorRegistry, str], object] = MultiProcessCollector
    add_every_process(registry, str(settings.METRICS_DIR))
    registry.register(_Waiting(prefix))
    return prometheus.generate_latest(registry)
