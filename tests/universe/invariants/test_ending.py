"""What the watch says at the end, when our database does not equal the network's truth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from contact_center.models import (
    AgentSlot,
    Call,
    Command,
    EventLog,
    Leg,
    Offer,
    Segment,
    Timer,
)
from contact_center.services import talking, wrapping_up
from contact_center.simulator.core.effects import RequestOutcome, SendRequest
from tests.universe.invariants import Watch
from tests.universe.invariants.ending import equals_the_truth
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def hang_up(floor: WatchedFloor, sid: str) -> None:
    floor.journal.act(floor.now, "customer", "hangs up", sid)
    floor.hang_up(sid)


def whole_call(floor: WatchedFloor, cast: Any) -> Call:
    """A customer talks to Alice and hangs up, and she is soon done."""
    call, offer, _leg = floor.talk(cast.alice)
    floor.pass_seconds(2)
    hang_up(floor, call.sid)
    wrapping_up.finish(offer=offer, agent=cast.alice)
    floor.pass_seconds(3)
    call.refresh_from_db()
    return call


def test_all_is_as_it_was(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    hang_up(floor, floor.wait_in_line())
    whole_call(floor, cast)
    watch.at_the_end()
    assert Call.objects.filter(state="ended").count() == 2


def test_a_call_that_an_agent_ended(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.pass_seconds(4)
    wrapping_up.finish(offer=offer, agent=cast.alice)
    watch.at_the_end()
    call.refresh_from_db()
    assert call.end_reason == "agent_hung_up"


def test_a_caller_who_is_still_there(floor: WatchedFloor, cast: Any) -> None:
    sid = floor.wait_in_line()
    with pytest.raises(Violation, match="a caller's leg goes on in the network: queue") as found:
        equals_the_truth(floor)
    assert found.value.call_sid == sid


SPOILT: list[tuple[str, Callable[[Call], object]]] = [
    (
        "I5: The caller is gone; the call is connected for ever",
        lambda call: Call.objects.update(state="connected", ended_at=None),
    ),
    (
        "I5: A call ended 2 times",
        lambda call: EventLog.objects.create(
            tenant=call.tenant, name="call.ended", at=timezone.now(), call_id=call.pk
        ),
    ),
    (
        "I5: A call ended and no event says so",
        lambda call: EventLog.objects.filter(name="call.ended").delete(),
    ),
    ("I5: It ended by '', because of", lambda call: Call.objects.update(ended_by="")),
    (
        "I5: It is recorded as ended by customer .abandoned.; it was customer .customer_hung_up",
        lambda call: Call.objects.update(end_reason="abandoned"),
    ),
    (
        "I9: queue ended 1.000 s before it began",
        lambda call: Segment.objects.filter(kind="queue", end_reason="answered").update(
            ended_at=call.arrived_at - timedelta(seconds=1)
        ),
    ),
    (
        r"I9: The last stay, \w+, ended at None",
        lambda call: _reopen(call.segments.latest("pk")),
    ),
    ("end: An offer has not ended", lambda call: Offer.objects.update(ended_at=None)),
    ("end: An agent is stuck", lambda call: AgentSlot.objects.update(activity="on_call")),
    (
        "end: A command still waits: hold waiting",
        lambda call: Command.objects.create(
            tenant=call.tenant,
            kind="hold",
            asked_at=timezone.now(),
            send_at=timezone.now(),
            deadline=timezone.now(),
        ),
    ),
    ("end: We believe that an agent's leg goes on", lambda call: Leg.objects.update(ended_at=None)),
    (
        "end: A timer is left over: ring at",
        lambda call: Timer.objects.create(
            tenant=call.tenant, kind="ring", due_at=timezone.now(), call=call
        ),
    ),
    ("end: Our database has a call that the network never", lambda call: _invent_a_call(call)),
    (
        "I7: Offer .* says that customer and agent talked; they never",
        lambda call: Offer.objects.update(conference_key="00000000000000000000000000000001"),
    ),
    (
        r"I7: The conversation of offer .* began \+70\.0 s from when",
        lambda call: _shift("connected_at", 70),
    ),
    (
        r"I7: The conversation of offer .* ended -60\.0 s from when",
        lambda call: _shift("conversation_ended_at", -60),
    ),
]


@pytest.mark.parametrize(("sentence", "spoil"), SPOILT)
def test_a_record_that_is_not_the_truth(
    floor: WatchedFloor, cast: Any, sentence: str, spoil: Callable[[Call], object]
) -> None:
    call = whole_call(floor, cast)
    spoil(call)
    with pytest.raises(Violation, match=sentence):
        equals_the_truth(floor)


def test_a_long_conversation_that_our_database_never_heard_of(
    floor: WatchedFloor, cast: Any
) -> None:
    call, offer, _leg = floor.talk(cast.alice)
    floor.nothing_happens(80)
    hang_up(floor, call.sid)
    wrapping_up.finish(offer=offer, agent=cast.alice)
    floor.pass_seconds(3)
    Offer.objects.filter(pk=offer.pk).update(connected_at=None)
    with pytest.raises(Violation, match="I7: Customer and agent talked for 80 s, and offer"):
        equals_the_truth(floor)


def test_a_caller_we_answered_and_forgot(floor: WatchedFloor, cast: Any) -> None:
    sid = floor.wait_in_line()
    hang_up(floor, sid)
    EventLog.objects.all().delete()
    Segment.objects.all().delete()
    Call.objects.all().delete()
    with pytest.raises(Violation, match="end: We answered the caller and know nothing of it"):
        equals_the_truth(floor)


def _reopen(stay: Segment) -> None:
    stay.ended_at = None
    stay.save()


def _invent_a_call(call: Call) -> None:
    Call.objects.create(
        tenant=call.tenant,
        sid="CA" + "0" * 32,
        account_sid=call.account_sid,
        state="ended",
        arrived_at=call.arrived_at,
        heard_at=call.arrived_at,
        ended_at=call.arrived_at,
    )


def _shift(field: str, seconds: int) -> None:
    offer = Offer.objects.get()
    moment = getattr(offer, field) + timedelta(seconds=seconds)
    Offer.objects.update(**{field: moment})


@dataclass
class HastyFloor(WatchedFloor):
    """A floor on which a caller hangs up while he is being told that he has waited too long."""

    def post(self, request: SendRequest, *, token: str = "") -> RequestOutcome:
        """Post a webhook; when it ended a wait, the caller does not hear the answer."""
        outcome = super().post(request, token=token)
        if "/wait/" in request.url and EventLog.objects.filter(name="wait.expired").exists():
            assert request.leg_sid is not None
            self.journal.act(self.now, "customer", "hangs up", request.leg_sid)
            self.network.far_end_hung_up(request.leg_sid)
        return outcome


def waits_too_long(floor: WatchedFloor, cast: Any) -> Call:
    """A caller is sent away after ten seconds of waiting, and that is the end of it."""
    type(cast.support).objects.filter(pk=cast.support.pk).update(max_wait_seconds=10)
    sid = floor.wait_in_line()
    floor.until(lambda: Call.objects.get(sid=sid).state == "ended", within=40)
    call = Call.objects.get(sid=sid)
    assert (call.ended_by, call.end_reason) == ("system", "waited_too_long")
    return call


def test_who_hangs_up_on_the_answer_that_sends_him_away_has_not_abandoned(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    hasty = HastyFloor(network=floor.network, traveller=floor.traveller, journal=floor.journal)
    waits_too_long(hasty, cast)
    watch.at_the_end()


def test_who_was_sent_away_and_is_recorded_as_having_abandoned(
    floor: WatchedFloor, cast: Any
) -> None:
    call = waits_too_long(floor, cast)
    equals_the_truth(floor)
    Call.objects.filter(pk=call.pk).update(ended_by="customer", end_reason="abandoned")
    with pytest.raises(Violation, match=r"I5: .* by customer .abandoned.; the caller was sent"):
        equals_the_truth(floor)
