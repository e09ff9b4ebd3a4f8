"""A customer's call from the first ring to the finished wrap-up, and every way it can go wrong."""

from datetime import timedelta
from typing import Any

from contact_center.models import Call, EventLog, Offer
from contact_center.services import talking, wrapping_up
from tests.universe.floor import Floor


def test_a_caller_hears_the_menu_presses_a_key_talks_and_the_agent_wraps_up(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring(to="+14155550100")
    assert Call.objects.get(sid=sid).state == "in_menu"

    floor.press(sid, "2")
    call = Call.objects.get(sid=sid)
    assert call.queue == cast.support
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    assert floor.pending(cast.bob) is None

    leg = floor.accept(cast.alice, offer)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=3)
    assert floor.hears(leg, sid)
    assert floor.hears(sid, leg)

    floor.pass_seconds(30)
    talking.hold(offer=offer, agent=cast.alice)
    floor.until(lambda: Call.objects.get(sid=sid).state == "on_hold", within=2)
    assert not floor.hears(leg, sid)
    assert not floor.hears(sid, leg)

    floor.pass_seconds(5)
    talking.resume(offer=offer, agent=cast.alice)
    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=2)
    assert floor.hears(leg, sid)
    first = Offer.objects.get(pk=offer.pk).held_for
    assert timedelta(seconds=5) <= first < timedelta(seconds=8)

    # And a second time, to the end.
    talking.hold(offer=offer, agent=cast.alice)
    floor.until(lambda: Call.objects.get(sid=sid).state == "on_hold", within=2)
    floor.pass_seconds(7)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: sid in floor.ended, within=6)
    call.refresh_from_db()
    assert (call.state, call.ended_by, call.end_reason) == ("ended", "agent", "agent_hung_up")
    assert cast.alice.slots.get().activity == "wrapping_up"
    offer.refresh_from_db()
    assert offer.held_at is None
    assert timedelta(seconds=7) <= offer.held_for - first < timedelta(seconds=10)

    wrapping_up.save(offer=offer, agent=cast.alice, notes="All is well.", disposition=None)
    wrapping_up.finish(offer=offer, agent=cast.alice)
    assert cast.alice.slots.get().activity == "idle"
    assert Offer.objects.get(pk=offer.pk).outcome == "handled"
    names = list(
        EventLog.objects.filter(call_id=call.pk).order_by("pk").values_list("name", flat=True)
    )
    assert names == [
        "call.arrived", "menu.entered", "menu.key_pressed", "call.queued", "wait.started",
        "call.offered", "offer.accepted", "agent.joined", "call.connected", "hold.asked",
        "call.held", "resume.asked", "call.resumed", "hold.asked", "call.held", "hang_up.asked",
        "conversation.ended", "call.ended", "wrap_up.saved", "wrap_up.finished",
    ]  # fmt: skip
