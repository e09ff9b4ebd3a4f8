"""What `make storm` found once, told as stories of people; each has its line in the changelog."""

import pytest
from django.db import transaction

from contact_center.models import Call, Command, Segment, Timer
from contact_center.services import answering
from contact_center.simulator.core.readings import Readings
from contact_center.telephony.instructions import Hangup
from tests.cast import Cast
from tests.universe.floor import Floor, open_floor


def test_a_lost_agents_call_leaves_no_alarm_behind(cast: Cast, floor: Floor) -> None:
    floor.on_duty(cast.alice)
    _call, offer, leg = floor.conversation(cast.alice)

    floor.hang_up(leg)
    floor.until(lambda: type(offer).objects.get(pk=offer.pk).outcome == "lost", within=10)

    assert not Timer.objects.filter(offer=offer, kind="longest").exists()
    assert not Timer.objects.filter(offer=offer).exclude(kind__in=["leg_check", "return_check"])


def test_a_late_word_of_a_wait_that_failed_does_not_trip_over_a_call_that_is_over(
    cast: Cast, floor: Floor
) -> None:
    sid = floor.ring()
    segment = Segment.objects.get(call__sid=sid, kind="queue")
    floor.hang_up(sid)
    assert Call.objects.get(sid=sid).state == "ended"

    with transaction.atomic():
        answer = answering.queue_left(sid, segment.pk, "error")

    assert answer == [Hangup()]
    assert Call.objects.get(sid=sid).state == "ended"


@pytest.mark.parametrize("executed", [True, False])
def test_a_caller_whom_we_are_slow_to_answer_is_not_pulled_out_of_the_conference_he_enters(
    cast: Cast, executed: bool
) -> None:
    readings = Readings(enqueue_action_executed_after_redirect=executed)
    with open_floor(readings=readings) as floor:
        floor.on_duty(cast.alice)
        sid = floor.ring()
        floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
        offer = floor.pending(cast.alice)
        assert offer is not None
        floor.holds_back = lambda request: (
            "/connect/" in request.url or "/queue-left/" in request.url
        )
        leg = floor.accept(cast.alice, offer)
        floor.pass_seconds(4)
        floor.let_go()
        floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=2)
        floor.keep_beating(cast.alice)
        floor.pass_seconds(10)

        assert floor.hears(sid, leg)
        assert floor.hears(leg, sid)
        assert not Command.objects.filter(kind="redirect_call").exists()


def test_a_caller_who_is_not_in_the_queue_he_should_be_in_is_fetched_all_the_same(
    cast: Cast, floor: Floor
) -> None:
    floor.reconciles = False
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    offer = floor.pending(cast.alice)
    assert offer is not None
    Segment.objects.filter(call__sid=sid, kind="queue").update(network_queue_sid="QU" + "0" * 32)
    leg = floor.accept(cast.alice, offer)

    floor.until(lambda: Call.objects.get(sid=sid).state == "connected", within=5)
    assert floor.hears(sid, leg)
    assert Command.objects.get(kind="dequeue").outcome == "refused"
    assert Command.objects.get(kind="redirect_call").outcome == "applied"


def test_a_caller_who_comes_to_an_empty_room_has_talked_with_nobody(
    cast: Cast, floor: Floor
) -> None:
    floor.on_duty(cast.alice)
    sid = floor.ring()
    floor.until(lambda: floor.pending(cast.alice) is not None, within=30)
    offer = floor.pending(cast.alice)
    assert offer is not None
    floor.holds_back = lambda request: "/connect/" in request.url or "/queue-left/" in request.url
    leg = floor.accept(cast.alice, offer)
    floor.until(lambda: any("/connect/" in asked.url for asked in floor.requests), within=5)
    # Her line breaks while he is on his way; only the report of the line itself arrives.
    floor.fate = lambda request: 0 if "participant-leave" in str(request.params) else 1
    floor.hang_up(leg)
    floor.let_go()

    floor.until(lambda: Call.objects.get(sid=sid).state != "connecting", within=10)
    offer.refresh_from_db()
    assert offer.outcome == "lost"
    assert offer.connected_at is None
    floor.until(lambda: Call.objects.get(sid=sid).state == "queued", within=5)
    kinds = Segment.objects.filter(call__sid=sid).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["queue", "queue"], "no conversation"
    assert floor.pending(cast.alice) is None
