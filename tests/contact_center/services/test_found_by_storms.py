"""What `make storm` found once, told as stories of people; each has its line in the changelog."""

from django.db import transaction

from contact_center.models import Call, Segment, Timer
from contact_center.services import answering
from contact_center.telephony.instructions import Hangup
from tests.cast import Cast
from tests.universe.floor import Floor


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
