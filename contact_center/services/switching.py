"""Which of an agent's conversations is in front: at most one of them is not on hold.

Theory of operation. A conversation comes to the front when its call is accepted or resumed. What
else of the same agent is not on hold is asked onto hold first, and only when the network says that
it is so does this one go on: the accepted caller is let in, the held one is resumed. Of two calls
nobody holds both locks, so each tells the other by a timer that is due at once: ``make_way`` is
about the conversation that is to be held, ``go_on`` and ``not_held`` are about the one that waits
for that (services/talking.py, connecting.py). The agent's row, locked last, keeps two that look at
each other at the same moment from both overlooking the other.

Should the network ever let two of them be heard, whoever came later stays and the other is held.
"""

from contact_center.domain.line import Kind
from contact_center.models import Agent, Offer, OfferState
from contact_center.models.prepared import Given, Prepared
from contact_center.services.timing import set_timer
from contact_center.wakeups import wake_clock

_LIVE = Prepared(
    Offer.objects.filter(
        slot__agent_id=Given("agent_id"),
        ended_at=None,
        state__in=[OfferState.ACCEPTED.value, OfferState.CONNECTED.value],
    )
    # A message that is open has nobody who hears.
    .exclude(call__kind=Kind.VOICEMAIL.value)
    .order_by("pk")
)
_AGENT = Prepared(
    Agent.objects.select_for_update(no_key=True).filter(pk=Given("pk")).values_list("pk")
)


def waits(offer: Offer) -> bool:
    """Whether ``offer`` is to come to the front and is not there yet."""
    return offer.state == OfferState.ACCEPTED or offer.hold_asked == "resume"


def is_heard(offer: Offer) -> bool:
    """Whether customer and agent of ``offer`` hear each other, as far as we know."""
    return offer.state == OfferState.CONNECTED and offer.held_at is None


def others_of(offer: Offer) -> list[Offer]:
    """Return what else the agent of ``offer`` talks in, or is about to."""
    return [other for other in _LIVE.all(agent_id=offer.agent_id) if other.pk != offer.pk]


def in_the_way_of(offer: Offer) -> list[Offer]:
    """Return the conversations that have to be on hold before ``offer`` can go on."""
    return [
        other
        for other in others_of(offer)
        if is_heard(other) or (other.state == OfferState.CONNECTED and waits(other))
    ]


def is_to_make_way(offer: Offer) -> bool:
    """Whether another conversation is to be in front of this one, or is there as well."""
    return any(
        waits(other) or (is_heard(other) and other.hold_asked != "hold")
        for other in others_of(offer)
    )


def bring_to_front(offer: Offer) -> bool:
    """Have held whatever of the agent is heard; return whether ``offer`` has to wait for that.

    Must be the last thing that is done in a transaction under ``lock_call``, but for commands.
    """
    if not others_of(offer):
        return False
    _AGENT.first(pk=offer.agent_id)
    in_the_way = in_the_way_of(offer)
    _tell("make_way", in_the_way)
    return bool(in_the_way)


def is_in_front(offer: Offer) -> None:
    """The network has just let ``offer`` be heard: whatever else of the agent is heard is held.

    Where something else waits for the front, that was wished later: this one is held.
    """
    others = others_of(offer)
    if not others:
        return
    _AGENT.first(pk=offer.agent_id)
    others = others_of(offer)
    if any(waits(other) for other in others):
        _tell("make_way", [offer])
    else:
        _tell("make_way", [other for other in others if is_heard(other)])


def gave_way(offer: Offer) -> None:
    """``offer`` is on hold or over: what waited for that goes on. Must run as bring_to_front."""
    _tell_who_waits("go_on", offer)


def stays_in_front(offer: Offer) -> None:
    """``offer`` could not be put on hold: what waited for that does not come about."""
    _tell_who_waits("not_held", offer)


def _tell_who_waits(kind: str, offer: Offer) -> None:
    if not others_of(offer):
        return
    _AGENT.first(pk=offer.agent_id)
    _tell(kind, [other for other in others_of(offer) if waits(other)])


def _tell(kind: str, offers: list[Offer]) -> None:
    for offer in offers:
        set_timer(kind, after_seconds=0, tenant_id=offer.tenant_id, offer=offer)
    if offers:
        wake_clock()
