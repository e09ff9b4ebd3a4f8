"""A supervisor in somebody's conversation, with real browsers, heard with measuring ears.

Alice speaks at 440 Hz, Carol, who supervises, at 700 Hz, the customer at 1010 Hz. Carol speaks all
the time. What the customer's line carried is judged by the mixer's own clock, window for window
over the whole conversation, and by its record of who was mixed in at each tick: what the screens
say or how long a browser took changes nothing about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.looks import looks_right
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ, CAROL_HZ
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]

#: How far below the supervisor's voice, where it is heard, everything else has to be.
ABSENT_DB = 60.0
#: Frames of 20 ms in a window of 200 ms.
WINDOW = 10
VOICE = f"{CAROL_HZ}"
NUMBER = "+14155550142"
CALLER = "+1 415 555 0142"


class Supervisor:
    """Carol on the floor, by the words on her buttons."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.page: Page = browser.sign_in(site, "carol", "/supervisors/")
        self.page.set_default_timeout(PATIENCE_MS)
        expect(self.page.locator("#live-light .live-on")).to_be_visible()

    @property
    def bar(self) -> Locator:
        """Her own line, when she is with a conversation."""
        return self.page.locator("#supervision-bar .mode")

    @property
    def row(self) -> Locator:
        """Alice's row among the agents."""
        return self.page.locator("#floor-agents tbody tr").filter(has_text="Alice Adams")

    def comes(self, deed: str) -> None:
        """Presses a button on Alice's row; returns when the network has done it."""
        self.row.get_by_role("button", name=deed, exact=True).click()
        self.is_in(deed)

    def switches_to(self, deed: str) -> None:
        """Presses a button of the bar; returns when the network has done it."""
        self.bar.get_by_role("button", name=deed, exact=True).click()
        self.is_in(deed)

    def takes_over(self) -> None:
        """Says it twice, as the page wants; returns when the customer is hers."""
        self.bar.get_by_role("button", name="Take over", exact=True).click()
        self.page.get_by_role("button", name="Take over now").click()
        self.owns_the_call()

    def owns_the_call(self) -> None:
        """The bar says that it is her call and that the customer hears her."""
        expect(self.bar).to_have_attribute("data-owner", "", timeout=PATIENCE_MS)
        expect(self.bar).to_have_attribute("data-heard", "true", timeout=PATIENCE_MS)

    def is_in(self, deed: str) -> None:
        """The bar says that it is so, and nothing is asked any more."""
        expect(self.bar).to_have_attribute("data-mode", deed.lower(), timeout=PATIENCE_MS)
        pressed = self.bar.get_by_role("button", name=deed, exact=True)
        expect(pressed).to_have_attribute("aria-pressed", "true")
        expect(pressed).not_to_have_attribute("data-outcome", "asked")

    def leaves(self) -> None:
        """One key."""
        self.page.keyboard.press("Escape")
        expect(self.bar).to_have_count(0, timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Stretch:
    """Ticks of the mixer between two moments, and what was so all the while."""

    first: int
    last: int
    doing: str


class Ears:
    """What one line carried, tick by tick."""

    def __init__(self, kept: dict[str, Any]) -> None:
        self.first: int = kept["from_tick"]
        self.ticks: int = kept["ticks"]
        self.heard: dict[str, list[float]] = kept["heard"]
        self.said: dict[str, list[float]] = kept["said"]
        self.record: list[frozenset[str]] = []
        changes = [*kept["hears"], {"tick": self.first + self.ticks, "legs": []}]
        for change, following in pairwise(changes):
            length = following["tick"] - change["tick"]
            self.record += [frozenset(change["legs"])] * length

    def whom(self, stretch: Stretch) -> list[frozenset[str]]:
        """Who was mixed in, for each tick of a stretch."""
        return self.record[stretch.first - self.first : stretch.last - self.first]

    def level(self, direction: str, stretch: Stretch) -> float:
        """How loud Carol was in most of a stretch: of its windows, the one in the middle."""
        levels = (self.heard if direction == "heard" else self.said)[VOICE]
        within = levels[stretch.first - self.first : stretch.last - self.first - WINDOW]
        return sorted(within)[len(within) // 2]


def legs_of(simulator: Simulator, customer: str) -> dict[str, str]:
    """Who is in the customer's conference, by the beginning of their labels: "agent" …"""
    (room,) = [
        one["participants"]
        for one in simulator.truth()["conferences"]
        if any(who["call_sid"] == customer for who in one["participants"])
    ]
    return {who["label"].partition("-")[0]: who["call_sid"] for who in room}


def a_second_of(doing: str, simulator: Simulator, leg: str) -> Stretch:
    """Let a second of the mixer's time go by in which nothing is asked for."""
    began = simulator.tick(leg)
    wait_until(lambda: simulator.tick(leg) >= began + 50, what="a second of sound")
    return Stretch(began, simulator.tick(leg), doing)


def speaks(simulator: Simulator, leg: str) -> bool:
    """Whether Carol's own line has carried her voice for most of the last second of it."""
    said = simulator.recording(leg, CAROL_HZ)["said"][VOICE][-50:]
    return len(said) == 50 and sorted(said)[25] > -40


def test_the_customer_hears_a_supervisor_only_in_barge_and_take_over(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    alices, carols = start_browser(tone=ALICE_HZ), start_browser(tone=CAROL_HZ)
    alice = Desk.of("alice", alices, site)
    alice.go_on_duty()
    carol = Supervisor(carols, site)
    customer = simulator.call(SUPPORT_NUMBER, from_=NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), what="the customer hearing Alice")
    agent = legs_of(simulator, customer)["agent"]
    simulator.record(agent)
    simulator.record(customer)

    carol.comes("Listen")
    supervisor = legs_of(simulator, customer)["supervisor"]
    simulator.record(supervisor)
    wait_until(lambda: simulator.hears(supervisor, CALLER_HZ), what="Carol hearing the customer")
    # A browser on a busy machine opens its microphone late.
    wait_until(lambda: speaks(simulator, supervisor), what="Carol's voice on her own line")

    # Every way from one to another, each for a second of the mixer's own time.
    stretches: list[Stretch] = []
    doing = "Listen"
    for deed in ("Coach", "Listen", "Barge", "Coach", "Barge", "Listen", "Coach"):
        stretches.append(a_second_of(doing, simulator, customer))
        carol.switches_to(deed)
        doing = deed
    stretches.append(a_second_of(doing, simulator, customer))
    carol.takes_over()
    stretches.append(a_second_of("Take over", simulator, customer))
    wait_until(lambda: simulator.leg(agent)["ended_at"], what="Alice out of the conversation")
    wait_until(lambda: simulator.hears(customer, CAROL_HZ), what="the customer hearing Carol")

    ears, hers = (
        Ears(simulator.recording(leg, ALICE_HZ, CAROL_HZ)) for leg in (customer, supervisor)
    )
    at_the_desk = Ears(simulator.recording(agent, CAROL_HZ))

    # The mixer's record, for every tick of it.
    for one in stretches:
        present = {supervisor in whom for whom in ears.whom(one)}
        assert present == {one.doing in ("Barge", "Take over")}, one
        if one.doing != "Take over":
            beside = {supervisor in whom for whom in at_the_desk.whom(one)}
            assert beside == {one.doing in ("Coach", "Barge")}, one
    changes = sum(
        (supervisor in before) != (supervisor in after) for before, after in pairwise(ears.record)
    )
    assert changes == 5, "in for barge, out, in, out, in for good: at no other tick"
    assert all(ears.record), "there was somebody to hear at every tick, also when Carol took over"

    # And what was to be heard, in every window of 200 ms.
    barged = next(one for one in stretches if one.doing == "Barge")
    present_db = ears.level("heard", barged)
    assert present_db > -40, present_db
    offset = ears.first - at_the_desk.first
    judged = clean = 0
    for start, level in enumerate(ears.heard[VOICE]):
        if any(supervisor in whom for whom in ears.record[start : start + WINDOW]):
            continue
        # A frame that Alice's browser sent late is a click, and a click is a little of every tone:
        # no more of Carol's may be there than came on Alice's own line.
        from_alice = at_the_desk.said[VOICE][offset + start]
        judged += 1
        clean += level <= present_db - ABSENT_DB
        assert level <= max(present_db - ABSENT_DB, from_alice + 0.5), (start, level, from_alice)
    assert judged > 200
    assert clean > judged / 2
    # Carol spoke all the while; she was not merely silent.
    for one in stretches:
        assert hers.level("said", one) > -40, one

    expect(alice.page.locator("#supervisor-word")).to_contain_text(
        "Carol Clark took your call over"
    )
    alice.wraps_up()
    carol.page.keyboard.press("Escape")
    assert simulator.hears(customer, CAROL_HZ), "Esc hangs up on nobody"
    carol.bar.get_by_role("button", name="Hang up").click()
    wait_until(lambda: not simulator.live_legs(), what="the end of every leg")
    expect(carol.bar).to_have_count(0)
    assert alices.errors() == carols.errors() == []


def test_the_desk_says_who_coaches_and_a_dead_browsers_call_is_taken_over(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    alices, carols = start_browser(tone=ALICE_HZ), start_browser(tone=CAROL_HZ)
    alice = Desk.of("alice", alices, site)
    alice.go_on_duty()
    carol = Supervisor(carols, site)
    customer = simulator.call(SUPPORT_NUMBER, from_=NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()

    carol.comes("Coach")
    hears = alice.call.locator(".hears")
    expect(hears).to_contain_text(f"coaching: heard by you only, never by {CALLER}")
    expect(alice.page.locator("#said-politely")).to_contain_text("Carol Clark coaches you")
    expect(carol.bar).to_contain_text(f"{CALLER} cannot hear you.")
    looks_right(alice.page, "the desk of who is coached")
    looks_right(carol.page, "the floor of who coaches")
    carol.page.emulate_media(color_scheme="dark")
    carol.page.set_viewport_size({"width": 390, "height": 844})
    looks_right(carol.page, "the floor of who coaches, narrow and dark")
    carol.page.set_viewport_size({"width": 1280, "height": 800})

    # Links open beside it: nothing takes the line away.
    with carols.context.expect_page() as opened:
        carol.row.get_by_role("link", name=CALLER).click()
    beside = opened.value
    expect(beside.locator("#call-now")).to_contain_text("Carol Clark coaches")
    expect(beside.locator("#supervision-bar")).to_contain_text("Your line is in another tab.")
    looks_right(beside, "the page of the call")
    beside.close()
    # Nor does the end of her session.
    site.forget_sessions()
    carol.bar.get_by_role("button", name="Listen", exact=True).click()
    notice = carol.page.locator("#notice")
    expect(notice).to_contain_text("You are signed out. The conversation goes on here.")
    expect(carol.bar).to_have_attribute("data-mode", "coach")
    carols.sign_in(site, "carol", "/supervisors/").close()
    carol.switches_to("Listen")
    carol.switches_to("Coach")
    # The browser notes what was refused: without a session, and with the secret of the old one.
    assert all("401" in words or "403" in words for words in carols.errors())
    carols.console.clear()
    # Esc closes what is open before it leaves.
    carol.bar.get_by_role("button", name="Take over", exact=True).click()
    carol.page.keyboard.press("Escape")
    expect(carol.page.locator("#take-over-sure")).to_be_hidden()
    expect(carol.bar).to_have_attribute("data-mode", "coach")
    carol.leaves()
    expect(hears).not_to_contain_text("Carol Clark")

    alices.crash()
    # Nobody has noticed yet: the network waits for a browser that may come back.
    carol.row.get_by_role("button", name="Take over", exact=True).click()
    carol.page.get_by_role("button", name="Take over now").click()
    carol.owns_the_call()
    wait_until(lambda: simulator.hears(customer, CAROL_HZ), what="the customer hearing Carol")
    assert simulator.leg(customer)["queue_sid"] is None
    assert carols.errors() == []
