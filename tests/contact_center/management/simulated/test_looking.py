"""What is seen on the desks of invented agents, of each his own."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.management.simulated.agents import state_of
from contact_center.management.simulated.deciding import CallOnDesk, Desk
from contact_center.management.simulated.looking import desks_of
from contact_center.models import OfferState
from tests import builders
from tests.cast import Cast


@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_a_call_is_seen_as_it_moves_and_on_no_other_desk(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.present(
        cast.bob, Presence.BREAK, "lunch", presence_since=timezone.now() - timedelta(seconds=40)
    )
    offer = builders.offer(builders.waiting_call(cast.sales), cast.alice)

    desks = desks_of([cast.alice.pk, cast.bob.pk])
    assert desks[cast.alice.pk].call == CallOnDesk(
        offer_id=offer.pk, fence=offer.fence, slot=0, state=OfferState.PENDING, for_s=0
    )
    assert desks[cast.bob.pk] == Desk(presence=Presence.BREAK, presence_for_s=40)
    assert [state_of(desk) for desk in desks.values()] == ["ringing", "on a break"]

    builders.talking(offer, talked_seconds=30)
    seen = desks_of([cast.alice.pk])[cast.alice.pk]
    assert seen.call is not None
    assert (seen.call.state, seen.call.for_s) == (OfferState.CONNECTED, 30)
    assert state_of(seen) == "talking"

    builders.talking(offer, hold_asked="resume", held_at=timezone.now())
    seen = desks_of([cast.alice.pk])[cast.alice.pk]
    assert seen.call is not None
    assert seen.call.is_held
    assert seen.call.is_pending
    assert state_of(seen) == "on hold"

    builders.wrapping_up(offer, hang_up_asked_at=timezone.now())
    seen = desks_of([cast.alice.pk])[cast.alice.pk]
    assert seen.call is not None
    assert seen.call.state == OfferState.WRAPPING_UP
    assert not seen.call.is_pending  # what was asked has happened

    builders.handled(offer)
    assert desks_of([cast.alice.pk])[cast.alice.pk].call is None


@time_machine.travel("2026-03-02T12:00:00Z", tick=False)
def test_who_let_it_ring_out_is_seen_so_and_whom_nobody_looks_for_is_not_seen(cast: Cast) -> None:
    builders.on_duty(cast.alice)
    builders.doing(cast.alice, Activity.NOT_RESPONDING, "no_answer")

    desks = desks_of([cast.alice.pk])

    assert list(desks) == [cast.alice.pk]
    assert desks[cast.alice.pk].not_responding_for_s == 0
    assert state_of(desks[cast.alice.pk]) == "not responding"
