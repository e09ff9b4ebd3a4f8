"""Why a caller waits, and why an agent gets no calls, follow what happens while somebody looks."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS
from tests.harness.looks import looks_right
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_an_explanation_is_asked_again_by_itself_until_there_is_nothing_to_ask(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    carols = start_browser(viewport=(1280, 800))
    page = carols.sign_in(site, "carol", "/supervisors/")
    page.set_default_timeout(PATIENCE_MS)
    caller = simulator.call(SALES_NUMBER, patience_s=300)
    page.locator("#floor-calls tbody a").first.click()
    page.get_by_role("link", name="Why still waiting?").click()
    expect(page.get_by_role("heading", name="Nobody who serves Sales can be rung")).to_be_visible()
    looks_right(page, "why a caller waits")

    page.locator(".why-list a").first.click()
    expect(page.locator("#agent-why h2").first).to_contain_text("Signed out")
    looks_right(page, "why an agent gets no calls")
    expect(page.get_by_text("1 caller waits")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    looks_right(page, "why an agent gets no calls, narrow and dark")

    page.go_back()
    expect(page.get_by_role("heading", name="Nobody who serves Sales can be rung")).to_be_visible()
    looks_right(page, "why a caller waits, narrow and dark")
    simulator.hang_up(caller)
    expect(page.get_by_text("The call is over.")).to_be_visible()
    expect(page.locator("#live-light")).to_be_hidden()
    assert carols.errors() == []
