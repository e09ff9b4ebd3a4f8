"""Calls, offers and phones as rows, for tests of what is shown and who may touch it.

The services make these rows in the product; a test that is about something else says here what is
so and goes on. The people come from tests/cast.py.
"""

import itertools
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from contact_center.domain.states import Activity, CallState, Presence
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    EndedBy,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
    Queue,
    Segment,
    SegmentKind,
    User,
)

CALLER = "+14155550142"

_numbers = itertools.count(1)


def signed_in(user: User) -> Client:
    """A browser in which ``user`` has signed in. It checks CSRF no more than Django's does."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def phone(agent: Agent, **values: Any) -> PhoneLease:
    """A tab that is the agent's phone, its ring heard and its microphone open."""
    now = timezone.now()
    return PhoneLease.objects.create(
        agent=agent,
        **{
            "key": f"{next(_numbers):032x}",
            "claimed_at": now,
            "heard_at": now,
            "ring_heard_at": now,
            "microphone_ok": True,
        }
        | values,
    )


def on_duty(agent: Agent) -> PhoneLease:
    """The agent is available and has a phone."""
    now = timezone.now()
    present(agent, Presence.AVAILABLE)
    agent.slots.update(activity_since=now, idle_since=now)
    return phone(agent)


def present(agent: Agent, presence: Presence, reason: str = "", **values: Any) -> None:
    """The agent chose this presence a moment ago."""
    for name, value in {
        "presence": presence,
        "presence_reason": reason,
        "presence_since": timezone.now(),
        **values,
    }.items():
        setattr(agent, name, value)
    agent.save()


def doing(agent: Agent, activity: Activity, problem: str = "", *, number: int = 0) -> AgentSlot:
    """One slot of the agent, the first unless said, does this since now."""
    slot = agent.slots.get(number=number)
    slot.activity = activity
    slot.activity_since = timezone.now()
    slot.problem = problem
    slot.save()
    return slot


def waiting_call(queue: Queue, caller: str = CALLER, *, waited_seconds: int = 66) -> Call:
    """Somebody who waits in ``queue`` and can be offered."""
    now = timezone.now()
    since = now - timedelta(seconds=waited_seconds)
    call = Call.objects.create(
        tenant=queue.tenant,
        sid=f"CA{next(_numbers):032x}",
        account_sid=settings.TWILIO_ACCOUNT_SID,
        from_number=caller,
        to_number="+14155550100",
        state=CallState.QUEUED,
        queue=queue,
        arrived_at=since,
        heard_at=now,
    )
    Segment.objects.create(
        call=call,
        kind=SegmentKind.QUEUE,
        queue=queue,
        started_at=since,
        placed_at=since,
        wait_started_at=since,
        wait_heard_at=now,
        network_queue_sid="QU" + "0" * 32,
    )
    return call


def offer(
    call: Call, agent: Agent, *, slot: int = 0, ring_seconds: int = 20, **values: Any
) -> Offer:
    """``agent``'s desk rings for ``call``, on the slot of that number."""
    now = timezone.now()
    Call.objects.filter(pk=call.pk).update(state=CallState.OFFERED)
    return Offer.objects.create(
        tenant=call.tenant,
        call=call,
        segment=call.segments.get(ended_at=None),
        queue=call.queue,
        agent=agent,
        slot=doing(agent, Activity.RINGING, number=slot),
        **{
            "fence": call.offers.count() + 1,
            "offered_at": now,
            "deadline": now + timedelta(seconds=ring_seconds),
        }
        | values,
    )


def accepted(offered: Offer) -> Offer:
    """The agent took the call; nobody is connected yet."""
    offered.state = OfferState.ACCEPTED
    offered.accepted_at = timezone.now()
    offered.save()
    Call.objects.filter(pk=offered.call_id).update(state=CallState.CONNECTING)
    doing(offered.agent, Activity.CONNECTING, number=offered.slot.number)
    return offered


def talking(offered: Offer, *, talked_seconds: int = 391, **values: Any) -> Offer:
    """Customer and agent talk; ``held_at=now`` and the like say more."""
    since = timezone.now() - timedelta(seconds=talked_seconds)
    offered.state = OfferState.CONNECTED
    offered.accepted_at = offered.connected_at = offered.agent_joined_at = since
    offered.conference_sid = f"CF{next(_numbers):032x}"
    for name, value in values.items():
        setattr(offered, name, value)
    offered.save()
    held = offered.held_at is not None
    state = CallState.ON_HOLD if held else CallState.CONNECTED
    Call.objects.filter(pk=offered.call_id).update(state=state, answered_at=since)
    stays = offered.call.segments.filter(ended_at=None, kind=SegmentKind.QUEUE)
    if stays.update(ended_at=since, end_reason="answered"):
        offered.call.segments.create(
            kind=SegmentKind.CONVERSATION, queue=offered.queue, started_at=since
        )
    activity = Activity.ON_HOLD if held else Activity.ON_CALL
    doing(offered.agent, activity, number=offered.slot.number)
    return offered


def wrapping_up(offered: Offer, *, left_seconds: int = 42, **values: Any) -> Offer:
    """The conversation is over, the notes are not."""
    talking(offered, talked_seconds=552)
    now = timezone.now()
    offered.state = OfferState.WRAPPING_UP
    offered.conversation_ended_at = now
    offered.wrap_up_until = now + timedelta(seconds=left_seconds)
    for name, value in values.items():
        setattr(offered, name, value)
    offered.save()
    end(offered.call, EndedBy.CUSTOMER, "customer_hung_up")
    doing(offered.agent, Activity.WRAPPING_UP, number=offered.slot.number)
    return offered


def handled(offered: Offer, **values: Any) -> Offer:
    """A call from its first ring to its finished wrap-up."""
    wrapping_up(offered, **values)
    return over(offered, OfferOutcome.HANDLED)


def over(offered: Offer, outcome: OfferOutcome) -> Offer:
    """The offer has ended like this."""
    offered.state = OfferState.ENDED
    offered.outcome = outcome
    offered.ended_at = timezone.now()
    offered.save()
    doing(offered.agent, Activity.IDLE, number=offered.slot.number)
    return offered


def end(call: Call, ended_by: EndedBy, reason: str) -> None:
    """The customer's leg has ended."""
    now = timezone.now()
    call.segments.filter(ended_at=None).update(ended_at=now, end_reason=reason)
    Call.objects.filter(pk=call.pk).update(
        state=CallState.ENDED, ended_at=now, ended_by=ended_by, end_reason=reason
    )
    call.refresh_from_db()
