"""A colleague is consulted, with the real Voice SDK: who hears whom at each moment, by ear.

Alice speaks at 440 Hz, Bob at 700 Hz, the customer at 1010 Hz.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.ears import Voice, browser_line, talk
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_a_caller_hears_nothing_of_the_consult_and_goes_on_with_the_colleague(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    caller = Voice(CALLER_HZ, customer)
    agent = Voice(ALICE_HZ, browser_line(simulator, customer))
    talk(simulator, {caller, agent})
    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()

    # By the keyboard alone: open, find, choose.
    alice.page.keyboard.press("Control+Shift+F")
    alice.page.keyboard.type("bob")
    choice = alice.page.get_by_role("button", name="Consult Bob Brown")
    expect(choice).to_be_visible(timeout=PATIENCE_MS)
    alice.page.keyboard.press("ArrowDown")
    expect(choice).to_be_focused()
    alice.page.keyboard.press("Enter")
    bob.rings()
    expect(bob.offer).to_contain_text("Alice Adams wants to consult you")
    talk(simulator, {caller}, {agent})

    bob.offer.get_by_role("button", name="Accept").click()
    alice.talks_with("colleague")
    colleague = Voice(BOB_HZ, browser_line(simulator, customer))
    talk(simulator, {agent, colleague}, {caller})

    alice.press_in_consult("Swap")
    alice.talks_with("customer")
    expect(bob.call).to_have_attribute("data-held", "true", timeout=PATIENCE_MS)
    talk(simulator, {caller, agent}, {colleague})

    alice.press_in_consult("Swap")
    alice.talks_with("colleague")
    talk(simulator, {agent, colleague}, {caller})

    alice.press_in_consult("Merge")
    alice.talks_with("together")
    talk(simulator, {caller, agent, colleague})

    alice.press_in_consult("Complete")
    alice.wraps_up()
    expect(bob.call.get_by_role("button", name="Hang up")).to_be_visible(timeout=PATIENCE_MS)
    talk(simulator, {caller, colleague}, {Voice(ALICE_HZ)})
    # The call is Bob's like any other.
    bob.hold()
    talk(simulator, {caller}, {colleague})
    bob.resume()
    talk(simulator, {caller, colleague})
    bob.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []


def test_a_colleague_who_hangs_up_leaves_the_caller_on_hold_and_one_click_resumes_him(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    caller = Voice(CALLER_HZ, customer)
    agent = Voice(ALICE_HZ, browser_line(simulator, customer))
    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()
    alice.page.keyboard.press("Control+Shift+F")
    alice.page.get_by_role("button", name="Consult Bob Brown").click()
    bob.rings()
    bob.offer.get_by_role("button", name="Accept").click()
    alice.talks_with("colleague")

    bob.call.get_by_role("button", name="Leave").click()
    expect(alice.page.locator("#consult-over")).to_contain_text(
        "Bob Brown has left. The caller is still on hold", timeout=PATIENCE_MS
    )
    talk(simulator, {caller}, {agent})
    bob.is_available()
    alice.resume()
    talk(simulator, {caller, agent})
    alice.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []
