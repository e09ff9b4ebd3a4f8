"""What is on the desks of invented agents: three queries for all of them, and nobody is asked."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils import timezone

from contact_center.domain.states import Activity, Presence
from contact_center.management.simulated.deciding import CallOnDesk, Desk
from contact_center.models import Agent, AgentSlot, Offer, OfferState


def desks_of(agent_ids: Sequence[int]) -> Mapping[int, Desk]:
    """Return each agent's desk. Whether it has the phone is known to the one who holds it."""
    now = timezone.now()
    calls = {
        offer.agent_id: _call(offer, now)
        for offer in Offer.objects.filter(
            agent_id__in=agent_ids, ended_at__isnull=True
        ).select_related("slot", "call")
    }
    not_responding = dict(
        AgentSlot.objects.filter(
            agent_id__in=agent_ids, activity=Activity.NOT_RESPONDING
        ).values_list("agent_id", "activity_since")
    )
    return {
        agent.pk: Desk(
            presence=Presence(agent.presence),
            presence_for_s=_passed(agent.presence_since, now),
            not_responding_for_s=(
                _passed(not_responding[agent.pk], now) if agent.pk in not_responding else None
            ),
            call=calls.get(agent.pk),
        )
        for agent in Agent.objects.filter(pk__in=agent_ids)
    }


def _call(offer: Offer, now: datetime) -> CallOnDesk:
    state = OfferState(offer.state)
    began = {
        OfferState.PENDING: offer.offered_at,
        OfferState.ACCEPTED: offer.accepted_at,
        OfferState.CONNECTED: offer.connected_at,
        OfferState.WRAPPING_UP: offer.conversation_ended_at,
    }
    return CallOnDesk(
        offer_id=offer.pk,
        fence=offer.fence,
        slot=offer.slot.number,
        state=state,
        for_s=_passed(began.get(state), now),
        is_held=offer.held_at is not None,
        is_pending=state is OfferState.CONNECTED
        and (bool(offer.hold_asked) or offer.hang_up_asked_at is not None),
        is_voicemail=offer.is_voicemail,
    )


def _passed(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else (now - since).total_seconds()
