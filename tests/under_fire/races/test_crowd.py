"""Everything at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.domain.states import Presence
from contact_center.models import Agent, Call, Offer, PhoneLease, RawWebhook
from contact_center.services import offering, presence
from contact_center.services.transitions import lock_call
from tests.under_fire.races.threads import all_at_once, crowd, signed, time_runs_out
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


def test_breaks_dispatches_and_hang_ups_in_a_crowd_never_stop_each_other(
    floor: Floor, cast: Any
) -> None:
    agents = crowd(cast, 6)
    keys = {agent.pk: PhoneLease.objects.get(agent=agent).key for agent in agents}
    sids = [floor.ring(from_=f"+1415555{n:04}") for n in range(6)]

    def breaks(agent: Agent) -> Callable[[], None]:
        def come_and_go() -> None:
            for _ in range(4):
                presence.set_presence(agent=agent, presence=Presence.BREAK, reason="lunch")
                presence.set_presence(
                    agent=agent, presence=Presence.AVAILABLE, lease_key=keys[agent.pk]
                )
                presence.beat(agent=agent, lease_key=keys[agent.pk])

        return come_and_go

    def dispatch_often() -> None:
        for _ in range(6):
            offering.dispatch(cast.tenant.pk)
            presence.notice_silent_phones(timezone.now())

    def leaves(sid: str) -> Callable[[], tuple[int, bytes]]:
        return signed("/webhooks/status/", CallSid=sid, CallStatus="completed")

    all_at_once(
        *[breaks(agent) for agent in agents],
        *[dispatch_often] * 2,
        *[leaves(sid) for sid in sids[:4]],
        time_runs_out,
    )
    assert Call.objects.filter(sid__in=sids[:4], state="ended").count() == 4
    assert not RawWebhook.objects.filter(applied_at=None).exists()
    for agent in agents:
        live = Offer.objects.filter(agent=agent, ended_at=None).count()
        assert live <= 1
        assert (agent.slots.get().activity == "ringing") == (live == 1)


def test_a_stale_copy_of_a_call_moves_nothing(floor: Floor, cast: Any) -> None:
    """Whoever read the call before it moved waits for its row and then sees where it is."""
    sid = floor.ring()
    call = Call.objects.get(sid=sid)
    with transaction.atomic():
        assert lock_call(call.pk).state == "queued"
    floor.hang_up(sid)
    with transaction.atomic():
        assert lock_call(call.pk).state == "ended"
