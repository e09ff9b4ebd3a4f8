"""What the network reports is stored raw first, then applied; twice is the same as once.

A report of a call we do not know (yet) stays in the table and is applied when its call appears.
One that cannot be applied after MOST_ATTEMPTS is set aside with its problem; nothing is retried
for ever and nothing is thrown away.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from contact_center.conf import current
from contact_center.models import Call, Leg, Offer, RawWebhook
from contact_center.services import observing

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
#: A report of an unknown call waits so long for its call to appear.
KEEP_UNKNOWN = timedelta(hours=1)


def receive_report(kind: str, path: str, params: Mapping[str, str]) -> None:
    """Keep a report as it came, and apply it. The very same bytes a second time do nothing.

    What cannot be applied now (an unknown call, something we stumble over) stays and is tried
    again by the clock.
    """
    clean = {key: value.replace("\x00", "") for key, value in params.items()}
    text = json.dumps(clean, sort_keys=True)
    report = RawWebhook(
        kind=kind,
        sid=clean.get("ConferenceSid" if kind == "conference" else "CallSid", "")[:34],
        payload=clean,
        digest=hashlib.sha256(f"{path}\n{text}".encode("utf-8", "surrogatepass")).hexdigest(),
        received_at=timezone.now(),
        applied_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            if not _try(report):
                RawWebhook.objects.filter(pk=report.pk).update(applied_at=None)
    except IntegrityError:
        logger.debug("a report of %s came again", report.sid)


def apply_report(pk: int) -> bool:
    """Apply one stored report; return whether it was applied (now or by somebody else)."""
    with transaction.atomic():
        report = RawWebhook.objects.select_for_update(no_key=True).get(pk=pk)
        if report.applied_at is not None:
            return True
        if not _try(report):
            return False
        RawWebhook.objects.filter(pk=pk).update(applied_at=timezone.now(), problem="")
        return True


def _try(report: RawWebhook) -> bool:
    """Apply ``report`` in a savepoint of its own, so that a failure leaves the report."""
    try:
        with transaction.atomic():
            return APPLY[report.kind](report)
    except Exception as error:
        # One report that we stumble over must not stop the others; it is tried again, then kept.
        logger.exception("report %s could not be applied", report.pk)
        RawWebhook.objects.filter(pk=report.pk).update(
            attempts=F("attempts") + 1, problem=repr(error)[:2000]
        )
        return False


def apply_waiting_reports(now: datetime, *, most: int = 200) -> int:
    """Apply reports whose call has appeared meanwhile, or that failed before."""
    waiting = RawWebhook.objects.filter(
        applied_at=None,
        attempts__lt=MOST_ATTEMPTS,
        received_at__gt=now - KEEP_UNKNOWN,
        received_at__lt=now - timedelta(milliseconds=500),
    ).order_by("received_at", "pk")
    return sum(apply_report(pk) for pk in list(waiting.values_list("pk", flat=True)[:most]))


def _apply_status(report: RawWebhook) -> bool:
    sid, status = report.sid, report.payload.get("CallStatus", "")
    call = Call.objects.select_for_update(no_key=True).filter(sid=sid).first()
    if call is not None:
        observing.call_status(call, status)
        return True
    leg = Leg.objects.select_related("offer").filter(sid=sid).first()
    if leg is not None:
        observing.leg_status(leg, status)
        return True
    return False


def _apply_conference(report: RawWebhook) -> bool:
    name = str(report.payload.get("FriendlyName", ""))
    if not name.startswith("c-"):
        return True  # not one of ours
    key = _key(name)
    offers = Offer.objects.select_related("call", "queue", "agent")
    offer = offers.filter(conference_key=key).first() if key else None
    if offer is None:
        return False
    event = report.payload.get("StatusCallbackEvent", "")
    call_sid = report.payload.get("CallSid", "")
    if event == "participant-join":
        observing.joined(offer, call_sid=call_sid, conference_sid=report.sid)
    elif event == "participant-leave":
        observing.left(
            offer, call_sid=call_sid, reason=report.payload.get("ReasonParticipantLeft", "")
        )
    elif event in CONTROLS and _is_latest(report, call_sid, event):
        observing.control_confirmed(offer, call_sid=call_sid, what=CONTROLS[event])
    return True


#: The conference's reports about hold and mute, in our words.
CONTROLS = {
    "participant-hold": "hold",
    "participant-unhold": "unhold",
    "participant-mute": "mute",
    "participant-unmute": "unmute",
}
PAIRS = (
    ("participant-hold", "participant-unhold"),
    ("participant-mute", "participant-unmute"),
)


def _is_latest(report: RawWebhook, call_sid: str, event: str) -> bool:
    """Whether no later report (by sequence number) of the same matter was applied before."""
    pair = next(pair for pair in PAIRS if event in pair)
    own = _sequence(report)
    later = RawWebhook.objects.filter(
        kind="conference",
        sid=report.sid,
        applied_at__isnull=False,
        payload__CallSid=call_sid,
        payload__StatusCallbackEvent__in=pair,
    )
    return all(_sequence(other) < own for other in later.exclude(pk=report.pk))


def _sequence(report: RawWebhook) -> int:
    number = str(report.payload.get("SequenceNumber", ""))
    return int(number) if number.isdecimal() and len(number) < 10 else -1


def _key(name: str) -> str | None:
    key = name.removeprefix("c-")
    is_hex = len(key) == 32 and all(letter in "0123456789abcdef" for letter in key)
    return key if is_hex else None


def _apply_recording(report: RawWebhook) -> bool:
    """Keep what is said of a recording. Its URL is never fetched from a host we do not know.

    WEBHOOKS.ALLOWED_HOSTS cannot tell who sent a report; it says which hosts its URLs may name.
    """
    host = urlsplit(str(report.payload.get("RecordingUrl", ""))).hostname
    if host and host not in current().webhooks.allowed_hosts:
        RawWebhook.objects.filter(pk=report.pk).update(
            problem=f"RecordingUrl names the host {host!r}, which WEBHOOKS.ALLOWED_HOSTS does not."
        )
    return True


APPLY = {
    "status": _apply_status,
    "conference": _apply_conference,
    "recording": _apply_recording,
}
