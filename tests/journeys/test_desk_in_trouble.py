"""What befalls a desk in the middle of a call, with the real Voice SDK, by ear at both ends."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.fixture
def alice(site: Site, start_browser: Callable[..., Browser]) -> Desk:
    """Alice at her desk, on duty, with a tone for a voice."""
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    return desk


@pytest.fixture
def customer(alice: Desk, simulator: Simulator) -> str:
    """A customer who talks with Alice."""
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice")
    return call


def line_of(simulator: Simulator, customer: str) -> str:
    """The browser's leg that is up beside the customer's; nothing when there is none."""
    return next((leg["sid"] for leg in simulator.live_legs() if leg["sid"] != customer), "")


def test_who_reloads_the_page_in_a_call_is_back_in_it_without_a_hand(
    alice: Desk, customer: str, simulator: Simulator
) -> None:
    before = line_of(simulator, customer)
    alice.page.on("dialog", lambda dialog: dialog.accept())  # the page asks whether one is sure
    alice.page.reload()
    wait_until(lambda: simulator.leg(before)["ended_at"], what="the end of the line that broke")
    again = wait_until(
        lambda: line_of(simulator, customer), 20, what="another line of Alice's, without a click"
    )
    assert again != before
    alice.shows_state("on-call")
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), what="the customer hearing Alice")
    wait_until(lambda: simulator.hears(again, CALLER_HZ), what="Alice hearing the customer")
    expect(alice.offer).to_have_count(0)
    assert simulator.leg(customer)["ended_at"] is None
    assert alice.browser.errors() == []


def test_five_seconds_without_network_are_nothing_to_a_call(
    alice: Desk, customer: str, simulator: Simulator
) -> None:
    before = line_of(simulator, customer)
    with alice.browser.without_network():
        stays_true(
            lambda: alice.page.locator("#own-status").get_attribute("data-state") == "on-call",
            5,
            what="the desk in its call",
        )
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), what="the customer hearing Alice")
    assert line_of(simulator, customer) == before, "the same line, not a new one"
    wait_until(lambda: simulator.hears(before, CALLER_HZ), what="Alice hearing the customer")
    alice.shows_state("on-call")
    alice.hold()
    alice.resume()


def test_a_desk_that_stands_still_loses_its_call_and_says_so_when_it_moves_again(
    alice: Desk, customer: str, simulator: Simulator
) -> None:
    with alice.browser.standing_still():
        wait_until(
            lambda: simulator.leg(customer)["queue_sid"], 45, what="the customer back in line"
        )
        assert simulator.leg(customer)["ended_at"] is None
    alice.shows_state("not-responding")
    expect(alice.page.locator("#not-responding")).to_contain_text(
        "Your line broke during a call", timeout=PATIENCE_MS
    )
    alice.page.get_by_role("button", name="I am back").click()
    # Whose line broke has the caller back without another click.
    alice.shows_state("on-call")
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), 20, what="the customer hearing Alice")


def test_a_session_that_ends_takes_nobody_out_of_a_call(
    alice: Desk, customer: str, simulator: Simulator, site: Site
) -> None:
    site.forget_sessions()
    alice.call.get_by_role("button", name="Hold", exact=True).click()
    notice = alice.page.locator("#notice")
    expect(notice).to_contain_text(
        "You are signed out. Your call goes on here.", timeout=PATIENCE_MS
    )
    assert simulator.hears(customer, ALICE_HZ), "neither held nor hung up"
    assert simulator.hears(line_of(simulator, customer), CALLER_HZ)

    alice.browser.sign_in(site, "alice", "/").close()
    expect(notice).to_be_hidden(timeout=PATIENCE_MS)
    alice.hold()
    alice.resume()
    # A newer session has another secret. A press with the old one is not swallowed.
    alice.page.evaluate("document.body.dataset.csrf = 'x'.repeat(64)")
    alice.call.get_by_role("button", name="Mute", exact=True).click()
    expect(notice).to_contain_text("The server did not hear that.", timeout=PATIENCE_MS)
    is_renewed = "!document.body.dataset.csrf.startsWith('xxxx')"
    wait_until(lambda: alice.page.evaluate(is_renewed), what="the secret of this session")
    alice.mute()
    alice.hang_up()
    alice.finish()
    alice.is_available()


def test_who_is_signed_out_without_a_call_is_taken_to_the_door(
    alice: Desk, simulator: Simulator, site: Site
) -> None:
    site.forget_sessions()
    alice.page.get_by_role("button", name="Keys", exact=True).wait_for()
    alice.page.locator("#status-button").click()
    alice.page.locator("#status-menu").get_by_role("button", name="Lunch").click()
    alice.page.wait_for_url(lambda url: "sign-in" in url, timeout=PATIENCE_MS)
