"""What each webhook costs the database, counted: a statement more is a decision, not an accident.

On PostgreSQL and SQLite alike: savepoints count, the beginning and end of a transaction do not.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contact_center.models import Offer, PhoneLease, Segment
from contact_center.services import offering
from tests.contact_center.webhooks.wire import STRANGER, Wire
from tests.universe.floor import Floor

FIELDS = {"CallSid": STRANGER, "From": "+14155550142", "To": "+14155550100"}
#: What begins and ends a transaction differs between databases and connections.
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


def statements(ask: Callable[[], Any]) -> list[str]:
    """The statements that answering takes, without those that frame a transaction."""
    with CaptureQueriesContext(connection) as captured:
        answer = ask()
    assert answer.status_code in (200, 204)
    texts = [query["sql"] for query in captured.captured_queries]
    return [text for text in texts if not text.startswith(FRAME)]


def costs(expected: int, ask: Callable[[], Any]) -> None:
    found = statements(ask)
    assert len(found) == expected, "\n".join(text[:160] for text in found)


@pytest.fixture
def warm(floor: Floor, wire: Wire) -> None:
    """What is kept for a second (where a number leads, what a menu and a queue say) is there."""
    wire.say("/webhooks/voice/", FIELDS, CallSid="CA" + "1" * 32)
    wire.say("/webhooks/voice/", FIELDS, CallSid="CA" + "2" * 32, To="+14155550102")


def test_an_arrival_at_the_menu(floor: Floor, wire: Wire, warm: None) -> None:
    costs(4, lambda: wire.say("/webhooks/voice/", FIELDS))


def test_a_key_that_leads_into_a_queue(floor: Floor, wire: Wire, warm: None) -> None:
    wire.say("/webhooks/voice/", FIELDS)
    # One of them: whether he is to be called back, and stands where his callback stands.
    costs(7, lambda: wire.say("/webhooks/voice/menu/1/", FIELDS, Digits="2"))


def test_a_key_that_leads_into_a_queue_that_is_nearly_full(
    floor: Floor, wire: Wire, cast: Any, warm: None
) -> None:
    cast.support.capacity = 10
    cast.support.save()
    wire.say("/webhooks/voice/", FIELDS)
    wire.say("/webhooks/voice/", FIELDS, CallSid="CA" + "3" * 32, To="+14155550102")
    # The lock of the queue, and the count under it.
    costs(9, lambda: wire.say("/webhooks/voice/menu/1/", FIELDS, Digits="2"))


def test_the_first_wait_and_every_other(floor: Floor, wire: Wire, warm: None) -> None:
    wire.say("/webhooks/voice/", FIELDS, To="+14155550102")
    path = f"/webhooks/voice/wait/{Segment.objects.get(kind='queue', call__sid=STRANGER).pk}/"
    costs(4, lambda: wire.say(path, FIELDS, QueueSid="QU" + "1" * 32))
    floor.traveller.shift(16)
    costs(2, lambda: wire.say(path, FIELDS, QueueSid="QU" + "1" * 32))


def test_a_status(floor: Floor, wire: Wire, warm: None) -> None:
    wire.say("/webhooks/voice/", FIELDS)
    costs(3, lambda: wire.say("/webhooks/status/", FIELDS, CallStatus="in-progress"))


def test_a_status_of_nobody_and_the_same_again(floor: Floor, wire: Wire) -> None:
    def ask() -> Any:
        return wire.say("/webhooks/status/", FIELDS, CallStatus="ringing")

    costs(4, ask)
    costs(1, ask)


def test_a_move_to_the_agent(floor: Floor, wire: Wire, cast: Any) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=3)
    offer = floor.pending(cast.alice)
    assert offer is not None
    lease = PhoneLease.objects.get(agent=cast.alice)
    offering.accept_offer(offer=offer, agent=cast.alice, fence=offer.fence, lease_key=lease.key)
    Offer.objects.filter(pk=offer.pk).update(agent_joined_at=offer.offered_at)
    costs(6, lambda: wire.say(f"/webhooks/voice/connect/{offer.pk}/", CallSid=sid))


def test_what_is_not_believed_costs_nothing(floor: Floor, wire: Wire) -> None:
    body = wire.body(FIELDS)
    with CaptureQueriesContext(connection) as captured:
        assert wire.post("/webhooks/voice/", body, signature="x").status_code == 403
        assert wire.post("/webhooks/status/", body + b"x" * 2**20).status_code == 413
    assert len(captured) == 0
