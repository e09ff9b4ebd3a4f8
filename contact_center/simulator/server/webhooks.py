"""Delivering webhooks as Twilio does: signed, with its time-outs, retries, cookies and redirects.

Sources: twilio.com/docs/usage/webhooks/webhooks-faq, .../webhooks-connection-overrides,
docs/usage/security, docs/voice/twiml#cookies.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
from yarl import URL

from contact_center.simulator.core.effects import Params, RequestOutcome, SendRequest
from contact_center.simulator.server.faults import Faults, WebhookFault
from contact_center.simulator.server.overrides import (
    TOTAL_SECONDS,
    Failure,
    Overrides,
    overrides_in,
)
from contact_center.simulator.server.reach import Reach
from contact_center.simulator.server.signature import signature, signed_url

logger = logging.getLogger(__name__)

MOST_REDIRECTS = 10
LARGEST_ANSWER = 256 * 1024
"""Bytes of an answer that are read; more than the core accepts, so that it can say so."""

FORM = "application/x-www-form-urlencoded; charset=UTF-8"
KEEPS_METHOD = frozenset({307, 308})
REDIRECTS = frozenset({301, 302, 303}) | KEEPS_METHOD


class WebhookSender:
    """Sends what the core wants sent. One for each network; close it when done."""

    def __init__(
        self,
        auth_token: Callable[[str], str],
        faults: Faults,
        reach: Reach | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """``auth_token`` gives the token that an account signs with."""
        self.total_seconds = total_seconds
        self._auth_token = auth_token
        self._faults = faults
        self._reach = reach or Reach()
        self._cookies: dict[str, dict[tuple[str, str], str]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: SendRequest) -> RequestOutcome:
        """Deliver one webhook and say how it went; never raises for what the other side does."""
        fault = self._faults.for_webhook(urlsplit(request.url).path)
        if fault is not None and fault.action == "drop":
            return RequestOutcome(None, error="timeout")
        if fault is not None and fault.action == "delay":
            await asyncio.sleep(fault.seconds)
        attempt = _Delivery(self, request, str(uuid.uuid4()))
        outcome = await attempt.run()
        if fault is not None:
            outcome = await self._afterwards(fault, attempt, outcome)
        return outcome

    async def _afterwards(
        self, fault: WebhookFault, delivery: _Delivery, outcome: RequestOutcome
    ) -> RequestOutcome:
        if fault.action == "duplicate":
            await delivery.run()
        if fault.action == "lose-answer":
            return RequestOutcome(None, error="timeout")
        return outcome

    def forget(self, leg_sid: str) -> None:
        """The call is over: its cookies go."""
        self._cookies.pop(leg_sid, None)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    # ---- what a delivery needs

    def session(self) -> aiohttp.ClientSession:
        """The connections, made in the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(limit=0),
                auto_decompress=True,
            )
        return self._session

    def allows(self, url: str) -> bool:
        """Whether this URL may be requested at all."""
        if self._reach.allows(url):
            return True
        logger.warning("webhook not sent: %s", self._reach.refusal(url))
        return False

    def headers(self, request: SendRequest, url: str, form: Params, token: str) -> dict[str, str]:
        """What goes along with a request to this URL."""
        headers = {
            "Accept": "*/*",
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "X-Twilio-Signature": signature(self._auth_token(request.account_sid), url, form),
        }
        host = urlsplit(url).hostname or ""
        cookies = "; ".join(
            f"{name}={value}"
            for (of, name), value in self._cookies.get(request.leg_sid or "", {}).items()
            if of == host
        )
        if cookies:
            headers["Cookie"] = cookies
        return headers

    def keep_cookies(self, request: SendRequest, url: str, cookies: SimpleCookie) -> None:
        """Remember a call's cookies until it ends."""
        if request.leg_sid is not None and cookies:
            kept = self._cookies.setdefault(request.leg_sid, {})
            host = urlsplit(url).hostname or ""
            kept.update({(host, name): morsel.value for name, morsel in cookies.items()})


class _Delivery:
    """One webhook with all its attempts; they share an idempotency token."""

    def __init__(self, sender: WebhookSender, request: SendRequest, token: str) -> None:
        self._sender = sender
        self._request = request
        self._token = token
        self._overrides: Overrides = overrides_in(request.url)
        self._params = tuple((_sendable(name), _sendable(value)) for name, value in request.params)

    async def run(self) -> RequestOutcome:
        if not self._sender.allows(self._request.url):
            return RequestOutcome(None, error="connect")
        deadline = time.monotonic() + self._sender.total_seconds
        attempts = 1 + self._overrides.retries
        outcome = RequestOutcome(None, error="timeout")
        for _ in range(attempts):
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    outcome = await self._attempt()
            except TimeoutError:
                return RequestOutcome(None, error="timeout")
            failure = _failure(outcome)
            if failure is None or not self._overrides.retries_after(failure):
                return outcome
        return outcome

    async def _attempt(self) -> RequestOutcome:
        try:
            return await self._request_following_redirects()
        except aiohttp.ConnectionTimeoutError:
            return RequestOutcome(None, error="connect")
        except aiohttp.SocketTimeoutError:
            return RequestOutcome(None, error="timeout")
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL):
            return RequestOutcome(None, error="connect")
        except aiohttp.ClientError:
            # Disconnected, cut short, not HTTP: whatever it was, no answer could be read.
            return RequestOutcome(None, error="read")

    async def _request_following_redirects(self) -> RequestOutcome:
        method, url, form = self._request.method, signed_url(self._request.url), self._params
        if method == "GET":
            url, form = _with_query(url, form), ()
        for _ in range(1 + MOST_REDIRECTS):
            async with self._sender.session().request(
                method,
                URL(url, encoded=True),
                data=urlencode(form).encode() if method == "POST" else None,
                headers=self._headers(method, url, form),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    sock_connect=self._overrides.connect_seconds,
                    sock_read=self._overrides.read_seconds,
                ),
            ) as response:
                self._sender.keep_cookies(self._request, url, response.cookies)
                target = response.headers.get("Location")
                if response.status not in REDIRECTS or target is None:
                    body = await _read(response)
                    return RequestOutcome(
                        response.status, response.headers.get("Content-Type", ""), body
                    )
                if response.status not in KEEPS_METHOD:
                    method, form = "GET", ()
                url = urljoin(url, target)
                if not self._sender.allows(url):
                    return RequestOutcome(None, error="connect")
        return RequestOutcome(None, error="redirects")

    def _headers(self, method: str, url: str, form: Params) -> dict[str, str]:
        headers = self._sender.headers(self._request, url, form, self._token)
        if method == "POST":
            headers["Content-Type"] = FORM
        return headers


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > LARGEST_ANSWER:
            break
    return b"".join(parts)


def _failure(outcome: RequestOutcome) -> Failure | None:
    if outcome.status is None:
        return "ct" if outcome.error == "connect" else "rt"
    if 400 <= outcome.status < 500:
        return "4xx"
    return "5xx" if outcome.status >= 500 else None


def _with_query(url: str, params: Params) -> str:
    separator = "&" if urlsplit(url).query else "?"
    return f"{url}{separator}{urlencode(params)}"


def _sendable(text: str) -> str:
    """Lone surrogates cannot be sent; both the form and its signature see a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")
