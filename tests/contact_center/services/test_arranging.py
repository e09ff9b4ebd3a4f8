"""A supervisor moves, gives, pulls and prioritises waiting callers: what comes of it, and when."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.models import (
    Agent,
    AgentSlot,
    Call,
    Command,
    EventLog,
    Offer,
    PhoneLease,
    Queue,
    Segment,
    Tenant,
)
from contact_center.selectors import figures
from contact_center.selectors.queue_rules import rules_of_queues
from contact_center.services import arranging, keeping_hours, offering, presence, reserving
from contact_center.services.keeping_hours import Hours
from contact_center.simulator.core.readings import Readings
from tests.cast import Cast, make_agent
from tests.universe.floor import Floor, open_floor

SALES, SUPPORT = "+14155550101", "+14155550102"


def stay_of(sid: str) -> Segment:
    """Where a caller waits."""
    return Segment.objects.get(call__sid=sid, kind="queue", ended_at=None)


def where(sid: str) -> str:
    return stay_of(sid).queue.name  # type: ignore[union-attr]


def names_of(sid: str) -> list[str]:
    rows = EventLog.objects.filter(call_id=Call.objects.get(sid=sid).pk).order_by("pk")
    return list(rows.values_list("name", flat=True))


def last(name: str) -> EventLog:
    return EventLog.objects.filter(name=name).latest("pk")


def rung(floor: Floor, *agents: Agent) -> list[str]:
    """Who of these is being rung, by name."""
    return [agent.user.username for agent in agents if floor.pending(agent) is not None]


def at_a_desk(floor: Floor, cast: Cast) -> Agent:
    """Carol, who supervises, is on duty at a desk of her own, and serves no queue."""
    carol = Agent.objects.create(tenant=cast.tenant, user=cast.carol)
    AgentSlot.objects.create(agent=carol, number=0)
    floor.on_duty(carol)
    return carol


# --- moving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("executed", [True, False])
def test_who_is_moved_waits_in_the_other_queue_with_the_age_kept(
    cast: Cast, executed: bool
) -> None:
    """Whichever of the two documents the network takes, he is in the other queue at once."""
    readings = Readings(enqueue_action_executed_after_redirect=executed)
    with open_floor(readings=readings) as floor:
        sid = floor.ring(to=SALES)
        floor.pass_seconds(30)
        old = stay_of(sid)
        arranging.move(stay=old, to=cast.support, actor=cast.carol)
        assert stay_of(sid).wait_started_at is None, "nobody is rung for who is on his way"
        floor.pass_seconds(2)
        new = stay_of(sid)
        assert (new.queue_id, new.placed_at) == (cast.support.pk, old.placed_at)
        assert new.wait_started_at is not None
        assert new.moved_by == cast.carol
        assert in_the_network(floor, cast.sales) == []
        assert in_the_network(floor, cast.support) == [sid]
        assert names_of(sid)[-3:] == ["call.moved", "call.queued", "wait.started"]
        moved = last("call.moved")
        assert (moved.queue_id, moved.actor_id) == (cast.sales.pk, cast.carol.pk)
        assert moved.details["to_queue_id"] == cast.support.pk
        assert not moved.details["over_capacity"]
        floor.on_duty(cast.alice)
        offer = floor.pending(cast.alice)
        assert offer is not None
        assert offer.queue == cast.support
        floor.accept(cast.alice, offer)
        floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=10)


def in_the_network(floor: Floor, queue: Queue) -> list[str]:
    """Who waits in a queue by the network's account."""
    queues: Any = floor.network.truth()["queues"]
    found = [one["members"] for one in queues if one["name"] == f"q_{queue.pk}"]
    return [member["call_sid"] for members in found for member in members]


def test_who_was_moved_has_flowed_out_of_the_queue_and_is_not_abandoned(
    floor: Floor, cast: Cast
) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(30)
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    floor.pass_seconds(5)
    floor.hang_up(sid)
    floor.pass_seconds(1)
    stays = figures.read_stays(
        figures.stays_over(
            since=timezone.now() - timedelta(hours=1), until=timezone.now() + timedelta(hours=1)
        )
    )
    sales, support = stays[cast.sales.pk], stays[cast.support.pk]
    assert (sales.flowed_out, sales.abandoned.count) == (1, 0)
    assert (support.flowed_out, support.abandoned.count) == (0, 1)


