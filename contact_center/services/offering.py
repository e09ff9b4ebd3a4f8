"""A call is offered to an agent: the dispatcher, and what can become of an offer.

Which call goes to whom is decided in domain/routing.py; here the snapshot is read, the plans are
written, and exactly one process wins each of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.routing import (
    REST_AFTER_DECLINE,
    Candidate,
    Plan,
    QueueRules,
    Ranking,
    WaitingCall,
    plan_offers,
)
from contact_center.domain.states import CONNECT_SECONDS, Activity, CallState, Presence
from contact_center.errors import (
    IllegalTransition,
    OfferGone,
    OfferTaken,
    PhoneElsewhere,
    StaleState,
)
from contact_center.event_stream import record
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    DispatchLock,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
    QueueMember,
    Segment,
    SegmentKind,
    Timer,
)
from contact_center.services import facts
from contact_center.services.timing import cancel_timers, on_time, set_timer
from contact_center.services.transitions import lock_call, move_call, move_offer, move_slot
from contact_center.wakeups import wake_clock

#: A dispatch reads so many callers of a line more than there are free agents, for those who were
#: declined and rest.
SPARE = 20
#: A join token is worth nothing after this; the browser connects at once or not at all.
JOIN_TOKEN_SECONDS = 30
JOIN_SALT = "contact_center.join"


# --- pairing -------------------------------------------------------------------------------


def tenants_with_work() -> list[int]:
    """Return the organisations in which a caller waits while an agent is free."""
    waiting = set(_waiting_segments().values_list("call__tenant_id", flat=True).distinct())
    if not waiting:
        return []
    free = _free_slots().filter(agent__tenant_id__in=waiting)
    return sorted(set(free.values_list("agent__tenant_id", flat=True).distinct()))


def dispatch(tenant_id: int) -> int:
    """Pair waiting callers with free agents; return how many offers were made.

    1. Take the organisation's dispatch row: one dispatcher at a time makes the order fair.
    2. Read the free agents, then the head of the lines they serve: the cost grows with those, not
    with the floor. 3. Plan (pure). 4. Write each plan by compare-and-swap; a plan whose call or
    agent has moved on meanwhile is dropped, the next dispatch sees them anew.
    """
    with transaction.atomic():
        _take_the_dispatch_row(tenant_id)
        now = timezone.now()
        candidates = _read_candidates(tenant_id, now)
        if not candidates:
            return 0
        lines = _read_lines(candidates, now)
        if not lines.waiting:
            return 0
        plans = plan_offers(lines.waiting, candidates, lines.rules, now)
        return sum(_make_offer(tenant_id, plan, lines, now) for plan in plans)


@dataclass
class _Lines:
    """The head of the lines that free agents serve, and what is known of their queues."""

    waiting: list[WaitingCall]
    rules: dict[int, QueueRules]
    #: By queue, in seconds.
    ring_times: dict[int, int]
    #: By call: how often it was offered before.
    offers_made: dict[int, int]


def _take_the_dispatch_row(tenant_id: int) -> None:
    locked = DispatchLock.objects.select_for_update().filter(tenant_id=tenant_id).first()
    if locked is None:
        DispatchLock.objects.get_or_create(tenant_id=tenant_id)
        DispatchLock.objects.select_for_update().get(tenant_id=tenant_id)


def _waiting_segments() -> QuerySet[Segment]:
    return Segment.objects.filter(
        kind=SegmentKind.QUEUE,
        ended_at=None,
        wait_started_at__isnull=False,
        call__state=CallState.QUEUED,
    )


def _free_slots() -> QuerySet[AgentSlot]:
    return AgentSlot.objects.filter(
        activity=Activity.IDLE,
        agent__presence=Presence.AVAILABLE,
        agent__phone__silent_since=None,
        agent__phone__isnull=False,
    )


def _read_candidates(tenant_id: int, now: datetime) -> list[Candidate]:
    slots: dict[int, tuple[int, datetime | None]] = {}
    queues: dict[int, dict[int, datetime | None]] = {}
    rows = _free_slots().filter(agent__tenant_id=tenant_id, agent__memberships__queue__isnull=False)
    for slot_id, agent_id, idle_since, queue_id, rung in rows.order_by("-number").values_list(
        "pk",
        "agent_id",
        "idle_since",
        "agent__memberships__queue_id",
        "agent__memberships__last_offered_at",
    ):
        # Ordered downwards, so that the lowest free slot of an agent is the one that stays.
        slots[agent_id] = (slot_id, idle_since)
        queues.setdefault(agent_id, {})[queue_id] = rung
    return [
        Candidate(
            agent_id=agent_id,
            slot_id=slot_id,
            idle_since=idle_since or now,
            queues=queues[agent_id],
        )
        for agent_id, (slot_id, idle_since) in slots.items()
    ]


def _read_lines(candidates: list[Candidate], now: datetime) -> _Lines:
    """Read as many callers of each queue as there are free agents, and some for the refused."""
    queue_ids = {queue_id for candidate in candidates for queue_id in candidate.queues}
    place = Window(
        RowNumber(),
        partition_by="queue_id",
        order_by=[F("at_head").desc(), F("placed_at").asc(), F("pk").asc()],
    )
    rows = list(
        _waiting_segments()
        .filter(queue_id__in=queue_ids)
        .annotate(place=place)
        .filter(place__lte=len(candidates) + SPARE)
        .values(
            "pk", "call_id", "queue_id", "placed_at", "at_head", "preferred_agent_id",
            "preferred_until", "call__offers_made", "queue__priority", "queue__strategy",
            "queue__ring_seconds",
        )
    )  # fmt: skip
    offered_before = [row["call_id"] for row in rows if row["call__offers_made"]]
    refused = _read_refusals(offered_before, now) if offered_before else {}
    on_duty = _count_on_duty({row["queue_id"] for row in rows}) if rows else {}
    settings = current()
    lines = _Lines([], {}, {}, {})
    for row in rows:
        queue_id = row["queue_id"]
        lines.offers_made[row["call_id"]] = row["call__offers_made"]
        lines.ring_times[queue_id] = row["queue__ring_seconds"] or settings.call.default_timeout
        lines.rules[queue_id] = QueueRules(
            ranking=Ranking(row["queue__strategy"] or settings.queue.default_routing_strategy),
            on_duty=on_duty.get(queue_id, 0),
        )
        lines.waiting.append(
            WaitingCall(
                segment_id=row["pk"],
                call_id=row["call_id"],
                queue_id=queue_id,
                priority=row["queue__priority"] or settings.queue.default_priority,
                placed_at=row["placed_at"] or now,
                at_head=row["at_head"],
                preferred_agent_id=row["preferred_agent_id"],
                preferred_until=row["preferred_until"],
                refused_by=refused.get(row["call_id"], {}),
            )
        )
    return lines


def _read_refusals(call_ids: list[int], now: datetime) -> dict[int, dict[int, datetime]]:
    refused: dict[int, dict[int, datetime]] = {}
    for call_id, agent_id, ended_at in Offer.objects.filter(
        call_id__in=call_ids,
        outcome__in=[OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT, OfferOutcome.FAILED],
        ended_at__gt=now - REST_AFTER_DECLINE,
    ).values_list("call_id", "agent_id", "ended_at"):
        refused.setdefault(call_id, {})[agent_id] = ended_at or now
    return refused


def _count_on_duty(queue_ids: set[int]) -> dict[int, int]:
    on_duty = QueueMember.objects.filter(
        queue_id__in=queue_ids,
        agent__presence=Presence.AVAILABLE,
        agent__phone__silent_since=None,
        agent__phone__isnull=False,
    )
    return dict(on_duty.values_list("queue_id").annotate(Count("pk")))


def _make_offer(tenant_id: int, plan: Plan, lines: _Lines, now: datetime) -> bool:
    """Write one plan. What was read is where the compare-and-swaps start from."""
    ring_seconds = lines.ring_times[plan.call.queue_id]
    fence = lines.offers_made[plan.call.call_id] + 1
    call = Call(pk=plan.call.call_id, tenant_id=tenant_id, state=CallState.QUEUED.value)
    slot = AgentSlot(pk=plan.candidate.slot_id, activity=Activity.IDLE.value)
    offer = Offer(
        tenant_id=tenant_id,
        call=call,
        segment_id=plan.call.segment_id,
        queue_id=plan.call.queue_id,
        agent_id=plan.candidate.agent_id,
        slot=slot,
        fence=fence,
        reason=dict(plan.reason),
        offered_at=now,
        deadline=now + timedelta(seconds=ring_seconds),
    )
    try:
        with transaction.atomic():
            move_call(call, ev.CallOffered(tenant_id=tenant_id), offers_made=fence)
            offer.save(force_insert=True)
            event = ev.CallOffered(**facts.of_offer(offer))
            move_slot(slot, event)
            QueueMember.objects.filter(
                queue_id=plan.call.queue_id, agent_id=plan.candidate.agent_id
            ).update(last_offered_at=now)
            set_timer("ring", after_seconds=ring_seconds, tenant_id=tenant_id, offer=offer)
            record(event)
    except (IntegrityError, StaleState, IllegalTransition):
        return False
    return True


# --- what becomes of it ----------------------------------------------------------------------


@transaction.atomic
def accept_offer(*, offer: Offer, agent: Agent, fence: int, lease_key: str) -> str:
    """The agent takes the call; return the join token with which the browser connects.

    The token is bound to user, tab, slot and offer, works once and for 30 s. Asking again from
    the same tab before it was spent returns a new one (the answer may have been lost).
    Raises PhoneElsewhere, OfferTaken or OfferGone.
    """
    call = lock_call(offer.call_id)
    offer = _own_offer(offer, agent)
    lease = _held_phone(agent, lease_key)
    if offer.state == OfferState.ACCEPTED and offer.join_spent_at is None:
        return _join_token(offer, lease)
    now = timezone.now()
    if offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        raise OfferTaken(_("This call was taken already."))
    if offer.state != OfferState.PENDING or offer.fence != fence or now >= offer.deadline:
        raise OfferGone(_("This call is no longer offered to you."))
    event = ev.OfferAccepted(**facts.of_offer(offer, agent.user))
    move_offer(offer, OfferState.ACCEPTED, accepted_at=now)
    move_call(call, event)
    move_slot(_slot_of(offer), event)
    cancel_timers("ring", offer=offer)
    set_timer("connect", after_seconds=CONNECT_SECONDS, tenant_id=offer.tenant_id, offer=offer)
    record(event)
    return _join_token(offer, lease)


@transaction.atomic
def decline_offer(*, offer: Offer, agent: Agent, fence: int) -> None:
    """The agent does not take the call; it keeps its place. Raises OfferTaken or OfferGone."""
    call = lock_call(offer.call_id)
    offer = _own_offer(offer, agent)
    if offer.state in (OfferState.ACCEPTED, OfferState.CONNECTED):
        raise OfferTaken(_("This call was taken already."))
    if offer.state != OfferState.PENDING or offer.fence != fence:
        raise OfferGone(_("This call is no longer offered to you."))
    event = ev.OfferDeclined(**facts.of_offer(offer, agent.user))
    move_call(call, event)
    _close(offer, event, OfferOutcome.DECLINED)


@on_time("ring")
def _ring_time_is_over(timer: Timer) -> None:
    if timer.offer is not None:
        time_out_offer(timer.offer)


def time_out_offer(offer: Offer) -> None:
    """Nobody answered: the caller keeps the place, the agent is "not responding"."""
    call = lock_call(offer.call_id)
    offer = Offer.objects.get(pk=offer.pk)
    if offer.state != OfferState.PENDING:
        return
    event = ev.OfferTimedOut(**facts.of_offer(offer))
    move_call(call, event)
    _close(offer, event, OfferOutcome.TIMED_OUT, problem="no_answer")


def withdraw_offer(call: Call, offer: Offer, *, reason: str) -> None:
    """Take a pending or accepted offer back, through no fault of the agent.

    The call is moved back to its queue unless it has ended. Must run under ``lock_call``.
    """
    event = ev.OfferWithdrawn(**facts.of_offer(offer), reason=reason)
    if CallState(call.state) is not CallState.ENDED:
        move_call(call, event)
    _close(offer, event, OfferOutcome.WITHDRAWN)


def fail_offer(call: Call, offer: Offer, *, reason: str) -> None:
    """The agent accepted but their side did not come about. Must run under ``lock_call``."""
    event = ev.OfferFailed(**facts.of_offer(offer), reason=reason)
    move_call(call, event)
    _close(offer, event, OfferOutcome.FAILED, problem="connect_failed")


def _close(offer: Offer, event: ev.Event, outcome: OfferOutcome, **slot_changes: str) -> None:
    move_offer(offer, OfferState.ENDED, outcome=outcome, ended_at=timezone.now())
    move_slot(_slot_of(offer), event, **slot_changes)
    cancel_timers("ring", "connect", "join_check", "move_check", offer=offer)
    record(event)
    wake_clock()


def _slot_of(offer: Offer) -> AgentSlot:
    return AgentSlot.objects.get(pk=offer.slot_id)


def _own_offer(offer: Offer, agent: Agent) -> Offer:
    fresh = Offer.objects.get(pk=offer.pk)
    if fresh.agent_id != agent.pk:
        raise OfferGone(_("This call is no longer offered to you."))
    return fresh


def _held_phone(agent: Agent, lease_key: str) -> PhoneLease:
    lease = PhoneLease.objects.filter(agent=agent).first()
    if lease is None or lease.key != lease_key:
        raise PhoneElsewhere(_("Your phone is in another tab. Answer there, or take it over."))
    return lease


# --- the join token ----------------------------------------------------------------------------


def _join_token(offer: Offer, lease: PhoneLease) -> str:
    claims = {"offer": offer.pk, "identity": lease.identity(offer.slot.number)}
    return signing.TimestampSigner(salt=JOIN_SALT).sign_object(claims)


def read_join_token(token: str, *, identity: str) -> int | None:
    """Return the offer a join token speaks of; None when it is forged, old or somebody else's."""
    try:
        claims = signing.TimestampSigner(salt=JOIN_SALT).unsign_object(
            token, max_age=JOIN_TOKEN_SECONDS
        )
    except signing.BadSignature:
        return None
    if not isinstance(claims, dict) or claims.get("identity") != identity:
        return None
    offer_id = claims.get("offer")
    return offer_id if isinstance(offer_id, int) else None
