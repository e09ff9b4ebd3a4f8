"""What the network reports is stored raw, then applied; twice is the same as once.

A report is answered "204" only when it is safely kept: applied, waiting, or set aside. While the
database is away it cannot be, and the network asks again (webhooks/requests.py).

What we stumble over is tried again by the clock with a growing pause, MAX_RETRIES times in all,
and then set aside with its problem: nothing is retried for ever and nothing is thrown away. An
attempt is counted before it is made, so that one that takes the process down counts, too. A report
of a call we do not know (yet) waits for its call to appear. What is damaged is set aside at once.

However late a report is applied, it never turns anything back: the status of a leg has ranks, the
reports of a conference have numbers, and what is overtaken changes nothing.
"""

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial
from urllib.parse import urlsplit

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from contact_center.conf import current
from contact_center.models import Call, DialAttempt, Leg, Offer, RawWebhook, SetAside
from contact_center.models.consults import CONSULT_LABEL
from contact_center.models.prepared import Given, Prepared, insert
from contact_center.services import consulting_outside, dialling, observing, taking_messages
from contact_center.services.connecting import look_at_conference
from contact_center.services.dialling import CUSTOMER_LABEL
from contact_center.services.quarantine import MOST_BYTES, fault_of, storable
from contact_center.services.setting_aside import conference_key, set_aside
from contact_center.services.transitions import lock_call, lock_call_of

logger = logging.getLogger(__name__)

#: The pause after the first failed attempt, how much longer each further one is, and the longest.
FIRST_PAUSE_SECONDS = 1
PAUSE_GROWS = 5
LONGEST_PAUSE_SECONDS = 300
#: A clock that dies at an attempt gives the report back after so long.
CLAIM = timedelta(seconds=30)
#: A report of an unknown call waits so long for its call to appear, and is looked at after as
#: long again as it has waited, within these.
KEEP_UNKNOWN = timedelta(hours=1)
LOOK_AGAIN_SECONDS = (0.5, 10.0)

#: Neither applied nor set aside.
WAITING = Q(applied_at=None, set_aside="")


def receive_report(kind: str, path: str, params: Mapping[str, str], body: bytes = b"") -> None:
    """Keep a report, and apply it. The very same fields a second time do nothing.

    ``params`` are its fields as decoded, ``body`` its bytes as they came (needed where the fields
    do not say all). Raises DatabaseError
    when it cannot even be kept: then the network is to ask again.
    """
    fields = storable(params)
    now = timezone.now()
    report = RawWebhook(
        kind=kind,
        sid=fields.get("ConferenceSid" if kind == "conference" else "CallSid", "")[:34],
        payload=fields if len(body) <= MOST_BYTES else {},
        digest=_digest(path, params),
        received_at=now,
        applied_at=now,
    )
    fault = fault_of(kind, params, body)
    if fault:
        report.body = body[:MOST_BYTES]
        _keep(report, partial(set_aside, report, SetAside.QUARANTINED, fault))
        return
    is_kept = False
    try:
        # Without a savepoint, which would cost every report two round trips: where applying
        # fails, the transaction is taken back whole and the report kept by itself.
        with transaction.atomic():
            insert(report)
            is_kept = True
            if not APPLY[kind](report):
                report.applied_at = None
                report.next_attempt_at = _look_again_at(report, now)
                report.save(update_fields=["applied_at", "next_attempt_at"])
    except Exception as error:
        # Whatever one report makes us stumble over must not be lost, nor stop the others.
        if isinstance(error, IntegrityError) and not is_kept:
            logger.debug("a report of %s came again", report.sid)
            return
        logger.exception("a report of %s could not be applied", report.sid)
        report.attempts = 1
        _keep(report, partial(_failed, report, error))


def _digest(path: str, params: Mapping[str, str]) -> str:
    text = json.dumps(dict(params), sort_keys=True)
    return hashlib.sha256(f"{path}\n{text}".encode()).hexdigest()


