"""What is said of a floor is what a dispatch does with it."""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.eligibility import Why
from contact_center.domain.members import Standing
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    Agent,
    AgentSkill,
    AgentSlot,
    Call,
    Offer,
    OfferOutcome,
    OfferState,
    PhoneLease,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Segment,
    Skill,
    Strategy,
    Tenant,
)
from contact_center.selectors import reasons
from contact_center.selectors.queue_rules import forget
from contact_center.services import offering
from tests import builders
from tests.cast import Cast, make_agent, make_tenant

pytestmark = pytest.mark.django_db

NOON = "2026-03-02T12:00:00+00:00"


class FloorByLot:
    """An organisation with queues, agents and callers, as a seed has it."""

    def __init__(self, seed: int) -> None:
        self.lot = random.Random(seed)
        self.tenant = make_tenant(f"lot-{seed}", "By lot")
        if self.maybe(0.3):
            Tenant.objects.filter(pk=self.tenant.pk).update(ageing_minutes=1)
        self.skills = [
            Skill.objects.create(tenant=self.tenant, category="language", name=name)
            for name in ("Spanish", "French")
        ]
        self.queues = [self.queue(number) for number in range(3)]
        self.agents = [self.agent(number) for number in range(5)]
        self.calls = [self.caller() for _ in range(self.lot.randint(2, 8))]
        for call in self.calls:
            for agent in self.lot.sample(self.agents, self.lot.choice((0, 0, 1, 2))):
                self.refuses(agent, call)
        forget()

    def maybe(self, likely: float) -> bool:
        return self.lot.random() < likely

    def ago(self, most: int) -> timedelta:
        return timedelta(seconds=10 * self.lot.randrange(most // 10))

    def queue(self, number: int) -> Queue:
        lot = self.lot
        queue = Queue.objects.create(
            tenant=self.tenant,
            name=f"Queue {number}",
            strategy=lot.choice(["", *Strategy.values]),
            priority=lot.choice((None, 4, 5, 6)),
        )
        for skill in lot.sample(self.skills, lot.choice((0, 0, 1, 2))):
            QueueSkill.objects.create(queue=queue, skill=skill, level=lot.randint(1, 5))
        if self.maybe(0.5):
            RelaxingStep.objects.create(
                queue=queue, after_seconds=lot.randint(1, 90), level=lot.randrange(4)
            )
        if self.maybe(0.4):
            QueueTier.objects.create(queue=queue, tier=2, after_seconds=lot.randint(1, 90))
        return queue

    def agent(self, number: int) -> Agent:
        lot = self.lot
        agent = make_agent(self.tenant, f"{self.tenant.slug}-{number}")
        for queue in lot.sample(self.queues, lot.randrange(4)):
            QueueMember.objects.create(
                queue=queue,
                agent=agent,
                tier=lot.choice((1, 1, 2)),
                level=lot.randint(1, 2),
                position=lot.randrange(3),
                last_offered_at=timezone.now() - self.ago(90) if self.maybe(0.7) else None,
            )
        for skill in self.skills:
            if self.maybe(0.5):
                AgentSkill.objects.create(agent=agent, skill=skill, level=lot.randint(1, 5))
        builders.on_duty(agent)
        AgentSlot.objects.filter(agent=agent).update(idle_since=timezone.now() - self.ago(90))
        self.hinder(agent)
        return agent

    def hinder(self, agent: Agent) -> None:
        hindrance = self.lot.choice(("none",) * 5 + ("offline", "break", "away", "silent", "busy"))
        if hindrance == "offline":
            builders.present(agent, Presence.OFFLINE)
        elif hindrance == "break":
            builders.present(agent, Presence.BREAK, "lunch")
        elif hindrance == "away":
            PhoneLease.objects.filter(agent=agent).delete()
        elif hindrance == "silent":
            PhoneLease.objects.filter(agent=agent).update(silent_since=timezone.now())
        elif hindrance == "busy":
            builders.doing(
                agent, self.lot.choice([one for one in Activity if one is not Activity.IDLE])
            )

    def caller(self) -> Call:
        lot = self.lot
        call = builders.waiting_call(lot.choice(self.queues), waited_seconds=10 * lot.randrange(10))
        stays = Segment.objects.filter(call=call)
        stays.update(at_head=self.maybe(0.1))
        if self.maybe(0.2):
            stays.update(
                preferred_agent=lot.choice(self.agents),
                preferred_until=timezone.now() + timedelta(seconds=lot.randint(-20, 20)),
            )
        if self.maybe(0.1):
            stays.update(wait_started_at=None)
        return call

    def refuses(self, agent: Agent, call: Call) -> None:
        ended = timezone.now() - self.ago(90)
        fence = call.offers.count() + 1
        Offer.objects.create(
            tenant=self.tenant,
            call=call,
            segment=call.segments.get(),
            queue=call.queue,
            agent=agent,
            slot=agent.slots.get(),
            fence=fence,
            state=OfferState.ENDED,
            outcome=self.lot.choice(
                (OfferOutcome.DECLINED, OfferOutcome.TIMED_OUT, OfferOutcome.WITHDRAWN)
            ),
            offered_at=ended,
            deadline=ended,
            ended_at=ended,
        )
        Call.objects.filter(pk=call.pk).update(offers_made=fence)


@pytest.mark.parametrize("seed", range(8))
def test_who_is_said_to_be_next_is_who_the_dispatcher_rings_and_every_other_pair_has_a_reason(
    seed: int,
) -> None:
    with time_machine.travel(NOON, tick=False):
        lot = FloorByLot(seed)
        floor = reasons.read_floor(lot.tenant.pk, timezone.now())
        said = {
            (call.call_id, one.agent_id): one.blocked
            for call in floor.calls.values()
            for one in floor.explained.why_waiting(call).agents
        }
        assert len(said) == len(floor.calls) * len(lot.agents), "nobody is passed over"
        from_the_agents = {
            (one.call_id, agent.agent_id): one.blocked
            for agent in floor.agents.values()
            for queue in floor.explained.why_no_calls(agent).queues
            for one in queue.first
        }
        assert from_the_agents.items() <= said.items(), "both questions have one answer"
        offering.dispatch(lot.tenant.pk)
        rung = set(Offer.objects.filter(ended_at=None).values_list("call_id", "agent_id"))
        assert {pair for pair, blocked in said.items() if blocked is None} == rung


def test_the_floors_by_lot_are_not_all_alike() -> None:
    met = set()
    with time_machine.travel(NOON, tick=False):
        for seed in range(8):
            floor = reasons.read_floor(FloorByLot(seed).tenant.pk, timezone.now())
            for call in floor.calls.values():
                for one in floor.explained.why_waiting(call).agents:
                    met.add(one.blocked.why if one.blocked else None)
    assert {None, Why.LACKS_SKILL, Why.RESTING, Why.SIGNED_OUT, Why.NOT_A_MEMBER} <= met


def standing(agent: Agent) -> Standing:
    """What keeps an agent from any call, as the floor has it."""
    floor = reasons.read_floor(agent.tenant_id, timezone.now())
    return floor.agents[agent.pk].standing


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (lambda a: None, Standing.FREE),
        (lambda a: builders.present(a, Presence.OFFLINE), Standing.SIGNED_OUT),
        (lambda a: builders.present(a, Presence.BREAK, "lunch"), Standing.ON_BREAK),
        (lambda a: a.phone.delete(), Standing.PHONE_AWAY),
        (
            lambda a: PhoneLease.objects.filter(agent=a).update(silent_since=timezone.now()),
            Standing.PHONE_AWAY,
        ),
        (
            lambda a: builders.doing(a, Activity.NOT_RESPONDING, "no_answer"),
            Standing.NOT_RESPONDING,
        ),
        (lambda a: builders.doing(a, Activity.RINGING), Standing.RINGING),
        (lambda a: builders.doing(a, Activity.CONNECTING), Standing.ON_CALL),
        (lambda a: builders.doing(a, Activity.ON_CALL), Standing.ON_CALL),
        (lambda a: builders.doing(a, Activity.ON_HOLD), Standing.ON_CALL),
        (lambda a: builders.doing(a, Activity.WRAPPING_UP), Standing.WRAPPING_UP),
    ],
)
def test_an_agent_stands_as_she_is(
    cast: Cast, meanwhile: Callable[[Agent], object], said: Standing
) -> None:
    builders.on_duty(cast.alice)
    meanwhile(cast.alice)
    assert standing(cast.alice) is said


