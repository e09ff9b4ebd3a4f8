"""What the watch says when a request has effects twice, or an unsigned one any at all."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from contact_center.models import Call, EventLog, StoredAnswer
from contact_center.simulator.core.effects import SendRequest
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor
from tests.universe.violation import Violation


def arrival_of(floor: WatchedFloor) -> SendRequest:
    return next(one for one in floor.requests if one.purpose == "twiml")


def test_the_same_request_is_answered_once(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    sid = floor.wait_in_line()
    request = arrival_of(floor)
    with watch.same_again(sid, urlsplit(request.url).path):
        floor.post(request)
    watch.everything()
    assert Call.objects.count() == 1


def test_a_request_that_is_answered_in_two_ways(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    sid = floor.wait_in_line()
    watch.everything()
    StoredAnswer.objects.update(body="<Response><Hangup/></Response>")
    floor.post(arrival_of(floor))
    with pytest.raises(Violation, match=r"I8: /webhooks/voice/ was answered in two ways") as found:
        watch.everything()
    assert found.value.call_sid == sid


def test_a_request_that_has_effects_twice(floor: WatchedFloor, watch: Watch, cast: Any) -> None:
    sid = floor.wait_in_line()
    call = Call.objects.get()

    def post_again() -> None:
        with watch.same_again(sid, "/webhooks/voice/"):
            EventLog.objects.create(
                tenant=call.tenant, name="call.arrived", at=call.arrived_at, call_id=call.pk
            )

    with pytest.raises(Violation, match=r"I8: /webhooks/voice/ came once more .* EventLog: "):
        post_again()


def test_a_request_that_is_not_signed_writes_nothing(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.wait_in_line()
    request = arrival_of(floor)
    with watch.refused() as seen:
        seen.status = floor.post(request, token="somebody else's").status
    assert seen.status == 403
    assert Call.objects.count() == 1


def test_a_request_that_is_not_signed_and_writes(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    floor.wait_in_line()

    def believe() -> None:
        with watch.refused():
            Call.objects.update(turn=3)

    with pytest.raises(Violation, match="I13: A request with a bad signature wrote: UPDATE"):
        believe()


def test_a_request_that_is_not_signed_and_believed(
    floor: WatchedFloor, watch: Watch, cast: Any
) -> None:
    def believe() -> None:
        with watch.refused() as seen:
            seen.status = 204

    with pytest.raises(Violation, match="I13: A request with a bad signature was answered 204"):
        believe()
