"""What the agent hears before the call, and what callers hear of an agent without a microphone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]

#: Notes which loops sound right now, and the notifications that were shown.
LISTEN = """
  globalThis.sounding = new Set();
  const { start, stop } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    if (this.loop) sounding.add(this);
    return start.apply(this, when);
  };
  AudioBufferSourceNode.prototype.stop = function (...when) {
    sounding.delete(this);
    return stop.apply(this, when);
  };
  globalThis.shown = [];
  globalThis.Notification = class {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title) { shown.push(title); }
    close() { shown.push("closed"); }
  };
  Document.prototype.hasFocus = () => false;
"""
NO_MICROPHONE = """
  navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("Requested device not found", "NotFoundError"));
"""


def test_it_rings_aloud_until_somebody_answers_and_shows_on_the_desktop(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    browser.context.add_init_script(LISTEN)
    alice = Desk.of("alice", browser, site)
    alice.go_on_duty()
    page = alice.page
    assert page.evaluate("sounding.size") == 0, "the test of the ring is over"

    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    wait_until(lambda: page.evaluate("sounding.size") == 1, what="the ring")
    assert page.evaluate("shown") == ["Ringing: +1 415 555 0199"]
    assert page.title().startswith("Ringing: +1 415 555 0199")
    alice.accept()
    assert page.evaluate("sounding.size") == 0
    assert page.evaluate("shown")[-1] == "closed"
    assert not page.title().startswith("Ringing")
    alice.hang_up()
    alice.finish()

    # A caller who gives up ends the ringing as well.
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    wait_until(lambda: page.evaluate("sounding.size") == 1, what="the ring")
    simulator.hang_up(call)
    alice.does_not_ring()
    wait_until(lambda: page.evaluate("sounding.size") == 0, what="silence again")


def test_an_agent_without_a_microphone_lets_the_demo_speak(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    browser.context.add_init_script(NO_MICROPHONE)
    alice = Desk.of("alice", browser, site)
    page = alice.page
    page.locator("#on-duty-button:not([aria-busy])").click()
    expect(page.locator("#notice")).to_contain_text("There is no microphone", timeout=PATIENCE_MS)

    page.get_by_label("Callers hear").select_option("tone")
    alice.go_on_duty()
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing the tone")
    expect(page.locator("#light-microphone")).to_contain_text("Speaking for you")
    alice.hang_up()
    alice.finish()

    page.get_by_label("Callers hear").select_option("voice")
    field = page.get_by_label("It says, again and again")
    field.fill("Good morning, how can I help you today?")
    field.press("Enter")
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    # The music goes on while the agent hears what is whispered.
    expect(page.locator("#active-call[data-state='on-call']")).to_be_visible()
    wait_until(
        lambda: (
            simulator.heard(call, ALICE_HZ, seconds=2)["rms"] > -45
            and simulator.does_not_hear(call, CALLER_HZ)
        ),
        what="the customer hearing a voice, and no music",
        describe=lambda: page.locator("[data-speak-note]").inner_text(),
    )
    alice.hang_up()
