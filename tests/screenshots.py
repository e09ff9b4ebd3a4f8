"""`make screenshots`: the demo as a person sees it, into docs/images/*.png.

A site, a phone network and Chromium on free ports, a few calls, and a picture of every screen in
its states; light and dark, wide and narrow. Nothing is asserted: somebody looks at the pictures.
"""

import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, Playwright, expect, sync_playwright
from twilio.request_validator import RequestValidator

from tests.harness.browser import Browser, find_chromium
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.processes import ROOT
from tests.harness.simulator import MAIN_NUMBER, SALES_NUMBER, SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import wait_until

IMAGES = ROOT / "docs/images"
# As `manage.py serve` names them to a phone network that it starts itself.
NAMED_NUMBERS = (
    f"{MAIN_NUMBER}=Main menu: 1 sales  2 support",
    f"{SALES_NUMBER}=Sales  directly",
    f"{SUPPORT_NUMBER}=Support  directly",
)
#: As the caller whom Alice talks with is written.
NUMBERED = "+1 415 555 0177"
WIDE, NARROW = (1280, 800), (390, 844)


class Camera:
    """Takes pictures of pages by name, and says so."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def take(self, page: Page, name: str) -> None:
        """One picture of what the window shows, fonts loaded and nothing moving."""
        page.evaluate("document.fonts.ready")
        path = self._folder / f"{name}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        print(f"  {path.relative_to(ROOT)}", flush=True)

    def take_each_way(self, page: Page, name: str) -> None:
        """The same screen light and dark, wide and narrow. The page is left light and wide."""
        self.take(page, name)
        page.emulate_media(color_scheme="dark")
        self.take(page, f"{name}-dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        self.take(page, f"{name}-narrow")
        page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


@contextmanager
def somebody(playwright: Playwright, folder: Path, tone: float | None = None) -> Iterator[Browser]:
    """A browser in which notifications and the microphone are allowed."""
    with Browser(playwright, folder, tone=tone, viewport=WIDE) as browser:
        yield browser


def picture_the_desk(camera: Camera, desk: Desk, simulator: Simulator) -> None:
    """Alice's whole day: off duty to wrap-up, and what goes wrong in between."""
    page = desk.page
    camera.take_each_way(page, "desk-off-duty")
    desk.go_on_duty()
    camera.take(page, "desk-available")
    picture_a_missed_call(camera, desk, simulator)
    call = simulator.call(MAIN_NUMBER, keys="1", from_="+14155550177", tone=CALLER_HZ)
    desk.rings()
    desk.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), 20, what="the conversation")
    desk.call.get_by_label("Notes").fill("Asks whether order 4711 can still be changed.")
    until_the_clock_shows(desk, 15)
    camera.take_each_way(page, "desk-on-call")
    page.locator("#call-keypad").click()
    camera.take(page, "desk-keypad")
    page.locator("#call-keypad").click()
    desk.hold()
    camera.take_each_way(page, "desk-on-hold")
    desk.resume()
    desk.mute()
    camera.take(page, "desk-muted")
    page.locator("#status-button").click()
    camera.take(page, "desk-status-menu")
    page.keyboard.press("Escape")


def picture_a_missed_call(camera: Camera, desk: Desk, simulator: Simulator) -> None:
    """It rings, nobody answers, the desk is "not responding", and Alice comes back from a break."""
    page = desk.page
    missed = simulator.call(SALES_NUMBER, from_="+14155550123", tone=CALLER_HZ)
    desk.rings()
    camera.take_each_way(page, "desk-ringing")
    expect(page.locator("#own-status")).to_have_attribute(
        "data-state", "not-responding", timeout=120_000
    )
    camera.take(page, "desk-not-responding")
    simulator.hang_up(missed)
    page.get_by_role("button", name="I am back").first.click()
    desk.is_available()
    page.locator("#status-button").click()
    page.locator('#status-menu [data-state="break"]').first.click()
    desk.shows_state("break")
    camera.take(page, "desk-break")
    page.locator("#status-button").click()
    page.locator('#status-menu [data-state="available"]').click()
    desk.is_available()


