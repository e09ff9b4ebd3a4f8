"""A screen on a wall, in a browser with nobody signed in: live, turning, shut by its link."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS
from tests.harness.looks import looks_right
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.once]


def hang_up(page: Page) -> str:
    """Carol makes a board of two pages and a link to it; return the link's path."""
    page.get_by_role("link", name="New wallboard").click()
    page.get_by_label("Name").fill("Hall")
    page.get_by_label("Tile 5").select_option("answered")
    page.get_by_label("A page stands for").fill("5")
    looks_right(page, "a new board")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("For which screen").fill("TV")
    page.get_by_role("button", name="Make a link").click()
    looks_right(page, "a board and its links")
    return re.sub(r"^https?://[^/]+", "", page.locator("#wall-address").inner_text())


def test_a_link_opens_a_live_board_and_closes_it_when_it_is_withdrawn(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    carol = start_browser().sign_in(site, "carol", "/supervisors/wallboards/")
    carol.set_default_timeout(PATIENCE_MS)
    path = hang_up(carol)
    tv = start_browser(viewport=(1920, 1080), dark=True)
    wall = tv.open(f"{site.url}{path}")
    wall.set_default_timeout(PATIENCE_MS)
    expect(wall.locator("#live-light .live-on")).to_be_visible(timeout=PATIENCE_MS)
    assert tv.context.cookies() == []
    simulator.call(SUPPORT_NUMBER, patience_s=300)
    shown = wall.locator(".wall-page:not([hidden])")
    expect(shown).to_contain_text("in 1 of 3 queues", timeout=PATIENCE_MS)
    looks_right(wall, "the board")

    # Its pages turn by themselves, stand when they are told to, and turn by hand then; a repaint
    # turns none.
    number = wall.locator("#wall-number")
    expect(number).to_have_text("Page 2 of 2", timeout=PATIENCE_MS)
    wall.keyboard.press("Space")
    expect(wall.locator("#wall-stop")).to_have_attribute("aria-pressed", "true")
    wall.keyboard.press("ArrowLeft")
    expect(number).to_have_text("Page 1 of 2")
    wall.keyboard.press("ArrowRight")
    expect(number).to_have_text("Page 2 of 2")
    simulator.call(SUPPORT_NUMBER, patience_s=300)
    expect(shown.locator("tbody tr").first).to_contain_text("2", timeout=PATIENCE_MS)
    expect(shown).to_contain_text("Answered")

    carol.get_by_role("button", name="Withdraw").click()
    expect(wall.get_by_role("heading")).to_have_text(
        "This link opens nothing any more", timeout=PATIENCE_MS
    )
    expect(wall.locator("#wall-board")).to_have_count(0)
    answer = wall.goto(f"{site.url}{path}")
    assert answer is not None
    assert answer.status == 404
