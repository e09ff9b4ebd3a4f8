"""I1, I3, I6: call, offer and slot tell one story; one agent leg; nothing goes back."""

from collections.abc import Iterator

from contact_center.models import OfferState
from contact_center.simulator.core.legs import FINAL
from tests.universe.invariants.facts import Facts, Wrong, is_supervisor
from tests.universe.invariants.rows import CallRow, OfferRow

#: Of a call in such a state exactly one offer is live (besides those being wrapped up), like this.
OFFER_OF = {
    "offered": OfferState.PENDING.value,
    "connecting": OfferState.ACCEPTED.value,
    "connected": OfferState.CONNECTED.value,
    "on_hold": OfferState.CONNECTED.value,
}
#: What a slot does whose offer is in such a state.
ACTIVITIES_OF = {
    "pending": ("ringing",),
    "accepted": ("connecting",),
    "connected": ("on_call", "on_hold"),
    "wrapping_up": ("wrapping_up",),
}
#: An offer moves along these and never back.
ORDER = ("pending", "accepted", "connected", "wrapping_up")


def one_owner(facts: Facts) -> Iterator[Wrong]:
    """I1: one live offer for a stay and a slot, and call, offer and slot say the same."""
    row = facts.row
    if row is None:
        return
    held = [offer for offer in row.offers if offer.state != "wrapping_up"]
    if len({offer.segment_id for offer in row.offers}) < len(row.offers):
        yield Wrong("I1", "One stay of the call is offered twice at once.")
    if len({offer.slot_id for offer in row.offers}) < len(row.offers):
        yield Wrong("I1", "One slot has the call twice at once.")
    if len(held) > 1:
        agents = " and ".join(f"agent {offer.agent_id} ({offer.state})" for offer in held)
        yield Wrong("I1", f"Two agents have the call at once: {agents}.")
    expected = OFFER_OF.get(row.state)
    states = [offer.state for offer in held]
    if states != ([expected] if expected else []):
        found = ", ".join(states) or "none"
        wanted = f"one that is {expected}" if expected else "none"
        yield Wrong(
            "I1", f"The call is {row.state}, so {wanted} of its offers lives; it is {found}."
        )
    for offer in row.offers:
        yield from _slot_agrees(row, offer)


def _slot_agrees(row: CallRow, offer: OfferRow) -> Iterator[Wrong]:
    allowed = ACTIVITIES_OF[offer.state]
    if offer.activity not in allowed:
        yield Wrong(
            "I1",
            f"Offer {offer.pk} is {offer.state}, but its agent's slot is {offer.activity}.",
        )
    elif offer.state == "connected" and (
        len({row.state == "on_hold", offer.activity == "on_hold", offer.is_held}) != 1
    ):
        yield Wrong(
            "I1",
            f"The call is {row.state}, the slot {offer.activity}, and the offer "
            f"{'held' if offer.is_held else 'not held'}.",
        )


def one_agent_leg(facts: Facts) -> Iterator[Wrong]:
    """I3: in the conference of an offer there is one agent at most."""
    names = {offer.conference_name for offer in facts.row.offers} if facts.row else set()
    if facts.conference_name:
        names.add(facts.conference_name)
    for name in sorted(names):
        conference = facts.inside.live_rooms.get((facts.leg.account_sid, name))
        if conference is None or not name.startswith("c-"):
            continue
        agents = [
            one.leg_sid
            for one in conference.connected
            if one.leg_sid != facts.sid and not is_supervisor(facts.inside, one.leg_sid)
        ]
        if len(agents) > 1:
            yield Wrong("I3", f"{len(agents)} agents' legs are in one conference: {agents}.")


def nothing_goes_back(facts: Facts) -> Iterator[Wrong]:
    """I6: what is over stays over, and an offer never returns to an earlier state."""
    row, before = facts.row, facts.before
    if before is None:
        return
    if row is None:
        if before.of_kind == "callback" and not before.is_ended:
            return  # nobody was reached by this leg; the next attempt has another one
        yield Wrong("I6", f"The call was {before.state} and is not in our database any more.")
        return
    if before.is_ended:
        changed = _differences(before, row)
        if changed:
            yield Wrong("I6", f"The call had ended, and changed afterwards: {changed}.")
    if row.offers_made < before.offers_made:
        yield Wrong(
            "I6", f"The call was offered {before.offers_made} times, now {row.offers_made} times."
        )
    if before.network_status in FINAL and row.network_status != before.network_status:
        yield Wrong(
            "I6",
            f"The network's last word was {before.network_status}; now we believe "
            f"{row.network_status or 'nothing'}.",
        )
    states = {offer.pk: offer.state for offer in before.offers}
    fences = [offer.fence for offer in before.offers]
    for offer in row.offers:
        was = states.get(offer.pk)
        if was is not None and ORDER.index(offer.state) < ORDER.index(was):
            yield Wrong("I6", f"Offer {offer.pk} went back from {was} to {offer.state}.")
        if was is None and fences and offer.fence <= min(fences):
            yield Wrong("I6", f"Offer {offer.pk} had ended and lives again.")


def _differences(before: CallRow, row: CallRow) -> str:
    watched = ("state", "is_ended", "ended_by", "end_reason", "offers_made")
    changed = [
        f"{name} {getattr(before, name)!r} → {getattr(row, name)!r}"
        for name in watched
        if getattr(before, name) != getattr(row, name)
    ]
    return ", ".join(changed)