def test_who_is_rung_for_a_caller_that_is_moved_stops_being_rung_and_is_free(
    floor: Floor, cast: Cast
) -> None:
    cast.alice.memberships.filter(queue=cast.support).delete()
    floor.on_duty(cast.alice)
    sid = floor.ring(to=SALES)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    offer = Offer.objects.get()
    assert (offer.state, offer.outcome) == ("ended", "withdrawn")
    assert cast.alice.slots.get().activity == Activity.IDLE
    floor.pass_seconds(3)
    assert where(sid) == "Support"
    assert rung(floor, cast.alice) == []


def test_who_has_accepted_has_the_call(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring(to=SALES)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    stay, offer = stay_of(sid), floor.pending(cast.alice)
    assert offer is not None
    floor.accept(cast.alice, offer)
    for deed in deeds(stay, cast):
        with pytest.raises(NotAllowed, match="An agent"):
            deed()
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=10)
    with pytest.raises(NotAllowed, match="An agent is talking with this caller"):
        arranging.prioritise(stay=stay, priority=9, actor=cast.carol)


def test_a_caller_who_has_hung_up_is_a_sentence(floor: Floor, cast: Cast) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    stay = stay_of(sid)
    floor.hang_up(sid)
    floor.pass_seconds(1)
    before = EventLog.objects.count()
    for deed in deeds(stay, cast):
        with pytest.raises(NotAllowed, match="The caller has hung up"):
            deed()
    assert EventLog.objects.count() == before


def deeds(stay: Segment, cast: Cast) -> list[Any]:
    """Everything that can be done with a waiting caller."""
    return [
        lambda: arranging.move(stay=stay, to=cast.support, actor=cast.carol),
        lambda: arranging.give(stay=stay, agent=cast.bob, actor=cast.carol),
        lambda: arranging.give_to_nobody(stay=stay, actor=cast.carol),
        lambda: arranging.prioritise(stay=stay, priority=9, actor=cast.carol),
    ]


def test_of_two_supervisors_the_second_is_told_that_the_caller_has_gone_on(
    floor: Floor, cast: Cast
) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    stay = stay_of(sid)
    arranging.move(stay=stay, to=cast.support, actor=cast.carol)
    with pytest.raises(NotAllowed, match="has gone to another queue meanwhile"):
        arranging.move(stay=stay, to=cast.support, actor=cast.dana)
    assert EventLog.objects.filter(name="call.moved").count() == 1


def test_nobody_is_moved_to_where_he_is_nor_to_where_nobody_answers(
    floor: Floor, cast: Cast
) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    with pytest.raises(NotAllowed, match="The caller is in Sales already"):
        arranging.move(stay=stay_of(sid), to=cast.sales, actor=cast.carol)
    never = keeping_hours.make_calendar(
        hours=Hours(name="Never", zone="UTC", week=()), actor=cast.dana
    )
    keeping_hours.let_follow(calendar_id=never.pk, queue_ids=[cast.support.pk], actor=cast.dana)
    with pytest.raises(NotAllowed, match="Support is closed now"):
        arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    assert where(sid) == "Sales"


def test_a_supervisor_may_fill_a_queue_beyond_what_it_takes_and_it_is_said(
    floor: Floor, cast: Cast
) -> None:
    Queue.objects.filter(pk=cast.support.pk).update(capacity=1)
    cast.support.refresh_from_db()
    cast.support.save()
    floor.ring(to=SUPPORT)
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    assert last("call.moved").details["over_capacity"]
    floor.pass_seconds(3)
    assert where(sid) == "Support"


def test_a_request_to_bring_him_that_comes_too_late_is_not_sent(floor: Floor, cast: Cast) -> None:
    """The wait document has sent him there already; now he may be on his way to an agent."""
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    Segment.objects.filter(pk=stay_of(sid).pk).update(wait_started_at=timezone.now())
    floor.pass_seconds(1)
    asked = Command.objects.get(kind="bring_to_queue")
    assert (asked.outcome, asked.answer) == ("gave_up", "It was overtaken by events.")


