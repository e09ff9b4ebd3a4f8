"""Real threads on PostgreSQL: two supervisors, or a supervisor and an agent, at the same moment."""

from collections.abc import Callable
from typing import Any

import pytest

from contact_center.domain.states import Activity, Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, EventLog, HelpRequest, Offer, OfferState, Role, User
from contact_center.services import helping, overruling, wrapping_up
from tests.cast import make_cast, make_user
from tests.realtime.world import World
from tests.under_fire.races.threads import all_at_once, refusals

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

#: The same race, run anew so often.
TIMES = 5


@pytest.fixture
def world(transactional_db: None) -> World:
    """The cast on duty, in a database that other threads see."""
    return World(make_cast())


@pytest.fixture
def nadia(world: World) -> User:
    """Another supervisor."""
    return make_user(world.cast.tenant, "nadia", Role.SUPERVISOR)


def talking(world: World) -> Offer:
    """Somebody talks with an agent."""
    world.ring_in()
    offer = world.dispatch()
    world.accept(offer)
    world.connect(offer)
    return Offer.objects.select_related("agent__user", "call").get(pk=offer.pk)


def end(world: World, offer: Offer) -> None:
    """The call is over, and its wrap-up."""
    world.caller_hangs_up(offer.call)
    world.finish(offer)


def answer(supervisor: User) -> Callable[[], Any]:
    """A supervisor who sees a request and answers it."""
    asked = HelpRequest.objects.select_related("offer").get(ended_at=None)
    return lambda: helping.answer_help(request=asked, supervisor=supervisor)


def test_of_two_supervisors_who_answer_at_once_one_comes(world: World, nadia: User) -> None:
    for _ in range(TIMES):
        offer = talking(world)
        helping.ask_for_help(offer=offer, agent=offer.agent)
        results = all_at_once(answer(world.carol), answer(nadia))
        (refusal,) = refusals(results)
        comes = HelpRequest.objects.get(ended_at=None).answered_by
        assert comes is not None
        assert str(refusal).startswith(f"{comes.display_name} is already coming")
        end(world, offer)
    assert EventLog.objects.filter(name="help.answered").count() == TIMES


def test_help_asked_for_while_the_caller_leaves_does_not_stand_for_ever(world: World) -> None:
    for _ in range(TIMES):
        offer = talking(world)
        all_at_once(
            lambda offer=offer: helping.ask_for_help(offer=offer, agent=offer.agent),
            lambda offer=offer: world.caller_hangs_up(offer.call),
        )
        assert not HelpRequest.objects.filter(ended_at=None).exists()
        world.finish(offer)


def test_two_presses_of_help_are_one_request(world: World) -> None:
    offer = talking(world)
    asks = [lambda: helping.ask_for_help(offer=offer, agent=offer.agent)] * 3
    assert refusals(all_at_once(*asks)) == []
    assert HelpRequest.objects.count() == 1
    assert EventLog.objects.filter(name="help.asked").count() == 1


def test_a_wrap_up_that_agent_and_supervisor_end_at_once_ends_once(world: World) -> None:
    for _ in range(TIMES):
        offer = talking(world)
        world.caller_hangs_up(offer.call)
        results = all_at_once(
            lambda offer=offer: overruling.end_wrap_up(offer=offer, actor=world.carol),
            lambda offer=offer: wrapping_up.finish(offer=offer, agent=offer.agent),
        )
        assert refusals(results) == []
        assert offer.agent.slots.get().activity == Activity.IDLE
    assert EventLog.objects.filter(name="wrap_up.finished").count() == TIMES


def test_who_is_signed_out_while_a_wrap_up_ends_is_signed_out(world: World) -> None:
    """Signing out locks the offer before the agent, as the end of a wrap-up does: no deadlock."""
    for _ in range(TIMES):
        offer = talking(world)
        world.caller_hangs_up(offer.call)
        signed_out_before = User.objects.get(pk=offer.agent.user_id).sign_outs
        results = all_at_once(
            lambda offer=offer: overruling.sign_out(agent=offer.agent, actor=world.carol),
            lambda offer=offer: wrapping_up.finish(offer=offer, agent=offer.agent),
        )
        assert refusals(results) == []
        agent = Agent.objects.select_related("user").get(pk=offer.agent_id)
        assert (agent.presence, agent.sign_out_next) == (Presence.OFFLINE, False)
        assert agent.user.sign_outs == signed_out_before + 1
        world.go_on_duty(agent)


def test_who_is_signed_out_while_the_caller_hangs_up_is_signed_out_in_the_end(
    world: World,
) -> None:
    for _ in range(TIMES):
        offer = talking(world)
        results = all_at_once(
            lambda offer=offer: overruling.sign_out(agent=offer.agent, actor=world.carol),
            lambda offer=offer: world.caller_hangs_up(offer.call),
        )
        assert [result for result in results if isinstance(result, NotAllowed)] == []
        if Offer.objects.get(pk=offer.pk).state == OfferState.WRAPPING_UP:
            world.finish(offer)
        agent = Agent.objects.get(pk=offer.agent_id)
        assert (agent.presence, agent.sign_out_next) == (Presence.OFFLINE, False)
        world.go_on_duty(agent)
