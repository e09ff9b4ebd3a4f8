"""Two calls at one desk, with the real Voice SDK: who hears whom, measured on the network's lines.

Alice speaks at 440 Hz, the first customer at 1010 Hz, the second at 700 Hz.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SALES_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]

FIRST, SECOND = "+14155550141", "+14155550142"


@pytest.fixture
def alice(start_site: Callable[..., Site], start_browser: Callable[..., Browser]) -> Desk:
    """Alice, on duty, at a desk with room for two calls."""
    site = start_site(DJANGO_TWILIO_CALL_AGENT='{"MAX_CONCURRENT_CALLS": 2}')
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    return desk


def test_a_second_call_holds_the_first_and_each_is_resumed_in_turn(
    alice: Desk, simulator: Simulator
) -> None:
    first = simulator.call(SALES_NUMBER, from_=FIRST, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(first, ALICE_HZ), what="the first customer hearing Alice")

    # The second rings beside the first, who goes on hearing her.
    second = simulator.call(SALES_NUMBER, from_=SECOND, tone=BOB_HZ)
    alice.rings()
    expect(alice.offer).to_contain_text("on hold")
    assert simulator.hears(first, ALICE_HZ)

    alice.accept()
    waiting = alice.page.locator(".other-call")
    expect(waiting).to_contain_text("On hold", timeout=PATIENCE_MS)
    expect(waiting).to_contain_text("555 0141")
    expect(alice.call).to_contain_text("555 0142")
    expect(alice.page.locator("#own-status")).to_contain_text("+1 held")
    only_one_hears_her(simulator, second, first)

    # Changing over: the one in front is held before the other one comes back.
    waiting.get_by_role("button", name="Resume (holds the other)").click()
    expect(alice.call).to_contain_text("555 0141", timeout=PATIENCE_MS)
    expect(waiting).to_contain_text("555 0142", timeout=PATIENCE_MS)
    only_one_hears_her(simulator, first, second)

    # One ends: its wrap-up is written while the other waits, and then resumed beside it.
    alice.hang_up()
    expect(waiting).to_contain_text("On hold")
    expect(alice.call).to_have_count(0)
    waiting.get_by_role("button", name="Resume", exact=True).click()
    expect(alice.call).to_have_attribute("data-state", "on-call", timeout=PATIENCE_MS)
    wait_until(lambda: simulator.hears(second, ALICE_HZ), what="the second customer hearing Alice")
    alice.finish(notes="The first one is done.")
    expect(alice.call).to_contain_text("555 0142")
    assert alice.browser.errors() == []


def only_one_hears_her(simulator: Simulator, one: str, other: str) -> None:
    """Measured on both customers' lines."""
    wait_until(lambda: simulator.hears(one, ALICE_HZ), what="the one in front hearing Alice")
    wait_until(
        lambda: simulator.does_not_hear(other, ALICE_HZ), what="the held one not hearing her"
    )
    stays_true(lambda: simulator.does_not_hear(other, ALICE_HZ, at_once=True), 1)
