"""What participants hear besides each other: music while they wait, and on hold.

Source: twilio.com/docs/voice/twiml/conference#attributes-wait-url. A document runs once, then there
is silence, unless it ends with ``<Redirect>``; a sound file is repeated.
"""

from __future__ import annotations

from typing import Literal

from contact_center.simulator.core.conferences import Conference, Participant
from contact_center.simulator.core.effects import HoldTone, RingTone
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Dialect, Script
from contact_center.simulator.core.sound import ENDLESS, ClipPlayer, Sound
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.redirect import REDIRECT
from contact_center.simulator.core.verbs.say import SAY
from contact_center.simulator.core.world import World

ROOM = Dialect(
    "conference wait",
    {verb.name: verb for verb in (SAY, PLAY, PAUSE, REDIRECT)},
    repeats_audio=True,
)


def refresh(world: World, conference: Conference) -> None:
    """Give every participant the sound of its state: music, somebody's ringing, or the others."""
    rings = _somebody_rings(world, conference)
    for participant in conference.connected:
        wanted: Literal["", "hold", "ring", "wait"]
        if participant.hold:
            wanted = "hold"
        elif rings:
            wanted = "ring"
        elif not conference.running or _is_left_alone(world, conference):
            wanted = "wait"
        else:
            wanted = ""
        if participant.sounding != wanted:
            silence(participant)
            participant.sounding = wanted
            participant.sound = _sound(world, conference, participant)
    world.audibility_changed()


def _somebody_rings(world: World, conference: Conference) -> bool:
    return any(
        one.early_media and not one.connected and world.legs[one.leg_sid].status == "ringing"
        for one in conference.participants.values()
    )


def _is_left_alone(world: World, conference: Conference) -> bool:
    return world.readings.music_for_who_is_left_alone and len(conference.connected) == 1


def silence(participant: Participant) -> None:
    """Stop what the network plays to a participant."""
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
    if participant.sounding == "ring":
        return ClipPlayer(world, leg.sid, RingTone(), ENDLESS, _nothing)
    if url is None:
        return ClipPlayer(world, leg.sid, HoldTone(), ENDLESS, _nothing)
    if not url:
        return None

    def failed(problem: TwimlError, _url: str) -> None:
        world.note(leg, "music could not be had", f"{problem.code}: {problem.message}")
        if participant.sounding == "wait" and participant.stay is not None:
            # "If the request to your waitUrl fails, the conference will not be fully established."
            participant.stay.wait_failed()

    script = Script(
        world,
        leg,
        ROOM,
        at_end=_nothing,
        at_failure=failed,
        fields=lambda: (
            ("ConferenceSid", conference.sid),
            ("FriendlyName", conference.friendly_name),
        ),
    )
    script.load(url, method)
    return script


def _nothing() -> None:
    """A document runs once; silence follows."""
