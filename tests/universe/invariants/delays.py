"""By how much the faults of a universe have delayed a call: seconds that count against nobody.

In virtual time our site answers at once and the clock sends at once. Whatever time a request for
instructions spent on its way, and a command between being asked and its outcome, was therefore
added by a fault. So was the time in which the reconciler waited for answers that never came: who is
lost without reports waits for it.
"""

from datetime import UTC, datetime

from django.db.models import Q

from contact_center.models import Call, Command
from tests.universe.invariants.journal import Journal

#: The part of a clock that compares everything with the network.
RECONCILER = "reconcile"


def injected_delay(
    journal: Journal, sid: str, since: float, now: float, *, skew: float = 0.0
) -> float:
    """Return the seconds that faults have added to what concerns this call since ``since``.

    ``skew`` is by how much the clock of our machine, which dates the commands, is ahead of true
    time.
    """
    asked = sum(
        max(0.0, min(webhook.answered_at or now, now) - max(webhook.at, since))
        for webhook in journal.by_leg.get(sid, ())
        if not webhook.is_report and (webhook.answered_at or now) > since
    )
    return asked + _commands(sid, since + skew, now + skew) + _reconciler(journal, since, now)


def _reconciler(journal: Journal, since: float, now: float) -> float:
    """Return for how long the reconciler, of any clock, waited for what never came."""
    total, counted = 0.0, since
    waits = [
        (rest.at, min(rest.until, now))
        for rest in journal.rests
        if rest.fault and rest.asker == RECONCILER and rest.until > since
    ]
    for began, until in sorted(waits):
        total += max(0.0, until - max(began, counted))
        counted = max(counted, until)
    return total


def _commands(sid: str, since: float, now: float) -> float:
    call = Call.objects.filter(sid=sid).values_list("pk", flat=True).first()
    if call is None:
        return 0.0
    total = 0.0
    about = Command.objects.filter(Q(call_id=call) | Q(offer__call_id=call))
    late = Q(outcome_at=None) | Q(outcome_at__gte=datetime.fromtimestamp(since, UTC))
    for asked_at, outcome_at in about.filter(late).values_list("asked_at", "outcome_at"):
        until = outcome_at.timestamp() if outcome_at else now
        total += max(0.0, min(until, now) - max(asked_at.timestamp(), since))
    return total
