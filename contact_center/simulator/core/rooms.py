"""What happens in conferences: entering, leaving, hold, mute, coaching, beginning and end.

Sources: twilio.com/docs/voice/twiml/conference (events, their fields and reasons),
docs/voice/api/conference-participant-resource.
"""

from __future__ import annotations

from contact_center.simulator.core.conferences import (
    Conference,
    EndedBecause,
    Joining,
    LeftBecause,
    Participant,
    Wanted,
)
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.progress import end
from contact_center.simulator.core.room_events import announce
from contact_center.simulator.core.room_sound import refresh, silence
from contact_center.simulator.core.world import World


def live_conference(world: World, account_sid: str, name: str) -> Conference | None:
    """The account's live conference of this name."""
    return world.live_rooms.get((account_sid, name))


def expect(world: World, leg: Leg, conference: Conference, joining: Joining) -> Participant:
    """Give the leg its place in the conference, before it is really in.

    Raises TwimlError 16025 (label taken), 13240 (nobody to coach) or 16000 (full).
    """
    try:
        _check(conference, joining)
    except TwimlError:
        if not conference.participants:
            # Made for this leg alone, and never joined: as if it had not been named.
            del world.conferences[conference.sid]
            del world.live_rooms[conference.account_sid, conference.friendly_name]
        raise
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


def _check(conference: Conference, joining: Joining) -> None:
    if joining.label is not None and conference.labelled(joining.label) is not None:
        raise TwimlError(16025, f"The label {joining.label!r} is taken in this conference.")
    if joining.coach is not None and joining.coach not in conference.participants:
        raise TwimlError(13240, f"{joining.coach} is not in this conference to be coached.")
    if len(conference.participants) >= conference.max_participants:
        raise TwimlError(16000, f"The conference is full with {conference.max_participants}.")


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
        announce(world, conference, "conference-start")
    refresh(world, conference)


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
        refresh(world, conference)


def kick(world: World, participant: Participant) -> None:
    """REST removed the participant; his call goes on with its next instruction."""
    leave(world, participant, "participant_updated_via_api", kicked=True)
    if participant.stay is not None:
        participant.stay.removed()


def end_by_rest(world: World, conference: Conference) -> None:
    """``Status=completed``: everybody is out."""
    _close(world, conference, "conference-ended-via-api", "conference_ended_via_api", None)


def change(world: World, participant: Participant, wanted: Wanted) -> None:
    """Make everything of a participant as wanted, at once; then tell of what has changed.

    One request changes all or nothing: there is no moment, and no report, in which somebody is
    heard who was heard neither before nor after. What is so already says nothing.
    """
    before = participant.state
    music_changes = wanted.hold and before.hold and wanted.hold_url != before.hold_url
    if music_changes:
        silence(participant)
    participant.take(wanted)
    events = []
    if wanted.modified != before.modified:
        events.append("participant-modify")
    if wanted.muted != before.muted:
        events.append("participant-mute" if wanted.muted else "participant-unmute")
    if wanted.hold != before.hold:
        events.append("participant-hold" if wanted.hold else "participant-unhold")
    conference = world.conferences[participant.conference_sid]
    if events:
        participant.updated_at = world.now
    for event in events:
        announce(world, conference, event, participant)
    if events or music_changes:
        refresh(world, conference)


# ---- leaving


def _remove(
    world: World, conference: Conference, participant: Participant, because: LeftBecause
) -> None:
    was_in = participant.connected
    silence(participant)
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
        {"ParticipantCallStatus": leg.status, "ReasonParticipantLeft": because},
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
    announce(world, conference, "conference-end", more=ending)
    for participant in rest:
        if participant.stay is not None:
            participant.stay.removed()
        else:
            # Still ringing: there is nothing left to answer into.
            end(world, world.legs[participant.leg_sid], "canceled")
