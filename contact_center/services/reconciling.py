"""The reconciler: compare what we believe with what the network says, and put us right.

Reports may be late or lost, and nothing is believed for ever. Every EVERY_SECONDS one clock makes
a round: a census of the network (services/census.py), the differences to our tables
(services/comparing.py), and for each of them a second look and the least that ends it
(services/healing.py). What goes wrong is seen by the next round that begins SETTLE_SECONDS later;
a round that fails is made again after RETRY_SECONDS.

What a round costs, in requests, for L live legs, C live conferences and Q queues of the account::

    6 + L/1000 + C/1000 + Q/1000        the census: three lists of legs, two of conferences, one of
                                        queues, a thousand to a page
    + at most MOST_QUEUES               who is in each queue in use
    + at most 3 x MOST_CONVERSATIONS    who is in each conference: one each; more only where the
                                        conference has gone (two) or the customer is not in it (one)
    + at most 2 x MOST_SUSPICIONS       a second look at a line: one; at an agent's in mid-call two

A request that comes to nothing is made once more, so it is twice that at most. An idle site asks
six times a round, one with a hundred conversations and two queues in use 108 times. When there are
more subjects than a round takes, they take turns (domain/healing.py, ``in_turn``): each has one
within ⌈n / most⌉ rounds, and those about whom a request came to nothing just now have theirs
first. A line that ended is found by the census, whatever their number.

A round that takes longer than ROUND_SECONDS stops, and the next goes on where it stopped.
"""

import logging
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVarTuple

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone

from contact_center.domain.healing import in_turn, next_after
from contact_center.models import Command, CommandOutcome, Reconciliation
from contact_center.services import comparing, healing
from contact_center.services.census import OutOfTime, Reader, take_census
from contact_center.telephony.port import QueueTruth, RequestFailed

logger = logging.getLogger(__name__)

#: From the beginning of a round to the beginning of the next.
EVERY_SECONDS = 15
#: The same after a round that could not be finished.
RETRY_SECONDS = 5
#: What a round may take; a request that was asked by then is waited for.
ROUND_SECONDS = 12
#: So many subjects of each kind in one round.
MOST_QUEUES = 50
MOST_CONVERSATIONS = 100
MOST_SUSPICIONS = 200
#: For so long after a request came to nothing its subject is looked at before others.
URGENT_SECONDS = 120

#: The one row of Reconciliation.
ROW = 1

_Subject = TypeVarTuple("_Subject")
_Find = Callable[[comparing.Legs, datetime], list[int]]
_Heal = Callable[[Reader, int], bool]


def reconcile(now: datetime) -> int:
    """Make a round when one is due and nobody else makes it; return the requests it took.

    Any number of clocks may call this, as often as they like. Whatever the network does is not
    raised: a round that could not be finished says why in its row.
    """
    if not _claim(now):
        return 0
    reader = Reader(until=now + timedelta(seconds=ROUND_SECONDS))
    round_ = Round(reader, Reconciliation.objects.get(pk=ROW).turns)
    try:
        round_.run()
    except OutOfTime:
        round_.problems.append(f"It took longer than {ROUND_SECONDS} s and goes on next time.")
    _finish(round_)
    return reader.requests


