"""What the watch says when a customer hears a supervisor who is not for him."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.domain.supervising import Mode
from contact_center.models import AgentSlot, Call, Offer, Supervision
from contact_center.services import supervising
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def test_a_supervisor_who_never_asked_and_is_heard(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    there = floor.supervise(cast.carol, offer)
    watch.everything()
    floor.network._world.legs[there.leg].participant.muted = False  # type: ignore[union-attr]
    assert floor.hears(call.sid, there.leg)
    with pytest.raises(Violation, match=r"I10: The customer hears .* never asked for it"):
        watch.after_step([call.sid])


def test_a_coach_whom_the_customer_hears(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    there = floor.supervise(cast.carol, offer, Mode.COACH)
    watch.everything()
    floor.network._world.legs[there.leg].participant.coaching = False  # type: ignore[union-attr]
    with pytest.raises(Violation, match="I10"):
        watch.after_step([call.sid])


def test_who_barged_in_and_is_to_be_silent_again_has_a_minute(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    there = floor.supervise(cast.carol, offer, Mode.BARGE)
    watch.everything()
    Supervision.objects.filter(pk=there.stay.pk).update(mode="listen", mode_asked="")
    watch.after_step([call.sid])
    floor.nothing_happens(61)
    with pytest.raises(Violation, match="I10: The customer hears"):
        watch.after_step([call.sid])


def test_a_held_caller_who_hears_a_supervisor(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    floor.supervise(cast.carol, offer, Mode.BARGE)
    watch.everything()
    Offer.objects.filter(pk=offer.pk).update(held_at=timezone.now())
    AgentSlot.objects.filter(agent=cast.alice).update(activity="on_hold")
    Call.objects.filter(pk=call.pk).update(state="on_hold")
    watch.after_step([call.sid])
    floor.nothing_happens(3)
    with pytest.raises(Violation, match="I11"):
        watch.after_step([call.sid])


def test_every_mode_is_well_and_so_is_leaving(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    _call, offer, _leg = floor.talk(cast.alice)
    there = floor.supervise(cast.carol, offer)
    for mode in (Mode.BARGE, Mode.COACH, Mode.LISTEN, Mode.BARGE):
        supervising.switch(supervision=there.stay, supervisor=cast.carol, mode=mode)
        for _half in range(4):
            floor.pass_seconds(0.5)
            watch.everything()
    supervising.leave(supervision=there.stay, supervisor=cast.carol)
    for _half in range(6):
        floor.pass_seconds(0.5)
        watch.everything()
    assert there.leg in floor.ended
