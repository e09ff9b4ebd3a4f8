"""What is counted, as what, and how long; calls go their way through the real services."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from contact_center.domain.service_level import Counts, Variant
from contact_center.models import Agent, Call, Offer, Queue
from contact_center.selectors import alert_readings, figures
from contact_center.selectors.figures import AgentFigures, Figures
from contact_center.selectors.floor import floor_queues
from contact_center.selectors.one_look import one_look
from contact_center.selectors.scopes import Scope
from contact_center.services import ending, offering, presence
from tests import builders
from tests.cast import Cast, make_agent
from tests.realtime.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(cast: Cast, noon: time_machine.Traveller) -> World:
    """Alice is on duty since noon, Bob is not."""
    running = World(cast)
    presence.go_off_duty(agent=cast.bob)
    return running


@pytest.fixture
def passes(noon: time_machine.Traveller) -> Callable[[float], None]:
    """Time goes by."""

    def passing(seconds: float) -> None:
        noon.shift(timedelta(seconds=seconds))

    return passing


Passes = Callable[[float], None]


def of(queue: Queue) -> Figures:
    """The figures of a queue of the last hour."""
    now = timezone.now()
    found = figures.queue_figures(
        Scope(queue.tenant_id), since=now - timedelta(hours=1), until=now + timedelta(seconds=1)
    )
    return found[queue.pk]


def of_agent(agent: Agent) -> AgentFigures:
    """The figures of an agent since noon."""
    now = timezone.now()
    return figures.agent_figures(Scope(agent.tenant_id), since=now - timedelta(hours=1), until=now)[
        agent.pk
    ]


def keep(settings: Settings, *, seconds: int) -> str:
    """Figures are kept so long, under a key that no other test has; return what it begins with."""
    word = f"figures-{uuid4().hex}"
    settings.DJANGO_TWILIO_CALL_ANALYTICS = {"REAL_TIME_CACHE": seconds}
    settings.DJANGO_TWILIO_CALL_CACHE_KEYS = {"REAL_TIME": word}
    return word


def talk(world: World, passes: Passes, *, after: float) -> Offer:
    """A caller waits so long and then talks with Alice."""
    world.ring_in()
    passes(after)
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    return Offer.objects.select_related("agent", "call", "slot").get(pk=offer.pk)


def finish(world: World, passes: Passes, offer: Offer, *, talked: float, wrapped_up: float) -> None:
    """The caller hangs up after so long, and the agent is done after so long."""
    passes(talked)
    world.caller_hangs_up(offer.call)
    passes(wrapped_up)
    world.finish(offer)


# Who is counted as what


def test_a_caller_is_counted_when_it_is_known_how_the_wait_ended(
    world: World, passes: Passes
) -> None:
    world.ring_in()
    assert of(world.cast.support).counts == Counts()
    passes(12)
    offer = world.dispatch()
    world.accept(offer)
    assert of(world.cast.support).counts.offered == 0, "an agent who accepted has not answered yet"
    world.connect(offer)
    assert of(world.cast.support).counts == Counts(answered=1, answered_in_time=1)
    assert of(world.cast.support).asa == 12
    assert of(world.cast.sales).counts == Counts()


def test_who_hangs_up_in_line_is_abandoned_and_at_once_is_a_short_abandon(
    world: World, passes: Passes
) -> None:
    for waited in (4.9, 5, 40):
        call = world.ring_in()
        passes(waited)
        world.caller_hangs_up(call)
    found = of(world.cast.support)
    assert found.counts == Counts(abandoned=3, abandoned_in_time=2, short=1)
    assert found.abandoned_wait == pytest.approx(49.9 / 3)
    assert found.asa is None
    assert found.service_level == 0


def test_who_hangs_up_while_an_agent_rings_is_abandoned_and_nobody_declined(
    world: World, passes: Passes
) -> None:
    call = world.ring_in()
    world.dispatch()
    passes(8)
    world.caller_hangs_up(call)
    found = of(world.cast.support)
    assert found.counts == Counts(abandoned=1, abandoned_in_time=1)
    assert found.requeued == 0
    rung = of_agent(world.alice)
    assert (rung.offered, rung.answered, rung.declined, rung.missed) == (1, 0, 0, 0)


def test_who_hangs_up_in_the_menu_was_never_offered_to_a_queue(
    world: World, passes: Passes
) -> None:
    call = world.ring_in_at_the_menu()
    passes(30)
    world.caller_hangs_up(call)
    now = timezone.now()
    total = figures.total_figures(
        Scope(world.cast.tenant.pk), since=now - timedelta(hours=1), until=now
    )
    assert total.counts == Counts()
    assert total.service_level is None


def test_whom_the_network_loses_in_line_has_flowed_out_and_did_not_give_up(
    world: World, passes: Passes
) -> None:
    call = world.ring_in()
    passes(30)
    with transaction.atomic():
        ending.end_call(Call.objects.get(pk=call.pk), ended_by="network", reason="failed")
    assert of(world.cast.support).counts == Counts(flowed_out=1)


def test_a_declined_caller_stays_in_line_and_is_one_call_all_the_time(
    world: World, passes: Passes
) -> None:
    world.ring_in()
    offer = world.dispatch()
    passes(5)
    world.decline(offer)
    assert of(world.cast.support).counts.offered == 0
    assert of(world.cast.support).requeued == 1
    passes(60)
    again = world.dispatch()
    world.accept(again)
    world.connect(again)
    found = of(world.cast.support)
    assert found.counts == Counts(answered=1, answered_in_time=0)
    assert found.asa == 65
    assert found.requeued == 1
    passes(1)
    rung = of_agent(world.alice)
    assert (rung.offered, rung.answered, rung.declined) == (2, 1, 1)
    assert rung.answer_rate == 0.5


def test_a_caller_whose_agent_was_lost_is_offered_to_the_queue_anew(
    world: World, passes: Passes
) -> None:
    offer = talk(world, passes, after=10)
    passes(90)
    world.lose_agent(offer)
    call = Call.objects.get(pk=offer.call_id)
    with transaction.atomic():
        ending.come_back_to_line(call, Offer.objects.get(pk=offer.pk))
    passes(30)
    world.caller_hangs_up(call)
    found = of(world.cast.support)
    assert found.counts == Counts(answered=1, answered_in_time=1, abandoned=1)
    assert found.abandoned_wait == 30, "he has waited since he came back"
    assert (found.requeued, found.handled) == (1, 1)
    assert found.aht == 90


def test_a_caller_lost_on_the_way_to_the_agent_has_been_in_line_all_the_time(
    world: World, passes: Passes
) -> None:
    call = world.ring_in()
    passes(20)
    offer = world.dispatch()
    world.accept(offer)
    # He was told to enter the conference; before he was in, the agent's line broke.
    Offer.objects.filter(pk=offer.pk).update(customer_sent_at=timezone.now())
    passes(3)
    world.lose_agent(Offer.objects.get(pk=offer.pk))
    assert of(world.cast.support).counts.offered == 0
    passes(2)
    with transaction.atomic():
        ending.come_back_to_line(
            Call.objects.get(pk=call.pk), Offer.objects.select_related("queue").get(pk=offer.pk)
        )
    passes(15)
    world.caller_hangs_up(call)
    found = of(world.cast.support)
    assert found.counts == Counts(abandoned=1)
    assert found.abandoned_wait == 40
    assert (found.requeued, found.handled) == (1, 0)


def test_a_stay_belongs_to_the_period_in_which_it_began(world: World, passes: Passes) -> None:
    call = world.ring_in()
    passes(10)
    begun = timezone.now()
    passes(10)
    world.caller_hangs_up(call)
    after = figures.total_figures(Scope(world.cast.tenant.pk), since=begun, until=timezone.now())
    assert after.counts.offered == 0
    before = figures.total_figures(
        Scope(world.cast.tenant.pk), since=begun - timedelta(minutes=1), until=begun
    )
    assert before.counts.offered == 1


def test_nothing_of_another_organisation_is_counted(world: World, passes: Passes) -> None:
    call = builders.waiting_call(world.cast.other_queue)
    builders.handled(builders.offer(call, world.erin))
    now = timezone.now()
    since = now - timedelta(hours=1)
    ours = figures.total_figures(Scope(world.cast.tenant.pk), since=since, until=now)
    assert ours.counts == Counts()
    assert ours.handled == 0
    assert world.cast.other_queue.pk not in figures.queue_figures(
        Scope(world.cast.tenant.pk), since=since, until=now
    )
    assert world.erin.pk not in figures.agent_figures(
        Scope(world.cast.tenant.pk), since=since, until=now
    )


# Times


def test_a_handled_call_has_talk_hold_and_wrap_up_in_its_handle_time(
    world: World, passes: Passes
) -> None:
    offer = talk(world, passes, after=0)
    passes(100)
    world.hold(offer)
    passes(20)
    world.caller_hangs_up(offer.call)
    passes(29)
    assert of(world.cast.support).handled == 0, "its wrap-up is not over"
    passes(1)
    world.finish(offer)
    assert of(world.cast.support).aht == 150
    assert of_agent(world.alice).talk_seconds == 120


def test_an_agents_time_is_busy_idle_or_away(world: World, passes: Passes) -> None:
    passes(100)  # idle
    world.ring_in()
    offer = world.dispatch()
    passes(10)  # rings
    world.accept(offer)
    world.connect(offer)
    offer = Offer.objects.select_related("agent", "call").get(pk=offer.pk)
    finish(world, passes, offer, talked=150, wrapped_up=40)
    passes(100)  # idle
    world.take_a_break(world.alice)
    passes(200)  # on a break
    work = of_agent(world.alice).work
    assert (work.busy, work.idle, work.signed_in) == (200, 200, 600)
    assert work.occupancy == 0.5
    assert work.utilisation == pytest.approx(1 / 3)
    # Bob is off duty: of nothing there is no share.
    assert of_agent(world.bob).work.occupancy is None
    assert of(world.cast.support).occupancy == 0.5


def test_who_does_not_respond_is_neither_busy_nor_idle(world: World, passes: Passes) -> None:
    world.ring_in()
    offer = world.dispatch()
    passes(30)
    with transaction.atomic():
        offering.time_out_offer(offer)
    passes(300)
    work = of_agent(world.alice).work
    assert (work.busy, work.idle, work.signed_in) == (30, 0, 330)
    assert of_agent(world.alice).missed == 1
    agent = Agent.objects.get(pk=world.alice.pk)
    presence.come_back(agent=agent, lease_key=world.leases[agent.pk].key)
    passes(60)
    assert of_agent(world.alice).work.idle == 60


def test_a_call_that_began_before_the_period_is_work_in_it(world: World, passes: Passes) -> None:
    offer = talk(world, passes, after=0)
    passes(600)
    now = timezone.now()
    found = figures.agent_figures(
        Scope(world.cast.tenant.pk), since=now - timedelta(seconds=120), until=now
    )[world.alice.pk]
    assert (found.work.busy, found.work.idle, found.work.signed_in) == (120, 0, 120)
    assert (found.offered, found.work.handled) == (0, 0)
    assert offer.agent_id == world.alice.pk


# How a queue is judged


def test_each_queue_is_judged_by_its_own_threshold_short_time_and_formula(
    world: World, passes: Passes
) -> None:
    Queue.objects.filter(pk=world.cast.sales.pk).update(
        service_level_seconds=60,
        service_level_formula=Variant.OFFERED,
        service_level_goal=50,
        short_abandon_seconds=0,
    )
    for number in ("+14155550101", "+14155550102"):
        for waited in (3, 30):
            call = world.ring_in(number)
            passes(waited)
            if waited == 3:
                world.caller_hangs_up(call)
                continue
            offer = world.dispatch()
            world.accept(offer)
            world.connect(offer)
            finish(world, passes, Offer.objects.get(pk=offer.pk), talked=1, wrapped_up=1)
    sales, support = of(world.cast.sales), of(world.cast.support)
    assert sales.counts == Counts(
        answered=1, answered_in_time=1, abandoned=1, abandoned_in_time=1, short=0
    )
    assert (sales.service_level, sales.is_under_goal) == (0.5, False)
    assert support.counts == Counts(answered=1, abandoned=1, abandoned_in_time=1, short=1)
    assert (support.service_level, support.is_under_goal) == (0, True)
    assert sales.service_levels[Variant.ANSWERED] == 1
    now = timezone.now()
    total = figures.total_figures(
        Scope(world.cast.tenant.pk), since=now - timedelta(hours=1), until=now
    )
    assert total.counts == sales.counts + support.counts
    assert total.service_level == pytest.approx(1 / 3), "1 in time of 2 answered and 1 abandoned"


def test_a_queue_without_a_threshold_of_its_own_is_judged_by_the_setting_at_once(
    world: World, passes: Passes, settings: Settings
) -> None:
    Queue.objects.filter(pk=world.cast.sales.pk).update(service_level_seconds=20)
    keep(settings, seconds=600)
    for number in ("+14155550101", "+14155550102"):
        world.ring_in(number)
        passes(25)
        offer = world.dispatch()
        world.accept(offer)
        world.connect(offer)
        finish(world, passes, Offer.objects.get(pk=offer.pk), talked=1, wrapped_up=1)

    def levels() -> tuple[float | None, float | None]:
        found = figures.todays_figures(Scope(world.cast.tenant.pk)).queues
        sales, support = found[world.cast.sales.pk], found[world.cast.support.pk]
        return sales.service_level, support.service_level

    assert levels() == (0, 0)
    settings.DJANGO_TWILIO_CALL_QUEUE = {"DEFAULT_SERVICE_LEVEL_THRESHOLD": 30}
    assert levels() == (0, 1), "also of what was counted before"


# What it costs


def test_the_number_of_statements_does_not_grow_with_calls_queues_and_agents(
    world: World, passes: Passes
) -> None:
    def asked() -> int:
        now = timezone.now()
        with CaptureQueriesContext(connection) as statements:
            figures.report(Scope(world.cast.tenant.pk), since=now - timedelta(hours=1), until=now)
        return len(statements)

    few = asked()
    for number in range(5):
        queue = Queue.objects.create(tenant=world.cast.tenant, name=f"Queue {number}")
        agent = make_agent(world.cast.tenant, f"agent{number}", queue)
        builders.handled(builders.offer(builders.waiting_call(queue), agent))
    assert asked() == few == 6


def test_what_is_painted_together_reads_the_queues_once_and_later_anew(cast: Cast) -> None:
    def painted() -> tuple[int, list[str]]:
        with one_look(), CaptureQueriesContext(connection) as asked:
            figures.todays_figures(scope)
            rows = floor_queues(scope)["rows"]
        read = [one for one in asked.captured_queries if '"service_level_goal"' in one["sql"]]
        return len(read), sorted(row.queue.name for row in rows)

    scope = Scope(cast.tenant.pk)
    assert painted() == (1, ["Sales", "Support"])
    Queue.objects.filter(pk=cast.sales.pk).update(name="Orders")
    assert painted() == (1, ["Orders", "Support"])


def test_the_figures_of_today_are_kept_as_long_as_the_setting_says_and_no_longer(
    world: World, passes: Passes, settings: Settings
) -> None:
    keep(settings, seconds=7)
    began = timezone.now()
    assert figures.todays_figures(Scope(world.cast.tenant.pk)).total.counts.offered == 0
    world.caller_hangs_up(world.ring_in())
    passes(6.9)
    with CaptureQueriesContext(connection) as statements:
        kept = figures.todays_figures(Scope(world.cast.tenant.pk))
    assert kept.total.counts.offered == 0
    assert kept.as_of == began
    assert not [one for one in statements if "segment" in one["sql"]]
    passes(0.2)
    fresh = figures.todays_figures(Scope(world.cast.tenant.pk))
    assert fresh.total.counts.offered == 1
    assert fresh.as_of == timezone.now()
    settings.DJANGO_TWILIO_CALL_ANALYTICS = {"REAL_TIME_CACHE": 0}
    world.caller_hangs_up(world.ring_in())
    passes(0.1)
    assert figures.todays_figures(Scope(world.cast.tenant.pk)).total.counts.offered == 2


def test_live_figures_are_kept_under_the_key_of_the_setting(
    world: World, settings: Settings
) -> None:
    word = keep(settings, seconds=10)
    shown = figures.todays_figures(Scope(world.cast.tenant.pk))
    rest = f":{world.cast.tenant.pk}:{shown.since.timestamp():.0f}"
    assert cache.get(word + rest).as_of == shown.as_of
    assert cache.get("metrics:realtime" + rest) is None


# Alerts


def test_an_alert_and_the_floor_speak_of_the_same_service_level(
    world: World, passes: Passes
) -> None:
    for _number in range(10):
        call = world.ring_in()
        passes(6)
        world.caller_hangs_up(call)
    found = of(world.cast.support)
    said = {
        reading.kind.value: reading.value
        for reading in alert_readings.shares(timezone.now())
        if reading.queue_id == world.cast.support.pk
    }
    assert found.service_level == 0
    assert found.abandonment == 1
    assert said == {"service_level": 0.0, "abandonment": 100.0}
