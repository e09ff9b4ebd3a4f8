"""Which tab is the phone, and what has to work before calls ring there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]

REFUSE_THE_MICROPHONE = """
  navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
"""
MAKE_NO_SOUND = """
  AudioContext.prototype.resume = () => new Promise(() => {});
  Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
"""


#: Counts the three low tones: a second long and played once. The ring is a loop, keys are short.
COUNT_SIGNALS = """
  globalThis.signals = 0;
  const { start } = AudioBufferSourceNode.prototype;
  AudioBufferSourceNode.prototype.start = function (...when) {
    if (!this.loop && this.buffer?.duration > 1) signals += 1;
    return start.apply(this, when);
  };
"""


def place_of(page: Page, place: str) -> None:
    """The tab says that the phone is here, elsewhere or nowhere."""
    expect(page.locator("body")).to_have_attribute("data-phone", place, timeout=PATIENCE_MS)


def sign_in_with(script: str, browser: Browser, site: Site) -> Page:
    """Alice signs in with a browser that behaves like this."""
    browser.context.add_init_script(script)
    return browser.sign_in(site, "alice", "/")


def test_nobody_is_available_whose_microphone_is_refused(
    site: Site, start_browser: Callable[..., Browser]
) -> None:
    page = sign_in_with(REFUSE_THE_MICROPHONE, start_browser(), site)
    page.locator("#on-duty-button:not([aria-busy])").click()
    said = page.locator('[data-check="microphone"] [data-said]')
    expect(said).to_contain_text("Allow the microphone beside the address", timeout=PATIENCE_MS)
    expect(page.locator("#notice")).to_contain_text("does not let callers hear you")
    expect(page.locator("#own-status")).to_have_attribute("data-state", "offline")


def test_nobody_is_available_whose_browser_does_not_play_the_ring(
    site: Site, start_browser: Callable[..., Browser]
) -> None:
    page = sign_in_with(MAKE_NO_SOUND, start_browser(), site)
    page.locator("#on-duty-button:not([aria-busy])").click()
    said = page.locator('[data-check="ring"] [data-said]')
    expect(said).to_contain_text("did not play the ring", timeout=PATIENCE_MS)
    expect(page.locator("#own-status")).to_have_attribute("data-state", "offline")


def test_a_second_tab_says_where_the_phone_is_and_takes_it_over(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    first = Desk.of("alice", browser, site)
    first.go_on_duty()
    place_of(first.page, "here")

    second = Desk(browser.open(site.address_of("alice", "/agents/")), browser)
    place_of(second.page, "elsewhere")
    expect(second.page.locator("#phone-place")).to_contain_text("Your phone is in another tab")

    # It rings on both screens and can be answered on one.
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    first.rings()
    second.rings()
    expect(second.page.get_by_role("button", name="Accept")).to_have_count(0)
    first.accept()

    # A call cannot be carried over.
    second.page.get_by_role("button", name="Use this tab as my phone").click()
    expect(second.page.locator("#notice")).to_contain_text("has a call", timeout=PATIENCE_MS)
    place_of(first.page, "here")
    first.hang_up()
    first.finish()

    second.page.get_by_role("button", name="Use this tab as my phone").click()
    place_of(second.page, "here")
    second.is_available()
    place_of(first.page, "elsewhere")


def test_a_reload_finds_the_phone_where_it_was(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    desk.page.reload()
    place_of(desk.page, "here")
    desk.is_available()
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    desk.rings()
    desk.accept()


def test_a_microphone_that_is_gone_when_the_call_comes_leaves_the_caller_in_line(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    browser.context.add_init_script(COUNT_SIGNALS)
    desk = Desk.of("alice", browser, site)
    desk.go_on_duty()
    desk.page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () =>"
        " Promise.reject(new DOMException('in use', 'NotReadableError')); }"
    )
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    desk.rings()
    desk.offer.get_by_role("button", name="Accept").click()
    desk.shows_state("not-responding")
    expect(desk.page.locator("#notice")).to_contain_text(
        "The caller stays in line. Your line did not come up: The microphone cannot be opened.",
        timeout=PATIENCE_MS,
    )
    expect(desk.page.locator("#not-responding")).to_contain_text("your line did not come up")
    assert simulator.leg(call)["queue_sid"] is not None, "still in line"
    assert desk.page.evaluate("signals") == 1, "three low tones, once"


def test_who_is_on_duty_without_a_phone_is_told_so(
    site: Site, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser()
    desk = Desk.of("alice", browser, site)
    desk.go_on_duty()
    desk.page.close()
    page = browser.open(site.address_of("alice", "/agents/"))
    box = page.locator("#phone-place")
    expect(box).to_contain_text("calls ring", timeout=PATIENCE_MS)
    wait_until(
        lambda: "calls ring nowhere" in box.inner_text(),
        timeout=30,
        what="the desk noticing that its phone is silent",
    )
