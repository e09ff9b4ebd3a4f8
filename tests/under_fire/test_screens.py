"""Two processes of live screens behind one Redis that forgets, and screens that stop reading."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.harness.installation import Installation
from tests.harness.live_screen import LiveScreen, panels_in, timeless
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import wait_until
from tests.under_fire.callers import ring, states, wait_for_place

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.alone]

#: Screens are right again within five seconds (`make bench` holds them to it); the figures of today
#: are kept for ten.
RIGHT_AGAIN = 15


@pytest.fixture(scope="module")
def beside(installation: Installation) -> Iterator[str]:
    """A second process of live screens; it cuts off who stalls sooner."""
    with installation.more_sockets("tests.under_fire.impatient:application") as url:
        yield url


def signed_in(site: Installation, username: str) -> VirtualDesk:
    """Somebody who only looks."""
    person = VirtualDesk(username, site.door.url, site.network.url)
    person.sign_in()
    return person


def come_right(screens: list[LiveScreen], person: VirtualDesk, path: str) -> None:
    """Wait until all of them show, to the last figure, what a page opened now would show."""

    def differences() -> list[tuple[str, str]]:
        fresh = panels_in(person.page(path))
        return [
            (shown, fresh[name])
            for screen in screens
            for name, shown in screen.panels.items()
            if timeless(shown) != timeless(fresh[name])
        ]

    wait_until(lambda: not differences(), RIGHT_AGAIN, what=f"a true {path}", describe=differences)


def test_two_processes_show_the_same_after_redis_forgot_everything(
    site: Installation, beside: str
) -> None:
    alice = site.open_desk("alice", answers=False)
    carol = signed_in(site, "carol")
    with ExitStack() as stack:
        floors, desks = (
            [stack.enter_context(site.watch(who, path, at=at)) for at in (site.sockets_url, beside)]
            for who, path in ((carol, "/ws/floor/"), (alice, "/ws/desk/"))
        )
        wait_until(lambda: all(one.panels for one in floors + desks), 20, what="four screens")
        first = ring(site, 1101)
        wait_for_place(site, first, "queue")
        come_right(floors, carol, "/supervisors/panels/")

        site.redis.flush()
        site.network.hang_up(first)
        second = ring(site, 1102)
        wait_for_place(site, second, "queue")
        # Alice, who does not answer, may be rung for the second.
        known = (["ended", "queued"], ["ended", "offered"])
        wait_until(lambda: states(site, [first, second]) in known, 20, what="an end and a caller")

        come_right(floors, carol, "/supervisors/panels/")
        come_right(desks, alice, "/agents/panels/")
        for screen in floors + desks:
            assert screen.connections == 1
            assert screen.page.gaps == 0
            assert screen.page.errors == []


def test_two_screens_that_stop_reading_are_cut_off_and_harm_nobody(
    site: Installation, beside: str
) -> None:
    carol = signed_in(site, "carol")
    with (
        site.watch(carol, "/ws/floor/", at=beside) as floor,
        site.stall(carol, "/ws/floor/", at=beside) as one,
        site.stall(carol, "/ws/floor/", at=beside) as other,
    ):
        wait_until(lambda: floor.panels, 20, what="a screen")
        for screen in (one, other):
            assert not screen.was_cut
            for _ in range(19):
                screen.asks_for_a_snapshot()
        wait_until(lambda: one.was_cut and other.was_cut, 20, what="both cut off")

        sid = ring(site, 1103)
        wait_for_place(site, sid, "queue")
        come_right([floor], carol, "/supervisors/panels/")
        assert floor.connections == 1
        assert floor.page.gaps == 0
