"""A supervisor signs out an agent who is on a call: the call ends first, nobody is surprised."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_the_call_ends_first_and_then_the_desk_goes_to_sign_in(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    desk = Desk.of("alice", browser, site)
    desk.go_on_duty()
    simulator.call(SUPPORT_NUMBER, from_="+14155550142", tone=CALLER_HZ)
    desk.rings()
    desk.accept()

    carol = browser.sign_in(site, "carol", "/supervisors/calls/")
    carol.set_default_timeout(PATIENCE_MS)
    carol.get_by_role("link", name="Alice Adams").click()
    expect(carol.locator("#live-light .live-on")).to_be_visible()
    expect(carol.locator("#agent-now")).to_have_attribute("data-state", "on-call")
    carol.get_by_role("button", name="Sign out").first.click()
    dialog = carol.get_by_role("dialog", name="Sign Alice Adams out")
    expect(dialog).to_contain_text("Alice Adams is on a call with +1 415 555 0142. When?")
    dialog.get_by_label("Why").fill("Your shift is over.")
    dialog.get_by_role("button", name="Sign out").click()
    expect(dialog).to_be_hidden()
    expect(carol.locator("#agent-now")).to_contain_text("After it")

    word = desk.page.locator("#supervisor-word")
    expect(word).to_contain_text("Carol Clark has you signed out after this call")
    expect(word).to_contain_text("Your shift is over.")
    expect(desk.call).to_be_visible()
    desk.hang_up()
    desk.wrap_up.get_by_role("button", name="Finish").click()
    desk.page.wait_for_url(lambda url: "sign-in" in url)
    expect(carol.locator("#agent-now")).to_have_attribute("data-state", "offline")
    expect(carol.locator("#agent-story")).to_contain_text("Signed out")
