"""A queue is consulted, with the real Voice SDK: who hears whom at each moment, by ear.

Alice speaks at 440 Hz, Bob at 700 Hz, her customer at 1010 Hz.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.ears import Voice, browser_line, talk
from tests.harness.simulator import SALES_NUMBER, SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_a_queue_is_asked_its_next_free_agent_comes_and_the_caller_goes_on_there(
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
    # The only other agent of Support has a call of his own.
    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()
    other = simulator.call(SUPPORT_NUMBER)
    bob.rings()
    bob.accept()

    alice.page.keyboard.press("Control+Shift+F")
    alice.page.keyboard.type("supp")
    choice = alice.page.get_by_role("button", name="Consult Support")
    expect(choice).to_be_visible(timeout=PATIENCE_MS)
    choice.click()
    consult = alice.page.locator("#consult")
    expect(consult).to_have_attribute("data-state", "waiting", timeout=PATIENCE_MS)
    expect(consult).to_contain_text("Waiting until somebody of Support is free.")
    # That it waits, and soon rings, means that he is on hold: by the network's word, and by ear.
    alice.shows_state("hold")
    talk(simulator, {caller}, {agent}, {Voice(BOB_HZ)})

    simulator.hang_up(other)
    bob.wraps_up()
    bob.finish()
    bob.rings()
    expect(bob.offer).to_contain_text("Alice Adams consults Support about")
    expect(consult).to_contain_text("Bob Brown of Support is being rung.")
    talk(simulator, {caller}, {agent}, {Voice(BOB_HZ)})

    bob.offer.get_by_role("button", name="Accept").click()
    alice.talks_with("colleague")
    colleague = Voice(BOB_HZ, browser_line(simulator, customer))
    talk(simulator, {agent, colleague}, {caller})

    alice.press_in_consult("Merge")
    alice.talks_with("together")
    talk(simulator, {caller, agent, colleague})

    alice.press_in_consult("Complete")
    alice.wraps_up()
    expect(bob.call.get_by_role("button", name="Hang up")).to_be_visible(timeout=PATIENCE_MS)
    talk(simulator, {caller, colleague}, {Voice(ALICE_HZ)})
    bob.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []
