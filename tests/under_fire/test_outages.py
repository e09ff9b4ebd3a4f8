"""PostgreSQL away, Redis away: callers stay, hear something human, and are answered afterwards."""

import time

import pytest

from tests.harness.installation import Installation
from tests.harness.simulator import SUPPORT_NUMBER
from tests.harness.waiting import let_pass, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.alone]

AWAY_SECONDS = 30
#: Nobody hears nothing for longer, whatever is away.
LONGEST_SILENCE = 5.0


def ring(site: Installation, number: int, *, talk_s: float = 300) -> str:
    """A customer who stays until somebody has talked to him for so long."""
    return site.network.call(
        SUPPORT_NUMBER, from_=f"+1415555{number:04}", patience_s=600, talk_s=talk_s
    )


def wait_for_place(site: Installation, call_sid: str, place: str) -> None:
    wait_until(
        lambda: site.network.leg(call_sid)["place"] == place,
        30,
        what=f"{call_sid} in {place}",
        describe=site.what_they_wrote,
    )


def states(site: Installation, call_sids: list[str]) -> list[str]:
    """What we believe of these calls, in their order."""
    known = dict(site.rows("SELECT sid, state FROM contact_center_call"))
    return [str(known.get(sid, "unknown")) for sid in call_sids]


def in_line(site: Installation, call_sids: list[str]) -> list[str]:
    """The same calls, the first in line first."""
    rows = site.rows(
        "SELECT sid FROM contact_center_segment AS stay"
        " JOIN contact_center_call AS call ON call.id = stay.call_id"
        " WHERE stay.kind = 'queue' AND sid = ANY(%s) ORDER BY placed_at, stay.id",
        call_sids,
    )
    return [str(sid) for (sid,) in rows]


def first_offers(site: Installation, call_sids: list[str]) -> list[str]:
    """Those of these calls that were offered, in the order of their first offers."""
    rows = site.rows(
        "SELECT sid FROM contact_center_offer AS offer"
        " JOIN contact_center_call AS call ON call.id = offer.call_id"
        " WHERE sid = ANY(%s) AND fence = 1 ORDER BY offer.id",
        call_sids,
    )
    return [str(sid) for (sid,) in rows]


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