def test_who_left_the_network_while_he_was_moved_is_gone(floor: Floor, cast: Cast) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    floor.fate = lambda request: 0  # nothing reaches us any more
    floor.hang_up(sid)
    floor.fate = lambda request: 1
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    floor.pass_seconds(3)
    assert Call.objects.get(sid=sid).state == "ended"


# --- giving to an agent --------------------------------------------------------------------------


def test_who_is_given_a_caller_is_rung_whatever_queue_and_nobody_else_is(
    floor: Floor, cast: Cast
) -> None:
    chen = make_agent(cast.tenant, "chen", cast.support)
    floor.on_duty(chen)
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    assert rung(floor, chen) == []
    arranging.give(stay=stay_of(sid), agent=chen, actor=cast.carol)
    floor.on_duty(cast.alice)
    floor.pass_seconds(1)
    assert rung(floor, chen, cast.alice) == ["chen"]
    offer = floor.pending(chen)
    assert offer is not None
    assert offer.reason["reserved"] is True
    assert offer.reason["reserved_by"] == cast.carol.pk
    given = last("call.reserved")
    assert (given.agent_id, given.actor_id) == (chen.pk, cast.carol.pk)
    floor.accept(chen, offer)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=10)


def test_who_was_being_rung_stops_being_rung(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring(to=SALES)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    with pytest.raises(NotAllowed, match="Alice is being rung for this caller"):
        arranging.give(stay=stay_of(sid), agent=cast.alice, actor=cast.carol)
    floor.on_duty(cast.bob)
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    floor.pass_seconds(1)
    assert rung(floor, cast.alice, cast.bob) == ["bob"]
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.dana)
    assert rung(floor, cast.alice, cast.bob) == ["bob"], "it is so already"


def test_a_caller_who_is_kept_for_somebody_holds_up_nobody_behind(floor: Floor, cast: Cast) -> None:
    floor.on_duty(cast.bob)
    floor.conversation(cast.bob, to=SUPPORT)
    first, second = floor.ring(to=SALES), floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.give(stay=stay_of(first), agent=cast.bob, actor=cast.carol)
    floor.on_duty(cast.alice)
    floor.pass_seconds(1)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert offer.call.sid == second


def test_undone_everybody_may_have_the_caller(floor: Floor, cast: Cast) -> None:
    sid = kept_for_bob(floor, cast)
    floor.on_duty(cast.alice)
    floor.pass_seconds(3)
    assert rung(floor, cast.alice) == []
    arranging.give_to_nobody(stay=stay_of(sid), actor=cast.dana)
    arranging.give_to_nobody(stay=stay_of(sid), actor=cast.dana)
    floor.pass_seconds(1)
    assert rung(floor, cast.alice) == ["alice"]
    ended = EventLog.objects.get(name="reservation.ended")
    assert (ended.details["reason"], ended.actor_id, ended.agent_id) == (
        "undone", cast.dana.pk, cast.bob.pk,
    )  # fmt: skip


def kept_for_bob(floor: Floor, cast: Cast) -> str:
    """A caller who waits for Bob, who is on a call."""
    floor.on_duty(cast.bob)
    floor.conversation(cast.bob, to=SUPPORT)
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    return sid


