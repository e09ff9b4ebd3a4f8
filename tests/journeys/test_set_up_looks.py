"""Set-up for every eye and hand: axe finds nothing, nothing is cut off, and the page follows what
is being written."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS
from tests.harness.looks import looks_right
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.once]


def looks_right_each_way(page: Page, what: str) -> None:
    """Wide and light, narrow and dark."""
    looks_right(page, what)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    looks_right(page, f"{what}, narrow and dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1440, "height": 900})


def test_dana_sets_up_opening_hours(site: Site, start_browser: Callable[..., Browser]) -> None:
    danas = start_browser(viewport=(1440, 900))
    page = danas.sign_in(site, "dana", "/supervisors/set-up/")
    page.set_default_timeout(PATIENCE_MS)
    looks_right_each_way(page, "set-up")
    page.get_by_role("navigation", name="Pages of set-up").get_by_role(
        "link", name="Opening hours"
    ).click()
    looks_right_each_way(page, "the calendars")
    page.get_by_role("link", name="Office hours").click()

    open_spans = page.locator("#week-picture .open")
    expect(open_spans).to_have_count(5)
    saturday = page.get_by_label("Saturday")
    saturday.fill("9-12, 14-16")
    saturday.press("Tab")
    expect(open_spans).to_have_count(7)

    page.get_by_label("Country").select_option("DE")
    bavaria = page.get_by_label("Region").locator("option[value=BY]")
    expect(bavaria).to_have_count(1)
    page.get_by_label("Region").select_option("BY")
    expect(bavaria).to_have_attribute("selected", "")  # by the answer of the server
    expect(page.locator(".hours-holidays li")).to_have_count(6)
    expect(page.get_by_label("Region")).to_have_value("BY")
    expect(saturday).to_have_value("9-12, 14-16")  # what is being written stays

    page.get_by_label("Day and time").fill("2026-12-25T11:00")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#hours-answer")).to_contain_text("holiday: Christmas Day")
    looks_right_each_way(page, "a calendar")

    saturday.press("Enter")  # saves, and copies nothing
    expect(page.get_by_text("Saved. The next call goes by it.")).to_be_visible()
    expect(saturday).to_have_value("09:00-12:00, 14:00-16:00")
    expect(page.get_by_label("Region")).to_have_value("BY")

    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_text("Callers hear: “We had to close unexpectedly")).to_be_visible()
    looks_right_each_way(page, "a calendar that is closed")
    assert danas.errors() == []


def test_dana_sets_up_a_queue_with_the_keyboard(
    site: Site, start_browser: Callable[..., Browser]
) -> None:
    danas = start_browser(viewport=(1440, 900))
    page = danas.sign_in(site, "dana", "/supervisors/set-up/queues/")
    page.set_default_timeout(PATIENCE_MS)
    looks_right_each_way(page, "the queues")
    page.get_by_role("link", name="Sales").click()
    ring_time = page.get_by_label("Ring time, seconds")
    expect(ring_time).to_have_attribute("placeholder", "default (30 s)")

    people = page.locator("#queue-members")
    page.get_by_label("Name or team").fill("ch")
    expect(people.get_by_label("Alice")).to_have_count(0)
    chen = people.get_by_label("Chen Wu")
    chen.focus()
    page.keyboard.press("Space")
    page.get_by_label("Name or team").fill("ali")
    alice = people.get_by_label("Alice")
    expect(alice).to_have_count(1)
    expect(chen).to_be_checked()  # a search takes no tick away
    looks_right_each_way(page, "a queue")
    chen.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 agent added.")).to_be_visible()
    expect(page.get_by_role("list", name="They serve it").get_by_label("Chen Wu")).to_be_visible()

    ring_time.fill("45")
    ring_time.press("Enter")
    expect(page.get_by_text("Saved. It holds for who waits")).to_be_visible()
    expect(ring_time).to_have_value("45")
    assert danas.errors() == []
