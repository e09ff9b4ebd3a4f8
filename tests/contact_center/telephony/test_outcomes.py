"""Whatever happens to a request, we say truly whether it may have been applied.

A real client, real sockets, and a network on loopback that refuses, stalls or breaks.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import requests
import time_machine
from pydantic import SecretStr
from twilio.http.response import Response
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from contact_center.conf.twilio_account import TwilioAccount
from contact_center.telephony.port import NotSent, OutcomeUnknown, Refused, RequestFailed, Telephony
from contact_center.telephony.twilio import outcomes
from contact_center.telephony.twilio.http_client import TimedHttpClient
from contact_center.telephony.twilio.provider import TwilioTelephony
from tests.contact_center.telephony.local_network import Answer, local_network

URL = "https://cc.example.org/next"


def telephony_at(base_url: str, read_seconds: float = 5.0) -> Telephony:
    """Return the real adapter, speaking to `base_url`."""
    account = TwilioAccount(account_sid="AC" + "1" * 32, auth_token=SecretStr("token"))
    http_client = TimedHttpClient(read_seconds=read_seconds)
    return TwilioTelephony(account, simulator_url=base_url, http_client=http_client)


def error(code: int, message: str) -> dict[str, object]:
    return {"code": code, "message": message, "more_info": "", "status": 0}


def ask(base_url: str, read_seconds: float = 5.0) -> None:
    telephony_at(base_url, read_seconds).redirect_call(call_sid="CA1", url=URL)


def what_came_of(*answers: Answer, read_seconds: float = 5.0) -> tuple[RequestFailed, int]:
    """Return how one request failed, and how many requests the network saw."""
    with local_network(*answers) as network:
        with pytest.raises(RequestFailed) as failure:
            ask(network.url, read_seconds)
        return failure.value, len(network.seen)


def test_an_answer_of_success_is_applied() -> None:
    with local_network(Answer(200, {"sid": "CA1", "status": "in-progress"})) as network:
        ask(network.url)
        assert len(network.seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422])
def test_a_no_is_a_no_with_its_number_and_sentence(status: int) -> None:
    came, requests_seen = what_came_of(Answer(status, error(21220, "Call is not in-progress.")))

    assert isinstance(came, Refused)
    assert (came.code, came.status) == (21220, status)
    assert came.message == "Call is not in-progress."
    assert str(came) == "The phone network refused (error 21220): Call is not in-progress."
    assert requests_seen == 1


def test_an_error_in_the_newer_format_and_one_in_none_are_read_too() -> None:
    newer = {"type": "about", "title": "Bad", "status": 400, "code": 21201, "detail": "No To."}
    came, _ = what_came_of(Answer(400, newer))
    assert isinstance(came, Refused)
    assert (came.code, came.message) == (21201, "No To.")

    for strange in (b"<html>Bad gateway</html>", b"[]", b'"no"', b"", b'{"code": "x"}'):
        came, _ = what_came_of(Answer(403, strange))
        assert isinstance(came, Refused)
        assert came.code is None
        assert "HTTP 403" in str(came)


def test_a_redirect_is_not_followed() -> None:
    elsewhere = Answer(307, b"", headers=(("Location", "/elsewhere"),))
    came, requests_seen = what_came_of(elsewhere)
    assert isinstance(came, Refused)
    assert requests_seen == 1


@pytest.mark.parametrize("status", [409, 412, 429])
def test_what_was_not_processed_may_be_asked_again(status: int) -> None:
    came, requests_seen = what_came_of(Answer(status, error(20429, "Too many requests")))
    assert isinstance(came, NotSent)
    assert came.retry_after_seconds is None
    assert "Too many requests" in came.reason
    assert requests_seen == 1  # whoever sent the command asks again, not we


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        ("", None),
        ("inf", None),
        ("nan", None),
        ("Mon, 99 Xxx 2026", None),
    ],
)
def test_retry_after_is_read_from_the_headers(header: str, seconds: float | None) -> None:
    busy = Answer(429, error(20429, "Too many"), headers=(("Retry-After", header),))
    came, _ = what_came_of(busy)
    assert isinstance(came, NotSent)
    assert came.retry_after_seconds == seconds


@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_retry_after_may_be_a_date() -> None:
    def wait(moment: datetime) -> float | None:
        return outcomes.retry_after_seconds(
            Response(503, "", {"Retry-After": format_datetime(moment, usegmt=True)})
        )

    assert wait(datetime(2026, 3, 2, 12, 0, 9, tzinfo=UTC)) == 9.0
    assert wait(datetime(2026, 3, 2, 11, 59, 0, tzinfo=UTC)) == 0.0


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_network_in_trouble_may_have_done_it(status: int) -> None:
    trouble = Answer(status, b"<html>", headers=(("Retry-After", "2"),))
    came, requests_seen = what_came_of(trouble)
    assert isinstance(came, OutcomeUnknown)
    assert came.retry_after_seconds == 2.0
    assert requests_seen == 1


def test_an_answer_that_never_comes_leaves_it_unknown_and_is_not_waited_for() -> None:
    never = threading.Event()
    try:
        came, requests_seen = what_came_of(Answer(after=never), read_seconds=0.2)
    finally:
        never.set()
    assert isinstance(came, OutcomeUnknown)
    assert came.reason == "no answer in time"
    assert requests_seen == 1


@pytest.mark.parametrize("moment", ["before", "after", "within"])
def test_a_connection_that_breaks_leaves_it_unknown(moment: str) -> None:
    came, _ = what_came_of(Answer(body={"sid": "CA1" * 50}, reset=moment))
    assert isinstance(came, OutcomeUnknown)


def test_an_answer_of_success_that_cannot_be_read_leaves_it_unknown() -> None:
    came, _ = what_came_of(Answer(200, b"<html>Welcome to our hotel's network</html>"))
    assert isinstance(came, OutcomeUnknown)


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent, match="cannot be reached"):
            ask(f"http://127.0.0.1:{nobody.getsockname()[1]}")


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose line of waiting connections is full: the next one is not let in."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        try:
            yield port
        finally:
            for one in waiting:
                one.close()


def test_where_no_connection_is_taken_in_time_nothing_was_sent() -> None:
    with full_backlog() as port, pytest.raises(NotSent, match="does not take connections"):
        ask(f"http://127.0.0.1:{port}", read_seconds=0.2)


def test_where_tls_cannot_be_spoken_nothing_was_sent() -> None:
    with local_network() as network:
        with pytest.raises(NotSent, match="TLS"):
            ask(network.url.replace("http:", "https:"))
        assert network.seen == []


def test_a_name_that_is_not_found_and_a_proxy_that_fails_mean_nothing_was_sent() -> None:
    # The exceptions as `requests` makes them; asking for a real name would leave this machine.
    missing = NameResolutionError("api.example", None, socket.gaierror("no such name"))
    unresolved = requests.ConnectionError(MaxRetryError(None, "/", missing))
    assert isinstance(outcomes.of_exception(unresolved), NotSent)
    assert isinstance(outcomes.of_exception(requests.exceptions.ProxyError()), NotSent)


def test_what_nobody_foresaw_is_unknown_never_safe() -> None:
    assert isinstance(outcomes.of_exception(requests.RequestException("?")), OutcomeUnknown)
    assert isinstance(outcomes.of_exception(requests.ConnectionError()), OutcomeUnknown)
    halfway = requests.ConnectionError(MaxRetryError(None, "/", ProtocolError("cut off")))
    assert isinstance(outcomes.of_exception(halfway), OutcomeUnknown)
