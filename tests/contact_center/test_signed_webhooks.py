"""Where a message may go, what proves who wrote it, and what is made of every answer."""

import hashlib
import hmac
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_center import signed_webhooks
from contact_center.signed_webhooks import NotDelivered, is_public, refusal, signature
from tests.contact_center.listener import Listener, listening

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def listener(settings: Any) -> Iterator[Listener]:
    """A site elsewhere, which happens to be here, and may be told."""
    with listening() as running:
        settings.ALERT_WEBHOOK_LOCAL_HOSTS = [running.host]
        yield running


def post(url: str, body: bytes = b'{"a": 1}') -> str:
    return signed_webhooks.post(url, secret="our secret", body=body, key="k1", at=AT)


def problem(url: str) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        post(url)
    return caught.value


def test_a_message_arrives_with_a_signature_that_the_receiver_can_check(listener: Listener) -> None:
    assert post(listener.url) == "200 thanks"
    [(path, headers, body)] = listener.got
    assert (path, body) == ("/alerts?from=us", b'{"a": 1}')
    assert headers["X-Contact-Center-Delivery"] == "k1"
    assert headers["Content-Type"] == "application/json"
    said = dict(part.split("=", 1) for part in headers["X-Contact-Center-Signature"].split(","))
    assert said["t"] == str(int(AT.timestamp()))
    signed = f"{said['t']}.".encode() + body
    assert said["v1"] == hmac.new(b"our secret", signed, hashlib.sha256).hexdigest()


@given(secret=st.text(min_size=1), other=st.text(min_size=1), body=st.binary())
def test_another_secret_another_body_or_another_time_is_another_signature(
    secret: str, other: str, body: bytes
) -> None:
    mine = signature(secret, body, AT)
    assert mine == signature(secret, body, AT)
    assert mine != signature(secret, body + b" ", AT)
    assert mine.split(",")[1] != signature(secret, body, AT.replace(hour=13)).split(",")[1]
    # HMAC fills a key up with zero bytes and hashes a long one: those are the same key.
    alike = secret.encode().rstrip(b"\0") == other.encode().rstrip(b"\0")
    assert alike or mine != signature(other, body, AT)


def test_nothing_is_sent_to_a_host_that_is_not_on_the_list(settings: Any) -> None:
    settings.ALERT_WEBHOOK_HOSTS = ["hooks.example.org", "hooks.example.org:8443"]
    assert refusal("https://hooks.example.org/alerts?x=1") == ""
    assert refusal("https://HOOKS.example.org:8443/") == ""
    for url in (
        "https://example.org/",
        "https://evil.hooks.example.org/",
        "https://hooks.example.org.evil.test/",
        "https://hooks.example.org:9443/",
    ):
        assert "ALERT_WEBHOOK_HOSTS" in refusal(url), url
        assert problem(url).is_final


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "https://",
        "https://hooks.example.org@evil.test/",
        "https://user:word@hooks.example.org/",
        "https://hooks.example.org:port/",
        "https://[::1",
        "https://hooks.example.org/ alerts",
        "https://hooks.example.org/\u00e4",
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "file:///etc/passwd",
        "https://hooks.example.org\\@evil.test/",
        "https://hooks.example.org/\r\nX-Evil: 1",
    ],
)
def test_what_is_no_https_address_is_refused_with_a_sentence(url: str, settings: Any) -> None:
    settings.ALERT_WEBHOOK_HOSTS = ["hooks.example.org"]
    assert refusal(url).endswith(".") or "ALERT_WEBHOOK_HOSTS" in refusal(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0",
        "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
        "2002:7f00:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_of_ours_or_nobodys_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111"])
def test_other_addresses_are(address: str) -> None:
    assert is_public(address)


def test_a_name_on_the_list_that_leads_home_is_refused(settings: Any) -> None:
    """The list says who may be named; the address decides whether anything is sent."""
    with listening() as here:
        settings.ALERT_WEBHOOK_HOSTS = [f"localhost:{here.port}"]
        refused = problem(f"https://localhost:{here.port}/")
        assert refused.is_final
        assert "not public" in str(refused)
        assert here.got == []


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(301, True), (307, True), (400, True), (404, True), (410, True), (408, False), (429, False),
     (500, False), (503, False)],
)  # fmt: skip
def test_what_is_refused_for_good_is_not_tried_again(
    status: int, is_final: bool, listener: Listener
) -> None:
    listener.status = status
    listener.headers = {"Location": f"http://{listener.host}/elsewhere"}
    refused = problem(listener.url)
    assert refused.is_final is is_final
    assert str(status) in str(refused)
    # A redirect is not followed.
    assert [path for path, _headers, _body in listener.got] == ["/alerts?from=us"]


def test_of_a_long_answer_the_beginning_is_kept(listener: Listener) -> None:
    listener.body = b"x" * 100_000
    assert len(post(listener.url)) < 400


def test_nobody_there_is_worth_another_attempt(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.ALERT_WEBHOOK_LOCAL_HOSTS = [f"127.0.0.1:{port}"]
    refused = problem(f"http://127.0.0.1:{port}/")
    assert not refused.is_final
    assert "refused" in str(refused)


def test_who_says_nothing_is_not_waited_for_long(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signed_webhooks, "READ_SECONDS", 0.2)
    listener.hold = threading.Event()
    assert not problem(listener.url).is_final


def test_who_speaks_ever_so_slowly_is_hung_up_on_when_the_time_of_the_setting_is_over(
    settings: Any,
) -> None:
    """No two letters lie so far apart that we would tire of it; the whole takes five seconds."""
    settings.DJANGO_TWILIO_CALL_WEBHOOKS = {"TIMEOUT": 1}
    letters = b"HTTP/1.1" + b" " * 90 + b"200 OK\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()

        def drip() -> None:
            line, _address = server.accept()
            with line:
                for letter in letters:
                    if over.wait(0.05):
                        return
                    try:
                        line.send(bytes([letter]))
                    except OSError:
                        return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        settings.ALERT_WEBHOOK_LOCAL_HOSTS = [f"127.0.0.1:{port}"]
        assert not problem(f"http://127.0.0.1:{port}/").is_final
        over.set()
        thread.join(5)
