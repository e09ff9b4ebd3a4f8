"""Which agent a caller knows: who answered him last, and is there to answer him again."""

from datetime import datetime, timedelta

from contact_center.domain.telephone_numbers import known_number
from contact_center.models import WHO_CAN_BE_RUNG, Call, Offer, OfferOutcome, QueueMember

#: After so long nobody remembers whom they spoke with.
REMEMBERED = timedelta(days=7)


def last_agent_of(call: Call, queue_id: int, now: datetime) -> int | None:
    """Return the agent who spoke with this caller last, when on duty in the queue; else None.

    Only the very last one: whoever spoke with him before that knows less. A withheld number was
    never here before.
    """
    number = known_number(call.from_number)
    if not number:
        return None
    spoken = Offer.objects.filter(
        call__tenant_id=call.tenant_id,
        call__from_number__in={number, call.from_number},
        outcome=OfferOutcome.HANDLED,
        offered_at__gte=now - REMEMBERED,
    )
    agent_id = spoken.order_by("-offered_at", "-pk").values_list("agent_id", flat=True).first()
    if agent_id is None:
        return None
    serves = QueueMember.objects.filter(WHO_CAN_BE_RUNG, queue_id=queue_id, agent_id=agent_id)
    return agent_id if serves.exists() else None