@pytest.mark.once
def test_after_its_time_everybody_may_have_the_caller_by_itself(floor: Floor, cast: Cast) -> None:
    sid = kept_for_bob(floor, cast)
    floor.on_duty(cast.alice)
    for _ in range(reserving.KEPT_SECONDS // 10 - 1):
        floor.pass_seconds(10)
        floor.keep_beating(cast.alice, cast.bob)
    assert rung(floor, cast.alice) == []
    floor.pass_seconds(11)
    assert rung(floor, cast.alice) == ["alice"]
    assert stay_of(sid).reserved_for is None
    assert last("reservation.ended").details["reason"] == "time_over"


@pytest.mark.parametrize("presence_chosen", [Presence.BREAK, Presence.OFFLINE])
def test_when_the_agent_goes_away_everybody_may_have_the_caller(
    floor: Floor, cast: Cast, presence_chosen: Presence
) -> None:
    floor.on_duty(cast.bob)
    PhoneLease.objects.filter(agent=cast.bob).delete()  # nothing of his can ring
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    floor.on_duty(cast.alice)
    floor.pass_seconds(1)
    assert rung(floor, cast.alice) == []
    reason = "lunch" if presence_chosen is Presence.BREAK else ""
    presence.set_presence(agent=cast.bob, presence=presence_chosen, reason=reason)
    floor.pass_seconds(1)
    assert rung(floor, cast.alice) == ["alice"]
    assert stay_of(sid).reserved_for is None
    assert last("reservation.ended").details["reason"] == "agent_away"


def test_who_declines_a_caller_that_was_kept_for_them_is_not_waited_for(
    floor: Floor, cast: Cast
) -> None:
    floor.on_duty(cast.bob)
    sid = floor.ring(to=SALES)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)
    arranging.prioritise(stay=stay_of(sid), priority=9, actor=cast.carol)
    offering.decline_offer(offer=offered(floor, cast.bob), agent=cast.bob, fence=1)
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    floor.pass_seconds(16)  # he rests
    second = offered(floor, cast.bob)
    offering.decline_offer(offer=second, agent=cast.bob, fence=second.fence)
    ended = last("reservation.ended")
    assert (ended.details["reason"], ended.agent_id, ended.actor_id) == (
        "declined", cast.bob.pk, None,
    )  # fmt: skip
    floor.on_duty(cast.alice)
    floor.pass_seconds(1)
    assert rung(floor, cast.alice, cast.bob) == ["alice"]


def offered(floor: Floor, agent: Agent) -> Offer:
    offer = floor.pending(agent)
    assert offer is not None
    return offer


def test_who_does_not_answer_a_caller_that_was_kept_for_them_is_not_waited_for(
    floor: Floor, cast: Cast
) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    presence.claim_phone(agent=cast.bob)
    Agent.objects.filter(pk=cast.bob.pk).update(presence=Presence.AVAILABLE)
    arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    floor.until(lambda: rung(floor, cast.bob) == ["bob"], within=5)
    floor.until(lambda: rung(floor, cast.bob) == [], within=40)
    assert last("reservation.ended").details["reason"] == "timed_out"
    assert stay_of(sid).reserved_for is None


def test_an_agent_who_is_not_there_is_not_given_anybody(floor: Floor, cast: Cast) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    with pytest.raises(NotAllowed, match="Bob is not on duty and would not be rung"):
        arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    presence.set_presence(agent=cast.bob, presence=Presence.BREAK, reason="lunch")
    with pytest.raises(NotAllowed, match="Bob is on a break and would not be rung"):
        arranging.give(stay=stay_of(sid), agent=cast.bob, actor=cast.carol)
    assert stay_of(sid).reserved_for is None


def test_who_is_moved_is_kept_for_nobody_and_has_the_other_queue_s_priority(
    floor: Floor, cast: Cast
) -> None:
    sid = kept_for_bob(floor, cast)
    arranging.prioritise(stay=stay_of(sid), priority=9, actor=cast.carol)
    arranging.move(stay=stay_of(sid), to=cast.support, actor=cast.carol)
    stay = stay_of(sid)
    assert (stay.reserved_for, stay.priority) == (None, None)
    assert last("reservation.ended").details["reason"] == "moved"


# --- pulling -------------------------------------------------------------------------------------


def test_a_supervisor_on_duty_who_serves_no_queue_gets_the_call_she_pulls(
    floor: Floor, cast: Cast
) -> None:
    carol = at_a_desk(floor, cast)
    first, second = floor.ring(to=SALES), floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.pull(stay=stay_of(second), actor=cast.carol)
    floor.pass_seconds(1)
    offer = offered(floor, carol)
    assert offer.call.sid == second
    assert last("call.reserved").details["pulled"]
    floor.accept(carol, offer)
    floor.until(lambda: Call.objects.get(sid=second).state == "connected", within=10)
    assert where(first) == "Sales"


