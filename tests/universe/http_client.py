"""How the product's REST requests reach the network's core without a socket."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response

from contact_center.simulator.core.network import Network
from contact_center.simulator.core.resources import RestRequest
from contact_center.telephony.twilio.http_client import Download


class CoreHttpClient(HttpClient):
    """Answers from the network of the universe that is running.

    ``failures`` is what the next requests meet: "before" loses a request on its way there, "after"
    loses the answer of one that was applied.
    """

    network: ClassVar[Network | None] = None
    failures: ClassVar[list[str]] = []
    #: Called after each request that reached the network, before anything else happens.
    after_request: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def __init__(self) -> None:
        """Take no arguments, as ``settings.TELEPHONY_HTTP_CLIENT`` asks."""

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
        """Hand one request to the core."""
        assert self.network is not None, "no universe is running"
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "before":
            raise requests.ConnectTimeout("the network could not be reached")
        answer = self.network.rest(_request(method, uri, auth, params, data))
        self.after_request()
        if failure == "after":
            raise requests.ReadTimeout("the answer did not come")
        text = "" if answer.body is None else json.dumps(answer.body)
        return Response(answer.status, text, dict(answer.headers))

    def download(self, uri: str, *, auth: tuple[str, str], most_bytes: int) -> Download:
        """Fetch the sound of a recording from the core, which has it as WAV."""
        assert self.network is not None, "no universe is running"
        failure = self.failures.pop(0) if self.failures else ""
        if failure == "before":
            raise requests.ConnectTimeout("the network could not be reached")
        answer = self.network.rest(_request("GET", uri, auth))
        if failure == "after":
            raise requests.ReadTimeout("the answer did not come")
        if answer.wav is not None:
            return Download(answer.status, {"Content-Type": "audio/x-wav"}, answer.wav)
        return Download(answer.status, dict(answer.headers), json.dumps(answer.body).encode())


def _request(
    method: str,
    uri: str,
    auth: tuple[str, str] | None,
    params: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
) -> RestRequest:
    parts = urlsplit(uri)
    credentials = base64.b64encode(":".join(auth or ("", "")).encode()).decode()
    return RestRequest(
        method=method,
        path=parts.path,
        query=(*parse_qsl(parts.query), *_pairs(params)),
        form=_pairs(data),
        authorization=f"Basic {credentials}",
    )


def _pairs(fields: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    pairs: list[tuple[str, str]] = []
    for name, value in (fields or {}).items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs.extend((name, _text(each)) for each in values)
    return tuple(pairs)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
