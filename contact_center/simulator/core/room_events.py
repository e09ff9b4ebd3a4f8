"""The events of a conference, and the callbacks that tell of them.

Source: twilio.com/docs/voice/twiml/conference#attributes-status-callback-event.
"""

from __future__ import annotations

from collections.abc import Mapping

from contact_center.simulator.core.conferences import Conference, Participant
from contact_center.simulator.core.requests import ignore
from contact_center.simulator.core.times import rfc_2822
from contact_center.simulator.core.world import World

SUBSCRIPTION = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
}
"""Which word of ``statusCallbackEvent`` asks for which event."""


def announce(
    world: World,
    conference: Conference,
    event: str,
    participant: Participant | None = None,
    more: Mapping[str, str] | None = None,
) -> None:
    """Log an event, and call back whoever the first participant named, if he asked for it."""
    fields = {
        "AccountSid": conference.account_sid,
        "ConferenceSid": conference.sid,
        "FriendlyName": conference.friendly_name,
        "StatusCallbackEvent": event,
        "Timestamp": rfc_2822(world.now),
        "SequenceNumber": str(conference.sequence),
    }
    if participant is not None:
        fields.update(_participant_fields(participant))
    fields.update(more or {})
    leg_sid = participant.leg_sid if participant else None
    world.log.add(
        world.now, "conference", conference.account_sid, leg_sid, event, dict(fields.items())
    )
    callback = conference.callback
    if callback is None or SUBSCRIPTION[event] not in callback.events:
        return
    conference.sequence += 1
    world.send(
        account_sid=conference.account_sid,
        leg_sid=leg_sid,
        purpose="conference",
        method=callback.method,
        url=callback.url,
        params=tuple(fields.items()),
        then=ignore,
    )


def _participant_fields(participant: Participant) -> dict[str, str]:
    fields = {
        "CallSid": participant.leg_sid,
        "Muted": _flag(participant.muted),
        "Hold": _flag(participant.hold),
        "Coaching": _flag(participant.coaching),
        "EndConferenceOnExit": _flag(participant.end_on_exit),
        "StartConferenceOnEnter": _flag(participant.start_on_enter),
    }
    if participant.label is not None:
        fields["ParticipantLabel"] = participant.label
    if participant.coaching and participant.call_sid_to_coach:
        fields["CallSidToCoach"] = participant.call_sid_to_coach
    return fields


def _flag(value: bool) -> str:
    return "true" if value else "false"
