"""I11, I19: what a caller hears. Computed from the network itself, not from what we believe."""

from collections.abc import Iterator

from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World as NetworkInside
from tests.universe.invariants.facts import AT_THE_LATEST, Facts, Wrong, is_supervisor
from tests.universe.invariants.journal import Webhook

#: A caller hears nothing for so long at most.
SILENT_SECONDS = 5.0
#: A hold that was asked for and reported is as the network has it within so long.
HOLD_SECONDS = 2.0


def never_silence(facts: Facts) -> Iterator[Wrong]:
    """I19: a caller is never left in silence.

    Five seconds count from the arrival of the webhook that tells us of it; where it never arrives
    the minute counts in which we find out by ourselves.
    """
    if hears_something(facts.inside, facts.leg) or facts.journal.under_way(facts.sid):
        return
    if facts.in_a_room:
        return  # whoever stays behind when the others leave knows why it is quiet
    reports = _reports_concerned(facts)
    if any(report.arrived_at is None and report.answered_at is None for report in reports):
        return  # we do not know yet; its delay is a fault's
    lost = any(report.arrived_at is None for report in reports)
    told = [report.arrived_at for report in reports if report.arrived_at is not None]
    where = facts.leg.place
    doing = facts.row.state if facts.row else "unknown to us"
    yield Wrong(
        "I19",
        f"The caller hears nothing: in the network's {where}, {doing}"
        + (" (a report of it was lost)" if lost else ""),
        AT_THE_LATEST if lost else SILENT_SECONDS,
        subject=f"silence {int(max(told, default=0.0))} {lost}",
    )


def hears_something(inside: NetworkInside, leg: Leg) -> bool:
    """Whether a leg hears a ringing tone, a clip, music, somebody, or is waited for."""
    if leg.over or leg.answered_at is None or leg.bridged_to is not None:
        return True
    if any(sid == leg.sid for sid, _token in inside.audio_ends):
        return True
    if leg.participant is not None:
        conference = inside.conferences[leg.participant.conference_sid]
        # Who mutes himself is silent by his own choice; who only listens is nobody to the caller.
        others = [one.leg_sid for one in conference.connected if one.leg_sid != leg.sid]
        somebody = any(
            not is_supervisor(inside, sid) or conference.hears(leg.sid, sid) for sid in others
        )
        if conference.running and somebody and not leg.participant.hold:
            return True
    activity = leg.script.activity if leg.script else None
    # Who is asked for keys, or speaks a message, is waited for.
    return type(activity).__name__ in {"_Gathering", "_Recording"}


def _reports_concerned(facts: Facts) -> list[Webhook]:
    """Return the reports about the caller's conference and about the legs that were in it."""
    if not facts.conference_name:
        return []
    reports = list(facts.journal.by_conference.get(facts.conference_name, ()))
    legs = {report.request.leg_sid for report in reports if report.request.leg_sid}
    for leg_sid in sorted(leg for leg in legs if leg and leg != facts.sid):
        reports += [
            report
            for report in facts.journal.by_leg.get(leg_sid, ())
            if report.request.purpose == "status"
        ]
    return reports


def no_application_error(facts: Facts, *, excused: set[str]) -> Iterator[Wrong]:
    """I19: no caller hears "an application error has occurred"."""
    if facts.leg.error is not None and facts.sid not in excused:
        code, message = facts.leg.error
        yield Wrong("I19", f'The caller hears "application error" ({code}: {message}).')


def held_hears_nobody(facts: Facts) -> Iterator[Wrong]:
    """I11: who is on hold on the agent's desk is on hold in the network, and nobody is forgotten.

    While a change is asked for and not confirmed the desk shows both, and nothing is judged.
    """
    offer = facts.row.offer if facts.row else None
    participant = facts.leg.participant
    if offer is None or participant is None or offer.state != "connected" or offer.hold_asked:
        return
    if facts.conference_name != offer.conference_name or participant.hold == offer.is_held:
        return
    reports = [
        report
        for report in facts.journal.by_conference.get(offer.conference_name, ())
        if report.form.get("StatusCallbackEvent") in ("participant-hold", "participant-unhold")
    ]
    late = any(report.arrived_at is None for report in reports)
    if offer.is_held:
        sentence = "The desk says on hold; the caller hears the agent and is heard."
    else:
        sentence = "The desk says talking; the caller is on hold, with music."
    yield Wrong("I11", sentence, AT_THE_LATEST if late else HOLD_SECONDS, subject="hold")
