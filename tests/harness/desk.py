"""An agent's desk in a real browser, driven by the words on its buttons."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.harness.browser import Browser
from tests.harness.site import Site

# Two cores, a browser, a phone network and a site: patience, never a measure of speed.
PATIENCE_MS = 20_000


class Desk:
    """`desk = Desk.of("alice", browser, site)`, then `desk.go_on_duty()`, `desk.accept()` …"""

    def __init__(self, page: Page, browser: Browser) -> None:
        self.page = page
        self.browser = browser
        page.set_default_timeout(PATIENCE_MS)

    @classmethod
    def of(cls, username: str, browser: Browser, site: Site) -> "Desk":
        """Somebody signs in at the desk, off duty."""
        return cls(browser.sign_in(site, username, "/"), browser)

    def go_on_duty(self) -> None:
        """Click through what makes a desk a phone; returns when the status says Available."""
        # The same deed is offered in the status menu; the one in the middle of the page is meant.
        button = self.page.locator("#go-on-duty").get_by_role("button", name="Go on duty")
        expect(button).not_to_have_attribute("aria-busy", "true", timeout=PATIENCE_MS)
        button.click()
        self.is_available()

    def is_available(self) -> None:
        """The desk says Available."""
        self.shows_state("available")

    def shows_state(self, state: str) -> None:
        """The status bar shows that state: available, ringing, on-call, hold, wrap-up, break …"""
        expect(self.page.locator("#own-status")).to_have_attribute(
            "data-state", state, timeout=PATIENCE_MS
        )

    @property
    def offer(self) -> Locator:
        """The ringing offer, if there is one."""
        return self.page.locator("#call-offer")

    @property
    def call(self) -> Locator:
        """The call card, connecting or connected; a colleague's about whose caller one is asked."""
        return self.page.locator("#active-call, #consulted")

    @property
    def wrap_up(self) -> Locator:
        """The wrap-up form."""
        return self.page.locator("#wrap-up")

    def rings(self) -> None:
        """An offer is on the screen."""
        expect(self.offer).to_be_visible(timeout=PATIENCE_MS)

    def does_not_ring(self) -> None:
        """No offer is on the screen any more."""
        expect(self.offer).to_have_count(0, timeout=PATIENCE_MS)

    def accept(self) -> None:
        """Take the call; returns when agent and customer are in one conversation."""
        self.offer.get_by_role("button", name="Accept").click()
        expect(self.call).to_have_attribute("data-state", "on-call", timeout=PATIENCE_MS)

    def decline(self) -> None:
        """Let it ring elsewhere."""
        self.offer.get_by_role("button", name="Decline").click()
        self.does_not_ring()

    def hold(self) -> None:
        """Put the customer on hold; returns when the network says it is so."""
        self.call.get_by_role("button", name="Hold", exact=True).click()
        expect(self.call).to_have_attribute("data-held", "true", timeout=PATIENCE_MS)

    def resume(self) -> None:
        """Come back to the customer; returns when the network says it is so."""
        self.call.get_by_role("button", name="Resume").click()
        expect(self.call).to_have_attribute("data-held", "false", timeout=PATIENCE_MS)

    def mute(self) -> None:
        """Be heard by nobody; returns when the network says it is so."""
        self.call.get_by_role("button", name="Mute", exact=True).click()
        expect(self.call).to_have_attribute("data-muted", "true", timeout=PATIENCE_MS)

    def press_in_consult(self, name: str) -> None:
        """Swap, Merge, Complete, Cancel."""
        consult = self.page.locator("#consult")
        consult.get_by_role("button", name=name, exact=True).click()

    def talks_with(self, whom: str) -> None:
        """The desk says with whom its agent talks, by the network's word: customer, colleague …"""
        expect(self.page.locator("#consult")).to_have_attribute(
            "data-talk", whom, timeout=PATIENCE_MS
        )

    def hang_up(self) -> None:
        """End the call; returns when the wrap-up is on the screen."""
        self.call.get_by_role("button", name="Hang up").click()
        self.wraps_up()

    def wraps_up(self) -> None:
        """The call is over and its wrap-up is on the screen."""
        expect(self.wrap_up).to_be_visible(timeout=PATIENCE_MS)

    def finish(self, notes: str = "", disposition: str = "") -> None:
        """Finish the wrap-up, with notes and an outcome if given."""
        if disposition:
            self.wrap_up.get_by_label(disposition).check()
        if notes:
            self.wrap_up.get_by_role("textbox", name=re.compile("Notes")).fill(notes)
        self.wrap_up.get_by_role("button", name="Finish").click()
        expect(self.wrap_up).to_have_count(0, timeout=PATIENCE_MS)
