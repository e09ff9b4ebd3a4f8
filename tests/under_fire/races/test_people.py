"""Wrap-up, breaks and the end of a shift."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, BreakRule, EventLog, Offer, PhoneLease, Timer
from contact_center.services import offering, presence, timing, wrapping_up
from tests.harness.waiting import wait_until
from tests.under_fire.races.threads import (
    accept,
    all_at_once,
    crowd,
    held,
    refusals,
    ringing,
    time_runs_out,
    waiting_for_locks,
)
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


# --- wrap-up --------------------------------------------------------------------------------------


@pytest.mark.parametrize("_again", range(6))
def test_more_time_and_the_end_of_wrap_up_at_the_same_moment_leave_one_truth(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    floor.hang_up(call.sid)
    floor.until(lambda: cast.alice.slots.get().activity == "wrapping_up", within=3)
    Timer.objects.exclude(kind="wrap_up").delete()
    results = all_at_once(
        lambda: wrapping_up.extend(offer=offer, agent=cast.alice),
        time_runs_out,
        lambda: wrapping_up.finish(offer=offer, agent=cast.alice),
    )
    assert len(refusals(results)) <= 1
    offer.refresh_from_db()
    assert (offer.state, offer.outcome) == ("ended", "handled")
    assert cast.alice.slots.get().activity == "idle"
    ends = EventLog.objects.filter(name__in=["wrap_up.finished", "wrap_up.timed_out"])
    assert ends.count() == 1
    assert not Timer.objects.filter(kind="wrap_up").exists()


def test_more_time_asked_for_while_the_timer_waits_is_no_deadlock(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    floor.hang_up(call.sid)
    floor.until(lambda: cast.alice.slots.get().activity == "wrapping_up", within=3)
    Timer.objects.exclude(kind="wrap_up").delete()
    with held(Offer.objects.filter(pk=offer.pk)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(
            all_at_once, lambda: wrapping_up.extend(offer=offer, agent=cast.alice)
        )
        wait_until(lambda: waiting_for_locks() >= 1, what="the agent to wait for the offer")
        second = threads.submit(all_at_once, time_runs_out)
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for the offer")
        let_go()
        assert first.result(20) == [None]
        assert second.result(20) == [0]
    assert cast.alice.slots.get().activity == "wrapping_up"
    assert Timer.objects.filter(kind="wrap_up").count() == 1


# --- breaks ---------------------------------------------------------------------------------------


def test_an_agent_back_from_a_break_while_she_is_offered_a_call_stops_nobody(
    floor: Floor, cast: Any
) -> None:
    """The dispatcher's last act is to look at her row; by then she waits for her slot's."""
    floor.ring()
    [anna] = crowd(cast, 1)
    key = PhoneLease.objects.get(agent=anna).key
    offered, commit = threading.Event(), threading.Event()

    def dispatches() -> int:
        with transaction.atomic():
            made = offering.dispatch(cast.tenant.pk)
            offered.set()
            commit.wait(10)
        return made

    def returns() -> None:
        presence.set_presence(agent=anna, presence=Presence.AVAILABLE, lease_key=key)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(all_at_once, dispatches)
        assert offered.wait(10)
        presence.set_presence(agent=anna, presence=Presence.BREAK, reason="lunch")
        second = threads.submit(all_at_once, returns)
        wait_until(lambda: waiting_for_locks() >= 1, what="her return to wait for her slot")
        commit.set()
        assert first.result(20) == [1]
        assert second.result(20) == [None]
    assert anna.slots.get().activity == "ringing"


# --- the end of a shift ---------------------------------------------------------------------------


def shift_is_over(agent: Agent) -> Callable[[], object]:
    """Twelve hours have passed since the agent went on duty; the clock notices it now."""
    Agent.objects.filter(pk=agent.pk).update(on_duty_since=timezone.now() - timedelta(hours=13))
    Timer.objects.filter(agent=agent, kind="shift").update(due_at=timezone.now())
    return lambda: timing.run_due_timers(timezone.now())


@pytest.mark.parametrize("_again", range(6))
def test_who_is_offered_a_call_when_her_shift_is_over_has_the_call_or_is_off_duty(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.ring()
    [anna] = crowd(cast, 1)
    all_at_once(
        lambda: offering.dispatch(cast.tenant.pk),
        shift_is_over(anna),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    anna.refresh_from_db()
    doing = (anna.presence, anna.slots.get().activity)
    assert doing in {("available", "ringing"), ("offline", "idle")}
    assert Offer.objects.filter(state="pending").count() == (doing[1] == "ringing")


@pytest.mark.parametrize("_again", range(6))
def test_who_goes_off_duty_while_she_is_offered_a_call_has_the_call_or_is_off_duty(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.ring()
    [anna] = crowd(cast, 1)
    offered, went, _offered = all_at_once(
        lambda: offering.dispatch(cast.tenant.pk),
        lambda: presence.go_off_duty(agent=anna),
        lambda: offering.dispatch(cast.tenant.pk),
    )
    anna.refresh_from_db()
    doing = (anna.presence, anna.slots.get().activity)
    if isinstance(went, NotAllowed):
        assert doing == ("available", "ringing")
    else:
        assert doing == ("offline", "idle")
        assert not Offer.objects.exists()
    assert not isinstance(offered, NotAllowed)


@pytest.mark.parametrize("_again", range(6))
def test_who_accepts_when_her_shift_is_over_keeps_the_call_to_its_end(
    floor: Floor, cast: Any, _again: int
) -> None:
    _sid, offer, key = ringing(floor, cast)
    token, _ran = all_at_once(accept(offer, cast.alice, key), shift_is_over(cast.alice))
    assert isinstance(token, str)
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "available"
    assert Offer.objects.get(pk=offer.pk).state == "accepted"
    assert Timer.objects.filter(kind="shift", agent=cast.alice).count() == 1, "it is looked again"


def test_back_from_a_break_at_the_very_moment_it_is_over_is_no_deadlock(
    floor: Floor, cast: Any
) -> None:
    BreakRule.objects.create(tenant=cast.tenant, code="short", most_minutes=1, after="offline")
    [anna] = crowd(cast, 1)
    key = PhoneLease.objects.get(agent=anna).key
    presence.set_presence(agent=anna, presence=Presence.BREAK, reason="short")
    floor.traveller.shift(timedelta(minutes=1))
    with held(Agent.objects.filter(pk=anna.pk)) as let_go, ThreadPoolExecutor(2) as threads:
        first = threads.submit(
            all_at_once,
            lambda: presence.set_presence(agent=anna, presence=Presence.AVAILABLE, lease_key=key),
        )
        wait_until(lambda: waiting_for_locks() >= 1, what="her return to wait for her row")
        second = threads.submit(all_at_once, lambda: timing.run_due_timers(timezone.now()))
        wait_until(lambda: waiting_for_locks() >= 2, what="the timer to wait for her row")
        let_go()
        assert first.result(20) == [None]
        assert second.result(20) == [0]
    anna.refresh_from_db()
    assert anna.presence == "available"
