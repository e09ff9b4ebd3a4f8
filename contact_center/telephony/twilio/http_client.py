"""How requests to the phone network travel: own limits on time and number, one pool.

The official library waits for ever by default and opens as many connections as there are threads.
``settings.TELEPHONY_HTTP_CLIENT`` names the class; another one takes no arguments either, has
`download` beside the library's `request`, and raises what `outcomes` understands: the exceptions
of `requests`, or our own.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response

from contact_center import conf
from contact_center.telephony.port import NotSent

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0

_Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Download:
    """An answer that is no text. `body` ends where more came than was wanted."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TimedHttpClient(HttpClient):
    """At most `max_size` requests at a time over kept connections; more wait for their turn.

    A turn comes within `wait_seconds` or the request is not sent. A connection is made within 3 s
    and answered within `read_seconds`: 10 s, or `wait_seconds` if that is less. With `pooled` False
    every request opens a connection of its own.
    """

    def __init__(
        self,
        *,
        max_size: int | None = None,
        wait_seconds: float | None = None,
        read_seconds: float | None = None,
        pooled: bool | None = None,
    ) -> None:
        """Take what is not given from PERFORMANCE.CONNECTION_POOLING."""
        super().__init__(logger, is_async=False)
        pooling = conf.current().performance.connection_pooling
        self._size = pooling.max_size if max_size is None else max_size
        self._turns = threading.BoundedSemaphore(self._size)
        self._wait_seconds = pooling.timeout if wait_seconds is None else wait_seconds
        if read_seconds is None:
            read_seconds = min(READ_SECONDS, self._wait_seconds)
        self._timeout = (min(CONNECT_SECONDS, read_seconds), read_seconds)
        kept = pooling.enabled if pooled is None else pooled
        self._session = self._new_session() if kept else None

    def request(
        self,
        method: str,
        uri: str,
        params: _Fields | None = None,
        data: _Fields | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send one request and return the answer, whatever its status.

        Raises NotSent when no connection comes free in time, else what `requests` raises.
        """
        started = time.monotonic()
        with self._turn(), self._connection() as session:
            answer = session.request(
                method,
                uri,
                params=params,
                data=data,
                headers=headers,
                auth=auth,
                timeout=self._timeout if timeout is None else timeout,
                allow_redirects=allow_redirects,
                # https goes through the proxy the environment names, if any. Plain http is the
                # simulator, here or next door, where a company's proxy does not lead. (A new
                # dictionary each time: `requests` writes the environment's proxies into it.)
                proxies={"http": ""},
            )
        # The path holds SIDs; the query may hold phone numbers and stays out of the log.
        logger.debug(
            "%s %s: %d in %.0f ms",
            method,
            urlsplit(uri).path,
            answer.status_code,
            (time.monotonic() - started) * 1000,
        )
        answer.encoding = "utf-8"  # JSON's; otherwise `requests` guesses it from the bytes
        return Response(answer.status_code, answer.text, answer.headers)

    def download(self, uri: str, *, auth: tuple[str, str], most_bytes: int) -> Download:
        """Fetch what is no text, at most one byte more than `most_bytes`; follow it nowhere else.

        Raises as `request`.
        """
        with self._turn(), self._connection() as session:
            answer = session.get(
                uri,
                auth=auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                proxies={"http": ""},
            )
            with answer:
                body = bytearray()
                for piece in answer.iter_content(64 * 1024):
                    body += piece
                    if len(body) > most_bytes:
                        break
        logger.debug("GET %s: %d, %d bytes", urlsplit(uri).path, answer.status_code, len(body))
        return Download(answer.status_code, dict(answer.headers), bytes(body[: most_bytes + 1]))

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=self._wait_seconds):
            raise NotSent(
                reason=f"all {self._size} connections were busy for {self._wait_seconds:g} s"
            )
        try:
            yield
        finally:
            self._turns.release()

    @contextmanager
    def _connection(self) -> Iterator[requests.Session]:
        if self._session is not None:
            yield self._session
        else:
            with self._new_session() as session:
                yield session

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        # Threads share the session. Cookies would be the one thing they could spoil for each
        # other, and an API has no use for them.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._size, max_retries=0)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session
