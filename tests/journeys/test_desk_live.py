"""The desk stays true: without its socket, through a restart, on other pages, under the fingers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS, Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(site: Site, start_browser: Callable[..., Browser]) -> Desk:
    """Alice at her desk, on duty, with a tone for a voice."""
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    return desk


def focused(desk: Desk) -> str:
    """The id of what has the focus."""
    return str(desk.page.evaluate("document.activeElement.id"))


def saved_notes(desk: Desk) -> str:
    """The notes as a fresh look at the server shows them."""
    desk.page.reload()
    return desk.page.get_by_role("textbox", name="Notes").input_value()


def test_the_call_goes_on_while_the_server_restarts_and_the_screen_comes_back_true(
    alice: Desk, site: Site, simulator: Simulator
) -> None:
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice")

    site.kill()
    lost = alice.page.locator("#live-lost")
    expect(lost).to_be_visible(timeout=PATIENCE_MS)
    expect(lost).to_contain_text("Calls go on.")
    expect(alice.call).to_be_visible()
    assert simulator.hears(call, ALICE_HZ), "the call itself does not need the server"

    # What is asked now is not heard by anybody, and the desk says so.
    alice.call.get_by_role("button", name="Hold", exact=True).click()
    expect(alice.page.locator("#notice")).to_contain_text("The server did not hear that.")
    hold = alice.call.get_by_role("button", name="Hold", exact=True)
    expect(hold).to_have_attribute("data-outcome", "failed")
    expect(hold).not_to_have_attribute("aria-busy", "true")

    site.start()
    expect(lost).to_be_hidden(timeout=PATIENCE_MS)
    assert simulator.hears(call, ALICE_HZ)
    alice.hold()
    alice.resume()
    alice.hang_up()


def test_while_the_socket_is_away_the_desk_asks_and_still_rings(
    alice: Desk, simulator: Simulator
) -> None:
    # Every socket of this page is refused from now on; requests are not.
    alice.page.route_web_socket(re.compile(r"/ws/desk/"), lambda ws: ws.close(code=3000))
    alice.page.reload()
    expect(alice.page.locator("#live-lost")).to_be_visible(timeout=PATIENCE_MS)
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    alice.hang_up()
    alice.finish(notes="Without a socket.")


@pytest.mark.once
def test_moving_about_inside_never_unloads_the_phone(alice: Desk, simulator: Simulator) -> None:
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    wait_until(lambda: simulator.hears(call, ALICE_HZ), what="the customer hearing Alice")
    page = alice.page
    page.evaluate("document.documentElement.dataset.sameDocument = 'yes'")

    page.get_by_role("link", name="My calls").click()
    expect(page.get_by_role("heading", name="My calls", exact=True)).to_be_visible()
    page.get_by_label("Number").fill("+1 415 555 0199")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No call of yours is like that.")).to_be_visible()
    page.locator("#account").click()
    page.get_by_role("link", name="Change password").click()
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("This field is required.").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="My calls", exact=True)).to_be_visible()
    expect(page.locator("#call-goes-on")).to_be_visible()
    page.get_by_role("link", name="Back to the call").click()
    expect(alice.call).to_be_visible()

    assert page.evaluate("document.documentElement.dataset.sameDocument") == "yes"
    assert simulator.hears(call, ALICE_HZ)
    alice.hang_up()


@pytest.mark.once
def test_a_call_that_rings_brings_the_desk_back(alice: Desk, simulator: Simulator) -> None:
    alice.page.get_by_role("link", name="My calls").click()
    expect(alice.page.get_by_role("heading", name="My calls", exact=True)).to_be_visible()
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    expect(alice.page).to_have_title(re.compile("^Ringing: "))
    wait_until(lambda: focused(alice) == "accept", what="the focus on Accept")
    alice.page.keyboard.press("Enter")
    alice.shows_state("on-call")


@pytest.mark.once
def test_ringing_does_not_take_the_keyboard_from_who_is_typing(
    alice: Desk, simulator: Simulator
) -> None:
    page = alice.page
    page.locator("#speak-source").select_option("voice")
    field = page.locator("#speak-text")
    field.fill("")
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    wait_until(
        lambda: field.press("a") or alice.offer.count() == 1,
        timeout=30,
        what="the call ringing while somebody types",
    )
    assert focused(alice) == "speak-text"
    page.keyboard.press("Control+Shift+KeyR")
    alice.does_not_ring()
    assert focused(alice) == "speak-text"
    expect(page.locator("#last-calls")).to_contain_text("you declined")


@pytest.mark.once
def test_a_hold_that_has_become_long_is_said_as_long_as_it_lasts(
    alice: Desk, simulator: Simulator, site: Site
) -> None:
    site.manage(
        "shell",
        "-c",
        "from contact_center.models import AlertRule, Tenant;"
        "AlertRule.objects.create(tenant=Tenant.objects.get(), kind='long_hold', threshold=4)",
    )
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    reminder = alice.page.locator(".hold-reminder")
    expect(reminder).to_have_count(0)
    alice.hold()
    expect(reminder).to_be_visible(timeout=PATIENCE_MS)
    expect(alice.page.locator("#said-politely")).to_contain_text("has been on hold for long")
    alice.resume()
    expect(reminder).to_have_count(0)


@pytest.mark.once
def test_what_is_typed_outlives_every_repaint(alice: Desk, simulator: Simulator) -> None:
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    notes = alice.page.get_by_role("textbox", name="Notes")
    notes.press_sequentially("Order QM-20418, ")
    alice.hold()
    assert notes.input_value() == "Order QM-20418, "
    notes.press_sequentially("sleeve torn.")
    alice.resume()
    alice.hang_up()
    assert notes.input_value() == "Order QM-20418, sleeve torn."
    expect(alice.page.locator("[data-notes-saved]")).to_contain_text(re.compile(r"saved \d"))

    # Who goes elsewhere in mid-sentence loses nothing either.
    notes.press_sequentially(" New one sent.")
    alice.page.get_by_role("link", name="My calls").click()
    expect(alice.page.get_by_role("heading", name="My calls", exact=True)).to_be_visible()
    alice.page.get_by_role("link", name="Desk").click()
    expect(alice.page.locator("[data-notes-saved]")).to_contain_text(re.compile(r"saved \d"))
    wait_until(
        lambda: "New one sent." in saved_notes(alice),
        what="the notes that the server has",
    )
    # Nor who reloads the page with the last letter.
    notes.press("Control+End")
    notes.press_sequentially(" Bye.")
    alice.page.reload()
    wait_until(lambda: "Bye." in saved_notes(alice), what="the last word")
    alice.finish()
    alice.page.get_by_role("link", name="My calls").click()
    cell = alice.page.get_by_role("cell", name="Order QM-20418, sleeve torn. New one sent. Bye.")
    expect(cell).to_be_visible()


@pytest.mark.once
def test_the_keypad_stays_open_while_the_card_is_painted_anew(
    alice: Desk, simulator: Simulator
) -> None:
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    alice.call.get_by_role("button", name="Keypad").click()
    alice.call.get_by_role("button", name="5", exact=True).click()
    alice.mute()
    expect(alice.call.get_by_role("button", name="#", exact=True)).to_be_visible()
    expect(alice.page.locator("#keypad-sent")).to_have_text("5")
    expect(alice.page.locator("#light-microphone")).to_contain_text("Microphone muted")


def tab_to(desk: Desk, wanted: str) -> None:
    """Press Tab until what has that id has the focus."""
    tab_to_it(desk, desk.page.locator(f"[id='{wanted}']"))


def tab_to_it(desk: Desk, wanted: Locator) -> None:
    """Press Tab until that has the focus."""
    for _ in range(60):
        if wanted.evaluate("(node) => node === document.activeElement"):
            return
        desk.page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab")


def choose_status(desk: Desk, name: str) -> None:
    """Open the status menu by its key, and choose."""
    desk.page.keyboard.press("Control+Shift+KeyS")
    choice = desk.page.locator("#status-menu").get_by_role("button", name=name)
    expect(choice).to_be_visible(timeout=PATIENCE_MS)
    tab_to_it(desk, choice)
    desk.page.keyboard.press("Enter")
    expect(choice).to_be_hidden(timeout=PATIENCE_MS)


@pytest.mark.once
def test_a_whole_day_without_a_mouse(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    browser = start_browser(tone=ALICE_HZ)
    alice = Desk(browser.open(site.address_of("alice", "/")), browser)
    page, press = alice.page, alice.page.keyboard.press
    wait_until(lambda: focused(alice) == "id_password", what="the cursor in the password")
    page.keyboard.type("demo")
    press("Enter")
    button = page.locator("#on-duty-button")
    expect(button).to_be_visible(timeout=PATIENCE_MS)
    expect(button).not_to_have_attribute("aria-busy", "true", timeout=PATIENCE_MS)
    tab_to(alice, "on-duty-button")
    press("Enter")
    alice.is_available()

    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    wait_until(lambda: focused(alice) == "accept", what="the focus on Accept")
    press("Enter")
    alice.shows_state("on-call")
    in_the_middle = "document.activeElement.closest('#middle') !== null"
    wait_until(lambda: page.evaluate(in_the_middle), what="the focus in the call")

    tab_to(alice, "call-hold")
    press("Enter")
    alice.shows_state("hold")
    assert focused(alice) == "call-hold", "Resume is where Hold was"
    press("Enter")
    alice.shows_state("on-call")
    press("Control+Shift+KeyM")
    expect(alice.call).to_have_attribute("data-muted", "true", timeout=PATIENCE_MS)
    press("Control+Shift+Digit1")
    alice.wraps_up()
    wait_until(lambda: page.evaluate(in_the_middle), what="the focus in the wrap-up")
    # An outcome is found by its letters, a field that says nothing is led to, and kept as typed.
    press("Control+Shift+KeyO")
    page.keyboard.type("corr")
    expect(alice.wrap_up.get_by_text("Money sent back")).to_be_hidden()
    press("Enter")
    expect(alice.wrap_up.get_by_label("Invoice corrected")).to_be_checked()
    expect(alice.wrap_up.get_by_text("Money sent back")).to_be_visible()
    price = alice.wrap_up.get_by_label("Price, USD")
    tab_to(alice, str(price.get_attribute("id")))
    page.keyboard.type("1,234")
    press("Control+Shift+Digit1")
    expect(alice.wrap_up).to_contain_text("Write a number like 12", timeout=PATIENCE_MS)
    wait_until(lambda: focused(alice) == price.get_attribute("id"), what="the focus on the price")
    page.reload()
    expect(price).to_have_value("1,234")
    expect(alice.wrap_up.get_by_label("Invoice corrected")).to_be_checked()
    tab_to(alice, str(price.get_attribute("id")))
    press("Control+KeyA")
    page.keyboard.type("1234")
    tab_to(alice, "finish")
    press("Enter")
    alice.is_available()

    # A break, and back; then home.
    choose_status(alice, "Lunch")
    alice.shows_state("break")
    choose_status(alice, "Available")
    alice.is_available()
    choose_status(alice, "Offline")
    alice.shows_state("offline")
    tab_to(alice, "account")
    press("Enter")
    sign_out = page.get_by_role("button", name="Sign out")
    expect(sign_out).to_be_visible()
    tab_to_it(alice, sign_out)
    press("Enter")
    page.wait_for_url(re.compile("sign-in"))


def test_the_caller_hangs_up_and_the_desk_wraps_up_by_itself(
    alice: Desk, simulator: Simulator
) -> None:
    call = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    alice.accept()
    simulator.hang_up(call)
    alice.wraps_up()
    expect(alice.page.locator("#light-microphone")).to_contain_text("Microphone ready")
    alice.finish(disposition="Solved")
    alice.is_available()
    expect(alice.page.locator("#last-calls")).to_contain_text("the caller hung up")


@pytest.mark.once
def test_no_answer_is_shown_with_a_way_back_and_rings_nobody_meanwhile(
    start_site: Callable[..., Site], simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    site = start_site()
    alice = Desk.of("alice", start_browser(), site)
    alice.go_on_duty()
    simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=180)
    alice.rings()
    wait_until(
        lambda: alice.page.locator("#not-responding").count() == 1,
        timeout=45,
        what="the desk shown as not responding",
    )
    stays_true(lambda: alice.offer.count() == 0, 2, what="nothing ringing at an empty desk")
    alice.page.locator("#not-responding").get_by_role("button", name="I am back").click()
    wait_until(
        lambda: (
            alice.page.locator("#own-status").get_attribute("data-state")
            in ("available", "ringing")
        ),
        what="Alice being back",
    )


@pytest.mark.once
def test_a_call_of_a_queue_that_says_so_is_taken_without_a_hand_unless_it_is_declined(
    alice: Desk, simulator: Simulator, site: Site
) -> None:
    site.manage(
        "shell",
        "-c",
        "from contact_center.models import Queue; Queue.objects.update(auto_answer_seconds=5)",
    )
    declined = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    simulator.record(declined)
    alice.rings()
    expect(alice.offer.locator("#answers-itself")).to_be_visible()
    alice.decline()
    stays_true(lambda: alice.call.count() == 0, 6, what="no call")
    # Not by the tone: the announcements that play in line are speech, and have some of every tone.
    assert [change["legs"] for change in simulator.recording(declined)["hears"]] == [[]]
    simulator.hang_up(declined)

    taken = simulator.call(SUPPORT_NUMBER, tone=CALLER_HZ, patience_s=120)
    alice.rings()
    wait_until(lambda: simulator.hears(taken, ALICE_HZ), what="the customer hearing Alice")
    expect(alice.call).to_be_visible()
