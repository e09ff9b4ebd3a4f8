"""Ground truth: what a product's own records are compared with."""

from __future__ import annotations

from contact_center.simulator.core.audibility import heard_by
from contact_center.simulator.core.conferences import Conference
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.queues import Queue
from contact_center.simulator.core.recordings import Recording
from contact_center.simulator.core.world import World


def truth(world: World) -> dict[str, object]:
    """Every leg, queue and conference, who hears whom, and when; times are seconds since 1970."""
    return {
        "now": world.now,
        "legs": [_leg(world, leg) for leg in world.legs.values()],
        "queues": [_queue(world, queue) for queue in world.queues.values()],
        "conferences": [_conference(conference) for conference in world.conferences.values()],
        "recordings": [_recording(recording) for recording in world.recordings.values()],
    }


def _leg(world: World, leg: Leg) -> dict[str, object]:
    participant, stay = leg.participant, leg.membership
    return {
        "sid": leg.sid,
        "account_sid": leg.account_sid,
        "direction": leg.direction,
        "parent_sid": leg.parent_sid,
        "answered_by": leg.answered_by,
        "from": leg.from_,
        "to": leg.to,
        "status": leg.status,
        "place": leg.place,
        "queue_sid": stay.queue.sid if stay else None,
        "conference_sid": participant.conference_sid if participant else None,
        "hears": heard_by(world, leg),
        "created_at": leg.created_at,
        "dialled_at": leg.dialled_at,
        "answered_at": leg.answered_at,
        "ended_at": leg.ended_at,
        "error": list(leg.error) if leg.error else None,
    }


def _recording(recording: Recording) -> dict[str, object]:
    return {
        "sid": recording.sid,
        "call_sid": recording.call_sid,
        "status": recording.status,
        "duration_s": recording.duration,
        "started_at": recording.started_at,
    }


def _queue(world: World, queue: Queue) -> dict[str, object]:
    return {
        "sid": queue.sid,
        "name": queue.friendly_name,
        "members": [
            {
                "call_sid": member.leg_sid,
                "enqueued_at": member.enqueued_at,
                "waited_s": world.now - member.enqueued_at,
            }
            for member in queue.members
        ],
    }


def _conference(conference: Conference) -> dict[str, object]:
    return {
        "sid": conference.sid,
        "name": conference.friendly_name,
        "status": conference.status,
        "reason_ended": conference.reason_ended,
        "ended_by": conference.ended_by,
        "created_at": conference.created_at,
        "updated_at": conference.updated_at,
        "participants": [
            {
                "call_sid": one.leg_sid,
                "label": one.label,
                "connected": one.connected,
                "muted": one.muted,
                "hold": one.hold,
                "coaching": one.coaching,
                "call_sid_to_coach": one.call_sid_to_coach,
                "start_on_enter": one.start_on_enter,
                "end_on_exit": one.end_on_exit,
                "since": one.created_at,
                "hears": [
                    other
                    for other in conference.participants
                    if conference.hears(one.leg_sid, other)
                ],
            }
            for one in conference.participants.values()
        ],
    }
