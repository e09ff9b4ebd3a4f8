"""Reading the network for one round of the reconciler, and counting what it costs.

A *census* is everything the network has at the moment: legs, conferences, queues. It costs six
requests for up to a thousand of each, however many calls there are. Single things are read only
to make sure of a suspicion, or to see who is in one conference or one queue.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.utils import timezone

from contact_center.telephony import network
from contact_center.telephony.port import (
    LIVE_CALL_STATUSES,
    LIVE_CONFERENCE_STATUSES,
    CallTruth,
    ConferenceTruth,
    NotSent,
    OutcomeUnknown,
    ParticipantTruth,
    QueueMemberTruth,
    QueueTruth,
    RequestFailed,
    Telephony,
)

#: How much of a list the network gives in one answer.
PAGE_SIZE = 1000

_Truth = TypeVar("_Truth")
_Answer = TypeVar("_Answer")


class OutOfTime(Exception):
    """The round has lasted as long as it may; the next one goes on where this one stops."""


@dataclass
class Reader:
    """Reads the network until ``until``, and counts the requests.

    A request that comes to nothing is made once more, and no other for its sake: of a dozen on a
    bad day one always fails. Every method raises OutOfTime when it is later than ``until``, else as
    the port says.
    """

    until: datetime
    net: Telephony = field(default_factory=network)
    requests: int = 0

    def call(self, sid: str) -> CallTruth | None:
        """Return one leg; one request."""
        return self._ask(lambda: self.net.fetch_call(call_sid=sid))

    def conference(self, name: str) -> ConferenceTruth | None:
        """Return the live conference of a name; two requests."""
        lists = len(LIVE_CONFERENCE_STATUSES)
        return self._ask(lambda: self.net.fetch_conference_named(name=name), lists)

    def participants(self, conference_sid: str) -> list[ParticipantTruth]:
        """Return who is in a conference; one request."""
        return self._ask(lambda: self.net.fetch_participants(conference_sid=conference_sid))

    def members(self, queue_sid: str) -> list[QueueMemberTruth]:
        """Return who is in a queue; one request, and one more for each further thousand."""
        return self._list(lambda: self.net.fetch_queue_members(queue_sid=queue_sid))

    def calls(self) -> list[CallTruth]:
        """Return every live leg; three requests, and one for each further thousand."""
        live = {}
        for status in LIVE_CALL_STATUSES:
            for leg in self._list(partial(self.net.fetch_live_calls, status=status)):
                live[leg.sid] = leg
        return list(live.values())

    def conferences(self) -> list[ConferenceTruth]:
        """Return every live conference; two requests, and one for each further thousand."""
        live = {}
        for status in LIVE_CONFERENCE_STATUSES:
            for one in self._list(partial(self.net.fetch_live_conferences, status=status)):
                live[one.sid] = one
        return list(live.values())

    def queues(self) -> list[QueueTruth]:
        """Return every queue; one request, and one for each further thousand."""
        return self._list(self.net.fetch_queues)

    def _list(self, read: Callable[[], list[_Truth]]) -> list[_Truth]:
        found = self._ask(read)
        self.requests += max(0, len(found) - 1) // PAGE_SIZE
        return found

    def _ask(self, read: Callable[[], _Answer], requests: int = 1) -> _Answer:
        self._count(requests)
        try:
            return read()
        except (NotSent, OutcomeUnknown):
            self._count(requests)
            return read()

    def _count(self, requests: int) -> None:
        if timezone.now() > self.until:
            raise OutOfTime
        self.requests += requests


@dataclass(frozen=True)
class Census:
    """What the network had; nothing in it is older than ``taken_at``.

    A list that could not be read is None: nothing is concluded from what is not known.
    """

    taken_at: datetime
    #: By SID.
    legs: dict[str, CallTruth] | None
    #: By name; the network lets only one of a name live.
    conferences: dict[str, ConferenceTruth] | None
    #: By name.
    queues: dict[str, QueueTruth] | None

    def before(self, seconds: float) -> datetime:
        """Return the moment so long before the census."""
        return self.taken_at - timedelta(seconds=seconds)


def take_census(reader: Reader, problems: list[str]) -> Census:
    """Read everything there is; why a list could not be read is added to ``problems``."""
    taken_at = timezone.now()
    legs = _whole(reader.calls, problems)
    conferences = _whole(reader.conferences, problems)
    queues = _whole(reader.queues, problems)
    return Census(
        taken_at,
        None if legs is None else {leg.sid: leg for leg in legs},
        None if conferences is None else {one.name: one for one in conferences},
        None if queues is None else {queue.name: queue for queue in queues},
    )


def _whole(read: Callable[[], list[_Truth]], problems: list[str]) -> list[_Truth] | None:
    """Read a list; None when any of it could not be read."""
    try:
        return read()
    except RequestFailed as error:
        problems.append(f"census: {error}")
        return None
