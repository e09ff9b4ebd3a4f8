"""What the database itself refuses, whatever the code above it thinks. On both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from contact_center.models import (
    AgentSlot,
    Call,
    Disposition,
    Leg,
    LegKind,
    MenuVersion,
    Offer,
    PhoneLease,
    Queue,
    QueueMember,
    RawWebhook,
    Segment,
    SegmentKind,
    StoredAnswer,
)

NOW = timezone.now()


def refused(constraint: str, write: Callable[[], object]) -> None:
    """The database says no, and says which of its rules it was (PostgreSQL) or where (SQLite)."""
    with pytest.raises(IntegrityError), transaction.atomic():
        write()


def a_call(cast: Any, number: int = 1) -> Call:
    return Call.objects.create(
        tenant=cast.tenant, sid=f"CA{number:032x}", arrived_at=NOW, heard_at=NOW
    )


def a_stay(call: Call, queue: Queue, **fields: Any) -> Segment:
    return Segment.objects.create(
        call=call, kind=SegmentKind.QUEUE, queue=queue, started_at=NOW, placed_at=NOW, **fields
    )


def an_offer(
    cast: Any,
    stay: Segment,
    agent: Any,
    fence: int = 1,
    slot: AgentSlot | None = None,
    **fields: Any,
) -> Offer:
    return Offer.objects.create(
        tenant=cast.tenant,
        call=stay.call,
        segment=stay,
        queue=cast.support,
        agent=agent,
        slot=slot or agent.slots.get(),
        fence=fence,
        offered_at=NOW,
        deadline=NOW + timedelta(seconds=20),
        **fields,
    )


def test_a_call_is_in_one_place(cast: Any) -> None:
    call = a_call(cast)
    stay = a_stay(call, cast.support)
    refused("call_is_in_one_place", lambda: a_stay(call, cast.sales))
    # Where it was does not matter, and every call has a place of its own.
    Segment.objects.filter(pk=stay.pk).update(ended_at=NOW)
    a_stay(call, cast.sales)
    a_stay(a_call(cast, 2), cast.support)


def test_a_stay_has_one_live_offer(cast: Any) -> None:
    stay = a_stay(a_call(cast), cast.support)
    offer = an_offer(cast, stay, cast.alice)
    refused("one_live_offer_per_segment", lambda: an_offer(cast, stay, cast.bob, fence=2))
    Offer.objects.filter(pk=offer.pk).update(ended_at=NOW)
    an_offer(cast, stay, cast.bob, fence=2)


def test_a_slot_has_one_live_offer(cast: Any) -> None:
    stay = a_stay(a_call(cast), cast.support)
    offer = an_offer(cast, stay, cast.alice, state="connected")
    other = a_stay(a_call(cast, 2), cast.support)
    refused("one_live_offer_per_slot", lambda: an_offer(cast, other, cast.alice))
    Offer.objects.filter(pk=offer.pk).update(ended_at=NOW)
    an_offer(cast, other, cast.alice)


@pytest.mark.parametrize("state", ["pending", "accepted"])
def test_one_call_rings_at_an_agent_however_many_slots_there_are(cast: Any, state: str) -> None:
    offer = an_offer(cast, a_stay(a_call(cast), cast.support), cast.alice, state=state)
    second = AgentSlot.objects.create(agent=cast.alice, number=1)
    other = a_stay(a_call(cast, 2), cast.support)
    refused("one_call_rings_per_agent", lambda: an_offer(cast, other, cast.alice, slot=second))
    Offer.objects.filter(pk=offer.pk).update(state="connected")
    an_offer(cast, other, cast.alice, slot=second)


def test_a_fence_is_used_once_in_a_call_even_after_its_offer(cast: Any) -> None:
    stay = a_stay(a_call(cast), cast.support)
    an_offer(cast, stay, cast.alice, ended_at=NOW)
    refused("fence_once_per_call", lambda: an_offer(cast, stay, cast.bob))
    an_offer(cast, stay, cast.bob, fence=2)


def test_an_offer_has_one_live_leg(cast: Any) -> None:
    offer = an_offer(cast, a_stay(a_call(cast), cast.support), cast.alice)

    def leg(number: int, **fields: Any) -> Leg:
        return Leg.objects.create(
            tenant=cast.tenant,
            sid=f"CA{number:032d}",
            kind=LegKind.AGENT,
            offer=offer,
            started_at=NOW,
            **fields,
        )

    first = leg(1)
    refused("one_live_leg_per_offer", lambda: leg(2))
    Leg.objects.filter(pk=first.pk).update(ended_at=NOW)
    leg(2)
    refused("sid", lambda: leg(2, ended_at=NOW))


def test_one_answer_one_report_one_call_of_a_name(cast: Any) -> None:
    def answer(path: str) -> StoredAnswer:
        return StoredAnswer.objects.create(call_sid="CA1", path=path, body="", created_at=NOW)

    answer("/a/")
    refused("one_answer_per_request", lambda: answer("/a/"))
    answer("/b/")

    def report(digest: str) -> RawWebhook:
        return RawWebhook.objects.create(
            kind="status", sid="CA1", payload={}, digest=digest, received_at=NOW
        )

    report("a")
    refused("digest", lambda: report("a"))
    report("b")
    a_call(cast)
    refused("sid", lambda: a_call(cast))


def test_names_and_numbers_are_used_once(cast: Any) -> None:
    refused("name", lambda: Queue.objects.create(tenant=cast.tenant, name="Sales"))
    assert cast.other_queue.name == "Sales"  # another organisation may use it
    refused("member", lambda: QueueMember.objects.create(queue=cast.sales, agent=cast.alice))
    refused("slot", lambda: AgentSlot.objects.create(agent=cast.alice, number=0))
    refused(
        "version",
        lambda: MenuVersion.objects.create(menu=cast.menu.menu, number=1, greeting="Again."),
    )
    Disposition.objects.create(tenant=cast.tenant, label="Solved")


def test_an_agent_has_one_phone(cast: Any) -> None:
    def lease(agent: Any, key: str) -> PhoneLease:
        return PhoneLease.objects.create(agent=agent, key=key, claimed_at=NOW, heard_at=NOW)

    lease(cast.alice, "a")
    refused("agent", lambda: lease(cast.alice, "b"))
    refused("key", lambda: lease(cast.bob, "a"))
