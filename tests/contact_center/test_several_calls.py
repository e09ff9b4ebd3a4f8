"""An agent who may have several calls: when another one rings, and what it does to the first."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.models import Agent, EventLog, Offer, QueueMember
from contact_center.services import making_room, offering, presence, wrapping_up
from tests import builders
from tests.cast import make_agent

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(cast: Any) -> Agent:
    """Tess, available, who may have three calls at a time and serves Sales."""
    agent = make_agent(cast.tenant, "tess", cast.sales, slots=3)
    builders.on_duty(agent)
    return agent


def rings(cast: Any) -> list[Offer]:
    """What rings after a dispatch."""
    offering.dispatch(cast.tenant.pk)
    return list(Offer.objects.filter(state="pending").order_by("pk"))


def talks(agent: Agent, cast: Any, slot: int = 0, **more: Any) -> Offer:
    """The agent talks with somebody."""
    call = builders.waiting_call(cast.sales)
    return builders.talking(builders.offer(call, agent, slot=slot), **more)


# --- when another one rings -----------------------------------------------------------------------


def test_an_agent_with_room_for_three_receives_up_to_three_one_ring_at_a_time(
    cast: Any, three: Agent
) -> None:
    for _caller in range(5):
        builders.waiting_call(cast.sales)
    for number in range(3):
        [ringing] = rings(cast)
        assert (ringing.agent_id, ringing.slot.number) == (three.pk, number)
        assert rings(cast) == [ringing]  # nothing else rings beside it
        builders.talking(builders.accepted(ringing), held_at=timezone.now() if number else None)
    assert rings(cast) == []
    assert Offer.objects.filter(ended_at=None).count() == 3


def test_while_a_call_is_being_put_through_no_other_one_rings(cast: Any, three: Agent) -> None:
    builders.accepted(builders.offer(builders.waiting_call(cast.sales), three))
    builders.waiting_call(cast.sales)
    assert rings(cast) == []


def test_who_wraps_up_is_not_rung_though_another_slot_is_free(cast: Any, three: Agent) -> None:
    wrapped = builders.wrapping_up(builders.offer(builders.waiting_call(cast.sales), three))
    builders.waiting_call(cast.sales)
    assert rings(cast) == []
    wrapping_up.finish(offer=wrapped, agent=three)
    assert [offer.agent_id for offer in rings(cast)] == [three.pk]


@pytest.mark.parametrize("ranking", ["longest_idle", "round_robin", "least_busy", "random"])
def test_whoever_talks_to_nobody_is_rung_before_whoever_would_have_to_hold_somebody(
    cast: Any, three: Agent, ranking: str
) -> None:
    cast.sales.strategy = ranking
    cast.sales.save()
    talks(three, cast)
    other = make_agent(cast.tenant, "otto", cast.sales)
    builders.on_duty(other)
    # Tess was rung longer ago and has been idle for longer, in the slots that are free.
    other.slots.update(idle_since=timezone.now() + timedelta(seconds=1))
    QueueMember.objects.filter(agent=other).update(last_offered_at=timezone.now())
    for _caller in range(2):
        builders.waiting_call(cast.sales)
    first, second = rings(cast)
    assert (first.agent_id, second.agent_id) == (other.pk, three.pk)
    assert first.reason["decided_by"] == "has_a_call"
    assert [seen["has_a_call"] for seen in first.reason["considered"]] == [0, 1]


def test_of_two_who_talk_least_busy_rings_the_one_with_fewer_calls(cast: Any, three: Agent) -> None:
    cast.sales.strategy = "least_busy"
    cast.sales.save()
    other = make_agent(cast.tenant, "otto", cast.sales, slots=3)
    builders.on_duty(other)
    talks(three, cast, 0, held_at=timezone.now())
    talks(three, cast, 1)
    talks(other, cast)
    builders.waiting_call(cast.sales)
    assert [offer.agent_id for offer in rings(cast)] == [other.pk]


@pytest.mark.parametrize(
    "leaves",
    [
        {"next_presence": "break", "next_presence_reason": "lunch"},
        {"next_presence": "offline"},
        {"sign_out_next": True},
        {"on_duty_since": timezone.now() - timedelta(hours=13)},
    ],
    ids=["a break", "offline", "a supervisor signs her out", "her shift is over"],
)
def test_who_has_something_else_to_come_after_this_call_gets_no_further_one(
    cast: Any, three: Agent, leaves: dict[str, Any]
) -> None:
    talks(three, cast)
    Agent.objects.filter(pk=three.pk).update(**leaves)
    builders.waiting_call(cast.sales)
    assert rings(cast) == []


def test_a_lower_number_holds_at_once_and_takes_no_call_away(cast: Any, three: Agent) -> None:
    going_on = [talks(three, cast, 0, held_at=timezone.now()), talks(three, cast, 1)]
    builders.waiting_call(cast.sales)
    Agent.objects.filter(pk=three.pk).update(max_calls=2)
    assert rings(cast) == []
    Agent.objects.filter(pk=three.pk).update(max_calls=None)  # the setting says one
    assert rings(cast) == []
    for offer in going_on:
        builders.over(offer, "handled")  # type: ignore[arg-type]
    assert len(rings(cast)) == 1


def test_a_higher_number_has_its_slots_when_the_agent_next_becomes_available(cast: Any) -> None:
    Agent.objects.filter(pk=cast.alice.pk).update(max_calls=3)
    cast.alice.refresh_from_db()
    lease = builders.phone(cast.alice)
    presence.go_on_duty(agent=cast.alice, lease_key=lease.key)
    assert list(cast.alice.slots.values_list("number", flat=True)) == [0, 1, 2]
    making_room.make_room(cast.alice)
    assert cast.alice.slots.count() == 3


def test_when_a_clock_starts_whoever_is_on_duty_has_room_for_what_is_allowed_by_now(
    cast: Any,
) -> None:
    builders.on_duty(cast.alice)
    Agent.objects.update(max_calls=2)
    making_room.follow_the_setting()
    assert cast.alice.slots.count() == 2
    assert cast.bob.slots.count() == 1  # off duty; his are made when he comes


# --- one that is missed ---------------------------------------------------------------------------


def test_who_misses_a_second_call_gets_no_third_until_they_show_that_they_are_there(
    cast: Any, three: Agent
) -> None:
    first = talks(three, cast)
    builders.waiting_call(cast.sales)
    [missed] = rings(cast)
    with transaction.atomic():
        offering.time_out_offer(missed)
    builders.waiting_call(cast.sales)
    assert rings(cast) == []
    builders.wrapping_up(first)
    wrapping_up.finish(offer=first, agent=three)
    assert EventLog.objects.filter(name="agent.returned").count() == 1
    assert [offer.agent_id for offer in rings(cast)] == [three.pk]


def test_a_wrap_up_that_runs_out_shows_nobody(cast: Any, three: Agent) -> None:
    first = talks(three, cast)
    builders.doing(three, Activity.NOT_RESPONDING, "no_answer", number=1)
    builders.wrapping_up(first)
    wrapping_up.end_for_agent(offer=first, actor=cast.carol, why="asked")
    assert three.slots.get(number=1).activity == "not_responding"


# --- what comes after the calls -------------------------------------------------------------------


def test_what_comes_after_this_call_comes_after_the_last_of_them(cast: Any, three: Agent) -> None:
    first, second = talks(three, cast, 0, held_at=timezone.now()), talks(three, cast, 1)
    presence.choose_next_presence(agent=three, presence=Presence.BREAK, reason="lunch")
    builders.wrapping_up(first)
    wrapping_up.finish(offer=first, agent=three)
    three.refresh_from_db()
    assert (three.presence, three.next_presence) == ("available", "break")
    builders.wrapping_up(second)
    wrapping_up.finish(offer=second, agent=three)
    three.refresh_from_db()
    assert (three.presence, three.next_presence) == ("break", "")


def test_nobody_is_signed_out_while_another_call_is_on(cast: Any, three: Agent) -> None:
    first, _second = talks(three, cast, 0), talks(three, cast, 1, held_at=timezone.now())
    Agent.objects.filter(pk=three.pk).update(sign_out_next=True)
    builders.wrapping_up(first)
    wrapping_up.finish(offer=first, agent=three)
    three.refresh_from_db()
    assert three.presence == "available"
    assert not EventLog.objects.filter(name="agent.signed_out").exists()
