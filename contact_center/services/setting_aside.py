"""Reports that were not applied are set aside, where people see them; and what people do then.

Setting one aside is told at once: an event (metrics count it, the story of its call shows it) and
a line in the log. An admin may have it tried again or let it go; each is an event, too.
"""

import contextlib
import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    TO_LOOK_AT,
    Call,
    Job,
    Leg,
    Offer,
    PhoneNumber,
    RawWebhook,
    SetAside,
    Tenant,
    User,
)
from contact_center.selectors.access import reports_of
from contact_center.services import heavy_work
from contact_center.wakeups import wake_clock

logger = logging.getLogger(__name__)

_SAID = {
    SetAside.FAILED: (logging.ERROR, "could not be applied; RETRY_FAILED is off"),
    SetAside.ABANDONED: (logging.ERROR, "was given up"),
    SetAside.QUARANTINED: (logging.WARNING, "can never be applied"),
    SetAside.UNCLAIMED: (logging.INFO, "is about no call of ours"),
}


def set_aside(report: RawWebhook, why: SetAside, problem: str) -> None:
    """Take ``report`` out of the line; ``problem`` is a sentence or what was raised.

    Must run in the transaction that holds the report's row, or that writes it first.
    """
    report.set_aside = why
    report.set_aside_at = timezone.now()
    report.next_attempt_at = None
    report.problem = problem[:2000]
    report.tenant, call_id = whose(report)
    report.save()
    level, what = _SAID[why]
    logger.log(level, "Report %s (%s) %s: %s", report.pk, report.kind, what, report.problem)
    if report.tenant is not None:
        record(
            ev.ReportSetAside(
                tenant_id=report.tenant.pk,
                call_id=call_id,
                kind=report.kind,
                why=why.value,
                report_id=report.pk,
                attempts=report.attempts,
            )
        )


def whose(report: RawWebhook) -> tuple[Tenant | None, int | None]:
    """Return the organisation a report is about and the call, as far as either can be told.

    By its call, its leg or its conference; else by the number that was rung; else it belongs to
    the only organisation there is. Of several nobody is shown what may be another's.
    """
    calls = Call.objects.select_related("tenant")
    sids = [report.sid, str(report.payload.get("CallSid", ""))]
    call = calls.filter(sid__in=sids).first()
    if call is None:
        leg = Leg.objects.select_related("offer", "supervision").filter(sid__in=sids).first()
        about = leg.offer or leg.supervision if leg is not None else _offer_of(report)
        call = calls.filter(pk=about.call_id).first() if about is not None else None
    if call is not None:
        return call.tenant, call.pk
    rung = [str(report.payload.get(name, "")) for name in ("To", "Called")]
    numbers = PhoneNumber.objects.select_related("tenant").filter(e164__in=rung)
    found = {number.tenant for number in numbers} or set(Tenant.objects.all()[:2])
    return (found.pop() if len(found) == 1 else None), None


def _offer_of(report: RawWebhook) -> Offer | None:
    name = str(report.payload.get("FriendlyName", ""))
    key = conference_key(name)
    return Offer.objects.filter(conference_key=key).first() if key else None


def conference_key(name: str) -> str | None:
    """Return the key in a conference's name ("c-" and 32 hexadecimal digits); None for others."""
    key = name.removeprefix("c-")
    is_ours = name.startswith("c-") and len(key) == 32
    return key if is_ours and all(letter in "0123456789abcdef" for letter in key) else None


# --- what people do -------------------------------------------------------------------------------


@transaction.atomic
def try_again(*, report_id: int, actor: User) -> None:
    """Put a report back into the line, as if it had just come.

    Raises NotAllowed when it is not set aside (any more) in the actor's organisation.
    """
    report = _set_aside_for(actor, report_id, SetAside.values)
    report.set_aside, report.set_aside_at = "", None
    report.attempts, report.next_attempt_at = 0, timezone.now()
    report.save()
    _record(ev.ReportTriedAgain, report, actor)
    wake_clock()


@transaction.atomic
def drop(*, report_id: int, actor: User) -> None:
    """Let a report go: it stays in the table and in nobody's way, and may yet be tried again.

    Raises NotAllowed when it is not set aside (any more) in the actor's organisation.
    """
    still = [why for why in SetAside.values if why != SetAside.DROPPED]
    report = _set_aside_for(actor, report_id, still)
    report.set_aside, report.set_aside_at = SetAside.DROPPED, timezone.now()
    report.save()
    _record(ev.ReportDropped, report, actor)


def try_all_again(*, actor: User) -> None:
    """Have every report tried again that somebody should look at. There may be thousands: a job.

    What is set aside after this moment is not among them.
    """
    heavy_work.ask(
        "try_all_again",
        tenant=actor.tenant,
        actor_id=actor.pk,
        before=timezone.now().isoformat(),
    )


@heavy_work.on_job("try_all_again")
def _try_all_again(job: Job, time_left: heavy_work.TimeLeft) -> bool:
    before = datetime.fromisoformat(job.params["before"])
    actor = User.objects.get(pk=job.params["actor_id"])
    waiting = RawWebhook.objects.filter(
        reports_of(actor), set_aside__in=TO_LOOK_AT, set_aside_at__lte=before
    )
    for report_id in waiting.order_by("received_at", "pk").values_list("pk", flat=True):
        if time_left.is_over():
            return False
        # Somebody may have dealt with this one meanwhile.
        with contextlib.suppress(NotAllowed):
            try_again(report_id=report_id, actor=actor)
    return True


def _set_aside_for(actor: User, report_id: int, among: list[str]) -> RawWebhook:
    """Return the report, locked. One that the actor may not see is as good as none."""
    report = (
        RawWebhook.objects.select_for_update(no_key=True)
        .filter(reports_of(actor), pk=report_id, set_aside__in=among)
        .first()
    )
    if report is None:
        raise NotAllowed(_("This report is not set aside any more. Load the page again."))
    return report


def _record(
    event: type[ev.ReportTriedAgain] | type[ev.ReportDropped], report: RawWebhook, actor: User
) -> None:
    _owner, call_id = whose(report)
    if report.tenant is not None:
        record(
            event(
                tenant_id=report.tenant.pk,
                call_id=call_id,
                actor_id=actor.pk,
                kind=report.kind,
                report_id=report.pk,
            )
        )
