"""Headset, speaker and ring: what an agent chose is used, and comes and goes in mid-call."""

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

#: Notes which microphone is opened and where sound goes to, and lets a device be pulled out.
WATCH = """
  const devices = navigator.mediaDevices;
  globalThis.opened = [];
  globalThis.unplugged = new Set();
  globalThis.plays = { context: [], element: [] };
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints) => {
    opened.push(constraints.audio?.deviceId?.exact ?? "");
    return open(constraints);
  };
  const list = devices.enumerateDevices.bind(devices);
  devices.enumerateDevices = async () =>
    (await list()).filter(({ label }) => !unplugged.has(label));
  for (const [name, { prototype }] of [["context", AudioContext], ["element", HTMLMediaElement]]) {
    const { setSinkId } = prototype;
    prototype.setSinkId = function (id) {
      plays[name].push(id);
      return setSinkId.call(this, id);
    };
  }
  globalThis.plug = (label, isIn) => {
    if (isIn) unplugged.delete(label);
    else unplugged.add(label);
    devices.dispatchEvent(new Event("devicechange"));
  };
"""
MICROPHONE, SPEAKER, BELL = "Fake Audio Input 1", "Fake Audio Output 2", "Fake Audio Output 1"


@pytest.fixture
def alice(site: Site, start_browser: Callable[..., Browser]) -> Desk:
    browser = start_browser(tone=ALICE_HZ)
    browser.context.add_init_script(WATCH)
    return Desk.of("alice", browser, site)


def test_what_an_agent_chose_is_used_and_kept(alice: Desk, simulator: Simulator) -> None:
    page = alice.page
    alice.go_on_duty()
    choose(page)
    ids = {name: chosen(page, name) for name in ("microphone", "speaker", "ring")}
    assert len(set(ids.values())) == 3
    assert "" not in ids.values()

    page.reload()
    page.locator("html[data-ready]").wait_for()
    assert {name: chosen(page, name) for name in ids} == ids
    page.get_by_role("button", name="Sound").click()
    expect(page.get_by_label("Loudness of the ring")).to_have_value("40")
    page.keyboard.press("Escape")

    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice")
    assert page.evaluate("opened.at(-1)") == ids["microphone"]
    assert page.evaluate("plays.element.at(-1)") == ids["speaker"]
    assert ids["ring"] in page.evaluate("plays.context")
    # The ring is the only thing on the loudspeaker of the room: no caller is heard there.
    assert ids["ring"] not in page.evaluate("plays.element")
    alice.hang_up()
    alice.finish()


def test_a_headset_that_is_pulled_out_and_put_back_loses_no_call(
    alice: Desk, simulator: Simulator
) -> None:
    page = alice.page
    alice.go_on_duty()
    choose(page)
    headset = chosen(page, "microphone")
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice")
    assert page.evaluate("opened.at(-1)") == headset

    page.evaluate("label => plug(label, false)", MICROPHONE)
    notice = page.locator("#notice")
    expect(notice).to_contain_text(f"{MICROPHONE} is not connected", timeout=PATIENCE_MS)
    wait_until(lambda: page.evaluate("opened.at(-1)") != headset, what="another microphone")
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice still")
    expect(alice.call).to_be_visible()
    page.get_by_role("button", name="Sound").click()
    # Not forgotten: it is shown as what it is.
    option = page.get_by_label("Microphone", exact=True).locator("option:checked")
    expect(option).to_have_text(f"{MICROPHONE} (not connected)")
    page.keyboard.press("Escape")

    page.evaluate("label => plug(label, true)", MICROPHONE)
    expect(notice).to_contain_text(f"{MICROPHONE} is connected again", timeout=PATIENCE_MS)
    wait_until(lambda: page.evaluate("opened.at(-1)") == headset, what="the headset in use again")
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice again")
    alice.hang_up()
    alice.finish()


def test_who_switched_the_keys_off_presses_them_in_vain(alice: Desk) -> None:
    page = alice.page
    keys, menu = page.get_by_role("dialog", name="Keys"), page.locator("#status-menu")
    page.keyboard.press("?")
    keys.get_by_label("These keys do something").uncheck()
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 2, "y": 400})
    page.keyboard.press("?")
    page.keyboard.press("Control+Shift+S")
    expect(keys).to_be_hidden()
    expect(menu).to_be_hidden()
    page.reload()
    page.locator("html[data-ready]").wait_for()
    page.get_by_role("button", name="Keys").click()
    keys.get_by_label("These keys do something").check()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+S")
    expect(menu).to_be_visible()


def choose(page: Page) -> None:
    page.get_by_role("button", name="Sound").click()
    page.get_by_label("Microphone", exact=True).select_option(label=MICROPHONE)
    page.get_by_label("Callers are heard on").select_option(label=SPEAKER)
    page.get_by_label("It rings on").select_option(label=BELL)
    page.get_by_label("Loudness of the ring").fill("40")
    page.keyboard.press("Escape")
    expect(page.locator("#notice")).to_be_hidden()


def chosen(page: Page, name: str) -> str:
    value: str = page.locator(f'[data-device="{name}"]').input_value()
    return value
