"""Who hears whom: in a conference, and between the two ends of a dialled call. The one policy."""

from __future__ import annotations

from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World


def bridges(world: World) -> list[tuple[str, ...]]:
    """The legs that share a running conference or a dialled call, one tuple for each."""
    rooms = [
        tuple(participant.leg_sid for participant in conference.connected)
        for conference in world.live_rooms.values()
        if conference.running
    ]
    return rooms + [(caller, called) for called, caller in world.dialled.items()]


def hears(world: World, listener_sid: str, speaker_sid: str) -> bool:
    """Whether this leg hears that one."""
    return speaker_sid in heard_by(world, world.legs.get(listener_sid))


def heard_by(world: World, listener: Leg | None) -> list[str]:
    """The legs that this leg hears."""
    if listener is None:
        return []
    if listener.bridged_to is not None:
        return [listener.bridged_to]
    if listener.participant is None:
        return []
    conference = world.conferences[listener.participant.conference_sid]
    return [sid for sid in conference.participants if conference.hears(listener.sid, sid)]


def talks(world: World, leg_sid: str) -> bool:
    """Whether this leg has a conversation: it hears somebody, or somebody hears it."""
    leg = world.legs.get(leg_sid)
    if leg is None:
        return False
    if leg.participant is None:
        return leg.bridged_to is not None
    conference = world.conferences[leg.participant.conference_sid]
    return any(
        conference.hears(leg_sid, other) or conference.hears(other, leg_sid)
        for other in conference.participants
    )


def connect(world: World, caller: Leg, called: Leg) -> None:
    """Let the two ends of a dialled call hear each other."""
    caller.bridged_to, called.bridged_to = called.sid, caller.sid
    world.dialled[called.sid] = caller.sid
    world.audibility_changed()


def part(world: World, caller: Leg, called: Leg) -> None:
    """The two ends of a dialled call hear each other no more. Repeated, it changes nothing."""
    if world.dialled.pop(called.sid, None) is None:
        return
    caller.bridged_to = called.bridged_to = None
    world.audibility_changed()
