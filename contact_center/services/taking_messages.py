"""A caller leaves a message: from the tone to a recording that is with us and stands in line.

The row of the message is written before the caller hears the tone. That there is a recording is
believed when the network says so in a report, or when it is asked: nobody relies on the caller's
own request after he has spoken, for who hangs up may end either way. A report that never comes is
made up for by asking (domain/voicemails.py says when), the sound itself is fetched as heavy work,
from the network and no address that a report names.

Everything about a message runs under the lock of the call in which it was left.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from contact_center import addresses
from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain import voicemails as rules
from contact_center.domain.line import Kind
from contact_center.domain.sentences import Sentence
from contact_center.domain.states import CallState
from contact_center.event_stream import record
from contact_center.kept_recordings import new_name
from contact_center.models import (
    Call,
    Command,
    EndedBy,
    Job,
    Segment,
    SegmentKind,
    Timer,
    Voicemail,
    VoicemailStatus,
    name_without_leg,
)
from contact_center.models.voicemails import recordings
from contact_center.services import facts, heavy_work, saying
from contact_center.services.commanding import command, teach
from contact_center.services.heavy_work import TimeLeft, on_job
from contact_center.services.timing import on_time, set_timer
from contact_center.services.transitions import begin_call, enter_segment, lock_call, move_call
from contact_center.telephony import network
from contact_center.telephony.instructions import Hangup, Instruction, Record, Redirect, Say
from contact_center.telephony.port import (
    RECORDING_ABSENT,
    RECORDING_COMPLETED,
    RecordingTruth,
    RequestFailed,
)
from contact_center.wakeups import wake_clock

logger = logging.getLogger(__name__)

#: So long a caller may think, before and while he speaks.
SILENCE_SECONDS = 10
#: No sound of a message is larger: an hour of the best kind has less.
MOST_BYTES = 64 * 1024 * 1024


def is_on() -> bool:
    """Whether callers may leave messages at all."""
    return current().call.voicemail_enabled


# --- the caller ----------------------------------------------------------------------------------


def ask(
    call: Call,
    queue_id: int,
    reason: str,
    now: datetime,
    *,
    before: tuple[ev.Event, ...] = (),
    **changes: Any,
) -> None:
    """A caller is to leave a message for a queue, because of ``reason``; what he hears is
    ``prompt``.

    Until something is known to have been said he has left nothing. ``before`` are the facts that
    led here, ``changes`` are written with the move. Must run under ``lock_call``.
    """
    event = ev.MessageAsked(
        tenant_id=call.tenant_id, call_id=call.pk, queue_id=queue_id, reason=reason
    )
    move_call(
        call,
        event,
        queue_id=queue_id,
        ended_by=EndedBy.SYSTEM,
        end_reason=rules.NOTHING_SAID,
        **changes,
    )
    enter_segment(call, SegmentKind.MESSAGE, now, reason, queue_id=queue_id)
    record(*before, event)


def prompt(call: Call, *first: Say) -> list[Instruction]:
    """Return what a caller hears who is to leave a message, ``first`` before all else.

    The row that expects it is written here. Must run under ``lock_call``.
    """
    assert call.queue_id is not None  # a message is always left for a queue
    expected, is_new = Voicemail.objects.get_or_create(
        left_in=call,
        status=VoicemailStatus.EXPECTED,
        defaults={
            "tenant_id": call.tenant_id,
            "queue_id": call.queue_id,
            "asked_at": timezone.now(),
        },
    )
    if is_new:
        _look_later(call, rules.LOOKS[0])
    return [
        *first,
        saying.tell(Sentence.SPEAK_AFTER_BEEP, call.language),
        Record(
            action=addresses.message(expected.pk),
            status_callback=addresses.recording(),
            longest_seconds=current().call.voicemail_max_length,
            silence_seconds=SILENCE_SECONDS,
        ),
        # Where nothing was said the network asks nobody, and goes on here.
        Redirect(addresses.no_message(expected.pk)),
    ]


def message_spoken(call: Call) -> list[Instruction]:
    """Return what a caller hears who has spoken. Must run under ``lock_call``."""
    if CallState(call.state) is CallState.SPEAKING:
        event = ev.MessageLeft(**facts.of_call(call))
        move_call(call, event, end_reason=rules.LEFT)
        enter_segment(call, SegmentKind.GOODBYE, timezone.now(), rules.LEFT, queue_id=call.queue_id)
        record(event)
    return goodbye(call)


def nothing_said(call: Call, voicemail_id: int) -> list[Instruction]:
    """Return what a caller hears who was to speak and said nothing. Must run under ``lock_call``.

    A recording that the network has all the same is believed (``recording_is``).
    """
    if CallState(call.state) is not CallState.SPEAKING:
        return goodbye(call)
    reason = rules.NOTHING_SAID
    event = ev.MessageEmpty(**facts.of_call(call))
    move_call(call, event, end_reason=reason)
    enter_segment(call, SegmentKind.GOODBYE, timezone.now(), reason, queue_id=call.queue_id)
    Voicemail.objects.filter(pk=voicemail_id, left_in=call, status=VoicemailStatus.EXPECTED).update(
        status=VoicemailStatus.EMPTY
    )
    record(event)
    return goodbye(call)


def goodbye(call: Call) -> list[Instruction]:
    """Return the last that a caller hears who was asked for a message."""
    left = call.end_reason == rules.LEFT
    said = Sentence.MESSAGE_TAKEN if left else Sentence.NOTHING_HEARD
    return [saying.tell(said, call.language), Hangup()]


# --- the recording -------------------------------------------------------------------------------


def recording_is(call: Call, *, sid: str, status: str, seconds: int | None) -> None:
    """The network says how a recording of ``call`` is. Must run under ``lock_call``.

    Twice is the same as once, and however late it comes: a message that nobody hoped for any more
    is a message. What is not of a message is nothing to us.
    """
    ours = Voicemail.objects.filter(left_in=call)
    if ours.filter(recording_sid=sid).exists() or not ours.exists():
        return
    if status == RECORDING_ABSENT:
        known = ours.filter(status=VoicemailStatus.EXPECTED).update(status=VoicemailStatus.EMPTY)
        # Who is still there hears it, and that says so.
        if known and CallState(call.state) is not CallState.SPEAKING:
            record(ev.MessageEmpty(**facts.of_call(call)))
        return
    if status != RECORDING_COMPLETED:
        return
    # Of a second one in the same call (we told him to speak, and told him again) nobody knew.
    found = ours.filter(recording_sid="").order_by("-pk").first() or Voicemail(
        tenant_id=call.tenant_id,
        queue_id=ours.order_by("-pk").values_list("queue_id", flat=True)[0],
        left_in=call,
        asked_at=timezone.now(),
    )
    found.recording_sid = sid
    found.seconds = seconds or 0
    found.status = VoicemailStatus.ARRIVED
    found.problem = ""
    found.save()
    if call.end_reason == rules.NOTHING_SAID:
        # He hung up while he spoke, and his own request did not tell.
        Call.objects.filter(pk=call.pk).update(end_reason=rules.LEFT)
        call.end_reason = rules.LEFT
        record(ev.MessageLeft(**facts.of_call(call)))
    _ask_for_sound(found)


def _look_later(call: Call, after: timedelta) -> None:
    set_timer(
        "recording_check",
        after_seconds=after.total_seconds(),
        tenant_id=call.tenant_id,
        call=call,
    )


@on_time("recording_check")
def _did_a_recording_come(timer: Timer) -> None:
    """Ask the network for what nobody has told us of; in the end it never was."""
    call = timer.call
    expected = Voicemail.objects.filter(left_in=call, status=VoicemailStatus.EXPECTED).first()
    if call is None or expected is None:
        return
    if call.ended_at is None:
        _look_later(call, rules.LOOKS[0])  # he may still speak
        return
    if expected.looks >= len(rules.LOOKS):
        _never_came(expected, "never_reported", "The phone network has no recording of it.")
        return
    expected.looks += 1
    expected.save(update_fields=["looks"])
    command("look_for_recordings", call=call, call_sid=call.sid)
    is_last = expected.looks == len(rules.LOOKS)
    _look_later(call, rules.VERDICT if is_last else rules.LOOKS[expected.looks])


def _found_recordings(asked: Command, found: list[RecordingTruth]) -> None:
    if asked.call is None:
        return
    call = lock_call(asked.call.pk)
    # One that is there before one that is not: either may be what the row expects.
    for one in sorted(found, key=lambda one: one.status != RECORDING_COMPLETED):
        recording_is(call, sid=one.sid, status=one.status, seconds=one.duration_seconds)


teach(
    "look_for_recordings",
    lambda net, c: net.fetch_recordings(call_sid=c.params["call_sid"]),
    applied=_found_recordings,
)


def _never_came(message: Voicemail, why: str, problem: str) -> None:
    message.status = VoicemailStatus.ABSENT
    message.problem = problem[:2000]
    message.save(update_fields=["status", "problem"])
    record(ev.VoicemailMissing(**facts.of_call(message.left_in), why=why))


# --- its sound -----------------------------------------------------------------------------------


def _ask_for_sound(message: Voicemail) -> None:
    heavy_work.ask(
        "fetch_recording",
        tenant=message.tenant,
        key=f"recording {message.pk} {message.fetches}",
        voicemail_id=message.pk,
    )


@on_job("fetch_recording")
def _fetch(job: Job, _time_left: TimeLeft) -> bool:
    """Bring the sound of a message home; what cannot be had yet is asked for again later."""
    message = Voicemail.objects.filter(
        pk=job.params["voicemail_id"], status=VoicemailStatus.ARRIVED
    ).first()
    if message is None:
        return True
    try:
        sound = network().fetch_sound(recording_sid=message.recording_sid, most_bytes=MOST_BYTES)
        name = recordings().save(new_name(sound.content_type), ContentFile(sound.body))
    except (RequestFailed, OSError) as error:
        _fetch_later(message.pk, error)
        return True
    if not _keep(message.pk, name):
        recordings().delete(name)
    return True


@transaction.atomic
def _fetch_later(voicemail_id: int, error: Exception) -> None:
    message = _locked(voicemail_id)
    if message.status != VoicemailStatus.ARRIVED:
        return
    logger.warning("The sound of voicemail %s could not be kept: %s", voicemail_id, error)
    if timezone.now() - message.asked_at > rules.KEEP_ASKING:
        _never_came(message, "not_fetched", str(error))
        return
    message.fetches += 1
    message.problem = str(error)[:2000]
    message.save(update_fields=["fetches", "problem"])
    set_timer(
        "fetch_recording",
        after_seconds=rules.pause_before_fetch(message.fetches).total_seconds(),
        tenant_id=message.tenant_id,
        call=message.left_in,
    )


@on_time("fetch_recording")
def _fetch_again(timer: Timer) -> None:
    for message in Voicemail.objects.select_related("tenant").filter(
        left_in=timer.call, status=VoicemailStatus.ARRIVED
    ):
        _ask_for_sound(message)


@transaction.atomic
def _keep(voicemail_id: int, name: str) -> bool:
    """The sound is with us: put the message in line, once; return whether this was the first.

    Its age in line is from when it was left.
    """
    message = _locked(voicemail_id)
    if message.status != VoicemailStatus.ARRIVED:
        return False
    now = timezone.now()
    left_in = message.left_in
    work = Call(
        tenant_id=message.tenant_id,
        kind=Kind.VOICEMAIL.value,
        asked_in=left_in,
        sid=name_without_leg(),
        account_sid=left_in.account_sid,
        from_number=left_in.from_number,
        to_number=left_in.to_number,
        number_id=left_in.number_id,
        language=left_in.language,
        queue_id=message.queue_id,
        arrived_at=now,
        heard_at=now,
    )
    begin_call(work, ev.VoicemailKept)
    Segment.objects.create(
        call=work,
        kind=SegmentKind.VOICEMAIL,
        queue_id=message.queue_id,
        started_at=now,
        placed_at=message.asked_at,
        wait_started_at=now,
        wait_heard_at=now,
    )
    message.call = work
    message.sound = name
    message.status = VoicemailStatus.KEPT
    message.problem = ""
    message.save(update_fields=["call", "sound", "status", "problem"])
    record(ev.VoicemailKept(**facts.of_call(work), seconds=message.seconds))
    wake_clock()
    return True


def _locked(voicemail_id: int) -> Voicemail:
    """Return a message as it is now, the call in which it was left locked."""
    left_in = Voicemail.objects.values_list("left_in_id", flat=True).get(pk=voicemail_id)
    lock_call(left_in)
    return Voicemail.objects.select_related("left_in", "tenant").get(pk=voicemail_id)
