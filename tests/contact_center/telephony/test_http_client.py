"""How our requests travel: few connections, kept open, and nobody waits for ever."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from pytest_django import Settings

from contact_center.telephony.port import NotSent
from contact_center.telephony.twilio.http_client import TimedHttpClient
from tests.contact_center.telephony.local_network import Answer, local_network


def test_many_requests_share_one_connection() -> None:
    with local_network() as network:
        client = TimedHttpClient(pooled=True)
        for _ in range(5):
            assert client.request("GET", f"{network.url}/a").status_code == 200
        assert [seen.connection for seen in network.seen] == [1, 1, 1, 1, 1]


def test_without_pooling_each_request_has_a_connection_of_its_own(
    settings: Settings,
) -> None:
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"CONNECTION_POOLING": {"ENABLED": False}}
    with local_network() as network:
        client = TimedHttpClient()
        for _ in range(3):
            client.request("GET", f"{network.url}/a")
        assert [seen.connection for seen in network.seen] == [1, 2, 3]


def test_never_more_than_max_size_at_a_time_the_next_one_waits(settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"CONNECTION_POOLING": {"MAX_SIZE": 2}}
    gate = threading.Event()
    with local_network(*[Answer(after=gate)] * 6) as network, ThreadPoolExecutor(6) as people:
        client = TimedHttpClient()
        asked = [people.submit(client.request, "GET", f"{network.url}/a") for _ in range(6)]
        for _ in range(2):
            assert network.arrived.acquire(timeout=5)
        # Two are being answered; the other four had every chance to come, and did not.
        assert not network.arrived.acquire(timeout=0.2)
        gate.set()
        assert [one.result(timeout=5).status_code for one in asked] == [200] * 6
        assert network.most_open == 2
        assert network.connections == 2


def test_who_gets_no_turn_in_time_is_told_that_nothing_was_sent() -> None:
    gate = threading.Event()
    with local_network(Answer(after=gate)) as network, ThreadPoolExecutor(1) as people:
        client = TimedHttpClient(max_size=1, wait_seconds=0.05, read_seconds=10)
        first = people.submit(client.request, "GET", f"{network.url}/a")
        assert network.arrived.acquire(timeout=5)

        with pytest.raises(NotSent, match=r"all 1 connections were busy for 0\.05 s"):
            client.request("GET", f"{network.url}/b")

        gate.set()
        assert first.result(timeout=5).status_code == 200
        assert client.request("GET", f"{network.url}/c").status_code == 200
        assert [seen.path for seen in network.seen] == ["/a", "/c"]


def test_a_failed_request_gives_its_turn_back() -> None:
    answers = [Answer(reset="after")] * 3
    with local_network(*answers) as network:
        client = TimedHttpClient(max_size=1, wait_seconds=1)
        for _ in answers:
            with pytest.raises(requests.ConnectionError):
                client.request("GET", f"{network.url}/a")
        assert client.request("GET", f"{network.url}/b").status_code == 200


def test_a_timeout_below_ten_seconds_bounds_the_answer_too(settings: Settings) -> None:
    settings.DJANGO_TWILIO_CALL_PERFORMANCE = {"CONNECTION_POOLING": {"TIMEOUT": 1}}
    never = threading.Event()
    with local_network(Answer(after=never)) as network:
        started = time.monotonic()
        with pytest.raises(requests.ReadTimeout):
            TimedHttpClient().request("GET", f"{network.url}/a")
        assert time.monotonic() - started < 5
        never.set()


def test_a_companys_proxy_is_not_asked_for_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with local_network() as network:
        assert TimedHttpClient().request("GET", f"{network.url}/a").status_code == 200


def test_the_proxy_of_one_request_is_not_remembered_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with local_network() as network:
        client = TimedHttpClient()
        with monkeypatch.context() as at_work:
            at_work.setenv("ALL_PROXY", "http://127.0.0.1:9")
            client.request("GET", f"{network.url}/a")

        # At home TLS is tried with the network itself (which cannot speak it).
        with pytest.raises(requests.exceptions.SSLError):
            client.request("GET", f"{network.url.replace('http:', 'https:')}/b")


def test_what_one_answer_sets_no_later_request_carries() -> None:
    cookie = Answer(headers=(("Set-Cookie", "who=alice; Path=/"),))
    with local_network(cookie) as network:
        client = TimedHttpClient()
        client.request("GET", f"{network.url}/a")
        assert client.request("GET", f"{network.url}/b").status_code == 200
        assert [seen.cookie for seen in network.seen] == ["", ""]


def test_the_log_has_paths_and_times_but_no_phone_number_and_no_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ours = "contact_center.telephony.twilio.http_client"
    with caplog.at_level(logging.DEBUG, logger=ours), local_network() as network:
        TimedHttpClient().request(
            "GET",
            f"{network.url}/Accounts/AC1/Calls.json",
            params={"From": "+14155550100"},
            data={"To": "+14155550101"},
            auth=("AC1", "the-auth-token"),
        )
    (text,) = [one.getMessage() for one in caplog.records if one.name == ours]
    assert text.startswith("GET /Accounts/AC1/Calls.json: 200 in")
    assert "415555" not in text
    assert "the-auth-token" not in text
