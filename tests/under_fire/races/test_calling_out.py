"""An agent calls, and at the same moment is given a caller, presses again, or hangs up."""

from typing import Any

import pytest
from django.db import transaction

from contact_center.domain.states import Presence
from contact_center.errors import NotAllowed
from contact_center.models import Agent, Call, DialAttempt, Offer, PhoneLease
from contact_center.services import calling_out, observing, offering, presence, talking, wrapping_up
from tests.under_fire.races.threads import all_at_once
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres

CUSTOMER = "+14155550142"


def call(cast: Any, number: str = CUSTOMER) -> Offer:
    lease = PhoneLease.objects.get(agent=cast.alice)
    offer, _token = calling_out.call_out(agent=cast.alice, written=number, lease_key=lease.key)
    return offer


@pytest.mark.parametrize("_round", range(4))
def test_who_calls_while_a_caller_is_given_out_has_one_of_both(
    floor: Floor, cast: Any, _round: int
) -> None:
    floor.ring()
    floor.pass_seconds(3)
    presence.claim_phone(agent=cast.alice)
    Agent.objects.filter(pk=cast.alice.pk).update(presence=Presence.AVAILABLE)

    made, *_given = all_at_once(
        lambda: call(cast), *[lambda: offering.dispatch(cast.tenant.pk)] * 3
    )

    live = Offer.objects.get(agent=cast.alice, ended_at=None)
    assert isinstance(made, NotAllowed) == (live.state == "pending")
    assert Call.objects.filter(kind="outgoing").count() == (live.state != "pending")


def test_a_number_that_is_called_twice_at_once_is_called_once(floor: Floor, cast: Any) -> None:
    floor.on_duty(cast.alice)
    made = all_at_once(*[lambda: call(cast)] * 4)
    assert len({offer.pk for offer in made}) == 1  # type: ignore[union-attr]
    assert (Call.objects.count(), DialAttempt.objects.count()) == (1, 1)


def test_of_answer_and_hanging_up_in_one_instant_both_see_the_same(floor: Floor, cast: Any) -> None:
    for round_ in range(6):
        floor.on_duty(cast.alice)
        lease = PhoneLease.objects.get(agent=cast.alice)
        offer, token = calling_out.call_out(
            agent=cast.alice, written=f"+1415555013{round_}", lease_key=lease.key
        )
        floor.connect_browser(cast.alice, token)
        floor.until(lambda offer=offer: Call.objects.get(pk=offer.call_id).has_leg, within=10)  # type: ignore[misc]
        offer = Offer.objects.select_related("call").get(pk=offer.pk)

        @transaction.atomic
        def answer(offer: Offer = offer) -> None:
            observing.joined(offer, call_sid=offer.call.sid, conference_sid=offer.conference_sid)

        def hang_up(offer: Offer = offer) -> None:
            talking.hang_up(offer=offer, agent=cast.alice)

        all_at_once(answer, hang_up)
        floor.pass_seconds(5)
        offer.refresh_from_db()
        call_ = Call.objects.get(pk=offer.call_id)
        assert call_.state == "ended"
        assert floor.network.live_legs == 0
        attempt = DialAttempt.objects.get(call=call_)
        assert attempt.outcome in ("cancelled", "reached")
        # Who was spoken to is wrapped up; who was not is not.
        assert offer.state == ("wrapping_up" if attempt.outcome == "reached" else "ended")
        if offer.state == "wrapping_up":
            wrapping_up.finish(offer=offer, agent=cast.alice)
        assert cast.alice.slots.get().activity == "idle"
