"""What the watch says about who is rung, who is set free, and who waits for nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import (
    AgentSlot,
    Call,
    Offer,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Segment,
    Skill,
)
from contact_center.services import offering
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def rung_again(floor: WatchedFloor, cast: Any, *, after_seconds: float) -> str:
    """Alice declines a call and is rung for it again; return the SID of the call."""
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    floor.keep_beating(cast.alice)
    Offer.objects.filter(pk=offer.pk).update(ended_at=timezone.now() - timedelta(seconds=14.9))
    floor.pass_seconds(1)
    again = floor.pending(cast.alice)
    assert again is not None
    Offer.objects.filter(pk=offer.pk).update(
        ended_at=again.offered_at - timedelta(seconds=after_seconds)
    )
    return sid


def test_an_agent_who_declined_and_is_rung_again_at_once(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = rung_again(floor, cast, after_seconds=5)
    with pytest.raises(Violation, match=r"I14: Agent .* declined 5\.0 s ago, .* nobody else is"):
        watch.after_step([sid])


def test_an_agent_who_declined_and_is_alone_is_rung_again_after_a_quarter_of_a_minute(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = rung_again(floor, cast, after_seconds=20)
    watch.after_step([sid])
    assert Call.objects.get(sid=sid).state == "offered"


def test_an_agent_who_declined_and_is_rung_again_although_bob_is_there(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = rung_again(floor, cast, after_seconds=20)
    AgentSlot.objects.filter(agent=cast.bob).update(activity="wrapping_up")
    floor.on_duty(cast.bob)
    with pytest.raises(Violation, match=r"I14: Agent .* declined 20\.0 s ago, .* others are"):
        watch.after_step([sid])


def test_a_desk_that_rings_on_for_a_caller_who_is_gone(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    offer = Offer.objects.get()
    floor.hang_up(sid)
    watch.everything()
    assert offer.call.segments.filter(ended_at=None).count() == 0
    # As if the end had been forgotten.
    Call.objects.filter(sid=sid).update(state="offered", ended_at=None, network_status="")
    Segment.objects.filter(call__sid=sid).update(ended_at=None)
    Offer.objects.update(state="pending", ended_at=None, outcome="")
    AgentSlot.objects.filter(agent=cast.alice).update(activity="ringing")
    forgetful = Watch(floor)
    try:
        forgetful.after_step([sid])
        floor.nothing_happens(3)
        with pytest.raises(Violation, match=r"I15: The caller is gone, .* is still pending"):
            forgetful.after_step([sid])
    finally:
        forgetful.close()


def test_a_caller_who_waits_while_alice_is_free(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    watch.everything()
    floor.on_duty(cast.bob)
    floor.keep_beating(cast.bob)
    Offer.objects.all().delete()
    Call.objects.filter(sid=sid).update(state="queued", offers_made=0)
    AgentSlot.objects.filter(agent=cast.bob).update(activity="idle")
    fresh = Watch(floor)
    try:
        fresh.after_step([sid])
        floor.nothing_happens(2)
        fresh.after_step()
        floor.nothing_happens(2)
        with pytest.raises(Violation, match=r"I20: The caller waits in queue .* is free") as found:
            fresh.after_step()
    finally:
        fresh.close()
    assert found.value.call_sid == sid


def test_nobody_waits_for_nothing_while_the_only_agent_who_is_free_has_declined(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    offer = floor.pending(cast.alice)
    assert offer is not None
    offering.decline_offer(offer=offer, agent=cast.alice, fence=offer.fence)
    for _second in range(10):
        floor.pass_seconds(1)
        watch.everything()
    assert Call.objects.get(sid=sid).state == "queued"


def test_a_caller_who_is_passed_in_line(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    first, second = floor.wait_in_line(), floor.wait_in_line()
    watch.everything()
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    assert Call.objects.get(sid=first).state == "offered"
    stay = Segment.objects.get(call__sid=first)
    earlier = stay.started_at - timedelta(seconds=1)
    Segment.objects.filter(call__sid=second).update(placed_at=earlier)
    with pytest.raises(
        Violation, match=r"I20: Agent .* is rung for this caller, although CA"
    ) as it:
        watch.everything()
    assert (it.value.call_sid, second in it.value.sentence) == (first, True)


def test_a_caller_behind_a_more_urgent_one_is_not_passed(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    first = floor.wait_in_line()
    floor.pass_seconds(1)
    urgent = floor.ring(to="+14155550101")
    type(cast.sales).objects.filter(pk=cast.sales.pk).update(priority=9)
    floor.pass_seconds(1)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    watch.everything()
    assert Call.objects.get(sid=urgent).state == "offered"
    assert Call.objects.get(sid=first).state == "queued"


def test_an_agent_who_lacks_the_skill_and_is_rung_all_the_same(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    spanish = Skill.objects.create(tenant=cast.tenant, category="language", name="Spanish")
    QueueSkill.objects.create(queue=cast.support, skill=spanish, level=3)
    with pytest.raises(Violation, match=r"I20: Agent .* who may not have this caller") as it:
        watch.after_step([sid])
    assert it.value.call_sid == sid


def test_a_need_that_has_relaxed_stops_nobody(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    spanish = Skill.objects.create(tenant=cast.tenant, category="language", name="Spanish")
    QueueSkill.objects.create(queue=cast.support, skill=spanish, level=3)
    RelaxingStep.objects.create(queue=cast.support, after_seconds=5)
    sid = floor.wait_in_line()
    floor.on_duty(cast.alice)
    floor.pass_seconds(2)
    watch.everything()
    assert Call.objects.get(sid=sid).state == "queued"
    floor.pass_seconds(5)
    watch.everything()
    assert Call.objects.get(sid=sid).state == "offered"


def test_the_second_tier_is_rung_before_its_time(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    """Alice of the first tier is on a call; Bob of the second is rung at once."""
    AgentSlot.objects.filter(agent=cast.alice).update(activity="wrapping_up")
    floor.on_duty(cast.alice)
    sid = floor.wait_in_line()
    floor.on_duty(cast.bob)
    floor.until(lambda: floor.pending(cast.bob) is not None, within=5)
    cast.support.members.filter(agent=cast.bob).update(tier=2)
    QueueTier.objects.create(queue=cast.support, tier=2, after_seconds=30)
    with pytest.raises(Violation, match=r"I20: Agent .* who may not have this caller"):
        watch.after_step([sid])


def test_a_newest_first_queue_passes_its_own_and_nobody_else(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    type(cast.support).objects.filter(pk=cast.support.pk).update(strategy="lifo")
    first = floor.wait_in_line()
    floor.pass_seconds(2)
    second = floor.wait_in_line()
    floor.pass_seconds(2)
    floor.on_duty(cast.alice)
    floor.until(lambda: floor.pending(cast.alice) is not None, within=5)
    watch.everything()
    assert Call.objects.get(sid=second).state == "offered"
    assert Call.objects.get(sid=first).state == "queued"
