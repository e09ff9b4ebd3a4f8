"""Who is offered whom, and the moment of the answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Call, EventLog, Leg, Offer, PhoneLease, Segment, Timer
from contact_center.services import offering, presence, timing, wrapping_up
from tests import builders
from tests.harness.waiting import wait_until
from tests.under_fire.races.threads import (
    accept,
    all_at_once,
    crowd,
    held,
    much_later,
    refusals,
    ringing,
    signed,
    time_runs_out,
    waiting_for_locks,
)
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


# --- who is offered whom --------------------------------------------------------------------------


def test_eight_dispatchers_offer_the_same_callers_once_and_in_order(
    floor: Floor, cast: Any
) -> None:
    callers = []
    for n in range(20):
        callers.append(floor.ring(from_=f"+1415555{n:04}"))
        floor.traveller.shift(timedelta(seconds=1))
    crowd(cast, 12)

    made = all_at_once(*[lambda: offering.dispatch(cast.tenant.pk)] * 8)

    assert sum(made) == 12  # type: ignore[arg-type]
    offers = Offer.objects.filter(state="pending").order_by("pk")
    assert [offer.call.sid for offer in offers.select_related("call")] == callers[:12]
    assert len({offer.slot_id for offer in offers}) == 12
    assert set(offers.values_list("fence", flat=True)) == {1}
    assert EventLog.objects.filter(name="call.offered").count() == 12
    assert Call.objects.filter(state="queued").count() == 8


def test_callers_arriving_while_eight_dispatchers_run_are_offered_to_one_agent_each(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 10)
    for n in range(10):
        floor.network.dial_in(f"+1415555{n:04}", "+14155550102")
    floor.reconciles = False
    for request in [effect for effect in floor.network.take_effects() if hasattr(effect, "url")]:
        floor.post(request)
    now = timezone.now()
    Segment.objects.filter(kind="queue").update(wait_started_at=now)

    def dispatch_often() -> int:
        return sum(offering.dispatch(cast.tenant.pk) for _ in range(5))

    all_at_once(*[dispatch_often] * 8)
    offers = list(Offer.objects.filter(ended_at=None))
    assert len(offers) == 10
    assert {offer.agent_id for offer in offers} == {agent.pk for agent in agents}
    assert len({offer.call_id for offer in offers}) == 10


def test_an_agent_with_room_for_three_never_has_more_nor_two_that_ring_at_once(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 4, slots=3)
    for n in range(16):
        floor.network.dial_in(f"+1415555{n:04}", "+14155550102")
    for request in [effect for effect in floor.network.take_effects() if hasattr(effect, "url")]:
        floor.post(request)
    Segment.objects.filter(kind="queue").update(wait_started_at=timezone.now())
    keys = {agent.pk: PhoneLease.objects.get(agent=agent).key for agent in agents}

    def dispatch_often() -> int:
        return sum(offering.dispatch(cast.tenant.pk) for _ in range(4))

    def answers(agent: Agent) -> Callable[[], int]:
        """Accepts whatever rings, over and over."""

        def take() -> int:
            taken = 0
            for _ in range(4):
                for offer in Offer.objects.filter(agent=agent, state="pending"):
                    accept(offer, agent, keys[agent.pk])()
                    taken += 1
            return taken

        return take

    for calls_each in (1, 2, 3, 3):
        all_at_once(*[dispatch_often] * 4, *[answers(agent) for agent in agents])
        live = Offer.objects.filter(ended_at=None)
        assert all(live.filter(agent=agent).count() == calls_each for agent in agents)
        for offer in live.filter(state__in=["pending", "accepted"]):
            builders.talking(builders.accepted(offer))
    assert Call.objects.filter(state="queued").count() == 4


@pytest.mark.parametrize("_again", range(4))
def test_of_two_calls_that_end_at_once_the_last_lets_the_break_begin(
    floor: Floor, cast: Any, _again: int
) -> None:
    [agent] = crowd(cast, 1, slots=2)
    both = [
        builders.wrapping_up(builders.offer(builders.waiting_call(cast.support), agent, slot=slot))
        for slot in (0, 1)
    ]
    presence.choose_next_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
    all_at_once(
        *[
            lambda offer=offer: wrapping_up.finish(offer=offer, agent=agent)  # type: ignore[misc]
            for offer in both
        ]
    )
    agent.refresh_from_db()
    assert (agent.presence, agent.next_presence) == ("break", "")
    assert EventLog.objects.filter(name="presence.changed", details__presence="break").count() == 1


# --- the moment of the answer ---------------------------------------------------------------------


@pytest.mark.parametrize("_again", range(6))
def test_accept_and_time_out_at_the_same_moment_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    _sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    token, _ran = all_at_once(accept(offer, cast.alice, key), time_runs_out)
    offer.refresh_from_db()
    slot = cast.alice.slots.get()
    if isinstance(token, NotAllowed):
        assert (offer.state, offer.outcome) == ("ended", "timed_out")
        assert slot.activity == "not_responding"
        assert offer.call.state == "queued"
    else:
        # What was accepted first has a connect timer, which may have run in the same breath.
        assert offer.state in ("accepted", "ended")
        assert offer.outcome in ("", "failed")
    assert EventLog.objects.filter(name__in=["offer.accepted", "offer.timed_out"]).count() == 1
    assert not Timer.objects.filter(kind="ring").exists()


def test_a_time_out_that_waits_for_the_call_does_not_lock_out_the_answer(
    floor: Floor, cast: Any
) -> None:
    """The timer's row and the call's row are taken in one order by everybody: call first."""
    _sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    with held(Call.objects.filter(pk=offer.call_id)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(all_at_once, accept(offer, cast.alice, key))
        wait_until(lambda: waiting_for_locks() >= 1, what="the agent to wait for the call")
        second = threads.submit(all_at_once, lambda: timing.run_due_timers(much_later()))
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for the call")
        let_go()
        [token] = first.result(20)
        assert second.result(20) == [0]
    assert isinstance(token, str)
    offer.refresh_from_db()
    assert offer.state == "accepted"


@pytest.mark.parametrize("_again", range(6))
def test_accept_time_out_decline_and_hang_up_at_once_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    sid, offer, key = ringing(floor, cast)
    Timer.objects.exclude(kind="ring").delete()
    end = signed("/webhooks/status/", CallSid=sid, CallStatus="completed", SequenceNumber="3")
    results = all_at_once(
        accept(offer, cast.alice, key),
        time_runs_out,
        lambda: offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence),
        end,
    )
    assert results[3] == (204, b"")
    offer.refresh_from_db()
    call = Call.objects.get(sid=sid)
    assert call.state == "ended"
    assert call.ended_by == "customer"
    assert offer.state == "ended"
    assert cast.alice.slots.get().activity in ("idle", "not_responding")
    assert not Segment.objects.filter(call=call, ended_at=None).exists()
    answered = ["offer.accepted", "offer.timed_out", "offer.declined"]
    assert EventLog.objects.filter(name__in=answered).count() <= 1
    assert EventLog.objects.filter(name="call.ended").count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_eight_tabs_that_accept_the_same_offer_get_one_call(
    floor: Floor, cast: Any, _again: int
) -> None:
    """The same tab may ask again (its answer may have been lost): one acceptance, one leg."""
    _sid, offer, key = ringing(floor, cast)
    tokens = all_at_once(*[accept(offer, cast.alice, key)] * 8)
    assert not refusals(tokens)
    assert EventLog.objects.filter(name="offer.accepted").count() == 1
    lease = PhoneLease.objects.get(agent=cast.alice)
    posts = [
        signed(
            "/webhooks/voice/browser/",
            CallSid=f"CA{n:032x}",
            From=f"client:{lease.identity(0)}",
            join=str(token),
        )
        for n, token in enumerate(tokens)
    ]
    answers = [body for _status, body in all_at_once(*posts)]  # type: ignore[misc]
    assert sum(b"<Conference" in body for body in answers) == 1
    assert sum(b"<Hangup" in body for body in answers) == 7
    assert Leg.objects.count() == 1
