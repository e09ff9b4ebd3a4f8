"""A new version is rolled out while people talk, wait and ring: they notice nothing."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.harness.installation import Installation
from tests.harness.processes import Server
from tests.harness.simulator import MAIN_NUMBER
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import let_pass, wait_until
from tests.under_fire.callers import LONGEST_SILENCE, ring, states, wait_for_place

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.alone]

EVERY_SECONDS = 0.7


@contextmanager
def people_who_keep_ringing(site: Installation) -> Iterator[list[str]]:
    """Customers who ring one after the other and choose in the menu; yields their calls."""
    sids: list[str] = []
    enough = threading.Event()

    def ring_on() -> None:
        while not enough.wait(EVERY_SECONDS):
            sids.append(
                site.network.call(
                    MAIN_NUMBER, from_=f"+1415777{len(sids):04}", keys="ww2", patience_s=600
                )
            )

    thread = threading.Thread(target=ring_on, name="people who ring")
    thread.start()
    try:
        yield sids
    finally:
        enough.set()
        thread.join(20)


def begin(site: Installation, server: Server) -> float:
    """Start a process, wait until it serves, and return how many seconds that took."""
    started = time.monotonic()
    server.start()
    if server in site.webs:
        site.wait_for_web(site.webs.index(server))
    seconds = time.monotonic() - started
    let_pass(0.5)
    return seconds


def bearable(seconds_to_begin: float) -> float:
    """How long a caller may hear nothing when a process takes so long to begin.

    It accepts requests before it can answer them, and the network waits 6 s before it asks
    another. Where a process begins in two seconds this is the usual bound.
    """
    return max(LONGEST_SILENCE, min(seconds_to_begin, 6.0) + 3.0)


def a_floor_at_work(site: Installation) -> tuple[list[str], str, list[VirtualDesk]]:
    """Two who talk, of whom one is on hold, and one who waits."""
    desks = [site.open_desk(name) for name in ("alice", "bob")]
    talking = [ring(site, 1 + n) for n in range(2)]
    for sid in talking:
        wait_for_place(site, sid, "conference")
    wait_until(lambda: states(site, talking) == ["connected"] * 2, 20, what="two conversations")
    held = desks[1].answered_offers()[0]
    desks[1].press(f"/offers/{held}/hold/")
    wait_until(lambda: "on_hold" in states(site, talking), 20, what="somebody on hold")
    waiting = ring(site, 3)
    wait_for_place(site, waiting, "queue")
    return talking, waiting, desks


def nobody_noticed(
    site: Installation,
    talking: list[str],
    waiting: list[str],
    *,
    longest_silence: float = LONGEST_SILENCE,
) -> None:
    """Who talked talks, who rang is in line, and each of them heard what is usual."""
    for sid in talking:
        assert site.network.leg(sid)["place"] == "conference"
    assert sorted(states(site, talking)) == ["connected", "on_hold"]
    wait_until(
        lambda: states(site, waiting) == ["queued"] * len(waiting),
        20,
        what="everybody who rang in line",
        describe=lambda: states(site, waiting),
    )
    for sid in [*talking, *waiting]:
        assert site.network.leg(sid)["status"] == "in-progress"
        assert site.network.longest_silence(sid) <= longest_silence
        assert not any("went wrong" in said for said in site.network.sentences(sid))
    assert not site.network.errors_heard()


def test_a_rolling_restart_is_noticed_by_no_caller(site: Installation) -> None:
    talking, waiting, desks = a_floor_at_work(site)
    problems = len(site.network.problems())
    with site.watch(desks[0], "/ws/desk/") as screen, people_who_keep_ringing(site) as others:
        wait_until(lambda: screen.panels, 20, what="a screen")
        slowest = 0.0
        for server in [*site.webs, *site.clocks, site.sockets]:
            server.stop(how=signal.SIGTERM)
            slowest = max(slowest, begin(site, server))
        wait_until(lambda: screen.connections == 2, 30, what="the screen, connected again")
    assert len(others) > 5
    print(f"\nthe slowest process began in {slowest:.1f} s")
    nobody_noticed(site, talking, [waiting, *others], longest_silence=bearable(slowest))
    assert site.network.problems()[problems:] == []
    # And the desks are where they were: who becomes free is offered the first in line.
    site.network.hang_up(talking[0])
    wait_for_place(site, waiting, "conference")


def test_one_web_process_alone_takes_a_new_version_without_losing_a_caller(
    site: Installation,
) -> None:
    """`systemctl reload`: gunicorn keeps the door while its workers are replaced."""
    talking, waiting, _desks = a_floor_at_work(site)
    site.webs[1].stop()
    with people_who_keep_ringing(site) as others:
        site.webs[0].signal(signal.SIGHUP)
        let_pass(4.0)
        slowest = begin(site, site.webs[1])
    nobody_noticed(site, talking, [waiting, *others], longest_silence=bearable(slowest))


def test_processes_that_are_killed_lose_nobody(site: Installation) -> None:
    talking, waiting, _desks = a_floor_at_work(site)
    with people_who_keep_ringing(site) as others:
        slowest = 0.0
        for server in [*site.webs, *site.clocks]:
            server.kill_family()
            slowest = max(slowest, begin(site, server))
        for line in (site.door, site.link):
            line.break_connections()
            let_pass(0.5)
    nobody_noticed(site, talking, [waiting, *others], longest_silence=bearable(slowest))
    site.network.hang_up(talking[0])
    wait_for_place(site, waiting, "conference")