def test_ringing_and_wrap_up_say_when_they_end(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    ringing = builders.offer(builders.waiting_call(cast.sales), cast.alice)
    floor = reasons.read_floor(cast.tenant.pk, timezone.now())
    assert floor.agents[cast.alice.pk].standing_until == ringing.deadline
    wrapping = builders.wrapping_up(ringing)
    floor = reasons.read_floor(cast.tenant.pk, timezone.now())
    assert floor.agents[cast.alice.pk].standing_until == wrapping.wrap_up_until


def test_who_has_room_for_several_calls_is_at_capacity_when_all_of_it_is_used(cast: Cast) -> None:
    agent = make_agent(cast.tenant, "both-hands", cast.sales, slots=2)
    builders.on_duty(agent)
    call = builders.waiting_call(cast.sales)
    builders.doing(agent, Activity.ON_CALL, number=0)
    for activity, expected in ((Activity.IDLE, None), (Activity.ON_HOLD, Why.AT_CAPACITY)):
        builders.doing(agent, activity, number=1)
        floor = reasons.read_floor(cast.tenant.pk, timezone.now())
        waiting = floor.calls[call.pk]
        blocked = floor.explained.why_not(waiting, floor.agents[agent.pk])
        assert (blocked.why if blocked else None) is expected


def test_nobody_of_another_organisation_is_on_the_floor(cast: Cast) -> None:
    builders.on_duty(cast.erin)
    theirs = builders.waiting_call(cast.other_queue)
    floor = reasons.read_floor(cast.tenant.pk, timezone.now())
    assert theirs.pk not in floor.calls
    assert set(floor.agents) == {cast.alice.pk, cast.bob.pk}


def test_a_big_floor_takes_as_many_statements_as_a_small_one(cast: Cast) -> None:
    QueueTier.objects.create(queue=cast.sales, tier=2, after_seconds=9)
    builders.on_duty(cast.alice)
    Call.objects.filter(pk=builders.waiting_call(cast.sales).pk).update(offers_made=1)
    reasons.read_floor(cast.tenant.pk, timezone.now())
    with CaptureQueriesContext(connection) as few:
        reasons.read_floor(cast.tenant.pk, timezone.now())
    for number in range(12):
        builders.on_duty(make_agent(cast.tenant, f"agent-{number}", cast.sales))
        builders.waiting_call(cast.sales)
    reasons.read_floor(cast.tenant.pk, timezone.now())  # the rules are kept for a second
    with CaptureQueriesContext(connection) as many:
        reasons.read_floor(cast.tenant.pk, timezone.now())
    assert len(many) == len(few) == 9