def until_the_clock_shows(desk: Desk, seconds: int) -> None:
    """A picture of a call that has only just begun shows nothing but noughts."""
    clock = desk.call.locator(".clock")

    def long_enough() -> bool:
        minutes, _colon, rest = re.findall(r"\d+:\d\d", clock.inner_text())[-1].partition(":")
        return int(minutes) * 60 + int(rest) >= seconds

    wait_until(long_enough, seconds + 30, what=f"a call of {seconds} s")


def picture_the_floor(camera: Camera, browser: Browser, site: Site, simulator: Simulator) -> None:
    """Carol watches Alice's call while others wait."""
    for last_digits, number in (("31", SUPPORT_NUMBER), ("32", SALES_NUMBER), ("33", SALES_NUMBER)):
        simulator.call(number, from_=f"+141555501{last_digits}", tone=CALLER_HZ)
    page = browser.sign_in(site, "carol", "/supervisors/")
    page.set_default_timeout(PATIENCE_MS)
    expect(page.get_by_text("+1 415 555 0133").first).to_be_visible(timeout=PATIENCE_MS)
    camera.take_each_way(page, "floor")
    page.get_by_role("link", name="+1 415 555 0177").first.click()
    expect(page.get_by_role("heading", name="+1 415 555 0177").first).to_be_visible()
    camera.take(page, "floor-call")


def picture_an_empty_floor(camera: Camera, browser: Browser, site: Site) -> None:
    """Carol before anybody rings."""
    page = browser.sign_in(site, "carol", "/supervisors/")
    expect(page.locator("#live-light .live-on")).to_be_visible(timeout=PATIENCE_MS)
    camera.take_each_way(page, "floor-empty")


def picture_a_busy_floor(camera: Camera, page: Page, site: Site) -> None:
    """Two hundred invented agents, a call every second, and what is said to be over its limit."""
    words = ("--agents", "200", "--rate", "60/min", "--duration", "90s", "--talk", "20s")
    crowd = threading.Thread(
        target=site.manage, args=("simulate_calls", *words), kwargs={"timeout": 600}
    )
    crowd.start()
    states = page.locator("#floor-agents .states-line")
    expect(states).to_contain_text("On call", timeout=300_000)
    expect(states).to_contain_text("Wrap-up", timeout=300_000)
    page.mouse.move(640, 20)
    camera.take_each_way(page, "floor-busy")
    page.get_by_role("link", name="Alerts", exact=True).first.click()
    expect(page.get_by_role("heading", name="Alerts").first).to_be_visible()
    camera.take_each_way(page, "alerts")
    crowd.join()


def picture_the_wallboard(camera: Camera, browser: Browser, site: Site) -> None:
    """A board on a television, opened by a link; and the page where it is made."""
    page = browser.open(site.address_of("carol", "/supervisors/wallboards/new/"))
    page.get_by_label("Name").fill("Customer care")
    page.get_by_role("button", name="Make it").click()
    page.get_by_label("For which screen").fill("TV by the window")
    page.get_by_role("button", name="Make a link").click()
    address = page.locator("#wall-address").inner_text()
    # Nobody needs to see the address in a picture.
    page.goto(page.url.replace("links/", ""))
    camera.take_each_way(page, "wallboard-made")
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.goto(address)
    expect(page.locator("#live-light .live-on")).to_be_visible(timeout=PATIENCE_MS)
    camera.take(page, "wallboard")
    page.emulate_media(color_scheme="dark")
    camera.take(page, "wallboard-dark")
    page.close()


