"""Where a census of the network and our tables differ. Only reads; services/healing.py acts.

A difference is a suspicion, not a finding: what happened in the last SETTLE_SECONDS may be on its
way to us, and lists of the network may lag. Whoever heals looks again, at the one thing, first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from contact_center.domain.line import Kind
from contact_center.models import (
    Call,
    Leg,
    LegKind,
    Offer,
    OfferState,
    Queue,
    Segment,
    SegmentKind,
)
from contact_center.telephony.port import CallTruth, ConferenceTruth, QueueTruth

#: What is younger may still be on its way to us in a report, or to the network in a command.
SETTLE_SECONDS = 5
#: A waiting caller asks for music every 15 to 20 s; who has not for so long may not be there.
QUIET_SECONDS = 40
#: A goodbye is one sentence.
GOODBYE_SECONDS = 60

_OVER = (
    Q(offer__ended_at__isnull=False)
    | Q(offer__state=OfferState.WRAPPING_UP)
    | Q(offer=None, supervision__ended_at__isnull=False)
    | Q(offer=None, consult__ended_at__isnull=False, consult__stay=None)
    # Of an outside party who was left with the caller.
    | Q(offer=None, consult__stay__ended_at__isnull=False)
)
#: From when an offer, a supervisor or a colleague who was consulted needs no line any more.
_OVER_SINCE = Coalesce(
    "offer__conversation_ended_at",
    "offer__ended_at",
    "supervision__ended_at",
    "consult__stay__ended_at",
    "consult__ended_at",
)

#: Lists of a census: legs by SID, conferences and queues by name.
Legs = Mapping[str, CallTruth]
Conferences = Mapping[str, ConferenceTruth]
Queues = Mapping[str, QueueTruth]


# --- legs ------------------------------------------------------------------------------------


def calls_gone(legs: Legs, taken_at: datetime) -> list[int]:
    """Return the calls that go on with us and that the network has no more."""
    ours = Call.objects.filter(
        ended_at=None, sid__startswith="CA", heard_at__lt=_before(taken_at, SETTLE_SECONDS)
    )
    return [pk for pk, sid in ours.values_list("pk", "sid") if sid not in legs]


def calls_still_there(legs: Legs, taken_at: datetime) -> list[int]:
    """Return the calls that are over with us and that the network still has."""
    over = Call.objects.filter(sid__in=legs, ended_at__lt=_before(taken_at, SETTLE_SECONDS))
    return list(over.values_list("pk", flat=True))


def agent_legs_gone(legs: Legs, taken_at: datetime) -> list[int]:
    """Return the legs of agents and supervisors that are up with us and that the network has no
    more."""
    ours = Leg.objects.filter(ended_at=None, started_at__lt=_before(taken_at, SETTLE_SECONDS))
    return [pk for pk, sid in ours.values_list("pk", "sid") if sid not in legs]


def agent_legs_left_over(legs: Legs, taken_at: datetime) -> list[int]:
    """Return the legs of agents and supervisors that the network has and that no conversation needs
    any more."""
    settled = _before(taken_at, SETTLE_SECONDS)
    known = Leg.objects.filter(sid__in=legs).annotate(over_since=_OVER_SINCE)
    needless = known.filter(_OVER, over_since__lt=settled) | known.filter(ended_at__lt=settled)
    return list(needless.values_list("pk", flat=True))


def goodbyes_overdue(legs: Legs, taken_at: datetime) -> list[int]:
    """Return the calls that have been hearing their goodbye for far too long."""
    stays = Segment.objects.filter(
        kind=SegmentKind.GOODBYE, ended_at=None, started_at__lt=_before(taken_at, GOODBYE_SECONDS)
    )
    return [pk for pk, sid in stays.values_list("call_id", "call__sid") if sid in legs]


# --- conferences -----------------------------------------------------------------------------


def conferences_left_over(
    conferences: Conferences, taken_at: datetime
) -> list[tuple[int, ConferenceTruth]]:
    """Return the conferences of offers that are over, with the id of the offer.

    Which site began a conference that none of our offers names cannot be told; it is left alone.
    """
    ours = {key: one for name, one in conferences.items() if (key := conference_key(name))}
    offers = Offer.objects.filter(conference_key__in=ours).annotate(
        over_since=Coalesce("conversation_ended_at", "ended_at")
    )
    over = offers.filter(
        Q(ended_at__isnull=False) | Q(state=OfferState.WRAPPING_UP),
        over_since__lt=_before(taken_at, SETTLE_SECONDS),
    )
    # Somebody has taken the call over, and goes on in the same conference.
    talking = offers.filter(state=OfferState.CONNECTED).values_list("conference_key", flat=True)
    # Or the caller was left there with an outside party.
    with_them = Leg.objects.filter(
        kind=LegKind.OUTSIDE, ended_at=None, consult__stay__ended_at__isnull=True
    ).exclude(consult__stay=None)
    left = with_them.values_list("consult__offer__conference_key", flat=True)
    left_over = over.exclude(conference_key__in=talking).exclude(conference_key__in=left)
    left_over = left_over.order_by("pk")
    last_of = {key: pk for pk, key in left_over.values_list("pk", "conference_key")}
    return [(pk, ours[key]) for key, pk in last_of.items()]


def conference_key(name: str) -> UUID | None:
    """Return what the name of a conference of ours says (``Offer.conference_name``)."""
    if not name.startswith("c-"):
        return None
    try:
        return UUID(hex=name.removeprefix("c-"))
    except ValueError:
        return None


def conferences_of_offers(
    conferences: Conferences, taken_at: datetime
) -> dict[int, ConferenceTruth | None]:
    """Return the offers whose customer or agent should be in a conference by now, with theirs."""
    settled = _before(taken_at, SETTLE_SECONDS)
    # A voicemail that is open needs no conference.
    live = Offer.objects.filter(ended_at=None).exclude(call__kind=Kind.VOICEMAIL)
    talking = live.filter(state=OfferState.CONNECTED, connected_at__lt=settled)
    joining = live.filter(state=OfferState.ACCEPTED, join_spent_at__lt=settled)
    listed = {conference_key(name): one for name, one in conferences.items()}
    return {
        pk: listed.get(key) for pk, key in (talking | joining).values_list("pk", "conference_key")
    }


# --- queues ----------------------------------------------------------------------------------


def queues_in_use(queues: Queues) -> list[int]:
    """Return our queues in which the network has somebody, or we have."""
    waiting = set(_waiting().values_list("queue_id", flat=True).distinct())
    filled = {
        pk
        for name, queue in queues.items()
        if queue.current_size > 0 and (pk := queue_id_of(name)) is not None
    }
    return list(
        Queue.objects.filter(pk__in=(filled | waiting) - {None}).values_list("pk", flat=True)
    )


def queue_name(queue_id: int) -> str:
    """Return the network's name of one of our queues."""
    return f"q_{queue_id}"


def queue_id_of(name: str) -> int | None:
    """Return which queue of ours the network means by ``name``; None for somebody else's."""
    number = name.removeprefix("q_")
    ours = name.startswith("q_") and number.isascii() and number.isdecimal() and len(number) < 19
    return int(number) if ours else None


@dataclass(frozen=True)
class Stay:
    """A stay in line that the network should know of."""

    segment_id: int
    call_id: int
    call_sid: str
    #: The last the network said of it; the beginning when it has said nothing.
    heard_at: datetime


def stays_in(queue_id: int) -> Iterator[Stay]:
    """Yield who waits in a queue by our account, and when the network last said so."""
    rows = _waiting().filter(queue_id=queue_id)
    for row in rows.annotate(heard=Coalesce("wait_heard_at", F("started_at"))).values_list(
        "pk", "call_id", "call__sid", "heard"
    ):
        yield Stay(*row)


def calls_by_sid(sids: set[str]) -> dict[str, int]:
    """Return which of these legs are calls of ours."""
    return dict(Call.objects.filter(sid__in=sids).values_list("sid", "pk"))


def _waiting() -> QuerySet[Segment]:
    return Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None)


def _before(taken_at: datetime, seconds: float) -> datetime:
    return taken_at - timedelta(seconds=seconds)
