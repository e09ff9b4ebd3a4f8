"""I10, I11: whom of the supervisors a customer hears. Judged by the network's own truth."""

from collections.abc import Iterator

from contact_center.domain.supervising import Mode
from contact_center.models import EventLog, Leg, Supervision
from tests.universe.invariants.facts import AT_THE_LATEST, Facts, Wrong
from tests.universe.invariants.sound import HOLD_SECONDS

BARGE = Mode.BARGE.value


def heard_only_in_barge(facts: Facts) -> Iterator[Wrong]:
    """I10: the customer hears a supervisor only in barge, or as who has taken the call over.

    Who never asked for it is heard never, not for a moment. Who asked, and by now is to be silent
    again, is so within a minute whatever becomes of requests and reports.
    """
    for sid in facts.supervisors:
        if not facts.hears(sid):
            continue
        leg = Leg.objects.select_related("supervision").filter(sid=sid).first()
        stay = leg.supervision if leg is not None else None
        if stay is None or not _ever_asked(stay):
            yield Wrong(
                "I10", f"The customer hears supervisor's leg {sid}, who never asked for it."
            )
        elif not _may_be_heard(stay):
            yield Wrong(
                "I10",
                f"The customer hears supervisor's leg {sid}; stay {stay.pk} is {stay.state}, mode "
                f"{stay.mode or 'none'}, asked {stay.mode_asked or 'nothing'}.",
                AT_THE_LATEST,
                subject=sid,
            )


def _may_be_heard(stay: Supervision) -> bool:
    if stay.ended_at is not None:
        return False
    return stay.taken_over_at is not None or BARGE in (stay.mode, stay.mode_asked)


def _ever_asked(stay: Supervision) -> bool:
    if stay.taken_over_at is not None or stay.mode_asked == BARGE:
        return True
    asked = EventLog.objects.filter(call_id=stay.call_id, supervisor_id=stay.supervisor_id)
    return asked.filter(name="supervision.mode_asked", details__mode=BARGE).exists()


def held_hears_no_supervisor(facts: Facts) -> Iterator[Wrong]:
    """I11: who is on hold hears no supervisor either, in whatever mode."""
    offer = facts.row.offer if facts.row else None
    if offer is None or not offer.is_held or offer.hold_asked:
        return
    heard = [sid for sid in facts.supervisors if facts.hears(sid)]
    if not heard:
        return
    reports = facts.journal.by_conference.get(offer.conference_name, ())
    late = any(report.arrived_at is None for report in reports)
    yield Wrong(
        "I11",
        f"The caller is on hold and hears the supervisor's leg {heard[0]}.",
        AT_THE_LATEST if late else HOLD_SECONDS,
        subject="supervisor",
    )