def picture_supervising(
    camera: Camera, desk: Desk, browser: Browser, site: Site, simulator: Simulator
) -> None:
    """Carol coaches Alice, barges in, wants to be unheard again and is not; then she leaves."""
    page = browser.open(site.address_of("carol", "/supervisors/"))
    page.set_default_timeout(PATIENCE_MS)
    row = page.locator("#floor-agents tbody tr").filter(has_text="Alice Adams")
    bar = page.locator("#supervision-bar .mode")
    row.get_by_role("button", name="Coach", exact=True).click()
    expect(bar).to_have_attribute("data-mode", "coach")
    page.mouse.move(640, 780)
    camera.take_each_way(page, "floor-coaching")
    expect(desk.call.locator(".hears")).to_contain_text("coaching")
    camera.take_each_way(desk.page, "desk-coached")
    beside = browser.open(row.get_by_role("link", name=NUMBERED).evaluate("link => link.href"))
    expect(beside.locator("#supervision-bar .mode")).to_be_visible()
    camera.take(beside, "call-coached")
    beside.close()
    bar.get_by_role("button", name="Barge", exact=True).click()
    expect(bar).to_have_attribute("data-heard", "true")
    page.mouse.move(640, 780)
    camera.take_each_way(page, "floor-barged-in")
    away = {"kind": "rest", "path": "*/Participants/*", "action": "500", "times": 30}
    simulator.post("/simulator/faults", away)
    bar.get_by_role("button", name="Listen", exact=True).click()
    expect(page.locator("#supervision-problem")).to_be_visible(timeout=60_000)
    page.mouse.move(640, 780)
    camera.take(page, "floor-supervising-failed")
    requests.delete(f"{simulator.url}/simulator/faults", timeout=10)
    page.keyboard.press("Escape")
    expect(bar).to_have_count(0)
    page.close()


def picture_a_take_over(
    camera: Camera, desk: Desk, browser: Browser, site: Site, simulator: Simulator
) -> None:
    """Carol takes a call over from Alice, from the floor."""
    simulator.call(SUPPORT_NUMBER, from_="+14155550155", tone=CALLER_HZ)
    desk.rings()
    desk.accept()
    page = browser.open(site.address_of("carol", "/supervisors/"))
    row = page.locator("#floor-agents tbody tr").filter(has_text="Alice Adams")
    row.get_by_role("button", name="Take over", exact=True).click()
    camera.take(page, "floor-take-over-sure")
    page.get_by_role("button", name="Take over now").click()
    bar = page.locator("#supervision-bar .mode")
    expect(bar).to_have_attribute("data-heard", "true", timeout=PATIENCE_MS)
    desk.wraps_up()
    page.mouse.move(640, 780)
    camera.take_each_way(page, "floor-taken-over")
    camera.take(desk.page, "desk-taken-over")
    bar.get_by_role("button", name="Hang up").click()
    expect(bar).to_have_count(0)
    page.close()


def picture_what_was_healed(
    camera: Camera, browser: Browser, site: Site, simulator: Simulator
) -> None:
    """A caller leaves and no report of it arrives: the reconciler finds it, and says so."""
    call = simulator.call(SALES_NUMBER, from_="+14155550144", tone=CALLER_HZ)
    for path in ("/webhooks/status/", "/webhooks/voice/queue-left/*"):
        simulator.post("/simulator/faults", {"kind": "webhook", "path": path, "action": "drop"})
    simulator.hang_up(call)
    page = browser.open(site.address_of("carol", "/supervisors/healed/"))
    expect(page.locator("#healed-list .healed-rows li")).to_be_visible(timeout=60_000)
    expect(page.locator("#live-light .live-on")).to_be_visible()
    camera.take_each_way(page, "healed")


def picture_what_was_set_aside(camera: Camera, browser: Browser, site: Site) -> None:
    """The network says what nobody knows, and what is damaged; Dana looks at it."""
    credentials = site.simulator.credentials
    about = {"AccountSid": credentials.account_sid, "To": SALES_NUMBER, "From": "+14155550144"}
    for path, fields in (
        ("/webhooks/status/", {"CallSid": f"CA{1:032x}", "CallStatus": "teleported"}),
        ("/webhooks/status/", {"CallSid": f"CA{2:032x}", "CallStatus": "completed\0"}),
        ("/webhooks/conference/", {"CallSid": f"CA{3:032x}", "StatusCallbackEvent": "danced"}),
    ):
        body = about | fields
        signature = RequestValidator(credentials.auth_token).compute_signature(
            site.url + path, body
        )
        requests.post(
            site.url + path, data=body, headers={"X-Twilio-Signature": signature}, timeout=10
        ).raise_for_status()
    page = browser.sign_in(site, "dana", "/supervisors/set-aside/")
    expect(page.locator(".set-aside-list > li")).to_have_count(3)
    page.locator(".set-aside-list summary").first.click()
    camera.take_each_way(page, "set-aside")


