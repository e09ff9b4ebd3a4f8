"""What happens in conferences: entering, leaving, hold, mute, coaching, beginning and end.

Sources: twilio.com/docs/voice/twiml/conference (events, their fields and reasons),
docs/voice/api/conference-participant-resource.
"""

from __future__ import annotations

from typing import Literal

from contact_center.simulator.core.conferences import (
    Conference,
    EndedBecause,
    Joining,
    LeftBecause,
    Participant,
)
from contact_center.simulator.core.effects import HoldTone
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.requests import ignore
from contact_center.simulator.core.room_sound import ROOM, room_fields
from contact_center.simulator.core.script import Script
from contact_center.simulator.core.sound import ENDLESS, ClipPlayer, Sound
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


def live_conference(world: World, account_sid: str, name: str) -> Conference | None:
    """The account's live conference of this name."""
    return world.live_rooms.get((account_sid, name))


def expect(world: World, leg: Leg, conference: Conference, joining: Joining) -> Participant:
    """Give the leg its place in the conference, before it is really in.

    Raises TwimlError 16025 (label taken), 13240 (nobody to coach) or 16000 (full).
    """
    if joining.label is not None and conference.labelled(joining.label) is not None:
        raise TwimlError(16025, f"The label {joining.label!r} is taken in this conference.")
    if joining.coach is not None and joining.coach not in conference.participants:
        raise TwimlError(13240, f"{joining.coach} is not in this conference to be coached.")
    if len(conference.participants) >= conference.max_participants:
        raise TwimlError(16000, f"The conference is full with {conference.max_participants}.")
    if not conference.callback_fixed:
        conference.callback = joining.callback
        conference.max_participants = joining.max_participants
        conference.callback_fixed = True
    participant = Participant(
        leg_sid=leg.sid,
        conference_sid=conference.sid,
        label=joining.label,
        created_at=world.now,
        updated_at=world.now,
        muted=joining.muted,
        start_on_enter=joining.start_on_enter,
        end_on_exit=joining.end_on_exit,
        coaching=joining.coaching,
        call_sid_to_coach=joining.coach,
        wait_url=joining.wait_url,
        wait_method=joining.wait_method,
    )
    conference.participants[leg.sid] = participant
    leg.participant = participant
    return participant


def conference_to_join(world: World, account_sid: str, name: str) -> Conference:
    """The live conference of this name, or a new one."""
    if (conference := live_conference(world, account_sid, name)) is not None:
        return conference
    sid = world.sids.new("CF")
    conference = Conference(sid, account_sid, name, world.now, world.now)
    world.conferences[sid] = conference
    world.live_rooms[account_sid, name] = conference
    return conference


def connect(world: World, participant: Participant) -> None:
    """The participant is in: others are told, and the conference may begin."""
    conference = world.conferences[participant.conference_sid]
    participant.status = "connected"
    participant.created_at = participant.updated_at = world.now
    announce(world, conference, "participant-join", participant)
    if conference.status == "init" and conference.may_start():
        conference.status = "in-progress"
        conference.updated_at = world.now
        announce(world, conference, "conference-start", participant)
    _refresh(world, conference)


def leave(
    world: World,
    participant: Participant,
    because: LeftBecause,
    *,
    kicked: bool = False,
) -> None:
    """The participant is out; where that ends the conference, everybody is."""
    conference = world.conferences[participant.conference_sid]
    if participant.leg_sid not in conference.participants:
        return
    was_in = participant.connected
    _remove(world, conference, participant, because)
    if not conference.live:
        return
    if participant.end_on_exit and was_in:
        _close(
            world,
            conference,
            "participant-with-end-conference-on-exit-kicked"
            if kicked
            else "participant-with-end-conference-on-exit-left",
            "moderator_ended_conference",
            participant,
        )
    elif not conference.participants:
        reason: EndedBecause = "last-participant-kicked" if kicked else "last-participant-left"
        _close(world, conference, reason, "moderator_ended_conference", participant)
    else:
        _refresh(world, conference)


def kick(world: World, participant: Participant) -> None:
    """REST removed the participant; his call goes on with its next instruction."""
    leave(world, participant, "participant_updated_via_api", kicked=True)
    if participant.on_removed is not None:
        participant.on_removed()


def end_by_rest(world: World, conference: Conference) -> None:
    """``Status=completed``: everybody is out."""
    _close(world, conference, "conference-ended-via-api", "conference_ended_via_api", None)


