"""A caller is sent on."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from contact_center.models import Call, EndedBy, EventLog, Transfer
from contact_center.services import answering, ending, transferring
from contact_center.services.transitions import lock_call
from tests.under_fire.races.threads import T, all_at_once
from tests.universe.floor import Floor

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("_again", range(3))
def test_of_two_who_press_transfer_at_once_one_sends_the_caller_on(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.on_duty(cast.alice)
    call, offer, _leg = floor.conversation(cast.alice)
    all_at_once(
        *(
            lambda queue=queue: transferring.send_to_queue(
                offer=offer, agent=cast.alice, queue=queue
            )
            for queue in (cast.sales, cast.support, cast.sales)
        )
    )
    assert Transfer.objects.filter(call=call).count() == 1
    floor.until(lambda: Call.objects.get(pk=call.pk).state == "queued", within=5)
    assert EventLog.objects.filter(name="call.transferred").count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_a_caller_who_asks_where_to_go_while_reports_say_he_left_is_sent_on_once(
    floor: Floor, cast: Any, _again: int
) -> None:
    floor.on_duty(cast.alice)
    call, offer, leg = floor.conversation(cast.alice)
    transferring.send_to_queue(offer=offer, agent=cast.alice, queue=cast.sales)
    transfer = Transfer.objects.get()
    path = f"/webhooks/voice/transferred/{transfer.pk}/"
    answers = all_at_once(
        lambda: answering.answer_once(
            call_sid=call.sid,
            path=path,
            produce=lambda: answering.transferred(call.sid, transfer.pk),
        ),
        lambda: _in_one_go(
            lambda: ending.customer_left(offer, reason="participant_updated_via_api")
        ),
        lambda: _in_one_go(lambda: ending.agent_left(offer, reason="moderator_ended_conference")),
        lambda: _in_one_go(
            lambda: ending.end_call(
                lock_call(call.pk), ended_by=EndedBy.CUSTOMER, reason="customer_hung_up"
            )
        ),
    )
    state = Call.objects.get(pk=call.pk).state
    assert state in ("queued", "ended"), answers
    names = EventLog.objects.filter(call_id=call.pk).values_list("name", flat=True)
    over = [name for name in names if name in ("call.transferred", "conversation.ended")]
    assert len(over) == 1, over
    assert offer.slot.__class__.objects.get(pk=offer.slot_id).activity == "wrapping_up"
    assert leg


def _in_one_go(deed: Callable[[], T]) -> T:
    with transaction.atomic():
        return deed()
