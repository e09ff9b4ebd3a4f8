"""What belongs to no single call: agents who are stuck, and legs that nobody has."""

from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef

from contact_center.domain.states import Activity
from contact_center.models import AgentSlot, Leg, Offer, OfferState, SupervisionState
from contact_center.simulator.core import legs as network
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.facts import AT_THE_LATEST, Wrong

FREE = (Activity.IDLE.value, Activity.NOT_RESPONDING.value)
#: States of an offer in which its agent's leg has something to do.
WITH_A_LEG = (OfferState.ACCEPTED.value, OfferState.CONNECTED.value)
#: States of a supervisor's stay in which there is somebody to listen to.
WITH_A_CONVERSATION = (SupervisionState.JOINING.value, SupervisionState.LIVE.value)


def of_the_floor(
    inside: NetworkInside, agents_legs: Sequence[network.Leg]
) -> Iterator[tuple[str, list[Wrong]]]:
    """Yield what is wrong about agents' slots and agents' legs, by whom it is wrong about."""
    yield "slots", list(stuck_slots())
    yield from orphan_legs(agents_legs)


def stuck_slots() -> Iterator[Wrong]:
    """I1: a slot that is busy is so with a live offer."""
    live = Offer.objects.filter(slot=OuterRef("pk"), ended_at=None)
    busy = AgentSlot.objects.exclude(activity__in=FREE).exclude(Exists(live))
    for pk, agent_id, activity in busy.values_list("pk", "agent_id", "activity"):
        yield Wrong(
            "I1", f"Agent {agent_id} is {activity} with no offer, for ever.", subject=str(pk)
        )


def orphan_legs(agents_legs: Sequence[network.Leg]) -> Iterator[tuple[str, list[Wrong]]]:
    """I3: a leg that no live offer and no supervisor's stay has is over within a minute."""
    if not agents_legs:
        return
    states = {
        sid: (offer, stay)
        for sid, offer, stay in Leg.objects.filter(
            sid__in=[leg.sid for leg in agents_legs]
        ).values_list("sid", "offer__state", "supervision__state")
    }
    for leg in agents_legs:
        state, stay = states.get(leg.sid, (None, None))
        orphan = state not in WITH_A_LEG and (state is not None or stay not in WITH_A_CONVERSATION)
        sentence = (
            f"A browser's leg goes on; its offer is {state or 'none'}, its stay {stay or 'none'}."
        )
        yield leg.sid, [Wrong("I3", sentence, AT_THE_LATEST)] if orphan else []
