"""Reading the network for one round of the reconciler, and counting what it costs.

A *census* is everything the network has at the moment: legs, conferences, queues. It costs six
requests for up to a thousand of each, however many calls there are. Single things are read only
to make sure of a suspicion, or to see who is in one conference or one queue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from django.utils import timezone

from contact_center.telephony import network
from contact_center.telephony.port import (
    CallTruth,
    ConferenceTruth,
    ParticipantTruth,
    QueueMemberTruth,
    QueueTruth,
    RequestFailed,
    Telephony,
)

#: How much of a list the network gives in one answer.
PAGE_SIZE = 1000
#: The lists a census reads: legs by three statuses, conferences by two, queues.
CALL_LISTS, CONFERENCE_LISTS, QUEUE_LISTS = 3, 2, 1


_Truth = TypeVar("_Truth")


class OutOfTime(Exception):
    """The round has lasted as long as it may; the next one goes on where this one stops."""


@dataclass
class Reader:
    """Reads the network until ``until``, and counts the requests.

    Every method raises OutOfTime when it is later than that, else as the port says.
    """

    until: datetime
    net: Telephony = field(default_factory=network)
    requests: int = 0

    def call(self, sid: str) -> CallTruth | None:
        """Return one leg; one request."""
        self._ask(1)
        return self.net.fetch_call(call_sid=sid)

    def conference(self, name: str) -> ConferenceTruth | None:
        """Return the live conference of a name; two requests."""
        self._ask(CONFERENCE_LISTS)
        return self.net.fetch_conference_named(name=name)

    def participants(self, conference_sid: str) -> list[ParticipantTruth]:
        """Return who is in a conference; one request."""
        self._ask(1)
        return self.net.fetch_participants(conference_sid=conference_sid)

    def members(self, queue_sid: str) -> list[QueueMemberTruth]:
        """Return who is in a queue; one request, and one more for each further thousand."""
        self._ask(1)
        members = self.net.fetch_queue_members(queue_sid=queue_sid)
        self._pages(members)
        return members

    def calls(self) -> list[CallTruth]:
        """Return every live leg; three requests, and one for each further thousand."""
        self._ask(CALL_LISTS)
        calls = self.net.fetch_live_calls()
        self._pages(calls)
        return calls

    def conferences(self) -> list[ConferenceTruth]:
        """Return every live conference; two requests, and one for each further thousand."""
        self._ask(CONFERENCE_LISTS)
        conferences = self.net.fetch_live_conferences()
        self._pages(conferences)
        return conferences

    def queues(self) -> list[QueueTruth]:
        """Return every queue; one request, and one for each further thousand."""
        self._ask(QUEUE_LISTS)
        queues = self.net.fetch_queues()
        self._pages(queues)
        return queues

    def _ask(self, requests: int) -> None:
        if timezone.now() > self.until:
            raise OutOfTime
        self.requests += requests

    def _pages(self, found: Sequence[object]) -> None:
        self.requests += max(0, len(found) - 1) // PAGE_SIZE


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
    legs = _twice(reader.calls, problems)
    conferences = _twice(reader.conferences, problems)
    queues = _twice(reader.queues, problems)
    return Census(
        taken_at,
        None if legs is None else {leg.sid: leg for leg in legs},
        None if conferences is None else {one.name: one for one in conferences},
        None if queues is None else {queue.name: queue for queue in queues},
    )


def _twice(read: Callable[[], list[_Truth]], problems: list[str]) -> list[_Truth] | None:
    """Read a list, a second time when that fails; None when that fails, too."""
    try:
        return read()
    except RequestFailed:
        try:
            return read()
        except RequestFailed as error:
            problems.append(f"census: {error}")
            return None
