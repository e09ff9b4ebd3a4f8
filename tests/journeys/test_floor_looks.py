"""Every page of a supervisor for every eye and hand, with a conversation, a caller who waits and an
alert on it: axe finds nothing, nothing is cut off, the content policy is never broken."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.looks import looks_right
from tests.harness.simulator import SALES_NUMBER, SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]

#: By what stands in the address, and what is there when the page is.
PAGES = {
    "the floor, narrowed": ("?state=on-call&q=alice", "#floor-agents"),
    "calls": ("calls/", "table"),
    "alerts": ("alerts/", "#main"),
    "limits": ("alerts/rules/", "#main"),
    "a figure": ("figures/service-level/", "#main"),
    "a queue": ("queues/1/", "#main"),
    "healed": ("healed/", "#main"),
    "set aside": ("set-aside/", "#main"),
    "blocked callers": ("blocked/", "#main"),
    "wallboards": ("wallboards/", "#main"),
    "a new wallboard": ("wallboards/new/", "#main"),
}


@pytest.mark.parametrize(("viewport", "dark"), [((1440, 900), False), ((390, 844), True)])
def test_every_page_of_a_supervisor(
    site: Site,
    simulator: Simulator,
    start_browser: Callable[..., Browser],
    viewport: tuple[int, int],
    dark: bool,
) -> None:
    carols = start_browser(viewport=viewport, dark=dark)
    page = carols.sign_in(site, "carol", "/supervisors/")
    page.set_default_timeout(PATIENCE_MS)
    expect(page.locator("#live-light .live-on")).to_be_visible()
    looks_right(page, "an empty floor")

    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=300)
    desk.rings()
    desk.accept()
    simulator.call(SALES_NUMBER, patience_s=300)
    row = page.locator("#floor-agents tbody tr").filter(has_text="Alice Adams")
    expect(row).to_contain_text("On call")
    expect(page.locator("#floor-calls tbody tr")).to_have_count(2)
    looks_right(page, "the floor")
    agents_page = row.get_by_role("link", name="Alice Adams").get_attribute("href")
    calls_page = page.locator("#floor-calls tbody a").first.get_attribute("href")
    for what, address in (("a call", calls_page), ("an agent", agents_page)):
        page.goto(site.address_of("carol", address or ""))
        expect(page.locator("#live-light .live-on")).to_be_visible()
        looks_right(page, what)
    # A narrow floor has no room for what is done to a conversation; the agent's page has.
    page.get_by_role("button", name="Coach", exact=True).click()
    expect(page.locator("#supervision-bar .mode")).to_have_attribute("data-mode", "coach")
    looks_right(page, "coaching")
    page.keyboard.press("Escape")
    expect(page.locator("#supervision-bar .mode")).to_have_count(0)
    for what, (address, shown) in PAGES.items():
        page.goto(site.address_of("carol", f"/supervisors/{address}"))
        expect(page.locator(shown).first).to_be_visible()
        looks_right(page, what)
    page.goto(site.address_of("carol", "/supervisors/"))
    expect(page.locator("#live-light .live-on")).to_be_visible()
    assert carols.errors() == []
    site.kill()
    expect(page.locator("#live-lost")).to_be_visible()
    looks_right(page, "a floor that has lost its connection")
