"""A call's whole life with a real browser at the desk, heard with measuring ears.

Alice speaks at 440 Hz, the customer at 1010 Hz. What counts is what each of them really hears on
the network's lines, whatever the screens say.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import Desk
from tests.harness.simulator import MAIN_NUMBER, SALES_NUMBER, SILENT_DB, Simulator
from tests.harness.site import Site
from tests.harness.tones import ALICE_HZ, BOB_HZ, CALLER_HZ
from tests.harness.waiting import stays_true, wait_until

pytestmark = pytest.mark.browser

MUSIC_DB = -45.0


@pytest.fixture
def alice(site: Site, start_browser: Callable[..., Browser]) -> Desk:
    """Alice at her desk, on duty, with a tone for a voice."""
    desk = Desk.of("alice", start_browser(tone=ALICE_HZ), site)
    desk.go_on_duty()
    return desk


def hears_music(simulator: Simulator, call: str) -> bool:
    """Something is to be heard, and it is neither of the people."""
    heard = simulator.heard(call, ALICE_HZ, CALLER_HZ)
    people = max(heard[f"{ALICE_HZ}"], heard[f"{CALLER_HZ}"])
    assert heard["rms"] > MUSIC_DB, heard
    assert people < SILENT_DB, heard
    return True


def agent_leg(simulator: Simulator, call: str) -> str:
    """The leg that shares a conference with this caller."""
    conference = simulator.leg(call)["conference_sid"]
    assert conference is not None, simulator.leg(call)
    (other,) = [
        leg["sid"]
        for leg in simulator.live_legs()
        if leg["conference_sid"] == conference and leg["sid"] != call
    ]
    return str(other)


def they_hear_each_other(simulator: Simulator, site: Site, call: str) -> None:
    """Measured on both lines."""
    wait_until(
        lambda: simulator.hears(call, ALICE_HZ),
        what="the customer hearing Alice",
        describe=lambda: (simulator.heard(call, ALICE_HZ, CALLER_HZ), site.log()),
    )
    agent = agent_leg(simulator, call)
    wait_until(
        lambda: simulator.hears(agent, CALLER_HZ),
        what="Alice hearing the customer",
        describe=lambda: (simulator.heard(agent, ALICE_HZ, CALLER_HZ), site.log()),
    )
    # Nobody hears himself, once the second in which the lines were joined has gone by.
    wait_until(lambda: simulator.does_not_hear(call, CALLER_HZ), what="the customer without echo")
    wait_until(lambda: simulator.does_not_hear(agent, ALICE_HZ), what="Alice without echo")


def test_a_customer_is_answered_held_taken_back_and_wrapped_up(
    alice: Desk, simulator: Simulator, site: Site
) -> None:
    call = simulator.call(MAIN_NUMBER, keys="1", tone=CALLER_HZ)
    alice.rings()
    wait_until(lambda: hears_music(simulator, call), what="music while waiting")

    alice.accept()
    they_hear_each_other(simulator, site, call)
    agent = agent_leg(simulator, call)

    alice.hold()
    wait_until(lambda: hears_music(simulator, call), what="music while held")
    wait_until(lambda: simulator.does_not_hear(agent, CALLER_HZ), what="silence at the desk")
    stays_true(lambda: simulator.does_not_hear(call, ALICE_HZ, seconds=0.4, at_once=True), 1.5)

    alice.resume()
    they_hear_each_other(simulator, site, call)

    alice.mute()
    wait_until(lambda: simulator.does_not_hear(call, ALICE_HZ), what="Alice muted")
    assert simulator.hears(agent, CALLER_HZ)

    alice.hang_up()
    wait_until(lambda: not simulator.live_legs(), what="the end of every leg")
    alice.finish(notes="Wanted a second chair.", disposition="Solved")
    alice.is_available()


def test_a_customer_who_hangs_up_leaves_a_wrap_up_behind(
    alice: Desk, simulator: Simulator, site: Site
) -> None:
    call = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    they_hear_each_other(simulator, site, call)
    simulator.hang_up(call)
    alice.wraps_up()
    wait_until(lambda: not simulator.live_legs(), what="the end of every leg")


def test_a_customer_who_gives_up_while_it_rings_frees_the_desk(
    alice: Desk, simulator: Simulator
) -> None:
    call = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    simulator.hang_up(call)
    alice.does_not_ring()
    alice.is_available()
    assert not simulator.live_legs()


def test_a_customer_at_the_phone_page_talks_with_alice(
    alice: Desk, simulator: Simulator, site: Site, start_browser: Callable[..., Browser]
) -> None:
    customer = start_browser(tone=CALLER_HZ).open(f"{simulator.url}/phone")
    customer.get_by_label("My microphone").check()
    customer.get_by_label("Number to ring").fill(MAIN_NUMBER)
    customer.get_by_role("button", name="Ring", exact=True).click()
    (call,) = wait_until(lambda: [leg["sid"] for leg in simulator.live_legs()], what="the call")
    wait_until(lambda: simulator.heard(call)["rms"] > MUSIC_DB, 20, what="the greeting")
    customer.locator('#keypad [data-key="1"]').click()

    alice.rings()
    alice.accept()
    they_hear_each_other(simulator, site, call)

    alice.hang_up()
    wait_until(lambda: not simulator.live_legs(), what="the end of every leg")
    expect(customer.get_by_role("button", name="Ring", exact=True)).to_be_visible()


def test_a_customer_whose_agent_dies_is_told_and_back_in_line(
    alice: Desk,
    simulator: Simulator,
    site: Site,
    start_browser: Callable[..., Browser],
) -> None:
    call = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    they_hear_each_other(simulator, site, call)

    bob = Desk.of("bob", start_browser(tone=BOB_HZ), site)
    bob.go_on_duty()
    alice.browser.crash()

    # The network notices a dead browser by its silence; from then on a sentence, music, the line.
    wait_until(
        lambda: simulator.leg(call)["queue_sid"],
        45,
        what="the customer back in line",
        describe=lambda: (simulator.truth(), site.log()),
    )
    assert simulator.leg(call)["ended_at"] is None
    bob.page.set_default_timeout(60_000)
    expect(bob.offer).to_be_visible(timeout=60_000)
    bob.accept()
    wait_until(lambda: simulator.hears(call, BOB_HZ), what="the customer hearing Bob")


def test_a_restart_of_the_site_ends_no_call(alice: Desk, simulator: Simulator, site: Site) -> None:
    call = simulator.call(SALES_NUMBER, tone=CALLER_HZ)
    alice.rings()
    alice.accept()
    they_hear_each_other(simulator, site, call)

    site.kill()
    assert simulator.hears(call, ALICE_HZ)
    site.start()

    they_hear_each_other(simulator, site, call)
    expect(alice.page.locator("#live-lost")).to_be_hidden(timeout=30_000)
    alice.hold()
    wait_until(lambda: hears_music(simulator, call), what="music while held, after the restart")
    alice.resume()
    alice.hang_up()
    wait_until(lambda: not simulator.live_legs(), what="the end of every leg")
    alice.finish()
