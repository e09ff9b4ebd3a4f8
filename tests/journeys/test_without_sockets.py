"""A site whose websockets are switched off (FEATURES.WEBSOCKET_SUPPORT)."""

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.site import Site

OFF = {"DJANGO_TWILIO_CALL_FEATURES": '{"WEBSOCKET_SUPPORT": false}'}


def status_of_a_socket(site: Site, path: str) -> int:
    """What the site answers to a browser that wants a websocket there."""
    address = urlsplit(site.address_of("carol", "/"))
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    connection.request(
        "GET",
        path,
        headers={
            "Host": address.netloc,
            "Origin": f"http://{address.netloc}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    return connection.getresponse().status


@pytest.mark.once
@pytest.mark.browser
def test_without_sockets_the_floor_asks_by_itself_and_says_nothing_is_lost(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser]
) -> None:
    site = start_site(**OFF)
    assert status_of_a_socket(site, "/ws/floor/") == 403
    assert status_of_a_socket(site, "/ws/desk/") == 403

    browser = start_browser()
    page = browser.sign_in(site, "carol")
    calls = page.locator("#floor-calls")
    expect(calls).not_to_contain_text("+1 415 555 0142")
    site.simulator.call(to="+14155550101", from_="+14155550142")
    expect(calls).to_contain_text("+1 415 555 0142", timeout=15_000)
    expect(page.locator("#live-lost")).to_be_hidden()
    assert not [error for error in browser.errors() if "WebSocket" in error]
