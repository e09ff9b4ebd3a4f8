"""Timers: rows that say when, what and about whom. One function runs those that are due."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

from django.db import transaction
from django.utils import timezone

from contact_center.models import Agent, Call, Offer, Timer
from contact_center.models.prepared import Given, Prepared, insert
from contact_center.services.transitions import hold_dispatch

logger = logging.getLogger(__name__)

Deed = Callable[[Timer], None]
#: What each kind of timer does. Services add theirs with ``on_time``.
DEEDS: dict[str, Deed] = {}

#: A timer whose deed fails is tried again after this, doubled each time.
FIRST_RETRY_SECONDS = 1
LONGEST_RETRY_SECONDS = 60


def on_time(kind: str) -> Callable[[Deed], Deed]:
    """Name the function as what a timer of ``kind`` does; it runs in a transaction of its own."""

    def register(deed: Deed) -> Deed:
        DEEDS[kind] = deed
        return deed

    return register


def set_timer(
    kind: str,
    *,
    after_seconds: float,
    tenant_id: int,
    call: Call | None = None,
    offer: Offer | None = None,
    agent: Agent | None = None,
) -> Timer:
    """Set a timer of ``kind``, due ``after_seconds`` from now."""
    timer = Timer(
        kind=kind,
        due_at=timezone.now() + timedelta(seconds=after_seconds),
        tenant_id=tenant_id,
        call=call,
        offer=offer,
        agent=agent,
    )
    insert(timer)
    return timer


def cancel_timers(*kinds: str, offer: Offer) -> None:
    """Take back the timers of ``kinds`` that were set for ``offer``."""
    Timer.objects.filter(kind__in=kinds, offer=offer).delete()


def postpone_timers(kind: str, *, by_seconds: float, offer: Offer) -> None:
    """Let the timers of ``kind`` that were set for ``offer`` run so much later."""
    for timer in Timer.objects.filter(kind=kind, offer=offer):
        later = timer.due_at + timedelta(seconds=by_seconds)
        Timer.objects.filter(pk=timer.pk, due_at=timer.due_at).update(due_at=later)


def run_due_timers(now: datetime, *, most: int = 200) -> int:
    """Run the timers due at ``now``, each in its own transaction; return how many ran.

    A timer is claimed by deleting its row: of two clocks one deletes it. When its deed fails the
    transaction brings the row back, and it is tried again a little later. Before that the rows it
    is about are locked, call before offer: whoever takes timers back (an agent who accepts) holds
    those first, too, and the two would otherwise wait for each other. What is about an agent waits
    for the dispatcher, too: nobody is offered a call while it is judged whether they have one.
    """
    return sum(_run(timer) for timer in _due(most).all(now=now))


@cache
def _due(most: int) -> Prepared[Timer]:
    due = Timer.objects.filter(due_at__lte=Given("now")).order_by("due_at", "pk")
    return Prepared(due.select_related("call", "offer", "agent")[:most])


def _run(timer: Timer) -> bool:
    pk = timer.pk
    try:
        with transaction.atomic():
            _lock_what_it_is_about(timer)
            claimed, _rows = Timer.objects.filter(pk=pk, due_at=timer.due_at).delete()
            if not claimed:
                return False
            DEEDS[timer.kind](timer)
    except Exception as error:
        # Whatever a deed stumbles over, the other timers still run and this one comes again.
        logger.exception("timer %s failed", timer.kind)
        wait = min(FIRST_RETRY_SECONDS * 2**timer.attempts, LONGEST_RETRY_SECONDS)
        Timer.objects.filter(pk=pk).update(
            attempts=min(timer.attempts + 1, 30),
            due_at=timezone.now() + timedelta(seconds=wait),
            problem=repr(error)[:2000],
        )
        return False
    return True


_LOCKED_CALL = Prepared(
    Call.objects.select_for_update(no_key=True).filter(pk=Given("pk")).values_list("pk")
)
_LOCKED_OFFER = Prepared(
    Offer.objects.select_for_update(no_key=True).filter(pk=Given("pk")).values_list("pk")
)


def _lock_what_it_is_about(timer: Timer) -> None:
    call_id = timer.offer.call_id if timer.offer is not None else timer.call_id
    if call_id is not None:
        _LOCKED_CALL.first(pk=call_id)
    if timer.offer_id is not None:
        _LOCKED_OFFER.first(pk=timer.offer_id)
    if timer.agent_id is not None:
        hold_dispatch(timer.tenant_id)
        agents = Agent.objects.select_for_update(no_key=True)
        agents.filter(pk=timer.agent_id).values_list("pk").first()
