"""How long an agent may write after a call, how often it may be longer, and what comes then."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, EventLog, Offer, OfferState, Queue
from contact_center.services import presence, timing, wrapping_up
from tests.cast import Cast
from tests.realtime.world import World

pytestmark = pytest.mark.django_db

Clock = time_machine.Traveller


@pytest.fixture(autouse=True)
def noon() -> Iterator[Clock]:
    with time_machine.travel("2026-03-02T12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(cast: Cast, noon: Clock) -> World:
    return World(cast)


def wrapping_up_a_call(world: World) -> Offer:
    """The caller has hung up, the agent writes."""
    world.ring_in()
    offer = Offer.objects.get(pk=world.dispatch().pk)
    world.accept(offer)
    world.connect(offer)
    world.caller_hangs_up(offer.call)
    return Offer.objects.select_related("agent__user", "queue").get(pk=offer.pk)


def state_after(noon: Clock, offer: Offer, seconds: float) -> str:
    noon.shift(timedelta(seconds=seconds))
    timing.run_due_timers(timezone.now())
    return Offer.objects.get(pk=offer.pk).state


@pytest.mark.parametrize(("said", "seconds"), [(None, 60), (25, 25)])
def test_each_queue_says_how_long_its_agents_write(
    world: World, noon: Clock, said: int | None, seconds: int
) -> None:
    Queue.objects.filter(pk=world.cast.support.pk).update(wrap_up_seconds=said)
    Queue.objects.filter(pk=world.cast.sales.pk).update(wrap_up_seconds=7)
    offer = wrapping_up_a_call(world)
    assert state_after(noon, offer, seconds - 1) == OfferState.WRAPPING_UP
    assert state_after(noon, offer, 1) == OfferState.ENDED
    assert EventLog.objects.filter(name="wrap_up.timed_out").count() == 1


def test_more_time_is_the_queues_time_once_more_and_each_time_is_counted(
    world: World, noon: Clock
) -> None:
    Queue.objects.filter(pk=world.cast.support.pk).update(wrap_up_seconds=25, wrap_up_extensions=2)
    offer = wrapping_up_a_call(world)
    for times in (1, 2):
        wrapping_up.extend(offer=offer, agent=offer.agent)
        assert Offer.objects.get(pk=offer.pk).wrap_up_extended == times
    with pytest.raises(NotAllowed, match="extended 2 times; that is as often as the queue allows"):
        wrapping_up.extend(offer=offer, agent=offer.agent)
    asked = EventLog.objects.filter(name="wrap_up.extended")
    assert [row.details for row in asked] == [{"seconds": 25}] * 2
    assert state_after(noon, offer, 74) == OfferState.WRAPPING_UP
    assert state_after(noon, offer, 1) == OfferState.ENDED


def test_a_queue_that_allows_no_more_time_gives_none(world: World, noon: Clock) -> None:
    Queue.objects.filter(pk=world.cast.support.pk).update(wrap_up_extensions=0)
    offer = wrapping_up_a_call(world)
    with pytest.raises(NotAllowed):
        wrapping_up.extend(offer=offer, agent=offer.agent)
    assert state_after(noon, offer, 60) == OfferState.ENDED


@pytest.mark.parametrize("runs_out", [False, True])
def test_what_was_chosen_comes_true_when_the_wrap_up_is_over_and_not_before(
    world: World, noon: Clock, runs_out: bool
) -> None:
    offer = wrapping_up_a_call(world)
    agent = offer.agent
    presence.choose_next_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
    assert Agent.objects.get(pk=agent.pk).presence == "available"
    if runs_out:
        state_after(noon, offer, 60)
    else:
        world.finish(offer)
    agent = Agent.objects.get(pk=agent.pk)
    assert (agent.presence, agent.presence_reason) == ("break", "lunch")
    assert (agent.next_presence, agent.next_presence_reason) == ("", "")
