"""What the watch says when a caller hears nothing, an apology, or an agent while on hold."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import AgentSlot, Call, Offer
from contact_center.services import talking
from contact_center.simulator.core.effects import SendRequest
from contact_center.simulator.core.stopping import Cause
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def test_a_caller_whose_music_stops(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    sid = floor.wait_in_line()
    watch.everything()
    script = floor.network._world.legs[sid].script
    assert script is not None
    assert script.activity is not None
    script.activity._wait.stop(Cause.REPLACED)  # type: ignore[attr-defined]
    watch.after_step([sid])
    floor.nothing_happens(4)
    watch.after_step([sid])
    floor.nothing_happens(2)
    with pytest.raises(Violation, match="I19: The caller hears nothing: in the network's queue"):
        watch.after_step([sid])


def test_a_caller_left_alone_whom_we_do_not_fetch(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, leg = floor.talk(cast.alice)
    watch.everything()
    floor.network.far_end_hung_up(leg)
    for effect in floor.network.take_effects():
        if isinstance(effect, SendRequest):  # it arrives, and nothing is done about it
            floor.journal.sent(effect, floor.now)
            floor.journal.arrived(effect.request_id, floor.now, 204, b"")
            floor.journal.answered(effect.request_id, floor.now)
    watch.after_step([call.sid])
    floor.nothing_happens(4)
    watch.after_step([call.sid])
    floor.nothing_happens(2)
    with pytest.raises(Violation, match="I19: The caller hears nothing: in the network's confer"):
        watch.after_step([call.sid])


def test_a_caller_left_alone_of_whom_no_report_came_has_half_a_minute(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, leg = floor.talk(cast.alice)
    watch.everything()
    floor.network.far_end_hung_up(leg)
    for effect in floor.network.take_effects():
        if isinstance(effect, SendRequest):
            floor.journal.sent(effect, floor.now)
            floor.journal.faulted(effect.request_id, floor.now, "lost")
            floor.journal.answered(effect.request_id, floor.now)
    watch.after_step([call.sid])
    floor.nothing_happens(29)
    watch.after_step([call.sid])
    floor.nothing_happens(2)
    with pytest.raises(Violation, match="I4: Nobody looks after the caller"):
        watch.after_step([call.sid])


def test_a_lost_agents_caller_who_is_fetched_back_hears_enough(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, leg = floor.talk(cast.alice)
    floor.hang_up(leg)
    for _half in range(20):
        floor.pass_seconds(0.5)
        watch.everything()
    call.refresh_from_db()
    assert call.state == "queued"


def test_a_caller_who_hears_that_an_application_error_has_occurred(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    watch.everything()
    floor.network._world.legs[sid].error = (11200, "HTTP 500")
    with pytest.raises(Violation, match='I19: The caller hears "application error"'):
        watch.after_step([sid])


def test_a_caller_whom_the_network_could_not_ask_us_about_may_hear_it(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    floor.network._world.legs[sid].error = (11200, "HTTP 500")
    floor.excused.add(sid)
    watch.everything()
    assert Call.objects.get(sid=sid).state == "queued"


def test_a_caller_on_hold_who_hears_the_agent(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, leg = floor.talk(cast.alice)
    watch.everything()
    Offer.objects.filter(pk=offer.pk).update(held_at=timezone.now())
    AgentSlot.objects.filter(agent=cast.alice).update(activity="on_hold")
    Call.objects.filter(pk=call.pk).update(state="on_hold")
    assert floor.hears(call.sid, leg)
    watch.after_step([call.sid])
    floor.nothing_happens(3)
    with pytest.raises(Violation, match="I11: The desk says on hold; the caller hears the agent"):
        watch.after_step([call.sid])


def test_a_caller_forgotten_on_hold(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    talking.hold(offer=offer, agent=cast.alice)
    floor.until(lambda: Call.objects.get(pk=call.pk).state == "on_hold", within=5)
    for _second in range(5):
        floor.pass_seconds(1)
        watch.everything()
    Offer.objects.filter(pk=offer.pk).update(held_at=None)
    AgentSlot.objects.filter(agent=cast.alice).update(activity="on_call")
    Call.objects.filter(pk=call.pk).update(state="connected")
    watch.after_step([call.sid])
    floor.nothing_happens(3)
    with pytest.raises(Violation, match="I11: The desk says talking; the caller is on hold"):
        watch.after_step([call.sid])
