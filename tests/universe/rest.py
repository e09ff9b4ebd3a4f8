"""Our REST requests in a universe: they take time, and something may become of them.

While one is under way everybody else goes on: callers hang up, webhooks arrive, another clock
looks. That is why a request may not be made inside a transaction, and here it cannot be.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

import requests
from django.db import connection
from twilio.http.response import Response

from tests.universe.draws import stream
from tests.universe.http_client import CoreHttpClient
from tests.universe.violation import Violation

if TYPE_CHECKING:
    from tests.universe.engine import Universe

#: How long our client waits for an answer.
READ_SECONDS = 10.0
CONNECT_SECONDS = 3.0


class UniverseHttpClient(CoreHttpClient):
    """Asks the network of the universe that is running, with its faults."""

    universe: ClassVar["Universe | None"] = None

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request; raises what `requests` raises when a fault says so."""
        universe = self.universe
        if universe is None:  # the universe is only being set up
            return super().request(method, uri, params, data, headers, auth, timeout)
        if connection.in_atomic_block:
            universe.find(Violation("crash", f"{method} {uri} was asked inside a transaction."))

        def apply() -> Response:
            return CoreHttpClient.request(self, method, uri, params, data, headers, auth, timeout)

        form = tuple((key, str(value)) for key, value in {**(params or {}), **(data or {})}.items())
        return universe.line.carry(method, urlsplit(uri).path, form, apply)


class Line:
    """The line between us and the network's REST interface."""

    def __init__(self, universe: "Universe") -> None:
        self._universe = universe
        self._latency = stream(universe.scenario.seed, "rest latency")
        self._asker = ""

    @contextmanager
    def asked_by(self, asker: str) -> Iterator[None]:
        """In the block this part of the clock is at work; while it waits, others are in theirs."""
        outer, self._asker = self._asker, asker
        try:
            yield
        finally:
            self._asker = outer

    def carry(self, method: str, path: str, form: Any, apply: Any) -> Response:
        """Take a request to the network and its answer back."""
        universe, faults = self._universe, self._universe.faults
        asked_at, asker = universe.moment, self._asker

        def note(status: int | None, fault: str = "") -> None:
            told = {"until": universe.moment, "asker": asker}
            universe.journal.rest(asked_at, method, path, form, status, fault, **told)
            universe.saw(f"{method} {path} {status} {fault}", b"")

        universe.meanwhile(self._latency.uniform(0.01, 0.15))
        if faults.strike("rest-connect"):
            universe.meanwhile(faults.between("rest-connect", 0.0, CONNECT_SECONDS))
            note(None, "no connection")
            raise requests.ConnectTimeout("the network could not be reached")
        if faults.strike("rest-hang-before"):
            universe.meanwhile(READ_SECONDS)
            note(None, "time-out, not applied")
            raise requests.ReadTimeout("the answer did not come")
        if faults.strike("rest-429"):
            note(429, "429")
            wait = faults.between("rest-429", 0.1, 3.0)
            return Response(
                429,
                '{"code": 20429, "message": "Too many requests", "status": 429}',
                {"Retry-After": f"{wait:.1f}"} if wait > 0.5 else {},
            )
        if faults.strike("rest-500-before"):
            note(500, "500, not applied")
            return Response(500, '{"code": 20500, "message": "Internal error"}', {})
        answer: Response = apply()
        universe.take_effects()
        if faults.strike("rest-500-after"):
            note(500, f"500 instead of {answer.status_code}")
            return Response(500, '{"code": 20500, "message": "Internal error"}', {})
        if faults.strike("rest-hang-after"):
            universe.meanwhile(READ_SECONDS)
            note(None, f"time-out instead of {answer.status_code}")
            raise requests.ReadTimeout("the answer did not come")
        universe.meanwhile(self._latency.uniform(0.01, 0.15))
        note(answer.status_code)
        return answer
