"""The line: which waiting call is next.

There is one line for all queues, so that an agent who serves several takes the caller whose turn it
is. Live callers, callbacks and voicemails stand in it together.

**Priority** (1 to 10, more is sooner) is either absolute or worth a wait:

* *absolute* (``line_order``): whoever has the higher priority goes first, however long others wait;
* *worth a wait* (``aged_order``), when ``ageing`` says how long: a step of priority is a head start
  of so many minutes. At the moment ``n`` a caller of priority ``p`` who came at ``t`` weighs
  ``(n - t) + p · ageing``, his wait and his head start. The weights of two callers differ by
  ``(t' - t) + (p - p') · ageing``: ``n`` cancels out. Everybody gains weight equally fast, so that
  nobody overtakes anybody while they wait, and the heaviest is who has the smallest
  ``t - p · ageing``: the moment at which he would have had to come without a head start. It is a
  fixed number for each caller, which a sort or an index can go by.

**In a queue** the oldest caller is next (fifo), or the newest (lifo).

**Across queues** each queue sends the caller who is next in it, and of these the one goes first who
has the smallest key. For fifo queues that is a plain sort. For a lifo queue stands its newest
caller, so nobody of another queue is ever overtaken by somebody of a lifo queue who came later:
what lifo does to fairness it does to its own callers alone.

**The bound.** With ageing on, whoever waits in a fifo queue is not starved; ``longest_wait`` gives
the bound and its derivation. Without ageing, and in lifo queues, there is none.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property, partial
from typing import TypeAlias

from contact_center.domain.skills import Asker, Levels, all_needs

LOWEST_PRIORITY, HIGHEST_PRIORITY = 1, 10


class Kind(StrEnum):
    """What stands in line."""

    LIVE = "live"
    CALLBACK = "callback"
    VOICEMAIL = "voicemail"
    #: An agent rang the customer. Such a call is in line only when it was lost or sent there.
    OUTGOING = "outgoing"


#: So many steps below its priority a call of a kind stands. A callback keeps the caller's own
#: place; nobody is on the line for a voicemail.
STEPS_BELOW: Mapping[Kind, int] = {kind: 3 if kind is Kind.VOICEMAIL else 0 for kind in Kind}


@dataclass(frozen=True, kw_only=True)
class WaitingCall:
    """A caller in line, or an agent who consults the queue about one. ``segment_id`` names the
    stay, or, below nought, the consult; times are aware."""

    segment_id: int
    call_id: int
    queue_id: int
    priority: int
    #: Since when the caller waits; before this stay began, when a place was kept.
    placed_at: datetime
    at_head: bool = False
    kind: Kind = Kind.LIVE
    #: For a while only this agent is tried (the one the caller was just talking to).
    preferred_agent_id: int | None = None
    preferred_until: datetime | None = None
    #: A supervisor wants this agent, nobody else, to have the call, until then (None: for good).
    reserved_for: int | None = None
    reserved_until: datetime | None = None
    #: Who says so, and who gave the call a priority of its own: people, for whoever asks why.
    reserved_by: int | None = None
    prioritised_by: int | None = None
    #: It is no caller but a consult of the queue, and who asks: that agent is not rung for it.
    consult_id: int | None = None
    asked_by_agent: int | None = None
    #: Agents who had this call offered and did not take it, and when.
    refused_by: Mapping[int, datetime] = field(default_factory=dict)
    #: What number, menu branch and caller each ask for; the queue's own needs are among its rules.
    asked: Mapping[Asker, Levels] = field(default_factory=dict)

    @cached_property
    def needs(self) -> Levels:
        """What these ask for together."""
        return all_needs(*self.asked.values()) if self.asked else {}

    @property
    def standing(self) -> int:
        """The priority that counts in line."""
        return self.priority - STEPS_BELOW[self.kind]


class Order(StrEnum):
    """Who is next in a queue."""

    FIFO = "fifo"
    #: Exempt from the bound on waiting, and labelled so wherever it is chosen.
    LIFO = "lifo"


# --- the order, as data -----------------------------------------------------------------------


class Term(StrEnum):
    """One thing by which callers are put in order; a number for each caller."""

    STANDING = "standing"
    AT_HEAD = "at_head"
    PLACED_AT = "placed_at"
    #: ``placed_at - standing · ageing``.
    AS_IF_PLACED_AT = "as_if_placed_at"
    SEGMENT = "segment"


@dataclass(frozen=True)
class By:
    """A term, and whether more of it is nearer the head."""

    term: Term
    downwards: bool = False


_NEWEST_FIRST = (
    By(Term.STANDING, downwards=True),
    By(Term.AT_HEAD, downwards=True),
    By(Term.PLACED_AT, downwards=True),
    By(Term.SEGMENT, downwards=True),
)
_ABSOLUTE = (
    By(Term.STANDING, downwards=True),
    By(Term.AT_HEAD, downwards=True),
    By(Term.PLACED_AT),
    By(Term.SEGMENT),
)
#: Where priority is worth a wait there are no classes any more: the head of the line is one place.
_AGED = (
    By(Term.AT_HEAD, downwards=True),
    By(Term.AS_IF_PLACED_AT),
    By(Term.PLACED_AT),
    By(Term.SEGMENT),
)


def terms(order: Order, *, ageing: timedelta | None = None) -> tuple[By, ...]:
    """Return how the callers of one queue stand in line, for whoever reads its head from a table.

    The sort below goes by the same terms. Ageing changes nothing in a lifo queue: there who has
    waited longer goes later.
    """
    if order is Order.LIFO:
        return _NEWEST_FIRST
    return _AGED if ageing else _ABSOLUTE


# --- the order, as keys -----------------------------------------------------------------------

#: Smaller is nearer the head.
Key: TypeAlias = tuple[int, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NO_TIME = timedelta(0)

#: Whole microseconds, so that differences of sums are exact.
_VALUES: Mapping[Term, Callable[[WaitingCall, timedelta], int]] = {
    Term.STANDING: lambda call, ageing: call.standing,
    Term.AT_HEAD: lambda call, ageing: call.at_head,
    Term.PLACED_AT: lambda call, ageing: (call.placed_at - _EPOCH) // _MICROSECOND,
    Term.AS_IF_PLACED_AT: lambda call, ageing: (
        (call.placed_at - call.standing * ageing - _EPOCH) // _MICROSECOND
    ),
    Term.SEGMENT: lambda call, ageing: call.segment_id,
}


def _key(call: WaitingCall, by: tuple[By, ...], ageing: timedelta = _NO_TIME) -> Key:
    return tuple(
        -_VALUES[one.term](call, ageing) if one.downwards else _VALUES[one.term](call, ageing)
        for one in by
    )


def line_order(call: WaitingCall) -> Key:
    """Return the key by which callers stand in line where priority is absolute.

    Priority; within it who was returned to the head of the line; then the longest wait.
    """
    return _key(call, _ABSOLUTE)


def aged_order(call: WaitingCall, *, ageing: timedelta) -> Key:
    """Return the key by which callers stand in line where a step of priority is worth a wait.

    Who was returned to the head of the line; then ``placed_at - priority · ageing``.
    """
    return _key(call, _AGED, ageing)


def stand_in_line(
    waiting: Iterable[WaitingCall],
    *,
    newest_first: Collection[int] = (),
    key: Callable[[WaitingCall], Key] = line_order,
) -> list[WaitingCall]:
    """Return the calls as they stand in line, next first; n log n.

    ``newest_first`` names the lifo queues. Merging the queues by who is next in each comes to this:
    a caller's place is the largest key among his own and those who stand before him in his queue
    (he cannot go before they have gone). In a fifo queue that is his own.
    """
    if not newest_first:
        return sorted(waiting, key=key)
    places: list[tuple[Key, int, WaitingCall]] = []
    stacks: dict[int, list[WaitingCall]] = {queue_id: [] for queue_id in newest_first}
    for call in waiting:
        if call.queue_id in stacks:
            stacks[call.queue_id].append(call)
        else:
            places.append((key(call), 0, call))
    for stack in stacks.values():
        stack.sort(key=partial(_key, by=_NEWEST_FIRST))
        furthest: Key = ()
        for number, call in enumerate(stack):
            furthest = max(furthest, key(call))
            places.append((furthest, number, call))
    return [call for *_, call in sorted(places, key=lambda place: place[:2])]


# --- the bound --------------------------------------------------------------------------------


def longest_wait(
    *,
    ageing: timedelta,
    steps: int,
    load: float,
    burst: float,
    agents: int,
    handling: timedelta,
) -> timedelta:
    """Return how long at most a caller waits who has ``steps`` of priority above him.

    ``agents`` serve everybody in the line, and a call keeps one of them busy for at most
    ``handling`` (ringing and wrap-up included). In any time ``x`` at most ``rate · x + burst``
    calls arrive, and ``load = rate · handling / agents`` is below 1. Then

        longest wait  <=  load · D + (1 + burst / agents) · handling,   D = steps · ageing.

    Say he comes at ``t`` and still waits at ``T``, and ``u <= t`` is when the line was last empty.

    1. Who stands before him has a smaller key, so came before ``t + D``: at most
       ``rate · (t + D - u) + burst`` calls have come since ``u`` that can be served before him.
    2. From ``u`` to ``T`` somebody always waits, so no agent is idle, and each begins a call at
       least every ``handling``: at least ``agents · ((T - u) / handling - 1)`` calls have begun.
    3. Since ``t`` only calls before him were begun, and before ``t`` only calls that had come by
       then: all of 2 are among those of 1. Solved for ``T - t``, with ``t - u >= 0``, that is it.

    It is a bound, not an estimate: most callers wait far less. ``steps`` reaches to the highest
    priority that is in use. Left out are calls that were returned to the head; a caller whom few
    agents are able to serve has the bound of those agents and the calls they serve. It says nothing
    of callers who are kept for somebody, nor of lifo queues.
    """
    if not 0 <= load < 1:
        raise ValueError(f"no wait is bounded at a load of {load}")
    return load * steps * ageing + (1 + burst / agents) * handling
