"""PostgreSQL away, Redis away: callers stay, hear something human, and are answered afterwards."""

import re
import time

import pytest

from tests.harness.installation import Installation
from tests.harness.live_screen import LiveScreen, apart_from_figures, panels_in
from tests.harness.virtual_desk import VirtualDesk
from tests.harness.waiting import let_pass, wait_until
from tests.under_fire.callers import (
    LONGEST_SILENCE,
    first_offers,
    in_line,
    ring,
    states,
    wait_for_place,
)

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.alone]

AWAY_SECONDS = 30
#: What a desk waits for its call at most, whatever is away.
LONGEST_RING_SECONDS = 6.0


def test_twenty_callers_hear_us_while_postgres_is_away_and_are_answered_afterwards(
    site: Installation,
) -> None:
    alice, bob = site.open_desk("alice"), site.open_desk("bob")
    talking = [ring(site, n) for n in range(2)]
    for sid in talking:
        wait_for_place(site, sid, "conference")
    waiting = [ring(site, 100 + n, talk_s=0.5) for n in range(20)]
    wait_until(lambda: states(site, waiting) == ["queued"] * 20, 30, what="twenty in line")
    for sid in waiting:
        wait_for_place(site, sid, "queue")
    waiting = in_line(site, waiting)
    said = {sid: len(site.network.sentences(sid)) for sid in waiting}

    site.postgres.stop()
    let_pass(AWAY_SECONDS / 2)
    site.network.hang_up(talking[0])
    let_pass(AWAY_SECONDS / 2)

    for sid in waiting:
        assert site.network.leg(sid)["status"] == "in-progress"
        assert len(site.network.sentences(sid)) > said[sid], "nobody spoke to him"
        assert site.network.longest_silence(sid) <= LONGEST_SILENCE
    assert site.network.leg(talking[1])["place"] == "conference"
    assert not site.network.errors_heard()

    site.postgres.start()
    back = time.monotonic()
    site.network.hang_up(talking[1])
    offers_until_now = {*alice.offers, *bob.offers}
    wait_until(
        lambda: {*alice.offers, *bob.offers} - offers_until_now,
        20,
        what="a desk that rings",
        describe=site.what_they_wrote,
    )
    print(f"\nthe first desk rang {time.monotonic() - back:.1f} s after PostgreSQL was back")
    wait_until(lambda: states(site, waiting[:6]) == ["ended"] * 6, 90, what="six answered")
    assert first_offers(site, waiting)[:6] == waiting[:6]
    # Nobody told us that she had hung up; we found out.
    wait_until(lambda: states(site, talking) == ["ended"] * 2, 60, what="the lost end of a call")
    assert not site.network.errors_heard()
    for sid in waiting:
        assert site.network.longest_silence(sid) <= LONGEST_SILENCE


def seconds_until_it_rings(site: Installation, screen: LiveScreen, number: int) -> float:
    """Let a customer ring; return after how many seconds in line he is on the agent's screen."""
    sid = ring(site, number)
    wait_for_place(site, sid, "queue")
    started = time.monotonic()
    wait_until(
        lambda: re.search(rf'data-caller="[^"]*{number:04}"', screen.panels["middle"]),
        20,
        what="a ring",
        describe=lambda: screen.panels["middle"] + site.what_they_wrote(),
    )
    seconds = time.monotonic() - started
    site.network.hang_up(sid)
    wait_until(lambda: "call-offer" not in screen.panels["middle"], 20, what="its end")
    return seconds


def comes_right(screen: LiveScreen, person: VirtualDesk, path: str) -> None:
    """Wait until a screen shows what the same person is shown by a page that is opened now."""

    def differences() -> list[tuple[str, str]]:
        fresh = apart_from_figures(panels_in(person.page(path)))
        shown = apart_from_figures(screen.panels)
        return [(html, fresh[name]) for name, html in shown.items() if fresh[name] != html]

    wait_until(lambda: not differences(), 10, what=f"a true {path}", describe=differences)


def test_while_redis_is_away_desks_ring_and_screens_come_right_by_themselves(
    site: Installation,
) -> None:
    alice = site.open_desk("alice", answers=False)
    carol = VirtualDesk("carol", site.door.url, site.network.url)
    carol.sign_in()
    with site.watch(alice, "/ws/desk/") as desk, site.watch(carol, "/ws/floor/") as floor:
        wait_until(lambda: desk.panels and floor.panels, 20, what="two screens")
        took = {"with Redis": seconds_until_it_rings(site, desk, 1001)}
        site.redis.stop()
        took["while it is away"] = seconds_until_it_rings(site, desk, 1002)
        site.redis.start()  # it keeps nothing: whatever was in it is forgotten
        took["when it is back, empty"] = seconds_until_it_rings(site, desk, 1003)
        site.redis.flush()
        took["flushed"] = seconds_until_it_rings(site, desk, 1004)
        print({when: round(seconds, 1) for when, seconds in took.items()})
        assert max(took.values()) <= LONGEST_RING_SECONDS
        comes_right(desk, alice, "/agents/panels/")
        comes_right(floor, carol, "/supervisors/panels/")
        assert desk.connections == floor.connections == 1
    assert not site.network.errors_heard()