def _keep(report: RawWebhook, decide: Callable[[], None]) -> None:
    """Write a report that was not applied, and what becomes of it; unless it came before."""
    report.pk = None
    report.applied_at = None
    if RawWebhook.objects.filter(digest=report.digest).exists():
        return
    try:
        with transaction.atomic():
            report.save(force_insert=True)
            decide()
    except IntegrityError:
        logger.debug("a report of %s came again", report.sid)


# --- trying again ---------------------------------------------------------------------------------


def apply_waiting_reports(now: datetime, *, most: int = 200) -> int:
    """Try the reports that are due, in the order they came; return how many were applied.

    Due is also what waited for its call, as soon as that is there.
    """
    return sum(_apply_guarded(pk) for (pk,) in _due(most).all(now=now))


@cache
def _due(most: int) -> Prepared[tuple[int]]:
    is_due = Q(next_attempt_at=None) | Q(next_attempt_at__lte=Given("now"))
    has_appeared = Q(attempts=0) & (
        Exists(Call.objects.filter(sid=OuterRef("sid")))
        | Exists(Leg.objects.filter(sid=OuterRef("sid")))
    )
    due = RawWebhook.objects.filter(WAITING, is_due | has_appeared).order_by("received_at", "pk")
    return Prepared(due.values_list("pk")[:most])


_WAITING = Prepared(RawWebhook.objects.filter(WAITING, pk=Given("pk")))


def _apply_guarded(pk: int) -> bool:
    try:
        return apply_report(pk)
    except OperationalError:
        raise  # the database is away: so it is for the others
    except Exception:
        # Not even its failure could be written; the others are not to wait for that.
        logger.exception("report %s could not be tried", pk)
        return False


def apply_report(pk: int) -> bool:
    """Make one attempt to apply a waiting report; return whether it was applied by this one.

    Of two clocks one makes the attempt: it counts it first, on the condition that nobody else has.
    """
    report = _WAITING.first(pk=pk)
    now = timezone.now()
    if report is None or _is_at_rest(report, now):
        return False
    before = report.attempts
    if before >= _most_attempts():
        _give_up(report)
        return False
    claimed = RawWebhook.objects.filter(
        WAITING, pk=pk, attempts=before, next_attempt_at=report.next_attempt_at
    ).update(attempts=before + 1, next_attempt_at=now + CLAIM)
    if claimed != 1:
        return False
    report.refresh_from_db()
    try:
        with transaction.atomic():
            return _attempt(report, before, now)
    except Exception as error:
        # As above; the attempt was counted already.
        logger.exception("report %s could not be applied", pk)
        with transaction.atomic():
            _failed(report, error)
        return False


def _is_at_rest(report: RawWebhook, now: datetime) -> bool:
    """Whether somebody is at it at this moment, or the pause after a failure is not over."""
    pause_ends = report.next_attempt_at
    return report.attempts > 0 and pause_ends is not None and pause_ends > now


def _attempt(report: RawWebhook, attempts_before: int, now: datetime) -> bool:
    fault = fault_of(report.kind, report.payload, bytes(report.body or b""))
    if fault:
        set_aside(report, SetAside.QUARANTINED, fault)
        return False
    if APPLY[report.kind](report):
        report.attempts, report.applied_at, report.next_attempt_at = attempts_before, now, None
        report.save(update_fields=["attempts", "applied_at", "next_attempt_at"])
        return True
    # No failure: its call is not there yet.
    report.attempts = attempts_before
    if now - report.received_at >= KEEP_UNKNOWN:
        set_aside(report, SetAside.UNCLAIMED, "No call of ours appeared that it is about.")
    else:
        report.next_attempt_at = _look_again_at(report, now)
        report.save(update_fields=["attempts", "next_attempt_at"])
    return False


