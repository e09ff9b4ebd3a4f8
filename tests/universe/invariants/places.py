"""I2, I4, I5: where a caller is, who looks after him, and that his call ends once and truly."""

from collections.abc import Iterator

from django.db.models import Q

from contact_center.models import Command, CommandOutcome, Timer
from tests.universe.invariants.facts import AT_THE_LATEST, Facts, Wrong
from tests.universe.invariants.rows import CallRow

#: A caller may be without anybody who looks after him for so long.
UNOWNED_SECONDS = 30.0
#: What our database may say of a caller who is in such a place of the network.
STATES_IN = {
    "queue": ("queued", "offered", "connecting"),
    "instructions": ("arrived", "in_menu", "leaving", "outside", "transferring"),
}
WAITING = STATES_IN["queue"]


def in_one_place(facts: Facts) -> Iterator[Wrong]:
    """I2: a caller is in one place, and our database agrees within a minute."""
    leg, row = facts.leg, facts.row
    if leg.participant is not None and leg.membership is not None:
        yield Wrong("I2", "The network has the caller in a queue and in a conference at once.")
    if row is None:
        if not leg.over:
            yield Wrong("I2", "Our database does not know the caller.", AT_THE_LATEST)
        return
    if not row.is_ended and row.segment_id is None:
        yield Wrong("I2", f"The call is {row.state} and its stays are all over.")
    if leg.over:
        if not row.is_ended:
            yield Wrong(
                "I2",
                f"The caller is gone; our database still has the call as {row.state}.",
                AT_THE_LATEST,
                since=leg.ended_at,
                subject="gone",
            )
        return
    if row.is_ended:
        return  # I5 says it
    problem = _elsewhere(facts, row)
    if problem:
        yield Wrong("I2", problem, AT_THE_LATEST, subject="place")


def _elsewhere(facts: Facts, row: CallRow) -> str:
    """Say how the network's place of the caller differs from ours; "" when it does not."""
    place = facts.leg.place
    if place == "queue":
        assert facts.leg.membership is not None
        name = facts.leg.membership.queue.friendly_name
        if row.state not in WAITING:
            return f"The caller waits in the network's {name}; our database says {row.state}."
        if name != f"q_{row.segment_queue_id}":
            return f"The caller waits in the network's {name}, and in our q_{row.segment_queue_id}."
        return ""
    if place == "conference":
        name = facts.conference_name
        if facts.in_a_room:
            return "" if row.state == "in_room" else f"In {name}, our database says {row.state}."
        offer = row.offer
        if offer is None or offer.conference_name != name or offer.state != "connected":
            held = f"{row.state} with {offer.state if offer else 'no'} offer"
            return f"The caller is in conference {name}; our database says {held}."
        return ""
    if row.state not in STATES_IN["instructions"]:
        return f"The caller hears instructions; our database says {row.state}."
    return ""


def has_an_owner(facts: Facts) -> Iterator[Wrong]:
    """I4: somebody looks after every live caller: the line's heartbeat, an agent, or a timer."""
    if facts.leg.over or facts.partners or facts.in_a_room or _network_will_ask(facts):
        return
    row = facts.row
    if row is not None and _we_will_look(row):
        return
    where = f"our database says {row.state}" if row else "our database does not know him"
    yield Wrong(
        "I4",
        f"Nobody looks after the caller: in the network's {facts.leg.place}, {where}.",
        UNOWNED_SECONDS,
    )


def _network_will_ask(facts: Facts) -> bool:
    """Whether the network has asked for instructions lately, so that it will ask again."""
    asked = [
        webhook for webhook in facts.journal.by_leg.get(facts.sid, ()) if not webhook.is_report
    ]
    if not asked:
        return False
    last = max(asked[-1].at, asked[-1].answered_at or facts.now)
    in_conference = facts.leg.place == "conference"
    return not in_conference and facts.now - last < UNOWNED_SECONDS


def _we_will_look(row: CallRow) -> bool:
    """Whether a timer runs or a command waits that concerns the caller."""
    offers = [offer.pk for offer in row.offers]
    about = Q(call_id=row.pk) | Q(offer_id__in=offers)
    if Timer.objects.filter(about).exclude(kind__in=("longest", "wrap_up")).exists():
        return True
    return Command.objects.filter(about, outcome=CommandOutcome.WAITING).exists()


def ends_once(facts: Facts) -> Iterator[Wrong]:
    """I5: a call has ended only when the caller's leg has, and says who ended it and why."""
    row = facts.row
    if row is None:
        return
    if row.is_ended != (row.state == "ended"):
        yield Wrong(
            "I5", f"The call is {row.state} and {'has' if row.is_ended else 'has not'} ended."
        )
    if not row.is_ended:
        return
    if not facts.leg.over:
        yield Wrong(
            "I5",
            f"Our database ended the call ({row.ended_by}, {row.end_reason}); the caller is still "
            f"on the line, in the network's {facts.leg.place}.",
        )
    if not row.ended_by or not row.end_reason:
        yield Wrong("I5", f"The call ended by {row.ended_by!r} because of {row.end_reason!r}.")
    if row.segment_id is not None:
        yield Wrong("I5", f"The call has ended, and its stay in {row.kind} has not.")
