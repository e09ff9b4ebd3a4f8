"""An agent in a call asks for help, and two supervisors see it on their floors."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_help_is_called_by_a_key_and_stops_calling_when_one_comes(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    desk = Desk.of("alice", browser, site)
    desk.go_on_duty()
    carol = browser.sign_in(site, "carol", "/supervisors/")
    dana = browser.sign_in(site, "dana", "/supervisors/")
    for page in (carol, dana):
        page.set_default_timeout(PATIENCE_MS)
        expect(page.locator("#live-light .live-on")).to_be_visible()
        expect(page.locator("#floor-help")).to_be_hidden()
    simulator.call(SUPPORT_NUMBER, from_="+14155550142", tone=CALLER_HZ)
    desk.rings()
    desk.accept()

    desk.page.bring_to_front()
    desk.page.keyboard.press("Control+Shift+E")
    expect(desk.page.locator("#help-said")).to_contain_text("You have asked for help.")
    for page in (carol, dana):
        expect(page.locator("#floor-help")).to_contain_text("Alice Adams asks for help, Support")
        expect(page.get_by_role("alert").filter(has_text="asks for help")).to_be_visible()

    carol.get_by_role("button", name="I am coming").click()
    expect(desk.page.locator("#help-said")).to_contain_text("Carol Clark is coming.")
    expect(dana.locator("#floor-help")).to_contain_text("Carol Clark is coming to Alice Adams")
    expect(dana.get_by_role("button", name="I am coming")).to_have_count(0)

    carol.locator("#floor-help").get_by_role("link").click()
    expect(carol.locator("#call-now")).to_contain_text("Carol Clark is coming to Alice Adams.")
    expect(carol.locator("#call-story")).to_contain_text("Asked for help")
    desk.hang_up()
    expect(dana.locator("#floor-help")).to_be_hidden()
    expect(carol.locator("#call-now")).to_contain_text("is wrapping up")
    expect(carol.locator("#call-story")).to_contain_text("Conversation ended")
    assert browser.errors() == []
