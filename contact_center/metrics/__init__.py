"""The port through which the site is measured. ``count``, ``took`` and ``stands_at`` never fail.

MONITORING.ENABLE_METRICS and METRICS_BACKEND say whether, and where to. Whatever the backend does,
no call is slowed or broken: what goes over the network leaves in a thread of its own, from a
bounded queue (sending.py); what is scraped is memory (scraping.py).
"""

import logging
from functools import cache
from typing import Protocol

from django.core.signals import setting_changed

from contact_center.conf import current
from contact_center.metrics.declared import Metric

__all__ = ["backend", "count", "stands_at", "took"]

logger = logging.getLogger(__name__)


class Backend(Protocol):
    """Where metrics go. ``labels`` are values, in the order in which the metric declares them."""

    def count(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Something happened."""

    def took(self, metric: Metric, labels: tuple[str, ...], seconds: float) -> None:
        """Something lasted so long."""

    def stands_at(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Something is so many now."""


def count(metric: Metric, *labels: str) -> None:
    """Something happened."""
    keeper = backend()
    if keeper is not None:
        try:
            keeper.count(metric, labels)
        except Exception:
            _forgive(metric)


def took(metric: Metric, *labels: str, seconds: float) -> None:
    """Something lasted so long."""
    keeper = backend()
    if keeper is not None:
        try:
            keeper.took(metric, labels, seconds)
        except Exception:
            _forgive(metric)


def stands_at(metric: Metric, *labels: str, value: float) -> None:
    """Something is so many now."""
    keeper = backend()
    if keeper is not None:
        try:
            keeper.stands_at(metric, labels, value)
        except Exception:
            _forgive(metric)


@cache
def backend() -> Backend | None:
    """Return what the settings name; None when nothing is measured.

    The libraries are imported here: a site that measures nothing, or otherwise, has no use for
    them.
    """
    monitoring = current().monitoring
    if not monitoring.enable_metrics:
        return None
    try:
        if monitoring.metrics_backend == "prometheus":
            from contact_center.metrics.scraping import Scraped

            return Scraped(monitoring.statsd_prefix)
        from contact_center.metrics.sending import Sent

        return Sent(
            monitoring.statsd_host,
            monitoring.statsd_port,
            monitoring.statsd_prefix,
            tags=monitoring.metrics_backend == "datadog",
        )
    except Exception:
        # No folder to write to, a library that does not load: the site works without.
        logger.exception("nothing is measured: the metrics backend could not be set up")
        return None


def _forgive(metric: Metric) -> None:
    """Whatever the backend stumbled over, the call goes on; the log says it."""
    logger.warning("the metric %s was not kept", metric.name, exc_info=True)


def _forget(**_: object) -> None:
    backend.cache_clear()


# Settings move only in tests; any of them may matter here.
setting_changed.connect(_forget, dispatch_uid="contact_center.metrics")
