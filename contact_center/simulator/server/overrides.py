"""How patiently a webhook is delivered, as the fragment of its URL says.

``#ct=2000&rt=4000&rc=3&rp=5xx``: see twilio.com/docs/usage/webhooks/webhooks-connection-overrides.
A value out of its range is ignored, as if it had not been written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

Failure = Literal["ct", "rt", "4xx", "5xx"]

TOTAL_SECONDS = 15.0
"""No request for instructions takes longer, retries included."""

POLICIES = frozenset({"ct", "rt", "4xx", "5xx", "all"})


@dataclass(frozen=True)
class Overrides:
    """Time-outs in seconds, the number of retries, and after which failures."""

    connect_seconds: float = 5.0
    read_seconds: float = 15.0
    retries: int = 1
    retry_after: frozenset[str] = frozenset({"ct"})

    def retries_after(self, failure: Failure) -> bool:
        """Whether this failure is worth another attempt."""
        return failure in self.retry_after or "all" in self.retry_after


def overrides_in(url: str) -> Overrides:
    """What the fragment of a URL asks for."""
    wanted = dict(parse_qsl(urlsplit(url).fragment))
    default = Overrides()
    policies = frozenset(wanted.get("rp", "ct").split(","))
    return Overrides(
        connect_seconds=_within(wanted.get("ct"), 100, 10_000, 5000) / 1000,
        read_seconds=_within(wanted.get("rt"), 100, 15_000, 15_000) / 1000,
        retries=_within(wanted.get("rc"), 0, 5, 1),
        retry_after=policies if policies <= POLICIES else default.retry_after,
    )


def _within(text: str | None, least: int, most: int, default: int) -> int:
    if text is None or not (text.isascii() and text.isdigit()):
        return default
    return int(text) if least <= int(text) <= most else default
