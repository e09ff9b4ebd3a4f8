"""Somebody asks to be called back and hangs up; a desk rings him later, and they talk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

pytestmark = pytest.mark.browser

CUSTOMER = "+14155550177"


def in_the_hours_of_nobody(site: Site) -> None:
    """Whatever the time is where the test runs, customers may be called."""
    site.manage(
        "shell",
        "-c",
        "from contact_center.models import Queue;"
        "Queue.objects.update(callback_from_hour=0, callback_until_hour=24)",
    )


def begin_duty(desk: Desk) -> None:
    """Somebody goes on duty for whom a call is there at once."""
    button = desk.page.locator("#go-on-duty").get_by_role("button", name="Go on duty")
    expect(button).not_to_have_attribute("aria-busy", "true", timeout=PATIENCE_MS)
    button.click()
    desk.rings()


def test_who_asked_to_be_called_back_is_rung_from_the_desk_and_heard(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    in_the_hours_of_nobody(site)
    simulator.post("/simulator/outside", {"number": CUSTOMER, "does": "answers", "tone": CALLER_HZ})
    asks = simulator.call(SUPPORT_NUMBER, from_=CUSTOMER, patience_s=120)
    wait_until(lambda: simulator.leg(asks)["place"] == "queue", what="the caller in line")
    wait_until(lambda: _pressed(simulator, asks), what="the caller's hanging up")
    alice = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    begin_duty(alice)
    expect(alice.offer).to_contain_text("somebody to call back")
    alice.offer.get_by_role("button", name="Accept").click()
    expect(alice.call).to_contain_text("Calling +1 415 555 0177", timeout=PATIENCE_MS)
    expect(alice.call).to_have_attribute("data-state", "on-call", timeout=PATIENCE_MS)
    [leg] = [leg for leg in simulator.live_legs() if leg["to"] == CUSTOMER]
    wait_until(lambda: simulator.hears(leg["sid"], ALICE_HZ), what="the customer hearing Alice")


def _pressed(simulator: Simulator, sid: str) -> bool:
    """Press 1 until the caller is gone: to be called back, and to confirm."""
    if simulator.leg(sid)["ended_at"] is not None:
        return True
    simulator.press(sid, "1")
    return False