def test_who_cannot_be_rung_is_told_what_is_in_the_way_of_pulling(floor: Floor, cast: Cast) -> None:
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)

    def refusal() -> str:
        with pytest.raises(NotAllowed) as refused:
            arranging.pull(stay=stay_of(sid), actor=cast.carol)
        assert stay_of(sid).reserved_for is None
        return str(refused.value)

    assert "You are no agent" in refusal()
    carol = Agent.objects.create(tenant=cast.tenant, user=cast.carol)
    slot = AgentSlot.objects.create(agent=carol, number=0)
    assert "You are not on duty as an agent" in refusal()
    Agent.objects.filter(pk=carol.pk).update(presence=Presence.AVAILABLE)
    assert "Your desk is not heard" in refusal()
    floor.on_duty(carol)
    AgentSlot.objects.filter(pk=slot.pk).update(activity=Activity.ON_CALL)
    assert "You have a call of your own" in refusal()
    AgentSlot.objects.filter(pk=slot.pk).update(activity=Activity.NOT_RESPONDING)
    assert "Your desk did not answer its last call" in refusal()


# --- another priority ----------------------------------------------------------------------------


def test_a_higher_priority_brings_a_caller_before_everybody_else_and_back_again(
    floor: Floor, cast: Cast
) -> None:
    first, second = floor.ring(to=SALES), floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.prioritise(stay=stay_of(second), priority=9, actor=cast.carol)
    for none_at_all in (0, 11):
        with pytest.raises(NotAllowed, match="from 1 to 10"):
            arranging.prioritise(stay=stay_of(second), priority=none_at_all, actor=cast.carol)
    assert last("call.prioritised").details == {"priority": 9, "queues_own": False}
    floor.on_duty(cast.alice)
    floor.pass_seconds(1)
    offer = offered(floor, cast.alice)
    assert offer.call.sid == second
    assert (offer.reason["priority"], offer.reason["prioritised_by"]) == (9, cast.carol.pk)
    arranging.prioritise(stay=stay_of(second), priority=None, actor=cast.carol)
    arranging.prioritise(stay=stay_of(second), priority=None, actor=cast.carol)
    assert EventLog.objects.filter(name="call.prioritised").count() == 2
    assert rung(floor, cast.alice) == ["alice"], "who is rung is not disturbed"
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.pass_seconds(1)
    assert offered(floor, cast.alice).call.sid == first


@pytest.mark.parametrize("ageing_minutes", [None, 5])
def test_behind_a_long_line_who_has_a_priority_of_his_own_is_found(
    floor: Floor, cast: Cast, ageing_minutes: int | None
) -> None:
    """A dispatch reads only the head of a line; he is not at the head of those without one."""
    Tenant.objects.filter(pk=cast.tenant.pk).update(ageing_minutes=ageing_minutes)
    Tenant.objects.get(pk=cast.tenant.pk).save()
    for _ in range(8):
        floor.ring(to=SALES)
    sid = floor.ring(to=SALES)
    floor.pass_seconds(3)
    arranging.prioritise(stay=stay_of(sid), priority=10, actor=cast.carol)
    floor.on_duty(cast.alice)
    assert offered(floor, cast.alice).call.sid == sid


def test_a_dispatch_with_everything_arranged_takes_no_statement_more(
    floor: Floor, cast: Cast
) -> None:
    sids = [floor.ring(to=SALES) for _ in range(3)]
    floor.pass_seconds(3)
    arranging.prioritise(stay=stay_of(sids[2]), priority=9, actor=cast.carol)
    lease = presence.claim_phone(agent=cast.alice)
    presence.report_phone(
        agent=cast.alice, lease_key=lease.key, ring_heard=True, microphone_ok=True
    )
    presence.go_on_duty(agent=cast.alice, lease_key=lease.key)
    arranging.give(stay=stay_of(sids[1]), agent=cast.alice, actor=cast.carol)
    rules_of_queues(cast.tenant.pk)
    with CaptureQueriesContext(connection) as statements:
        assert offering.dispatch(cast.tenant.pk) == 1
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    assert len([q for q in statements if not q["sql"].startswith(frame)]) == 9
