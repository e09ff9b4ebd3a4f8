"""A caller is sent on, with the real Voice SDK: who hears whom at each moment, measured by ear.

Alice speaks at 440 Hz, Bob at 700 Hz, the customer at 1010 Hz.
"""

from collections.abc import Callable, Mapping

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]


def browser_line(simulator: Simulator, tone: float, customer: str) -> str:
    """The line whose speaker is heard at that tone: the newest browser's that is up."""
    lines = [leg["sid"] for leg in simulator.live_legs() if leg["sid"] != customer]
    assert lines, tone
    return str(lines[-1])


def hear(simulator: Simulator, table: Mapping[tuple[str, float], bool]) -> None:
    """Wait until everybody hears whom the table says, and nobody else."""
    for (line, tone), is_heard in table.items():
        hears = simulator.hears if is_heard else simulator.does_not_hear
        wait_until(
            lambda hears=hears, line=line, tone=tone: hears(line, tone),
            what=f"{line} {'hearing' if is_heard else 'not hearing'} {tone} Hz",
        )


def test_a_caller_sent_to_a_colleague_comes_back_when_declined_and_then_stays_there(
    start_site: Callable[..., Site], start_browser: Callable[..., Browser], simulator: Simulator
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    alice.go_on_duty()
    customer = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    with_alice = browser_line(simulator, ALICE_HZ, customer)
    hear(
        simulator,
        {
            (customer, ALICE_HZ): True,
            (with_alice, CALLER_HZ): True,
            (customer, BOB_HZ): False,
        },
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
    hear(simulator, {(customer, ALICE_HZ): False, (customer, BOB_HZ): False})
    expect(bob.offer).to_contain_text("Sent to you by Alice Adams")

    bob.decline()
    alice.rings()
    expect(alice.offer).to_contain_text("Comes back: Bob Brown declined.")
    alice.accept()
    again = browser_line(simulator, ALICE_HZ, customer)
    hear(simulator, {(customer, ALICE_HZ): True, (again, CALLER_HZ): True})

    send_to_bob()
    bob.accept()
    with_bob = browser_line(simulator, BOB_HZ, customer)
    hear(
        simulator,
        {
            (customer, BOB_HZ): True,
            (with_bob, CALLER_HZ): True,
            (customer, ALICE_HZ): False,
            (with_bob, ALICE_HZ): False,
        },
    )
    bob.hang_up()
    assert alice.browser.errors() == []
    assert bob.browser.errors() == []
