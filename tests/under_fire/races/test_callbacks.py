"""Callbacks: asked for, and given out, by several at once."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.states import Presence
from contact_center.models import Agent, Call, Offer, Segment
from contact_center.services import answering, offering, presence
from contact_center.services.receiving import receive_call
from tests.under_fire.races.threads import all_at_once
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


def may_be_called_back(cast: Any) -> None:
    cast.support.callback_key = "1"
    cast.support.callback_from_hour, cast.support.callback_until_hour = 0, 24
    cast.support.save()


def test_of_two_who_ask_for_one_number_at_once_one_call_is_made(floor: Floor, cast: Any) -> None:
    may_be_called_back(cast)
    for round_ in range(4):
        number = f"+1415555016{round_}"
        sids = [floor.ring(from_=number) for _ in range(2)]
        floor.pass_seconds(3)
        for sid in sids:
            floor.press(sid, "1")
        stays = {stay.call.sid: stay for stay in Segment.objects.filter(call__sid__in=sids)}

        def confirm(sid: str, stays: dict[str, Segment] = stays) -> None:
            with transaction.atomic():
                turn = Call.objects.get(sid=sid).turn + 1
                answering.wait_key(sid, stays[sid].pk, turn, "1")

        all_at_once(*(lambda sid=sid: confirm(sid) for sid in sids))  # type: ignore[misc]
        made = Call.objects.filter(kind="callback", from_number=number)
        assert made.count() == 1
        assert set(Call.objects.filter(sid__in=sids).values_list("end_reason", flat=True)) == {
            "called_back"
        }


def test_who_rings_while_his_callback_is_given_out_is_served_once(floor: Floor, cast: Any) -> None:
    may_be_called_back(cast)
    for round_ in range(4):
        number = f"+1415555017{round_}"
        sid = floor.ring(from_=number)
        floor.pass_seconds(3)
        for _key in range(2):
            floor.press(sid, "1")
        floor.pass_seconds(8)
        callback = Call.objects.get(kind="callback", from_number=number)
        presence.claim_phone(agent=cast.alice)
        Agent.objects.filter(pk=cast.alice.pk).update(presence=Presence.AVAILABLE)
        again = f"CA{round_:032d}"

        def ring(number: str = number, again: str = again) -> None:
            with transaction.atomic():
                receive_call(
                    sid=again,
                    account_sid=current().twilio.account_sid,
                    from_number=number,
                    to_number="+14155550102",
                )

        all_at_once(ring, lambda: offering.dispatch(cast.tenant.pk))
        callback.refresh_from_db()
        assert (callback.state, callback.end_reason) == ("ended", "callback_called_again")
        assert not Offer.objects.filter(call=callback, ended_at=None).exists()
        assert cast.alice.slots.get().activity == "idle"
        Agent.objects.filter(pk=cast.alice.pk).update(presence=Presence.OFFLINE)
        Call.objects.filter(sid=again).update(state="ended", ended_at=timezone.now())
        Segment.objects.filter(call__sid=again).update(ended_at=timezone.now())