def _failed(report: RawWebhook, error: Exception) -> None:
    """Note a failed attempt, and set the report aside when it was the last."""
    problem = repr(error)
    rules = current().webhooks
    if not rules.retry_failed:
        set_aside(report, SetAside.FAILED, problem)
    elif report.attempts >= _most_attempts():
        set_aside(report, SetAside.ABANDONED, problem)
    else:
        report.problem = problem[:2000]
        report.next_attempt_at = timezone.now() + _pause(report.attempts)
        report.save(update_fields=["problem", "next_attempt_at"])


def _give_up(report: RawWebhook) -> None:
    """Set aside what had its last attempt, and nobody lived to say so."""
    why = SetAside.ABANDONED if current().webhooks.retry_failed else SetAside.FAILED
    with transaction.atomic():
        held = RawWebhook.objects.select_for_update(no_key=True).filter(WAITING, pk=report.pk)
        found = held.first()
        if found is not None:
            set_aside(found, why, found.problem or "The process ended while it was applied.")


def _most_attempts() -> int:
    rules = current().webhooks
    return max(rules.max_retries, 1) if rules.retry_failed else 1


def _pause(failures: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 1 s, 5 s, 25 s … at most 5 min."""
    seconds = FIRST_PAUSE_SECONDS * PAUSE_GROWS ** min(failures - 1, 10)
    return timedelta(seconds=min(seconds, LONGEST_PAUSE_SECONDS))


def _look_again_at(report: RawWebhook, now: datetime) -> datetime:
    shortest, longest = LOOK_AGAIN_SECONDS
    waited = (now - report.received_at).total_seconds()
    return now + timedelta(seconds=min(max(waited, shortest), longest))


# --- applying -------------------------------------------------------------------------------------


def _apply_status(report: RawWebhook) -> bool:
    sid, status = report.sid, report.payload.get("CallStatus", "")
    call = lock_call_of(sid)
    if call is not None:
        observing.call_status(call, status)
        return True
    leg = _LEG.first(sid=sid)
    if leg is not None:
        observing.leg_status(leg, status)
        return True
    return False


_LEG = Prepared(
    Leg.objects.select_related("offer", "supervision", "consult").filter(sid=Given("sid"))
)


def _apply_dialled(report: RawWebhook) -> bool:
    """Apply how the leg of a customer is doing whom we called."""
    attempt = _attempt_of(report)
    if attempt is not None:
        call = lock_call(attempt.call_id)
        status = report.payload.get("CallStatus", "")
        observing.dialled_leg(call, attempt.pk, sid=report.sid, status=status)
    return True


def _apply_consulted(report: RawWebhook) -> bool:
    """Apply how the line of an outside number is doing that is consulted."""
    status = report.payload.get("CallStatus", "")
    consult_id = int(report.payload[CONSULT])
    line = consulting_outside.line_has(consult_id, sid=report.sid, status=status)
    if line is not None:
        observing.leg_status(line, status)
    return True


def _apply_answered_by(report: RawWebhook) -> bool:
    """Apply what the network thinks has answered."""
    attempt = _attempt_of(report)
    if attempt is not None:
        call = lock_call(attempt.call_id)
        dialling.answered_by(call, attempt.pk, str(report.payload.get("AnsweredBy", ""))[:24])
    return True


#: The fields in which we note which attempt or consult of ours a report is about: its address said
#: so.
ATTEMPT = "OurAttempt"
CONSULT = "OurConsult"


def _attempt_of(report: RawWebhook) -> DialAttempt | None:
    return DialAttempt.objects.filter(pk=int(report.payload[ATTEMPT])).first()


def _apply_conference(report: RawWebhook) -> bool:
    name = str(report.payload.get("FriendlyName", ""))
    if not name.startswith("c-"):
        return True  # not one of ours
    key = conference_key(name)
    offer = _OFFER_IN.first(key=key) if key else None
    if offer is None:
        return False
    event = report.payload.get("StatusCallbackEvent", "")
    call_sid = report.payload.get("CallSid", "")
    if report.payload.get("ParticipantLabel") == CUSTOMER_LABEL and call_sid != offer.call.sid:
        # We have called him, and what we were told of it is late or lost.
        dialling.learn(offer, call_sid)
    if report.payload.get("ParticipantLabel", "").startswith(CONSULT_LABEL):
        # So it may be of an outside number that is rung.
        consulting_outside.learn(offer, report.payload["ParticipantLabel"], call_sid)
    if event == "participant-join":
        observing.joined(offer, call_sid=call_sid, conference_sid=report.sid)
    elif event == "participant-leave":
        observing.left(
            offer, call_sid=call_sid, reason=report.payload.get("ReasonParticipantLeft", "")
        )
    elif event in CONTROLS or event == "participant-modify":
        _apply_change(report, offer, call_sid, event)
    return True


#: Of several in one conference the last has the call.
_OFFER_IN = Prepared(
    Offer.objects.select_related("call", "queue", "agent")
    .filter(conference_key=Given("key"))
    .order_by("-pk")[:1]
)


def _apply_change(report: RawWebhook, offer: Offer, call_sid: str, event: str) -> None:
    """Apply that somebody is held, muted or heard otherwise than before."""
    line = observing.supervisors_line(call_sid) if call_sid != offer.call.sid else None
    if line is None:
        if event in CONTROLS and _is_latest(report, call_sid, event):
            observing.control_confirmed(offer, call_sid=call_sid, what=CONTROLS[event])
        return
    lock_call(offer.call_id)
    line.refresh_from_db()
    muted, coaching = report.payload.get("Muted"), report.payload.get("Coaching")
    if muted is None or coaching is None:
        # It says that something changed, and not how it is now.
        look_at_conference(offer)
        return
    observing.supervisor_is(
        line,
        muted=muted == "true",
        coaching=coaching == "true",
        coached_sid=str(report.payload.get("CallSidToCoach", "")),
        sequence=_sequence(report),
    )


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
    others = RawWebhook.objects.filter(
        kind="conference",
        sid=report.sid,
        applied_at__isnull=False,
        payload__CallSid=call_sid,
        payload__StatusCallbackEvent__in=pair,
    ).exclude(pk=report.pk)
    own = _sequence(report)
    return all(_sequence(other) <= own for other in others)


def _sequence(report: RawWebhook) -> int:
    number = str(report.payload.get("SequenceNumber", ""))
    return int(number) if number.isdecimal() and len(number) < 10 else -1


def _apply_recording(report: RawWebhook) -> bool:
    """Apply what is said of a recording. The URL that it names is never fetched.

    WEBHOOKS.ALLOWED_HOSTS cannot tell who sent a report; it says which hosts its URLs may name.
    """
    host = urlsplit(str(report.payload.get("RecordingUrl", ""))).hostname
    if host and host not in current().webhooks.allowed_hosts:
        RawWebhook.objects.filter(pk=report.pk).update(
            problem=f"RecordingUrl names the host {host!r}, which WEBHOOKS.ALLOWED_HOSTS does not."
        )
    sid = str(report.payload.get("RecordingSid", ""))
    call = lock_call_of(report.sid)
    if call is None or not RECORDING_SID.fullmatch(sid):
        return True  # not of a call of ours
    seconds = str(report.payload.get("RecordingDuration", ""))
    taking_messages.recording_is(
        call,
        sid=sid,
        status=str(report.payload.get("RecordingStatus", "")),
        seconds=int(seconds) if seconds.isdecimal() and len(seconds) < 7 else None,
    )
    return True


RECORDING_SID = re.compile(r"RE[0-9a-f]{32}")


APPLY = {
    "status": _apply_status,
    "dialled": _apply_dialled,
    "answered_by": _apply_answered_by,
    "consulted": _apply_consulted,
    "conference": _apply_conference,
    "recording": _apply_recording,
}