def set_muted(world: World, participant: Participant, muted: bool) -> None:
    """Mute or unmute; the same again says nothing."""
    if participant.muted == muted:
        return
    participant.muted = muted
    _changed(world, participant, "participant-mute" if muted else "participant-unmute")


def set_hold(world: World, participant: Participant, hold: bool, url: str, method: str) -> None:
    """Hold with this music, or take off hold; holding again with other music changes the music."""
    if participant.hold == hold and (not hold or participant.hold_url == url):
        return
    if hold and participant.hold:
        _silence(participant)
    was, participant.hold = participant.hold, hold
    participant.hold_url, participant.hold_method = url, method
    if was == hold:
        _refresh(world, world.conferences[participant.conference_sid])
    else:
        _changed(world, participant, "participant-hold" if hold else "participant-unhold")


def modify(world: World, participant: Participant) -> None:
    """Coaching or the exit rule of a participant has been changed."""
    _changed(world, participant, "participant-modify")


def _changed(world: World, participant: Participant, event: str) -> None:
    conference = world.conferences[participant.conference_sid]
    participant.updated_at = world.now
    announce(world, conference, event, participant)
    _refresh(world, conference)


# ---- leaving


def _remove(
    world: World, conference: Conference, participant: Participant, because: LeftBecause
) -> None:
    was_in = participant.connected
    _silence(participant)
    del conference.participants[participant.leg_sid]
    participant.status = "complete" if was_in else "failed"
    participant.updated_at = world.now
    leg = world.legs[participant.leg_sid]
    leg.participant = None
    announce(
        world,
        conference,
        "participant-leave",
        participant,
        ParticipantCallStatus=leg.status,
        ReasonParticipantLeft=because,
    )
    world.audibility_changed()


def _close(
    world: World,
    conference: Conference,
    reason: EndedBecause,
    others_left_because: LeftBecause,
    by: Participant | None,
) -> None:
    conference.status = "completed"
    conference.updated_at = world.now
    conference.reason_ended = reason
    conference.ended_by = by.leg_sid if by else None
    del world.live_rooms[conference.account_sid, conference.friendly_name]
    rest = list(conference.participants.values())
    for participant in rest:
        _remove(world, conference, participant, others_left_because)
    ending = {"ReasonConferenceEnded": reason, "Reason": reason.replace("-", " ")}
    if by is not None:
        ending["CallSidEndingConference"] = by.leg_sid
        if by.label is not None:
            ending["ParticipantLabelEndingConference"] = by.label
    announce(world, conference, "conference-end", None, **ending)
    for participant in rest:
        if participant.on_removed is not None:
            participant.on_removed()


# ---- what participants hear besides each other


def _refresh(world: World, conference: Conference) -> None:
    """Give every participant the sound of its state: hold music, waiting music, or the others."""
    for participant in conference.connected:
        wanted: Literal["", "hold", "wait"]
        if participant.hold:
            wanted = "hold"
        elif not conference.running:
            wanted = "wait"
        else:
            wanted = ""
        if participant.sounding != wanted:
            _silence(participant)
            participant.sounding = wanted
            participant.sound = _sound(world, conference, participant)
    world.audibility_changed()


def _silence(participant: Participant) -> None:
    if participant.sound is not None:
        participant.sound.silence()
    participant.sound = None
    participant.sounding = ""


def _sound(world: World, conference: Conference, participant: Participant) -> Sound | None:
    if not participant.sounding:
        return None
    if participant.sounding == "hold":
        url: str | None = participant.hold_url or None
        method = participant.hold_method
    else:
        url, method = participant.wait_url, participant.wait_method
    leg = world.legs[participant.leg_sid]
    if url is None:
        return ClipPlayer(world, leg.sid, HoldTone(), ENDLESS, _nothing)
    if not url:
        return None

    def failed(problem: TwimlError, _url: str) -> None:
        world.note(leg, "music could not be had", f"{problem.code}: {problem.message}")

    script = Script(
        world,
        leg,
        ROOM,
        at_end=_nothing,
        at_failure=failed,
        fields=lambda: room_fields(conference),
    )
    script.load(url, method)
    return script


def _nothing() -> None:
    """A conference's document runs once; silence follows."""


# ---- events


def announce(
    world: World,
    conference: Conference,
    event: str,
    participant: Participant | None,
    **more: str,
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
    fields.update(more)
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
