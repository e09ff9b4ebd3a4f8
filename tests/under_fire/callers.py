"""Customers of an installation under fire, and what we believe of them."""

from tests.harness.installation import Installation
from tests.harness.simulator import SUPPORT_NUMBER
from tests.harness.waiting import wait_until

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
