"""A supervisor watches in a real browser: what happens appears, and silence is said."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def floor(site: Site, start_browser: Callable[..., Browser]) -> Page:
    """Carol on the floor."""
    page = start_browser().sign_in(site, "carol", "/")
    page.set_default_timeout(PATIENCE_MS)
    expect(page.locator("#live-light .live-on")).to_be_visible()
    return page


def test_a_caller_appears_waits_and_is_listed_as_gone(floor: Page, simulator: Simulator) -> None:
    expect(floor.locator("#floor-calls")).to_contain_text("No call at the moment.")
    call = simulator.call(SUPPORT_NUMBER, patience_s=120)
    row = floor.locator("#floor-calls tbody tr")
    expect(row).to_contain_text("Waiting")
    expect(row).to_contain_text("Support")
    expect(floor.locator("#floor-tiles")).to_contain_text("in 1 of 3 queues")

    simulator.hang_up(call)
    expect(floor.locator("#floor-calls")).to_contain_text("No call at the moment.")
    ended = floor.locator("#floor-ended tbody tr")
    expect(ended).to_contain_text("Caller left while waiting")

    ended.get_by_role("link").click()
    expect(floor.get_by_role("heading", name="What happened")).to_be_visible()
    expect(floor.locator("#main")).to_contain_text("Entered the queue")


@pytest.mark.once
def test_rows_stay_under_the_pointer_until_it_has_left(floor: Page, simulator: Simulator) -> None:
    first = simulator.call(SUPPORT_NUMBER, patience_s=120)
    rows = floor.locator("#floor-calls tbody tr")
    expect(rows).to_have_count(1)
    simulator.call(SUPPORT_NUMBER, patience_s=120)
    expect(rows).to_have_count(2)
    second = rows.nth(1).get_attribute("id")

    rows.nth(1).hover()
    simulator.hang_up(first)
    expect(rows.nth(0)).to_have_attribute("data-gone", "")
    expect(rows.nth(1)).to_have_attribute("id", second or "")
    expect(floor.locator("#floor-calls header")).to_contain_text("1 move waiting")

    floor.mouse.move(5, 5)
    expect(rows).to_have_count(1)
    expect(rows.nth(0)).to_have_attribute("id", second or "")


def test_a_lost_connection_is_said_and_nothing_is_blanked(
    floor: Page, site: Site, simulator: Simulator
) -> None:
    simulator.call(SUPPORT_NUMBER, patience_s=300)
    expect(floor.locator("#floor-calls tbody tr")).to_have_count(1)
    site.kill()
    lost = floor.locator("#live-lost")
    expect(lost).to_be_visible()
    expect(lost).to_contain_text(re.compile(r"Everything here is as of \d\d:\d\d:\d\d\."))
    expect(floor.locator("#floor-calls tbody tr")).to_have_count(1)
    site.start()
    expect(lost).to_be_hidden()
    expect(floor.locator("#live-light .live-on")).to_be_visible()


@pytest.mark.once
def test_without_a_socket_the_floor_asks_every_few_seconds(
    floor: Page, simulator: Simulator
) -> None:
    floor.route_web_socket(re.compile(r"/ws/floor/"), lambda ws: ws.close(code=3000))
    floor.reload()
    expect(floor.locator("#live-lost")).to_be_visible()
    simulator.call(SUPPORT_NUMBER, patience_s=120)
    # It asks every five seconds, and may just have done so.
    expect(floor.locator("#floor-calls tbody tr")).to_have_count(1, timeout=20_000)


@pytest.mark.once
def test_who_signs_out_in_another_tab_is_taken_to_the_door(floor: Page) -> None:
    other = floor.context.new_page()
    other.goto(floor.url)
    other.locator("#account").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    floor.reload()
    expect(floor.get_by_role("button", name="Sign in")).to_be_visible()
