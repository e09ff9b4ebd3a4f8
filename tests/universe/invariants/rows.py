"""The rows of a few calls, read by one statement.

The universe asks after every step, tens of thousands of times; the ORM would take longer to write
the statement than the database to answer it. Everything that is asked rarely uses the ORM.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from contact_center.models import AgentSlot, Call, Offer, Segment

#: SQLite takes so many parameters in any build; more calls are read in several rounds.
MOST = 400


@dataclass(frozen=True)
class OfferRow:
    """A live offer and its slot."""

    pk: int
    state: str
    fence: int
    segment_id: int
    agent_id: int
    slot_id: int
    activity: str
    is_held: bool
    hold_asked: str
    conference_name: str
    customer_sent: bool


@dataclass
class CallRow:
    """A call, where it is, and its live offers."""

    pk: int
    sid: str
    tenant_id: int
    state: str
    queue_id: int | None
    is_ended: bool
    ended_by: str
    end_reason: str
    network_status: str
    offers_made: int
    #: The present stay.
    segment_id: int | None
    kind: str
    segment_queue_id: int | None
    heard_at: float | None
    can_be_offered: bool
    #: "live", or what else it is that stands in line.
    of_kind: str = "live"
    offers: list[OfferRow] = field(default_factory=list)

    @property
    def offer(self) -> OfferRow | None:
        """The offer by which an agent has the call or is about to; not one being wrapped up."""
        return next((offer for offer in self.offers if offer.state != "wrapping_up"), None)


def read_calls(sids: Collection[str]) -> dict[str, CallRow]:
    """Return the rows of those calls that our database knows, by SID."""
    rows: dict[str, CallRow] = {}
    listed = sorted(sids)
    for start in range(0, len(listed), MOST):
        for found in _read(listed[start : start + MOST]):
            rows[found.sid] = found
    return rows


def _read(sids: list[str]) -> Iterator[CallRow]:
    statement = _STATEMENT.format(places=", ".join(["%s"] * len(sids)))
    call: CallRow | None = None
    with connection.cursor() as cursor:
        cursor.execute(statement, sids)
        for row in cursor.fetchall():
            if call is None or call.pk != row[0]:
                if call is not None:
                    yield call
                call = _call(row)
            if row[15] is not None and all(offer.pk != row[15] for offer in call.offers):
                call.offers.append(_offer(row))
    if call is not None:
        yield call


def _call(row: tuple[Any, ...]) -> CallRow:
    return CallRow(
        pk=row[0],
        sid=row[1],
        tenant_id=row[2],
        state=row[3],
        queue_id=row[4],
        is_ended=bool(row[5]),
        ended_by=row[6],
        end_reason=row[7],
        network_status=row[8],
        offers_made=row[9],
        segment_id=row[10],
        kind=row[11] or "",
        segment_queue_id=row[12],
        heard_at=seconds(row[13]),
        can_be_offered=bool(row[14]),
        of_kind=row[26],
    )


def _offer(row: tuple[Any, ...]) -> OfferRow:
    return OfferRow(
        pk=row[15],
        state=row[16],
        fence=row[17],
        segment_id=row[18],
        agent_id=row[19],
        slot_id=row[20],
        activity=row[21],
        is_held=bool(row[22]),
        hold_asked=row[23],
        conference_name=f"c-{str(row[24]).replace('-', '')}",
        customer_sent=bool(row[25]),
    )


def seconds(value: Any) -> float | None:
    """Return a moment of a raw row in seconds since 1970; SQLite hands out text."""
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()


_STATEMENT = f"""
SELECT c.id, c.sid, c.tenant_id, c.state, c.queue_id, c.ended_at IS NOT NULL, c.ended_by,
       c.end_reason, c.network_status, c.offers_made,
       s.id, s.kind, s.queue_id, s.wait_heard_at, s.wait_started_at IS NOT NULL,
       o.id, o.state, o.fence, o.segment_id, o.agent_id, o.slot_id, l.activity,
       o.held_at IS NOT NULL, o.hold_asked, o.conference_key, o.customer_sent_at IS NOT NULL, c.kind
FROM {Call._meta.db_table} c
LEFT JOIN {Segment._meta.db_table} s ON s.call_id = c.id AND s.ended_at IS NULL
LEFT JOIN {Offer._meta.db_table} o ON o.call_id = c.id AND o.ended_at IS NULL
LEFT JOIN {AgentSlot._meta.db_table} l ON l.id = o.slot_id
WHERE c.sid IN ({{places}})
ORDER BY c.id, o.id, s.id
"""
