"""Every state of the desk for every eye and hand: axe finds nothing, nothing is cut off, and the
content policy is never broken. Wide and light, narrow and dark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.looks import looks_right
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.mark.parametrize(
    ("viewport", "dark"), [((1440, 900), False), ((1024, 768), True), ((390, 844), True)]
)
def test_every_state_of_a_day_at_the_desk(
    site: Site,
    simulator: Simulator,
    start_browser: Callable[..., Browser],
    viewport: tuple[int, int],
    dark: bool,
) -> None:
    browser = start_browser(tone=ALICE_HZ, viewport=viewport, dark=dark)
    page = browser.open(site.address_of("alice", "/"))
    looks_right(page, "sign-in")
    desk = Desk(page, browser)
    page.get_by_label("Password").fill("demo")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#on-duty-button")).to_be_visible(timeout=PATIENCE_MS)
    looks_right(page, "off duty")

    desk.go_on_duty()
    looks_right(page, "ready")
    page.locator("#status-button").click()
    expect(page.locator("#status-menu")).to_be_visible()
    looks_right(page, "the status menu")
    page.keyboard.press("Escape")
    for name in ("Sound", "Keys"):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog", name=name)).to_be_visible()
        looks_right(page, f"the menu {name}")
        page.keyboard.press("Escape")

    page.keyboard.press("Control+Shift+L")
    expect(page.locator("#dial-number")).to_be_focused()
    looks_right(page, "the dial pad")
    page.keyboard.press("Control+Shift+L")
    expect(page.locator("#dial-number")).to_be_hidden()

    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    desk.rings()
    looks_right(page, "ringing")
    desk.accept()
    looks_right(page, "on a call")
    desk.call.get_by_role("button", name="Keypad").click()
    looks_right(page, "the keypad")
    desk.hold()
    looks_right(page, "on hold")
    desk.resume()
    # The controls are within reach whatever is scrolled to.
    page.locator("#last-calls").scroll_into_view_if_needed()
    if viewport[0] < 900:
        expect(desk.call.get_by_role("button", name="Hang up")).to_be_in_viewport()
    desk.hang_up()
    looks_right(page, "wrap-up")
    desk.finish()

    page.goto(site.address_of("alice", "/agents/calls/"))
    expect(page.get_by_role("cell", name="you hung up")).to_be_visible()
    looks_right(page, "my calls")
    page.goto(site.address_of("alice", "/password/"))
    looks_right(page, "password")
    assert browser.errors() == []
