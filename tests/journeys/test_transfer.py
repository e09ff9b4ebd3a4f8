"""A caller is sent on, with the real Voice SDK: who hears whom at each moment, measured by ear.

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


def test_a_caller_sent_to_a_colleague_comes_back_when_declined_and_then_stays_there(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    caller = Voice(CALLER_HZ, customer)
    talk(
        simulator,
        {caller, Voice(ALICE_HZ, browser_line(simulator, customer))},
        {Voice(BOB_HZ)},
    )
    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()

    def send_to_bob() -> None:
        # By the keyboard alone: open, find, choose.
        alice.page.keyboard.press("Control+Shift+F")
        alice.page.keyboard.type("bob")
        choice = alice.page.get_by_role("button", name="Transfer to Bob Brown")
        expect(choice).to_be_visible(timeout=PATIENCE_MS)
        alice.page.keyboard.press("ArrowDown")  # to Consult
        alice.page.keyboard.press("ArrowDown")
        expect(choice).to_be_focused()
        alice.page.keyboard.press("Enter")
        bob.rings()

    send_to_bob()
    alice.wraps_up()
    # While Bob's desk rings the caller hears music, and neither of them.
    talk(simulator, {caller}, {Voice(ALICE_HZ)}, {Voice(BOB_HZ)})
    expect(bob.offer).to_contain_text("Sent to you by Alice Adams")

    bob.decline()
    alice.rings()
    expect(alice.offer).to_contain_text("Comes back: Bob Brown declined.")
    alice.accept()
    talk(simulator, {caller, Voice(ALICE_HZ, browser_line(simulator, customer))})

    send_to_bob()
    bob.accept()
    with_bob = Voice(BOB_HZ, browser_line(simulator, customer))
    talk(simulator, {caller, with_bob}, {Voice(ALICE_HZ)})
    bob.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []
