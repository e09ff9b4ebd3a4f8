"""The site was away for a while: nobody who is still there may look gone because of it."""

import threading
from datetime import timedelta
from typing import Any

from django.utils import timezone

from contact_center.clock import Clock
from contact_center.models import PhoneLease
from contact_center.services import presence
from tests.universe.floor import Floor


def test_after_our_own_restart_a_desk_has_half_a_minute_to_be_heard_again(
    floor: Floor, cast: Any
) -> None:
    floor.on_duty(cast.alice)
    PhoneLease.objects.filter(agent=cast.alice).update(
        heard_at=timezone.now() - timedelta(minutes=10)  # the site was down
    )
    stopped = threading.Event()
    stopped.set()
    Clock().run(stopped)  # a clock starts, and is stopped before its first tick

    now = timezone.now()
    assert presence.notice_silent_phones(now + timedelta(seconds=29)) == 0
    cast.alice.refresh_from_db()
    assert cast.alice.presence == "available"
    assert presence.notice_silent_phones(now + timedelta(seconds=31)) == 1


def test_a_restart_does_not_bring_back_who_was_silent_before(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    floor.pass_seconds(20)
    silent = PhoneLease.objects.get(agent=cast.alice)
    assert silent.silent_since is not None
    presence.grant_grace()
    after = PhoneLease.objects.get(agent=cast.alice)
    assert (after.silent_since, after.heard_at) == (silent.silent_since, silent.heard_at)
