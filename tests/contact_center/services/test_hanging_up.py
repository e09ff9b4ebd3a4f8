"""Who ended a call, and why, is what happened."""

from typing import Any

from contact_center.models import Call, EventLog
from contact_center.services import talking
from contact_center.simulator.core.effects import SendRequest
from tests.universe.floor import Floor


def how_it_ended(sid: str) -> tuple[str, str, str]:
    call = Call.objects.get(sid=sid)
    return call.state, call.ended_by, call.end_reason


def test_a_customer_who_hangs_up_on_an_agent_has_not_abandoned_the_line(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = floor.conversation(cast.alice)
    floor.hang_up(call.sid)
    floor.pass_seconds(1)
    assert how_it_ended(call.sid) == ("ended", "customer", "customer_hung_up")
    # He was not put back in line on his way out.
    assert EventLog.objects.filter(call_id=call.pk, name="call.queued").count() == 1
    assert [stay.kind for stay in call.segments.order_by("pk")][-1] != "queue"


def test_it_does_not_matter_which_request_tells_of_it(floor: Floor, cast: Any) -> None:
    def only_the_way_out(request: SendRequest) -> int:
        return 1 if "/after/" in request.url else 0

    floor.on_duty(cast.alice)
    call, _offer, _leg = floor.conversation(cast.alice)
    floor.fate = only_the_way_out
    floor.hang_up(call.sid)
    assert how_it_ended(call.sid) == ("ended", "customer", "customer_hung_up")
    assert cast.alice.slots.get().activity == "wrapping_up"


def test_an_agent_who_hangs_up_ended_the_call_although_the_goodbye_came_after(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    talking.hang_up(offer=offer, agent=cast.alice)
    floor.until(lambda: Call.objects.get(pk=call.pk).state == "leaving", within=2)
    floor.hang_up(call.sid)
    floor.pass_seconds(1)
    assert how_it_ended(call.sid) == ("ended", "agent", "agent_hung_up")


def test_a_clock_that_is_set_back_makes_no_stay_shorter_than_nothing(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    call, _offer, _leg = floor.conversation(cast.alice)
    floor.traveller.shift(-2)
    floor.hang_up(call.sid)
    call.refresh_from_db()
    stays = list(call.segments.order_by("pk"))
    assert all(stay.ended_at and stay.ended_at >= stay.started_at for stay in stays)
    assert [stay.started_at for stay in stays[1:]] == [stay.ended_at for stay in stays[:-1]]
    assert call.ended_at == stays[-1].ended_at
