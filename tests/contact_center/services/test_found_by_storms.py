"""What `make storm` found once, told as stories of people; each has its line in the changelog."""

from contact_center.models import Timer
from tests.cast import Cast
from tests.universe.floor import Floor


def test_a_lost_agents_call_leaves_no_alarm_behind(cast: Cast, floor: Floor) -> None:
    floor.on_duty(cast.alice)
    _call, offer, leg = floor.conversation(cast.alice)

    floor.hang_up(leg)
    floor.until(lambda: type(offer).objects.get(pk=offer.pk).outcome == "lost", within=10)

    assert not Timer.objects.filter(offer=offer, kind="longest").exists()
    assert not Timer.objects.filter(offer=offer).exclude(kind__in=["leg_check", "return_check"])
