"""A supervisor arranges a waiting caller."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Call, EventLog, Offer, Segment
from contact_center.services import arranging, offering, presence, timing
from tests.under_fire.races.threads import accept, all_at_once, refusals, ringing
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


def waiting(floor: Floor, to: str = "+14155550101") -> Segment:
    """The stay of somebody who waits in Sales."""
    sid = floor.ring(to=to)
    floor.pass_seconds(1)
    return Segment.objects.select_related("call").get(call__sid=sid, kind="queue", ended_at=None)


@pytest.mark.parametrize("_again", range(2))
def test_of_two_supervisors_who_move_a_caller_at_once_one_does(
    floor: Floor, cast: Any, _again: int
) -> None:
    stay = waiting(floor)
    results = all_at_once(
        lambda: arranging.move(stay=stay, to=cast.support, actor=cast.carol),
        lambda: arranging.move(stay=stay, to=cast.support, actor=cast.dana),
    )
    [refusal] = refusals(results)
    assert "has gone to another queue meanwhile" in str(refusal)
    assert EventLog.objects.filter(name="call.moved").count() == 1
    assert Segment.objects.filter(kind="queue").count() == 2
    assert Segment.objects.get(ended_at=None).queue == cast.support


@pytest.mark.parametrize("_again", range(2))
def test_who_is_given_a_caller_while_dispatchers_run_is_the_only_one_who_rings(
    floor: Floor, cast: Any, _again: int
) -> None:
    """Whoever was rung a moment before stops being rung."""
    stay = waiting(floor)
    alice, bob = crowd_of_two(floor, cast)
    results = all_at_once(
        lambda: arranging.give(stay=stay, agent=bob, actor=cast.carol),
        *[lambda: offering.dispatch(cast.tenant.pk)] * 3,
    )
    offering.dispatch(cast.tenant.pk)
    [offer] = Offer.objects.filter(ended_at=None)
    assert offer.agent == bob
    assert not refusals(results) or Offer.objects.count() == 1
    assert alice.slots.get().activity == "idle"


def crowd_of_two(floor: Floor, cast: Any) -> tuple[Agent, Agent]:
    """Alice and Bob, on duty and ready to be rung."""
    floor.reconciles = False
    for agent in (cast.alice, cast.bob):
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
    return cast.alice, cast.bob


@pytest.mark.parametrize("_again", range(2))
def test_who_goes_away_while_given_a_caller_is_not_waited_for(
    floor: Floor, cast: Any, _again: int
) -> None:
    stay = waiting(floor)
    crowd_of_two(floor, cast)
    all_at_once(
        lambda: arranging.give(stay=stay, agent=cast.bob, actor=cast.carol),
        lambda: presence.set_presence(agent=cast.bob, presence=Presence.BREAK, reason="lunch"),
    )
    timing.run_due_timers(timezone.now())
    stay.refresh_from_db()
    assert stay.reserved_for is None
    given = EventLog.objects.filter(name="call.reserved").count()
    assert EventLog.objects.filter(name="reservation.ended").count() == given


@pytest.mark.parametrize("_again", range(2))
def test_a_caller_is_accepted_or_moved_and_not_both(floor: Floor, cast: Any, _again: int) -> None:
    _sid, offer, key = ringing(floor, cast)
    accepted, moved = all_at_once(
        accept(offer, cast.alice, key),
        lambda: arranging.move(stay=offer.segment, to=cast.sales, actor=cast.carol),
    )
    assert isinstance(accepted, NotAllowed) is not isinstance(moved, NotAllowed)
    offer.refresh_from_db()
    call = Call.objects.get(pk=offer.call_id)
    if isinstance(moved, NotAllowed):
        assert (offer.state, call.state) == ("accepted", "connecting")
    else:
        assert (offer.outcome, call.state, call.queue) == ("withdrawn", "queued", cast.sales)
        assert cast.alice.slots.get().activity == "idle"
