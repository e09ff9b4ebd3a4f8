"""A report is lost between two real processes, and a supervisor sees it being put right."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.harness.browser import Browser
from tests.harness.desk import PATIENCE_MS
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.once]

#: A round every fifteen seconds, with one that has just begun, on a busy machine.
HEALED_MS = 60_000


def test_a_caller_whose_leaving_was_never_told_appears_as_healed_while_one_looks(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    page = start_browser().sign_in(site, "carol", "/supervisors/healed/")
    page.set_default_timeout(PATIENCE_MS)
    expect(page.locator("#live-light .live-on")).to_be_visible()
    expect(page.locator("#healed-list")).to_contain_text("Nothing had to be put right")

    call = simulator.call(SUPPORT_NUMBER, from_="+14155550142", patience_s=120)
    for path in ("/webhooks/status/", "/webhooks/voice/queue-left/*"):
        simulator.post(
            "/simulator/faults", {"kind": "webhook", "path": path, "action": "drop", "times": 20}
        )
    simulator.hang_up(call)

    row = page.locator("#healed-list .healed-rows li")
    expect(row).to_contain_text("Call was over.", timeout=HEALED_MS)
    expect(row).to_contain_text("The call was ended here")
    expect(page.locator("#healed-news")).to_contain_text("Network and site were compared at")

    # Who reads keeps the list still: what is new is only offered.
    row.hover()
    simulator.hang_up(simulator.call(SUPPORT_NUMBER, from_="+14155550143", patience_s=120))
    expect(page.locator("#healed-new")).to_be_visible(timeout=HEALED_MS)
    expect(row).to_have_count(1)
    page.locator("#healed-new").click()
    expect(row).to_have_count(2)
    expect(page.locator("#healed-new")).to_be_hidden()

    row.first.get_by_role("link").click()
    expect(page.locator("#main")).to_contain_text(
        "The caller's line had ended and nobody had told us."
    )