def picture_the_set_up(camera: Camera, browser: Browser, site: Site) -> None:
    """Dana looks for an agent of a queue, asks about Christmas, and closes at once."""
    page = browser.sign_in(site, "dana", "/supervisors/set-up/queues/")
    page.set_default_timeout(PATIENCE_MS)
    camera.take(page, "queues")
    page.get_by_role("link", name="Sales").click()
    camera.take_each_way(page, "queue-set-up")
    page.get_by_role("link", name="Opening hours").click()
    page.get_by_role("link", name="Office hours").click()
    page.get_by_label("Saturday").fill("9-12, 14-16")
    page.get_by_label("Saturday").press("Tab")
    expect(page.locator("#week-picture .open")).to_have_count(7)
    page.get_by_label("Day and time").fill("2026-12-25T11:00")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#hours-answer")).to_contain_text("Christmas Day")
    camera.take_each_way(page, "hours")
    page.get_by_role("button", name="Close now").click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    camera.take(page, "hours-closed")
    page.get_by_role("button", name="Reopen").click()


def picture_the_phone(camera: Camera, browser: Browser, simulator: Simulator) -> None:
    """The customer's phone, before and in a call, and the network's log."""
    page = browser.open(f"{simulator.url}/phone")
    page.set_default_timeout(PATIENCE_MS)
    camera.take_each_way(page, "phone")
    page.get_by_label("Number to ring").fill(MAIN_NUMBER)
    page.get_by_role("button", name="Ring", exact=True).click()
    expect(page.get_by_role("button", name="Hang up")).to_be_visible()
    expect(page.locator("#hears")).not_to_contain_text("silent", timeout=PATIENCE_MS)
    camera.take_each_way(page, "phone-in-call")
    log = browser.open(f"{simulator.url}/simulator/log")
    camera.take(log, "network-log")
    log.close()
    page.get_by_role("button", name="Hang up").click()


def main() -> int:
    """Take all pictures; returns the exit code for the shell."""
    if find_chromium() is None:
        print("screenshots: Chromium is missing (apt-get install chromium)")
        return 1
    camera = Camera(IMAGES)
    with (
        tempfile.TemporaryDirectory(prefix="contact-center-screenshots-") as name,
        Simulator(Path(name), numbers=NAMED_NUMBERS) as simulator,
        Site(Path(name), simulator) as site,
        sync_playwright() as playwright,
        somebody(playwright, Path(name), ALICE_HZ) as alices,
    ):
        with somebody(playwright, Path(name)) as first:
            picture_an_empty_floor(camera, first, site)
        sign_in = alices.open(site.address_of("alice"))
        camera.take_each_way(sign_in, "sign-in")
        sign_in.close()
        desk = Desk.of("alice", alices, site)
        picture_the_desk(camera, desk, simulator)
        with somebody(playwright, Path(name)) as others:
            picture_the_floor(camera, others, site, simulator)
            picture_the_wallboard(camera, others, site)
            picture_supervising(camera, desk, others, site, simulator)
            picture_what_was_healed(camera, others, site, simulator)
            picture_what_was_set_aside(camera, others, site)
            picture_the_set_up(camera, others, site)
            picture_the_phone(camera, others, simulator)
            desk.hang_up()
            camera.take_each_way(desk.page, "desk-wrap-up")
            desk.finish(disposition="Solved")
            picture_a_take_over(camera, desk, others, site, simulator)
            desk.finish()
            floor = others.open(site.address_of("carol", "/supervisors/"))
            picture_a_busy_floor(camera, floor, site)
            floor.goto(site.address_of("carol", "/supervisors/"))
            expect(floor.locator("#live-light .live-on")).to_be_visible(timeout=PATIENCE_MS)
            site.kill()
            for page, what in ((desk.page, "desk"), (floor, "floor")):
                expect(page.locator("#live-lost")).to_be_visible(timeout=30_000)
                camera.take(page, f"{what}-connection-lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
