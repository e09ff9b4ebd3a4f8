"""Who is offered to whom when the line is long, and when somebody moves on meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    EventLog,
    Offer,
    PhoneLease,
    Queue,
    Segment,
    Timer,
)
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.services import offering

pytestmark = pytest.mark.django_db


def on_duty(agent: Agent, *, free: bool = True) -> None:
    """At the desk with a phone; free, or in a conversation with somebody."""
    now = timezone.now()
    Agent.objects.filter(pk=agent.pk).update(presence="available", on_duty_since=now)
    PhoneLease.objects.create(agent=agent, key=f"{agent.pk:032d}", claimed_at=now, heard_at=now)
    activity = "idle" if free else "on_call"
    AgentSlot.objects.filter(agent=agent).update(activity=activity, idle_since=now)


def in_line(queue: Queue, callers: int) -> list[Segment]:
    """So many callers, the first of them longest."""
    noon = timezone.now() - timedelta(minutes=5)
    segments = []
    for n in range(callers):
        at = noon + timedelta(seconds=n)
        call = Call.objects.create(
            tenant=queue.tenant,
            sid=f"CA{queue.pk:016d}{n:016d}",
            queue=queue,
            state="queued",
            arrived_at=at,
            heard_at=at,
        )
        segments.append(
            Segment.objects.create(
                call=call,
                kind="queue",
                queue=queue,
                started_at=at,
                placed_at=at,
                wait_started_at=at,
            )
        )
    return segments


def declined(segment: Segment, agent: Agent) -> None:
    """A moment ago this agent did not take this caller."""
    assert segment.queue is not None
    now = timezone.now()
    Call.objects.filter(pk=segment.call_id).update(offers_made=1)
    Offer.objects.create(
        tenant=agent.tenant,
        call=segment.call,
        segment=segment,
        queue=segment.queue,
        agent=agent,
        slot=agent.slots.get(),
        state="ended",
        outcome="declined",
        fence=1,
        offered_at=now,
        deadline=now,
        ended_at=now,
    )


def rung() -> list[tuple[int, int]]:
    """Who is rung for which call."""
    live = Offer.objects.filter(ended_at=None).order_by("pk")
    return list(live.values_list("agent_id", "call_id"))


def test_one_offer_takes_nine_statements_however_many_wait_and_work(cast: Any) -> None:
    in_line(cast.sales, 40)
    on_duty(cast.alice)
    on_duty(cast.bob, free=False)
    # What is set of the queues is read once a second, whatever is dispatched.
    rules_of_queues(cast.tenant.pk)
    with CaptureQueriesContext(connection) as statements:
        assert offering.dispatch(cast.tenant.pk) == 1
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    ours = [query["sql"] for query in statements if not query["sql"].startswith(frame)]
    assert len(ours) == 9, "\n".join(sql[:160] for sql in ours)


def test_with_a_head_of_the_line_that_declined_was_by_its_agent_the_next_one_rings(
    cast: Any,
) -> None:
    """More callers rest than a dispatch reads at first."""
    segments = in_line(cast.sales, 60)
    on_duty(cast.alice)
    on_duty(cast.bob, free=False)
    for segment in segments[:50]:
        declined(segment, cast.alice)
    assert offering.dispatch(cast.tenant.pk) == 1
    assert rung() == [(cast.alice.pk, segments[50].call_id)]


def test_a_free_agent_of_an_empty_line_makes_nobody_read_the_long_one(cast: Any) -> None:
    in_line(cast.sales, 60)
    cast.alice.memberships.exclude(queue=cast.sales).delete()
    cast.bob.memberships.exclude(queue=cast.support).delete()
    on_duty(cast.alice)
    on_duty(cast.bob)
    with CaptureQueriesContext(connection) as statements:
        assert offering.dispatch(cast.tenant.pk) == 1
    assert len([query for query in statements if "ROW_NUMBER" in query["sql"]]) == 1
    assert [agent for agent, _call in rung()] == [cast.alice.pk]


def test_a_caller_who_leaves_while_offers_are_written_spoils_them_for_nobody_else(
    cast: Any,
) -> None:
    first, second = in_line(cast.sales, 2)
    on_duty(cast.alice)
    on_duty(cast.bob)

    def leaves(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """The first caller hangs up just before the offer of his call is written."""
        if sql.startswith('UPDATE "contact_center_call"') and first.call_id in params:
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    f"UPDATE contact_center_call SET state = 'ended' WHERE id = {first.call_id:d}"
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(leaves):
        assert offering.dispatch(cast.tenant.pk) == 1
    [(agent_id, call_id)] = rung()
    assert call_id == second.call_id
    assert AgentSlot.objects.filter(activity="ringing").get().agent_id == agent_id
    assert Timer.objects.filter(kind="ring").count() == 1
    assert EventLog.objects.filter(name="call.offered").count() == 1


def test_two_free_agents_and_two_callers_are_paired_in_one_go(cast: Any) -> None:
    first, second = in_line(cast.sales, 2)
    on_duty(cast.alice)
    on_duty(cast.bob)
    assert offering.dispatch(cast.tenant.pk) == 2
    assert {call for _agent, call in rung()} == {first.call_id, second.call_id}
    assert {agent for agent, _call in rung()} == {cast.alice.pk, cast.bob.pk}
    assert Timer.objects.filter(kind="ring").count() == 2
    assert offering.dispatch(cast.tenant.pk) == 0


def test_an_agent_who_is_taken_while_offers_are_written_spoils_them_for_nobody_else(
    cast: Any,
) -> None:
    in_line(cast.sales, 2)
    on_duty(cast.alice)
    on_duty(cast.bob)
    slot = cast.alice.slots.get()

    def is_taken(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        """Alice's slot is somebody else's just before it is made to ring."""
        if sql.startswith('UPDATE "contact_center_agentslot"') and slot.pk in params:
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE contact_center_agentslot SET activity = 'wrap_up'"
                    f" WHERE id = {slot.pk:d}"
                )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(is_taken):
        assert offering.dispatch(cast.tenant.pk) == 1
    assert [agent for agent, _call in rung()] == [cast.bob.pk]
    assert Call.objects.filter(state="offered").count() == 1
    assert Timer.objects.filter(kind="ring").count() == 1
    assert EventLog.objects.filter(name="call.offered").count() == 1
