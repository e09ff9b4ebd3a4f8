"""Was anybody passed over, rung twice at once, or forgotten? Judged from what was committed when.

Nothing here knows a database. A moment is a commit as PostgreSQL dates it, not what a process
believed when it wrote the row: on a busy machine the two lie far apart.
"""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Who is so little older than somebody else may be offered after him.
TOLERANCE = timedelta(milliseconds=250)


@dataclass(frozen=True)
class Offered:
    """One offer. It was planned between `began` (the dispatcher had its lock) and `committed`."""

    pk: int
    call: int
    agent: int
    began: datetime
    committed: datetime
    #: When it was over; None if it never was.
    over: datetime | None = None


@dataclass
class Caller:
    """One caller in one line; equal rank means equal priority."""

    call: int
    queue: int
    priority: int
    placed_at: datetime
    #: From when to when he could be offered; None: to the end.
    free: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    #: Agents who declined him or did not answer.
    refused_by: set[int] = field(default_factory=set)

    def could_be_offered_all_of(self, since: datetime, until: datetime) -> bool:
        """Whether he waited from before `since` to after `until`, ringing nowhere."""
        return any(begun < since and (ended is None or ended > until) for begun, ended in self.free)


def passed_over(
    offers: Iterable[Offered],
    callers: Sequence[Caller],
    serves: Mapping[int, Collection[int]],
) -> list[str]:
    """Return a sentence for each offer that passed an older caller of equal rank.

    An offer to an agent passes a caller who waited while it was planned, in a queue this agent
    serves, with the same priority, placed more than TOLERANCE before the one who was offered.
    """
    by_call = {caller.call: caller for caller in callers}
    lines: dict[tuple[int, int], list[Caller]] = defaultdict(list)
    for caller in sorted(callers, key=lambda caller: caller.placed_at):
        lines[caller.queue, caller.priority].append(caller)
    sentences = []
    for offer in offers:
        taken = by_call[offer.call]
        for queue in serves[offer.agent]:
            for caller in lines[queue, taken.priority]:
                if caller.placed_at >= taken.placed_at - TOLERANCE:
                    break
                if offer.agent in caller.refused_by:
                    continue
                if caller.could_be_offered_all_of(offer.began, offer.committed):
                    older = (taken.placed_at - caller.placed_at).total_seconds()
                    sentences.append(
                        f"offer {offer.pk} of call {taken.call} to agent {offer.agent} passed call"
                        f" {caller.call}, who was {older:.3f} s older"
                    )
    return sentences


def rung_twice(offers: Iterable[Offered]) -> list[str]:
    """Return a sentence for each call, and each agent, with two offers alive at one moment."""
    sentences = []
    everything = list(offers)
    for who, key in (("call", lambda one: one.call), ("agent", lambda one: one.agent)):
        mine: dict[int, list[Offered]] = defaultdict(list)
        for offer in everything:
            mine[key(offer)].append(offer)
        for pk, some in mine.items():
            some.sort(key=lambda one: one.committed)
            for first, second in itertools.pairwise(some):
                if first.over is None or first.over > second.committed:
                    sentences.append(
                        f"{who} {pk} had offers {first.pk} and {second.pk} at the same moment"
                    )
    return sentences
