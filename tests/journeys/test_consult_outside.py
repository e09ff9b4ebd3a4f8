"""A partner outside is consulted, with the real Voice SDK: who hears whom at each moment, by ear.

Alice speaks at 440 Hz, the partner at 700 Hz, the customer at 1010 Hz.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.ears import Voice, browser_line, talk
from tests.harness.looks import looks_right
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until
from tests.journeys.test_calling_out import leg_to

pytestmark = [pytest.mark.browser, pytest.mark.once]

PARTNER, BUSY, PARTNER_HZ = "+14155550177", "+14155550178", BOB_HZ


def consult(desk: Desk, number: str) -> None:
    """By the keyboard alone: open the list, type the number, choose."""
    desk.page.keyboard.press("Control+Shift+F")
    desk.page.keyboard.type(number)
    choice = desk.page.locator("#consult-number")
    expect(choice).to_be_visible(timeout=PATIENCE_MS)
    desk.page.keyboard.press("ArrowDown")
    expect(choice).to_be_focused()
    desk.page.keyboard.press("Enter")


def test_a_caller_hears_nothing_of_the_consult_and_is_left_with_the_partner(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    simulator.post("/simulator/outside", {"number": PARTNER, "does": "answers", "tone": PARTNER_HZ})
    simulator.post("/simulator/outside", {"number": BUSY, "does": "busy"})
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    caller = Voice(CALLER_HZ, customer)
    agent = Voice(ALICE_HZ, browser_line(simulator, customer))
    talk(simulator, {caller, agent})

    # Busy is said, the caller stays on hold, and one press has him back.
    consult(alice, "415 555 0178")
    over = alice.page.locator("#consult-over")
    expect(over).to_contain_text("+1 415 555 0178 is engaged.", timeout=PATIENCE_MS)
    talk(simulator, {caller}, {agent})
    looks_right(alice.page, "a consult of a number that is engaged")
    alice.resume()
    talk(simulator, {caller, agent})

    consult(alice, "(415) 555-0177")
    alice.talks_with("colleague")
    partner = Voice(PARTNER_HZ, leg_to(simulator, PARTNER))
    talk(simulator, {agent, partner}, {caller})
    stays_true(
        lambda: (
            simulator.does_not_hear(customer, PARTNER_HZ)
            and simulator.does_not_hear(partner.line, CALLER_HZ)
        ),
        seconds=1,
    )
    looks_right(alice.page, "a consult of a number")

    alice.press_in_consult("Swap")
    alice.talks_with("customer")
    talk(simulator, {caller, agent}, {partner})

    alice.press_in_consult("Merge")
    alice.talks_with("together")
    talk(simulator, {caller, agent, partner})

    alice.press_in_consult("Complete")
    alice.wraps_up()
    talk(simulator, {caller, partner}, {Voice(ALICE_HZ)})
    # Alice is done with it, and the two talk on.
    alice.finish(notes="Left with the workshop")
    alice.is_available()
    talk(simulator, {caller, partner})
    simulator.hang_up(customer)
    wait_until(lambda: not simulator.live_legs(), what="every line's end")
    assert alice.browser.errors() == []