class Round:
    """One comparison of everything. What it did is in ``found``, what failed in ``problems``."""

    def __init__(self, reader: Reader, turns: dict[str, int]) -> None:
        self.reader = reader
        self.turns = dict(turns)
        self.found = 0
        self.problems: list[str] = []
        self._suspicions_left = MOST_SUSPICIONS

    def run(self) -> None:
        """Compare and heal. Raises OutOfTime when it has lasted too long."""
        census = take_census(self.reader, self.problems)
        if census.legs is not None:
            self._lines(census.legs, census.taken_at)
        if census.conferences is not None:
            self._conferences(census.conferences, census.taken_at)
        if census.queues is not None:
            self._queues(census.queues)

    # --- the kinds of subjects ---

    def _lines(self, legs: comparing.Legs, taken_at: datetime) -> None:
        """Customers before agents: of two lines that are over, the customer's says more."""
        kinds: tuple[tuple[str, _Find, _Heal], ...] = (
            ("call gone", comparing.calls_gone, healing.end_if_over),
            ("leg gone", comparing.agent_legs_gone, healing.lose_leg_if_over),
            ("call still there", comparing.calls_still_there, healing.hang_up_if_there),
            ("leg left over", comparing.agent_legs_left_over, healing.hang_up_left_over),
            ("goodbye", comparing.goodbyes_overdue, healing.tell_again_if_overdue),
        )
        for kind, find, heal in kinds:
            self._suspicions_left -= self._take_turns(
                kind,
                find(legs, taken_at),
                partial(heal, self.reader),
                self._suspicions_left,
            )

    def _conferences(self, conferences: comparing.Conferences, taken_at: datetime) -> None:
        left_over = comparing.conferences_left_over(conferences, taken_at)
        for offer_id, conference in left_over[:MOST_SUSPICIONS]:
            self._heal(
                "conference left over", healing.end_left_over, offer_id, conference, taken_at
            )
        listed = comparing.conferences_of_offers(conferences, taken_at)
        self._take_turns(
            "conversation",
            listed,
            lambda pk: healing.compare_conference(self.reader, pk, listed[pk]),
            MOST_CONVERSATIONS,
            first=_troubled_offers(taken_at),
        )

    def _queues(self, queues: comparing.Queues) -> None:
        self._take_turns(
            "queue",
            comparing.queues_in_use(queues),
            lambda pk: self._queue(pk, queues.get(comparing.queue_name(pk))),
            MOST_QUEUES,
        )

    def _queue(self, queue_id: int, queue: QueueTruth | None) -> bool:
        """Compare who is in one queue with who waits in it by our account."""
        began = timezone.now()
        members = self.reader.members(queue.sid) if queue is not None else []
        there = {member.call_sid for member in members}
        for call_id in comparing.calls_by_sid(there).values():
            self._heal("in queue", healing.send_where_it_belongs, call_id, began)
        for stay in comparing.stays_in(queue_id):
            missing = stay.call_sid not in there and healing.is_quiet(stay, began)
            if missing and self._suspicions_left > 0:
                self._suspicions_left -= 1
                self._heal("not in queue", healing.bring_to_queue, self.reader, stay)
        return False  # what was found has been counted one by one

    # --- one after the other ---

    def _take_turns(
        self,
        kind: str,
        subjects: Iterable[int],
        heal: Callable[[int], bool],
        most: int,
        first: Collection[int] = (),
    ) -> int:
        """Heal at most ``most`` of ``subjects``; return how many had their turn."""
        after = self.turns.get(kind, 0)
        chosen = in_turn(subjects, after=after, most=most, first=first)
        had = 0
        try:
            for pk in chosen:
                self._heal(kind, heal, pk)
                had += 1
        finally:
            self.turns[kind] = next_after(chosen, had, after=after, first=first)
        return had

    def _heal(self, kind: str, heal: Callable[[*_Subject], bool], *subject: *_Subject) -> None:
        """Heal one subject; its failure is its own. Raises OutOfTime."""
        try:
            self.found += heal(*subject)
        except (OutOfTime, OperationalError, InterfaceError):
            raise  # nothing else would fare better now
        except RequestFailed as error:
            self.problems.append(f"{kind}: {error}")
        except Exception:
            # Whatever one subject does to us, the others have their turn; it is seen again.
            logger.exception("the reconciler stumbled over one %s", kind)
            self.problems.append(f"{kind}: it was stumbled over; the log says why")


def _claim(now: datetime) -> bool:
    """Take the round when it is due; of several clocks one has it.

    A date further off than any we set comes of a clock that was put back, and is not waited for.
    """
    far = now + timedelta(seconds=EVERY_SECONDS)
    due = Reconciliation.objects.filter(Q(due_at__lte=now) | Q(due_at__gt=far), pk=ROW)
    claim = {"due_at": far, "started_at": now}
    if due.update(**claim):
        return True
    _row, made = Reconciliation.objects.get_or_create(pk=ROW, defaults=claim)
    return made


def _finish(round_: Round) -> None:
    now = timezone.now()
    if round_.problems:
        logger.warning("the reconciler's round was not finished: %s", round_.problems[0])
        came_to = {"due_at": now + timedelta(seconds=RETRY_SECONDS)}
    else:
        came_to = {"finished_at": now}
    # At once: whoever reads that it is finished reads what it came to, and not the round before.
    Reconciliation.objects.filter(pk=ROW).update(
        **came_to,
        requests=round_.reader.requests,
        found=round_.found,
        turns=round_.turns,
        problem="\n".join(round_.problems)[:2000],
    )


def _troubled_offers(now: datetime) -> set[int]:
    """Return the offers about which a request came to nothing a short while ago.

    What the network made of it is not known, so they are looked at first.
    """
    given_up = Command.objects.filter(
        outcome=CommandOutcome.GAVE_UP,
        outcome_at__gt=now - timedelta(seconds=URGENT_SECONDS),
        offer__ended_at=None,
    )
    return set(given_up.exclude(offer=None).values_list("offer_id", flat=True))
