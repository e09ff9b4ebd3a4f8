"""A colleague is consulted, with the real Voice SDK: who hears whom at each moment, by ear.

Alice speaks at 440 Hz, Bob at 700 Hz, the customer at 1010 Hz.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ
from tests.journeys.test_transfer import browser_line, hear

pytestmark = [pytest.mark.browser, pytest.mark.once]


def press(desk: Desk, name: str) -> None:
    desk.page.locator("#consult").get_by_role("button", name=name, exact=True).click()


def talks(desk: Desk, talk: str) -> None:
    """The desk says with whom its agent talks, by the network's word."""
    expect(desk.page.locator("#consult")).to_have_attribute("data-talk", talk, timeout=PATIENCE_MS)


def test_a_caller_hears_nothing_of_the_consult_and_goes_on_with_the_colleague(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    with_alice = browser_line(simulator, ALICE_HZ, customer)
    hear(simulator, {(customer, ALICE_HZ): True, (with_alice, CALLER_HZ): True})
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
    hear(simulator, {(customer, ALICE_HZ): False, (with_alice, CALLER_HZ): False})

    bob.offer.get_by_role("button", name="Accept").click()
    talks(alice, "colleague")
    with_bob = browser_line(simulator, BOB_HZ, customer)
    only_the_consult = {
        (with_alice, BOB_HZ): True,
        (with_bob, ALICE_HZ): True,
        (customer, ALICE_HZ): False,
        (customer, BOB_HZ): False,
        (with_alice, CALLER_HZ): False,
        (with_bob, CALLER_HZ): False,
    }
    hear(simulator, only_the_consult)

    press(alice, "Swap")
    talks(alice, "customer")
    expect(bob.call).to_have_attribute("data-held", "true", timeout=PATIENCE_MS)
    hear(
        simulator,
        {
            (customer, ALICE_HZ): True,
            (with_alice, CALLER_HZ): True,
            (with_bob, ALICE_HZ): False,
            (with_bob, CALLER_HZ): False,
            (customer, BOB_HZ): False,
            (with_alice, BOB_HZ): False,
        },
    )

    press(alice, "Swap")
    talks(alice, "colleague")
    hear(simulator, only_the_consult)

    press(alice, "Merge")
    talks(alice, "together")
    hear(
        simulator,
        {
            (customer, ALICE_HZ): True,
            (customer, BOB_HZ): True,
            (with_alice, BOB_HZ): True,
            (with_alice, CALLER_HZ): True,
            (with_bob, ALICE_HZ): True,
            (with_bob, CALLER_HZ): True,
        },
    )

    press(alice, "Complete")
    alice.wraps_up()
    expect(bob.call.get_by_role("button", name="Hang up")).to_be_visible(timeout=PATIENCE_MS)
    hear(
        simulator,
        {
            (customer, BOB_HZ): True,
            (with_bob, CALLER_HZ): True,
            (customer, ALICE_HZ): False,
            (with_bob, ALICE_HZ): False,
        },
    )
    # The call is Bob's like any other.
    bob.hold()
    hear(simulator, {(customer, BOB_HZ): False, (with_bob, CALLER_HZ): False})
    bob.resume()
    hear(simulator, {(customer, BOB_HZ): True, (with_bob, CALLER_HZ): True})
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
    with_alice = browser_line(simulator, ALICE_HZ, customer)
    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()
    alice.page.keyboard.press("Control+Shift+F")
    alice.page.get_by_role("button", name="Consult Bob Brown").click()
    bob.rings()
    bob.offer.get_by_role("button", name="Accept").click()
    talks(alice, "colleague")

    bob.call.get_by_role("button", name="Leave").click()
    expect(alice.page.locator("#consult-over")).to_contain_text(
        "Bob Brown has left. The caller is still on hold", timeout=PATIENCE_MS
    )
    hear(simulator, {(customer, ALICE_HZ): False, (with_alice, CALLER_HZ): False})
    bob.is_available()
    alice.resume()
    hear(simulator, {(customer, ALICE_HZ): True, (with_alice, CALLER_HZ): True})
    alice.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []
