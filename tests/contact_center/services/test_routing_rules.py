"""What an admin sets of a queue decides who is rung for whom. The rules are the domain's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings as Settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contact_center.domain.ranking import STRATEGIES
from contact_center.models import (
    Agent,
    AgentSkill,
    AgentSlot,
    Call,
    Offer,
    OfferOutcome,
    OfferState,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
    Strategy,
)
from contact_center.services import offering
from tests.builders import on_duty, waiting_call
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def rung() -> dict[int, int]:
    """Who is rung for which call, by agent."""
    return dict(Offer.objects.filter(ended_at=None).values_list("agent_id", "call_id"))


def both_on_duty(cast: Cast) -> None:
    """Alice and Bob serve Sales, and are free: Bob for longer."""
    for agent, minutes in ((cast.alice, 1), (cast.bob, 9)):
        QueueMember.objects.get_or_create(queue=cast.sales, agent=agent)
        on_duty(agent)
        since = timezone.now() - timedelta(minutes=minutes)
        AgentSlot.objects.filter(agent=agent).update(idle_since=since)
        Agent.objects.filter(pk=agent.pk).update(on_duty_since=since)


def chooses(queue: Queue, strategy: str) -> None:
    """An admin saves the queue with this strategy."""
    queue.strategy = strategy
    queue.save()


def handled(agent: Agent, call: Call, *, talked: int) -> None:
    """Agent has handled a call since coming on duty, and talked for so many seconds."""
    now = timezone.now()
    slot = agent.slots.get()
    Offer.objects.create(
        tenant=agent.tenant,
        call=call,
        segment=call.segments.get(),
        queue=call.queue,
        agent=agent,
        slot=slot,
        state=OfferState.ENDED,
        outcome=OfferOutcome.HANDLED,
        fence=1,
        offered_at=now,
        deadline=now,
        connected_at=now - timedelta(seconds=talked),
        conversation_ended_at=now,
        ended_at=now,
    )


def ended_call(queue: Queue) -> Call:
    """A call that is over."""
    call = waiting_call(queue)
    now = timezone.now()
    call.segments.update(ended_at=now)
    Call.objects.filter(pk=call.pk).update(state="ended", ended_at=now)
    return call


def test_every_strategy_a_queue_can_have_is_one_the_rules_know() -> None:
    assert set(Strategy.values) == set(STRATEGIES)


@pytest.mark.parametrize(
    ("strategy", "first"),
    [("fifo", "older"), ("round_robin", "older"), ("lifo", "newer")],
)
def test_the_strategy_of_the_settings_says_which_call_is_next(
    cast: Cast, settings: Settings, strategy: str, first: str
) -> None:
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_ROUTING_STRATEGY": strategy}
    chooses(cast.sales, "")
    calls = {
        "older": waiting_call(cast.sales, waited_seconds=300),
        "newer": waiting_call(cast.sales, waited_seconds=20),
    }
    on_duty(cast.alice)
    assert offering.dispatch(cast.tenant.pk) == 1
    assert rung() == {cast.alice.pk: calls[first].pk}


def test_of_a_line_too_long_to_be_read_whole_the_newest_is_next_in_a_lifo_queue(
    cast: Cast,
) -> None:
    chooses(cast.sales, "lifo")
    for seconds in range(100, 160):
        waiting_call(cast.sales, waited_seconds=seconds)
    newest = waiting_call(cast.sales, waited_seconds=1)
    on_duty(cast.alice)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: newest.pk}


def one_longer_call(cast: Cast) -> None:
    """Alice has handled two short calls, Bob a long one."""
    handled(cast.alice, ended_call(cast.sales), talked=10)
    handled(cast.alice, ended_call(cast.sales), talked=10)
    handled(cast.bob, ended_call(cast.sales), talked=600)


@pytest.mark.parametrize(
    ("strategy", "who"),
    [
        ("fewest_calls", "bob"),
        ("least_busy", "bob"),
        ("least_talk", "alice"),
        ("longest_idle", "bob"),
        ("fifo", "bob"),
        ("fixed_order", "alice"),
    ],
)
def test_the_strategy_of_a_queue_says_who_is_rung(cast: Cast, strategy: str, who: str) -> None:
    chooses(cast.sales, strategy)
    both_on_duty(cast)
    QueueMember.objects.filter(queue=cast.sales, agent=cast.bob).update(position=2)
    one_longer_call(cast)
    call = waiting_call(cast.sales)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {getattr(cast, who).pk: call.pk}
    reason = Offer.objects.get(ended_at=None).reason
    assert reason["ranking"] == STRATEGIES[strategy].ranking


def test_what_was_done_before_coming_on_duty_does_not_count(cast: Cast) -> None:
    chooses(cast.sales, "fewest_calls")
    both_on_duty(cast)
    one_longer_call(cast)
    Agent.objects.filter(pk=cast.alice.pk).update(
        on_duty_since=timezone.now() + timedelta(seconds=1)
    )
    call = waiting_call(cast.sales)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: call.pk}


@pytest.fixture
def spanish(cast: Cast) -> Skill:
    """Sales needs Spanish, 4 of 5; Alice has 3."""
    skill = Skill.objects.create(tenant=cast.tenant, category="language", name="Spanish")
    QueueSkill.objects.create(queue=cast.sales, skill=skill, level=4)
    AgentSkill.objects.create(agent=cast.alice, skill=skill, level=3)
    return skill


def test_only_who_can_do_what_a_call_needs_is_rung(cast: Cast, spanish: Skill) -> None:
    both_on_duty(cast)
    call = waiting_call(cast.sales)
    assert offering.dispatch(cast.tenant.pk) == 0
    AgentSkill.objects.create(agent=cast.bob, skill=spanish, level=4)
    assert offering.dispatch(cast.tenant.pk) == 1
    assert rung() == {cast.bob.pk: call.pk}
    assert Offer.objects.get().reason["needs"] == [[spanish.pk, 4]]


def test_the_best_is_rung_first_where_skills_rank(cast: Cast, spanish: Skill) -> None:
    chooses(cast.sales, "skills_based")
    AgentSkill.objects.filter(agent=cast.alice).update(level=5)
    AgentSkill.objects.create(agent=cast.bob, skill=spanish, level=4)
    both_on_duty(cast)
    call = waiting_call(cast.sales)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: call.pk}


def test_after_a_while_less_is_enough_and_not_before(cast: Cast, spanish: Skill) -> None:
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=30, skill=spanish, level=3)
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=60, level=0)
    both_on_duty(cast)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = waiting_call(cast.sales, waited_seconds=0)
        second = waiting_call(cast.sales, waited_seconds=0)
        for seconds, ringing in (
            (29, {}),
            (1, {cast.alice.pk: first.pk}),
            (29, {cast.alice.pk: first.pk}),
            (1, {cast.alice.pk: first.pk, cast.bob.pk: second.pk}),
        ):
            clock.shift(seconds)
            offering.dispatch(cast.tenant.pk)
            assert rung() == ringing
    assert Offer.objects.get(agent=cast.bob).reason["relaxed"]


def a_caller_of_support(cast: Cast) -> Call:
    """Somebody waits in Support, after whoever waits in Sales; Alice serves both."""
    QueueMember.objects.get_or_create(queue=cast.support, agent=cast.alice)
    for queue, priority in ((cast.sales, 9), (cast.support, 1)):
        queue.priority = priority
        queue.save()
    return waiting_call(cast.support, waited_seconds=300)


def test_who_waits_behind_many_whom_an_agent_cannot_serve_is_not_passed_in_line(
    cast: Cast, spanish: Skill
) -> None:
    """Sales calls whoever came last; they need Spanish still, and he does not any more."""
    chooses(cast.sales, "lifo")
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=60, level=0)
    waited = waiting_call(cast.sales, waited_seconds=90)
    for _ in range(20):
        waiting_call(cast.sales, waited_seconds=5)
    a_caller_of_support(cast)
    on_duty(cast.alice)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: waited.pk}


def test_who_asks_for_nothing_stands_before_a_lower_queue_however_many_ask_before_him(
    cast: Cast, spanish: Skill
) -> None:
    QueueSkill.objects.all().delete()
    for _ in range(20):
        asks = waiting_call(cast.sales, waited_seconds=200)
        Call.objects.filter(pk=asks.pk).update(needs={"caller": {str(spanish.pk): 5}})
    asks_for_nothing = waiting_call(cast.sales, waited_seconds=100)
    a_caller_of_support(cast)
    on_duty(cast.alice)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: asks_for_nothing.pk}


def test_of_a_line_of_which_an_agent_can_serve_nobody_only_the_head_is_read(
    cast: Cast, spanish: Skill
) -> None:
    """Whoever stands further back has waited less, so that no less is asked for him."""
    RelaxingStep.objects.create(queue=cast.sales, after_seconds=600, level=0)
    for _ in range(20):
        waiting_call(cast.sales, waited_seconds=200)
    of_support = a_caller_of_support(cast)
    on_duty(cast.alice)
    asked = statements(lambda: offering.dispatch(cast.tenant.pk))
    assert len([sql for sql in asked if "ROW_NUMBER" in sql]) == 1
    assert rung() == {cast.alice.pk: of_support.pk}


def test_the_second_tier_is_rung_after_its_delay_or_where_the_first_is_away(cast: Cast) -> None:
    both_on_duty(cast)
    QueueMember.objects.filter(queue=cast.sales, agent=cast.bob).update(tier=2)
    QueueTier.objects.create(queue=cast.sales, tier=2, after_seconds=20)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        waiting_call(cast.sales, waited_seconds=0)
        second = waiting_call(cast.sales, waited_seconds=0)
        offering.dispatch(cast.tenant.pk)
        assert set(rung()) == {cast.alice.pk}
        clock.shift(20)
        offering.dispatch(cast.tenant.pk)
        assert rung()[cast.bob.pk] == second.pk


def test_a_tier_before_which_nobody_is_on_duty_does_not_wait(cast: Cast) -> None:
    QueueMember.objects.get_or_create(queue=cast.sales, agent=cast.bob)
    QueueMember.objects.filter(queue=cast.sales, agent=cast.bob).update(tier=2)
    QueueTier.objects.create(queue=cast.sales, tier=2, after_seconds=600)
    on_duty(cast.bob)
    waiting_call(cast.sales, waited_seconds=0)
    offering.dispatch(cast.tenant.pk)
    assert set(rung()) == {cast.bob.pk}


@pytest.mark.parametrize(("minutes", "first"), [(None, "important"), (5, "patient")])
def test_a_long_wait_is_worth_a_step_of_priority_where_the_organisation_says_so(
    cast: Cast, minutes: int | None, first: str
) -> None:
    for queue, priority in ((cast.sales, 5), (cast.support, 6)):
        queue.priority = priority
        queue.save()
    cast.tenant.ageing_minutes = minutes
    cast.tenant.save()
    QueueMember.objects.get_or_create(queue=cast.support, agent=cast.alice)
    calls = {
        "patient": waiting_call(cast.sales, waited_seconds=400),
        "important": waiting_call(cast.support, waited_seconds=30),
    }
    on_duty(cast.alice)
    offering.dispatch(cast.tenant.pk)
    assert rung() == {cast.alice.pk: calls[first].pk}


def test_rules_that_nobody_has_set_cost_a_dispatch_nothing(cast: Cast) -> None:
    both_on_duty(cast)
    asked = statements(lambda: offering.dispatch(cast.tenant.pk))
    # The rules are read once a second, and nothing of the agents that no rule asks for.
    asked = statements(lambda: offering.dispatch(cast.tenant.pk))
    assert not [sql for sql in asked if "skill" in sql or "tier" in sql.partition("FROM")[2]]


def statements(deed: Callable[[], object]) -> list[str]:
    """What the database is asked."""
    with CaptureQueriesContext(connection) as asked:
        deed()
    return [query["sql"] for query in asked]
