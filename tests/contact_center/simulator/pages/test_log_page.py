"""The log of the network, as somebody reads it who wonders why a call went wrong."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.simulator import MAIN_NUMBER, SALES_NUMBER, Simulator

pytestmark = pytest.mark.browser


def test_a_call_that_went_wrong_is_found_and_explained(
    simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    page = browser.open(f"{simulator.url}/simulator/log")
    expect(page.get_by_text("Nobody has rung yet.")).to_be_visible()

    simulator.call(MAIN_NUMBER, from_="+14155550142")
    simulator.call(SALES_NUMBER, from_="+14155550143")

    calls = page.get_by_role("region", name="Calls")
    expect(calls.get_by_role("button")).to_have_count(2)
    entries = page.locator("#entries > li:visible")
    problem = entries.filter(has_text="No URL says what to do with this call.")
    expect(problem).to_have_count(2)

    calls.get_by_role("button", name="+14155550143").click()
    expect(problem).to_have_count(1)
    problem.locator("summary").click()
    expect(problem).to_contain_text("+14155550143")
    expect(entries.filter(has_text="+14155550142")).to_have_count(0)
    calls.get_by_role("button", name="Show all").click()
    expect(problem).to_have_count(2)

    page.get_by_label("Only problems").check()
    expect(entries).to_have_count(2)
    page.get_by_label("Find").fill("nothing like it")
    expect(page.get_by_text("Nothing that fits has happened yet.")).to_be_visible()
    assert browser.errors() == []


def test_it_says_when_the_network_is_gone_and_what_it_shows_stays(
    simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser(viewport=(390, 844)).open(f"{simulator.url}/simulator/log")
    simulator.call(MAIN_NUMBER)
    expect(page.locator("#entries > li").first).to_be_visible()

    simulator.stop()

    expect(page.get_by_text("The phone network does not answer.")).to_be_visible()
    expect(page.locator("#entries > li").first).to_be_visible()
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, "nothing is cut off on a narrow screen"


def test_the_first_page_leads_to_the_phone_and_the_log(
    simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(dark=True)
    page = browser.open(simulator.url)

    page.get_by_role("link", name="Network log").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.get_by_role("link", name="Phone", exact=True).click()
    expect(page).to_have_title("Phone")
    assert browser.errors() == []
