"""A message from a caller's mouth to an agent's ears, recorded and played for real."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.looks import findings
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_a_message_is_heard_at_the_desk_and_done(
    start_site: Callable[..., Site], simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    # The caller's tone goes on and on: the message ends by itself.
    site = start_site(DJANGO_TWILIO_CALL_CALL='{"VOICEMAIL_MAX_LENGTH": 3}')
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    wait_until(lambda: simulator.leg(call)["queue_sid"], what="the line")
    wait_until(lambda: simulator.heard(call)["rms"] > -45, 20, what="the announcement")
    simulator.press(call, "2")
    wait_until(lambda: not simulator.live_legs(), 30, what="the message and the goodbye")
    (recording,) = simulator.truth()["recordings"]
    assert recording["duration_s"] == 3

    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    page = desk.page
    page.locator("#go-on-duty").get_by_role("button", name="Go on duty").click()
    desk.rings()
    expect(desk.offer).to_contain_text("a voicemail for you")
    desk.offer.get_by_role("button", name="Listen").click()
    card = page.locator("#voicemail")
    expect(card).to_contain_text("Listening to a voicemail", timeout=PATIENCE_MS)
    expect(page.locator("#own-status")).to_contain_text("Listening to a voicemail")
    assert not simulator.live_legs()  # no line was needed

    sound = card.locator("audio")
    wait_until(lambda: sound.evaluate("s => s.duration") > 2, what="the length of the sound")
    sound.evaluate("s => { s.currentTime = 1; return s.play(); }")
    wait_until(lambda: sound.evaluate("s => s.currentTime") > 1.3, what="the message")
    card.get_by_label("Notes").fill("Wants to be called back after five.")
    expect(card.locator("[data-notes-saved]")).to_contain_text("aved", timeout=PATIENCE_MS)
    # What is painted anew beside it does not begin the sound again.
    assert sound.evaluate("s => s.currentTime") > 1
    assert findings(page) == []

    card.get_by_role("button", name="Done").click()
    desk.finish(notes="Wants to be called back after five.", disposition="Solved")
    desk.is_available()
    desk.does_not_ring()
