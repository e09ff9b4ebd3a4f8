"""Who is called back keeps the place, is called by one at a time, and is never forgotten."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from contact_center.domain.callbacks import Ended
from contact_center.domain.line import Kind
from contact_center.domain.overflow import Reason
from contact_center.models import (
    Call,
    DialAttempt,
    EventLog,
    Segment,
    Timer,
)
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.facts import Wrong
from tests.universe.invariants.patience import Patience
from tests.universe.violation import Violation

#: How a call ends whose caller is called back instead.
CALLED_BACK = Reason.CALLED_BACK.value
#: A callback may be without a timer that looks at it for so long.
UNOWNED_SECONDS = 30.0
#: How it may end; one that was reached ends as any conversation does.
ENDINGS = {each.value for each in Ended}
#: The names of calls that have no leg begin so.
_WITHOUT_LEG = "W"
_ATTEMPT = re.compile(r"/(\d+)/(?:answered-by/)?$")


@dataclass(frozen=True)
class _Place:
    """Where who is to be called back stands in line."""

    call_id: int
    sid: str
    state: str
    number: str
    queue_id: int
    placed_at: datetime
    is_scheduled: bool
    attempted: bool
    looked_at: bool


class Callbacks:
    """Watches those who are to be called back."""

    def __init__(self, inside: NetworkInside, patience: Patience) -> None:
        self._inside = inside
        self._patience = patience
        self._placed: dict[int, datetime] = {}
        self._seen_legs = 0
        self._called: list[str] = []

    def __contains__(self, sid: str) -> bool:
        """Whether this may be the name of a call that is still to be made."""
        return sid.startswith(_WITHOUT_LEG)

    def judge(self) -> None:
        """Judge all who are to be called back, or are being called. Raises Violation."""
        places = _read_places()
        doubles: dict[tuple[str, int], int] = {}
        for place in places:
            self._keeps_its_place(place)
            waits = place.state == "queued"
            if waits and not place.is_scheduled:
                one = (place.number, place.queue_id)
                if one in doubles:
                    raise Violation(
                        "callback",
                        f"Two callbacks to one number wait in queue {place.queue_id}.",
                        place.sid,
                    )
                doubles[one] = place.call_id
            wrongs = []
            if waits and not place.looked_at:
                wrongs.append(
                    Wrong("callback", "Nobody looks at who is to be called.", UNOWNED_SECONDS)
                )
            subject = f"callback {place.call_id}"
            self._patience.judge(subject, wrongs, self._inside.now, call_sid=place.sid)
        self._one_at_a_time()

    def _keeps_its_place(self, place: _Place) -> None:
        kept = self._placed.get(place.call_id)
        if kept is None:
            kept = _first_place(place)
        if place.placed_at > kept:
            late = (place.placed_at - kept).total_seconds()
            raise Violation(
                "callback", f"The place that was kept is {late:.1f} s later.", place.sid
            )
        self._placed[place.call_id] = place.placed_at

    def _one_at_a_time(self) -> None:
        """Nobody is rung twice at once for one attempt to reach them."""
        legs = list(self._inside.legs.values())
        self._called += [
            leg.sid for leg in legs[self._seen_legs :] if leg.direction == "outbound-api"
        ]
        self._seen_legs = len(legs)
        self._called = [sid for sid in self._called if not self._inside.legs[sid].over]
        if len(self._called) < 2:
            return
        by_attempt: dict[str, list[str]] = defaultdict(list)
        for sid in self._called:
            told = self._inside.legs[sid].status_callback
            found = _ATTEMPT.search(told.url.partition("#")[0]) if told else None
            if found is not None:
                by_attempt[found[1]].append(sid)
        for sids in by_attempt.values():
            if len(sids) > 1:
                raise Violation("callback", "Somebody is rung twice for one attempt.", sids[1])


def _read_places() -> list[_Place]:
    timers = Timer.objects.filter(kind="callback", call=OuterRef("call_id"))
    attempts = DialAttempt.objects.filter(callback__call=OuterRef("call_id"), ended_at=None)
    stays = Segment.objects.filter(
        ended_at=None, call__kind=Kind.CALLBACK, kind__in=("callback", "queue")
    )
    rows = stays.values_list(
        "call_id", "call__sid", "call__state", "call__from_number", "queue_id", "placed_at",
        "call__callback__is_scheduled", Exists(attempts), Exists(timers),
    )  # fmt: skip
    # In a queue he is on the line, and looked after like anybody else there.
    return [_Place(*row) for row in rows.filter(Q(kind="callback"))]


def _first_place(place: _Place) -> datetime:
    """Return where whoever asked for it stood."""
    if place.is_scheduled:
        return place.placed_at
    asked_in = Call.objects.values_list("asked_in_id", flat=True).get(pk=place.call_id)
    stood = Segment.objects.filter(call_id=asked_in, kind="queue", queue_id=place.queue_id)
    return stood.order_by("-pk").values_list("placed_at", flat=True).first() or place.placed_at


def was_promised_a_call(call: Call) -> bool:
    """Whether this caller, whom no queue took, asked to be called back."""
    merged = EventLog.objects.filter(name="callback.merged", details__asked_in=call.pk)
    return Call.objects.filter(asked_in=call).exists() or merged.exists()


def every_callback_ended() -> None:
    """Raise Violation unless all who were promised a call were called, or told otherwise."""
    for call in Call.objects.filter(end_reason=CALLED_BACK):
        if not was_promised_a_call(call):
            raise Violation("callback", "A call was promised, and nobody is to make it.", call.sid)
    for call in Call.objects.filter(kind=Kind.CALLBACK).select_related("callback"):
        outcome = call.callback.outcome
        if call.ended_at is None or outcome not in ENDINGS:
            raise Violation(
                "callback",
                f"It came to {outcome or 'nothing'}; the call is {call.state}.",
                call.sid,
            )
        if call.end_reason == "abandoned":
            raise Violation("callback", "Who was called back has abandoned nothing.", call.sid)
