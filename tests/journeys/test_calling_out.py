"""An agent dials: what both hear while it rings and afterwards, and what the desk says of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.looks import looks_right
from tests.harness.simulator import Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]

CUSTOMER, BUSY, SILENT = "+14155550177", "+14155550178", "+14155550176"
LOUD_DB = -45.0


@pytest.fixture
def alice(site: Site, simulator: Simulator, start_browser: Callable[..., Browser]) -> Desk:
    """Alice at her desk, on duty, with a tone for a voice."""
    simulator.post("/simulator/outside", {"number": CUSTOMER, "does": "answers", "tone": CALLER_HZ})
    simulator.post("/simulator/outside", {"number": BUSY, "does": "busy"})
    simulator.post("/simulator/outside", {"number": SILENT, "does": "never-answers"})
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    return desk


def dial(desk: Desk, number: str) -> None:
    """Open the pad, type a number and press Call."""
    pad = desk.page.locator("#dial-pad")
    if pad.get_attribute("open") is None:
        pad.locator("summary").click()
    pad.get_by_label("Number", exact=True).fill(number)
    pad.get_by_role("button", name="Call", exact=True).click()


def leg_to(simulator: Simulator, number: str) -> str:
    """The line on which a number is rung, or talks."""
    wait_until(
        lambda: any(leg["to"] == number for leg in simulator.live_legs()),
        what="the customer's line",
    )
    [leg] = [leg for leg in simulator.live_legs() if leg["to"] == number]
    return str(leg["sid"])


def test_an_agent_dials_is_heard_holds_hangs_up_and_wraps_up(
    alice: Desk, simulator: Simulator
) -> None:
    dial(alice, "(415) 555-0177")
    expect(alice.call).to_contain_text("+1 415 555 0177", timeout=PATIENCE_MS)
    customer = leg_to(simulator, CUSTOMER)
    expect(alice.call).to_have_attribute("data-state", "on-call", timeout=PATIENCE_MS)
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), what="the customer hearing Alice")
    conference = simulator.leg(customer)["conference_sid"]
    [agent] = [
        leg["sid"]
        for leg in simulator.live_legs()
        if leg["conference_sid"] == conference and leg["sid"] != customer
    ]
    wait_until(lambda: simulator.hears(agent, CALLER_HZ), what="Alice hearing the customer")
    alice.hold()
    wait_until(lambda: not simulator.hears(customer, ALICE_HZ), what="the held customer")
    stays_true(lambda: not simulator.hears(customer, ALICE_HZ), seconds=1)
    alice.resume()
    wait_until(lambda: simulator.hears(customer, ALICE_HZ), what="the customer hearing her again")
    alice.hang_up()
    wait_until(lambda: not simulator.live_legs(), what="every line's end")
    alice.finish(notes="Wants a new contract")
    alice.is_available()
    expect(alice.page.locator("#last-calls")).to_contain_text("you called")


def test_a_busy_line_is_said_and_the_pad_is_filled_in_again_without_dialling(
    alice: Desk, simulator: Simulator
) -> None:
    dial(alice, BUSY)
    said = alice.page.locator("#call-not-reached")
    expect(said).to_contain_text("The line was busy.", timeout=PATIENCE_MS)
    expect(said).to_contain_text("Call again in a few minutes.")
    looks_right(alice.page, "a call that reached nobody")
    alice.is_available()
    said.get_by_role("link", name="Put it into the dial pad").click()
    field = alice.page.locator("#dial-number")
    expect(field).to_have_value(BUSY)
    expect(field).to_be_focused()
    assert not simulator.live_legs()
    said.get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)


def test_who_hangs_up_while_it_rings_has_heard_it_ring(alice: Desk, simulator: Simulator) -> None:
    dial(alice, SILENT)
    expect(alice.call).to_contain_text("You hear it ring", timeout=PATIENCE_MS)
    [agent] = [leg["sid"] for leg in simulator.live_legs() if leg["to"] != SILENT]
    wait_until(lambda: simulator.heard(agent)["rms"] > LOUD_DB, what="the ringing")
    alice.call.get_by_role("button", name="Hang up").click()
    expect(alice.page.locator("#call-not-reached")).to_contain_text("You cancelled the call.")
    wait_until(lambda: not simulator.live_legs(), what="every line's end")
    alice.is_available()


def test_a_number_that_is_not_called_is_refused_where_it_was_typed(
    alice: Desk, simulator: Simulator
) -> None:
    dial(alice, "911")
    expect(alice.page.locator("#dial-problem")).to_contain_text("Emergency numbers")
    expect(alice.page.locator("#dial-number")).to_have_value("911")
    looks_right(alice.page, "a number that is refused")
    assert not simulator.live_legs()
    alice.is_available()


def test_a_link_opens_the_pad_filled_in_and_dials_nothing(
    alice: Desk, site: Site, simulator: Simulator
) -> None:
    alice.page.goto(site.address_of("alice", "/agents/?dial=tel:%2B14155550177"))
    expect(alice.page.locator("#dial-number")).to_have_value(CUSTOMER)
    stays_true(lambda: not simulator.live_legs(), seconds=2)


def test_the_keyboard_alone_dials_and_has_the_last_number_again(
    alice: Desk, simulator: Simulator
) -> None:
    keyboard = alice.page.keyboard
    keyboard.press("Control+Shift+L")
    field = alice.page.locator("#dial-number")
    expect(field).to_be_focused()
    keyboard.type(BUSY)
    keyboard.press("Enter")
    expect(alice.page.locator("#call-not-reached")).to_be_visible(timeout=PATIENCE_MS)
    keyboard.press("Control+Shift+L")
    expect(field).to_be_focused()
    field.fill("")
    last = alice.page.get_by_role("button", name="Last number")
    last.focus()
    keyboard.press("Enter")
    expect(field).to_have_value(BUSY)
    expect(field).to_be_focused()
    stays_true(lambda: not simulator.live_legs(), seconds=1)


def test_a_call_of_ones_own_is_searched_and_put_into_the_pad_again(
    alice: Desk, simulator: Simulator
) -> None:
    dial(alice, BUSY)
    page = alice.page
    expect(page.locator("#call-not-reached")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="My calls").first.click()
    search = page.get_by_role("search", name="Narrow the list")
    search.get_by_label("Number or name").fill("0177")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="No call of yours is like that.")).to_be_visible()
    search.get_by_label("Number or name").fill("0178")
    search.get_by_label("Which").select_option("I called")
    search.get_by_label("What came of it").select_option("Not reached")
    search.get_by_role("button", name="Show").click()
    number = page.get_by_role("link", name="+1 415 555 0178")
    expect(number).to_have_count(1)
    looks_right(page, "my calls, searched")
    number.click()
    expect(page.locator("#dial-number")).to_have_value(BUSY)
    expect(page.locator("#dial-number")).to_be_focused()
    stays_true(lambda: not simulator.live_legs(), seconds=1)
