"""Requests over kept connections, as fast as they are answered: a benchmark's other side."""

import http.client
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

CONNECTIONS = 8
#: Where the bare view writes its rows.
TABLE = "benchmark_bare"
#: The path of the bare view that goes past the browsers' middleware.
STRAIGHT = "/straight/"


@dataclass(frozen=True)
class Request:
    """One POST, ready to be sent."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Answered:
    """How long it took, in seconds: all together, and each from the request to its answer."""

    seconds: float
    each: list[float]


def signed(base: str, path: str, fields: dict[str, str], token: str) -> Request:
    """A webhook as the network sends it."""
    signature = RequestValidator(token).compute_signature(base + path, fields)
    return Request(
        path,
        urlencode(fields).encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": signature,
        },
    )


def send(port: int, requests: Sequence[Request]) -> Answered:
    """Send all over CONNECTIONS connections, each as soon as the one before it was answered.

    Raises RuntimeError when an answer is not a success.
    """
    refused: list[str] = []
    each: list[float] = []

    def work(mine: Sequence[Request]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for request in mine:
            asked = time.perf_counter()
            connection.request("POST", request.path, request.body, request.headers)
            answer = connection.getresponse()
            body = answer.read()
            each.append(time.perf_counter() - asked)
            if answer.status >= 300:
                refused.append(f"{request.path}: {answer.status} {body[:200]!r}")
                return
        connection.close()

    threads = [
        threading.Thread(target=work, args=(requests[start::CONNECTIONS],))
        for start in range(CONNECTIONS)
    ]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(refused[0])
    return Answered(time.perf_counter() - started, each)
