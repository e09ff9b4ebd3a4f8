"""I9: the stays of a call add up to the call."""

from collections.abc import Iterable
from datetime import datetime

from contact_center.models import Call
from tests.universe.violation import Violation

Stay = tuple[str, datetime, datetime | None]


def stays_add_up(call: Call, stays: Iterable[Stay]) -> None:
    """Raise Violation unless the stays follow each other from arrival to end, without gap.

    ``stays`` are (kind, start, end) in the order they began.
    """
    end: datetime | None = call.arrived_at
    kind = "the arrival"
    for next_kind, started, ended in stays:
        if end is None:
            raise Violation("I9", f"{next_kind} began while {kind} went on.", call.sid)
        if started != end:
            apart = (started - end).total_seconds()
            what = f"{apart:.3f} s after" if apart > 0 else f"{-apart:.3f} s before"
            raise Violation("I9", f"{next_kind} began {what} {kind} ended.", call.sid)
        if ended is not None and ended < started:
            short = (started - ended).total_seconds()
            raise Violation("I9", f"{next_kind} ended {short:.3f} s before it began.", call.sid)
        kind, end = next_kind, ended
    if end != call.ended_at:
        raise Violation(
            "I9", f"The last stay, {kind}, ended at {end}, the call at {call.ended_at}.", call.sid
        )
