"""What the watch says when our database and the network have a caller in different places."""

from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import Call, Segment, Timer
from contact_center.simulator.core.effects import SendRequest
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def look_for(floor: WatchedFloor, watch: Watch, seconds: int) -> None:
    """Let time pass and look every second."""
    for _second in range(seconds):
        floor.pass_seconds(1)
        watch.everything()


def test_a_caller_who_left_and_is_still_in_our_line(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    floor.fate = lambda request: 0
    floor.reconciles = False
    floor.hang_up(sid)
    look_for(floor, watch, 58)
    with pytest.raises(Violation, match="I2: The caller is gone; our database still has") as found:
        look_for(floor, watch, 4)
    assert found.value.call_sid == sid


def waits_in_vain(floor: WatchedFloor, asker: str, fault: str) -> None:
    """The last ten seconds of two of our requests, made at the same time, were this."""
    for _clock in range(2):
        floor.journal.rest(
            *(floor.now - 10, "GET", "/Calls.json", (), None, fault),
            until=floor.now,
            asker=asker,
        )


@pytest.mark.parametrize(
    ("asker", "fault", "counts"),
    [
        ("reconcile", "time-out, not applied", False),
        ("reconcile", "", True),
        ("command 3", "time-out, not applied", True),
    ],
)
def test_time_in_which_the_reconciler_waits_in_vain_is_not_counted(
    floor: WatchedFloor, watch: Watch, cast: Any, asker: str, fault: str, counts: bool
) -> None:
    sid = floor.wait_in_line()
    floor.fate = lambda request: 0
    floor.reconciles = False
    floor.hang_up(sid)
    look_for(floor, watch, 30)
    waits_in_vain(floor, asker, fault)
    if not counts:
        look_for(floor, watch, 38)
    with pytest.raises(Violation, match="I2: The caller is gone"):
        look_for(floor, watch, 32 if counts else 4)


def test_a_caller_who_waits_in_the_network_and_hears_a_goodbye_in_our_database(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    Call.objects.filter(sid=sid).update(state="leaving")
    watch.everything()
    floor.nothing_happens(59)
    watch.everything()
    floor.nothing_happens(2)
    with pytest.raises(Violation, match=r"I2: The caller waits in .*; our database says leaving"):
        watch.everything()


def test_a_caller_who_waits_in_another_line_than_ours(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    Segment.objects.filter(call__sid=sid).update(queue=cast.sales)
    watch.everything()
    floor.nothing_happens(61)
    with pytest.raises(
        Violation, match=r"I2: The caller waits in the network's q_\d+, and in our q_\d+"
    ):
        watch.everything()


def test_a_caller_nobody_knows(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    floor.wait_in_line()
    watch.everything()
    floor.network.dial_in("+14155550177", "+14155550102")
    for request in floor.network.take_effects():
        if isinstance(request, SendRequest):
            floor.journal.sent(request, floor.now)
            floor.journal.answered(request.request_id, floor.now)
    watch.everything()
    floor.nothing_happens(61)
    with pytest.raises(Violation, match="I2: Our database does not know the caller"):
        watch.everything()


def test_a_caller_in_a_conference_alone_with_nobody_coming(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, leg = floor.talk(cast.alice)
    floor.fate = lambda request: 0
    floor.reconciles = False
    floor.hang_up(leg)
    assert not floor.network.talks(call.sid)
    Timer.objects.all().delete()
    with pytest.raises(Violation, match="I4: Nobody looks after the caller: in the network's conf"):
        look_for(floor, watch, 40)


def test_a_caller_with_an_agent_beside_him_needs_nobody_else(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    call, _offer, _leg = floor.talk(cast.alice)
    floor.reconciles = False
    Timer.objects.all().delete()
    look_for(floor, watch, 40)
    assert floor.network.talks(call.sid)


def test_a_call_we_ended_while_the_caller_is_there(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    now = timezone.now()
    watch.everything()
    Segment.objects.update(ended_at=now)
    Call.objects.update(state="ended", ended_at=now, ended_by="customer", end_reason="abandoned")
    with pytest.raises(Violation, match=r"I5: Our database ended the call .* still on the line"):
        watch.after_step([sid])


def test_a_call_that_ended_without_a_reason(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    sid = floor.wait_in_line()
    floor.hang_up(sid)
    Call.objects.update(end_reason="")
    with pytest.raises(Violation, match="I5: The call ended by 'customer' because of ''"):
        watch.after_step([sid])


def test_a_call_that_ended_and_stays_somewhere(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    floor.hang_up(sid)
    Segment.objects.update(ended_at=None)
    with pytest.raises(Violation, match="I5: The call has ended, and its stay in queue has not"):
        watch.after_step([sid])
