"""What was done and could not be said: the answer to a press is lost, the call is not."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Route

from tests.harness.browser import Browser
from tests.harness.desk import Desk
from tests.harness.simulator import SUPPORT_NUMBER, Simulator
from tests.harness.site import Site
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.once]


def test_an_accept_whose_answer_was_lost_still_connects_the_agent(
    site: Site, simulator: Simulator, start_browser: Callable[..., Browser]
) -> None:
    """As when the web process is killed right after it has written that she took the call."""
    alice = Desk.of("alice", start_browser(), site)
    alice.go_on_duty()
    lost: list[int] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        # Only browsers know what alice.localhost is.
        here = route.request.url.replace("alice.localhost", "localhost")
        lost.append(route.fetch(url=here).status)
        route.abort("connectionreset")

    alice.page.route("**/accept/", lose_the_first_answer)
    call = simulator.call(SUPPORT_NUMBER)
    alice.rings()
    alice.accept()
    assert lost == [200]
    wait_until(lambda: simulator.leg(call)["place"] == "conference", 10, what="a conversation")
    # Asked twice, she was connected once.
    assert len(simulator.live_legs()) == 2
