"""Twilio's resources, as the official client reads them, in our words.

Every field may be missing: what Twilio's documentation calls required has been absent in the
field. A missing status reads as "" and equals no status we know, so nothing is concluded from it.
"""

from twilio.rest.api.v2010.account import AccountInstance
from twilio.rest.api.v2010.account.application import ApplicationInstance
from twilio.rest.api.v2010.account.call import CallInstance
from twilio.rest.api.v2010.account.call.recording import RecordingInstance
from twilio.rest.api.v2010.account.conference import ConferenceInstance
from twilio.rest.api.v2010.account.conference.participant import ParticipantInstance
from twilio.rest.api.v2010.account.incoming_phone_number import IncomingPhoneNumberInstance
from twilio.rest.api.v2010.account.queue import QueueInstance
from twilio.rest.api.v2010.account.queue.member import MemberInstance

from contact_center.telephony.port import (
    AccountTruth,
    ApplicationTruth,
    CallTruth,
    ConferenceTruth,
    NumberTruth,
    ParticipantTruth,
    QueueMemberTruth,
    QueueTruth,
    RecordingTruth,
)


def call(instance: CallInstance) -> CallTruth:
    """Return a call resource as a leg."""
    return CallTruth(
        sid=_text(instance.sid),
        status=_text(instance.status),
        # The client keeps `from` under a leading underscore: it is a word of Python's.
        from_=_text(instance._from),
        to=_text(instance.to),
        direction=_text(instance.direction),
        account_sid=_text(instance.account_sid),
        parent_sid=instance.parent_call_sid or None,
        started_at=instance.start_time or None,
        ended_at=instance.end_time or None,
        duration_seconds=int(instance.duration) if instance.duration else None,
    )


def conference(instance: ConferenceInstance) -> ConferenceTruth:
    """Return a conference resource."""
    return ConferenceTruth(
        sid=_text(instance.sid),
        name=_text(instance.friendly_name),
        status=_text(instance.status),
        reason_ended=instance.reason_conference_ended or None,
    )


def participant(instance: ParticipantInstance) -> ParticipantTruth:
    """Return a participant resource."""
    return ParticipantTruth(
        call_sid=_text(instance.call_sid),
        conference_sid=_text(instance.conference_sid),
        label=instance.label or None,
        muted=bool(instance.muted),
        hold=bool(instance.hold),
        coaching=bool(instance.coaching),
        coached_call_sid=instance.call_sid_to_coach or None,
        end_on_exit=bool(instance.end_conference_on_exit),
        status=_text(instance.status),
    )


def queue(instance: QueueInstance) -> QueueTruth:
    """Return a queue resource."""
    return QueueTruth(
        sid=_text(instance.sid),
        name=_text(instance.friendly_name),
        current_size=instance.current_size or 0,
        max_size=instance.max_size or 0,
    )


def queue_member(instance: MemberInstance) -> QueueMemberTruth:
    """Return a member resource of a queue."""
    return QueueMemberTruth(
        call_sid=_text(instance.call_sid),
        position=instance.position or 0,
        wait_seconds=instance.wait_time or 0,
    )


def recording(instance: RecordingInstance) -> RecordingTruth:
    """Return a recording resource of a call."""
    return RecordingTruth(
        sid=_text(instance.sid),
        call_sid=_text(instance.call_sid),
        status=_text(instance.status),
        duration_seconds=int(instance.duration) if instance.duration else None,
    )


def account(instance: AccountInstance) -> AccountTruth:
    """Return an account resource, without the token it carries."""
    return AccountTruth(
        sid=_text(instance.sid),
        name=_text(instance.friendly_name),
        status=_text(instance.status),
        type=_text(instance.type),
    )


def number(instance: IncomingPhoneNumberInstance) -> NumberTruth:
    """Return a phone number resource."""
    return NumberTruth(
        sid=_text(instance.sid),
        number=_text(instance.phone_number),
        voice_url=_text(instance.voice_url),
        fallback_url=_text(instance.voice_fallback_url),
        status_url=_text(instance.status_callback),
        application_sid=instance.voice_application_sid or None,
        trunk_sid=instance.trunk_sid or None,
    )


def application(instance: ApplicationInstance) -> ApplicationTruth:
    """Return an application resource."""
    return ApplicationTruth(
        sid=_text(instance.sid),
        name=_text(instance.friendly_name),
        voice_url=_text(instance.voice_url),
        status_url=_text(instance.status_callback),
    )


def _text(value: str | None) -> str:
    return value or ""
