"""Outside numbers: whoever answers, or does not, when the network lets a telephone ring.

The last digits of a number say what happens, so that nothing need be set up; a number that was
given a behaviour of its own behaves so. Everything happens in the core's own time, and draws
nothing at random: the same in a test's virtual time as before a listener.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from contact_center.simulator.core import hearing, instructions, progress
from contact_center.simulator.core.effects import Beep, FarEndSays, Hum, Speak
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.world import World

Does = Literal["answers", "busy", "never-answers", "fails", "rejects", "machine", "fax"]

KEY_SECONDS = 0.15
"""Between one key and the next."""

WAIT_SECONDS = 0.5
"""What a ``w`` among the keys stands for."""

BREATH_SECONDS = 0.3
"""Between picking up and the first word."""

BEFORE_BEEP_SECONDS = 0.5
BEEP_SECONDS = 0.4

SECONDS_A_CHARACTER = 0.06
SHORTEST_SENTENCE_SECONDS = 0.5

FAX_HZ = 2100.0
"""The tone by which a fax machine answers (ITU-T T.30)."""

GREETING = "You have reached a voicemail. Please leave a message after the tone."


@dataclass(frozen=True)
class Outside:
    """How an outside number behaves.

    It rings for ``after_s`` before somebody does something about it. A person says a sentence
    (``says``), or hums all the time (``tone_hz``), presses ``keys`` (``w`` waits half a second) and
    hangs up ``stays_s`` after answering; None means never. A machine greets for ``greeting_s`` and
    then, with ``beeps``, asks for a message.
    """

    does: Does = "answers"
    after_s: float = 2.0
    says: str = "Hello?"
    tone_hz: float | None = None
    keys: str = ""
    stays_s: float | None = None
    greeting_s: float = 6.0
    beeps: bool = True


BY_ENDING: dict[str, Outside] = {
    "0199": Outside("busy"),
    "0198": Outside("never-answers"),
    "0197": Outside("fails"),
    "0196": Outside("machine"),
    "0195": Outside("rejects"),
    "0194": Outside("fax"),
    "0193": Outside("answers", keys="wwww1"),
}
"""What numbers do of which nobody said anything, by their last digits."""


def behaviour(world: World, number: str) -> Outside:
    """How this number behaves."""
    return world.outside.get(number) or BY_ENDING.get(number[-4:]) or Outside()


def ring(world: World, leg: Leg) -> None:
    """Let the telephone of this leg ring, and whoever has it do what they do."""
    person = behaviour(world, leg.to)
    if person.does == "busy":
        progress.end(world, leg, "busy")
    elif person.does == "fails":
        progress.end(world, leg, "failed")
    else:
        progress.ring(world, leg)
        if person.does == "rejects":
            _intend(world, leg, person.after_s, lambda: progress.end(world, leg, "busy"))
        elif person.does != "never-answers":
            _intend(world, leg, person.after_s, lambda: _answer(world, leg, person))


def _answer(world: World, leg: Leg, person: Outside) -> None:
    instructions.picked_up(world, leg)
    if leg.over:
        return
    if person.stays_s is not None:
        _intend(world, leg, person.stays_s, lambda: progress.end(world, leg, "completed"))
    begin: dict[Does, Callable[[World, Leg, Outside], None]] = {"machine": _greet, "fax": _whistle}
    speak = begin.get(person.does, _talk)
    _intend(world, leg, BREATH_SECONDS, lambda: speak(world, leg, person))


def _talk(world: World, leg: Leg, person: Outside) -> None:
    if person.tone_hz is not None:
        world.emit(FarEndSays(leg.sid, Hum(person.tone_hz), None))
        hearing.speech_began(leg)
    elif person.says:
        _speak(world, leg, person.says, spoken_seconds(person.says))
    at = 0.0
    for key in person.keys:
        if key == "w":
            at += WAIT_SECONDS
        else:
            _intend(world, leg, at, lambda key=key: instructions.press(leg, key))  # type: ignore[misc]
            at += KEY_SECONDS


def _greet(world: World, leg: Leg, machine: Outside) -> None:
    _speak(world, leg, GREETING, machine.greeting_s)
    if machine.beeps:
        _intend(world, leg, machine.greeting_s + BEFORE_BEEP_SECONDS, lambda: _beep(world, leg))


def _beep(world: World, leg: Leg) -> None:
    world.emit(FarEndSays(leg.sid, Beep(), BEEP_SECONDS))
    hearing.beep(leg)


def _whistle(world: World, leg: Leg, machine: Outside) -> None:
    world.emit(FarEndSays(leg.sid, Hum(FAX_HZ), None))
    hearing.fax(leg)


def _speak(world: World, leg: Leg, text: str, seconds: float) -> None:
    world.emit(FarEndSays(leg.sid, Speak(text, "man", "en-US"), seconds))
    hearing.speech_began(leg)
    _intend(world, leg, seconds, lambda: hearing.speech_ended(leg))


def spoken_seconds(text: str) -> float:
    """About how long it takes to say this."""
    return max(SHORTEST_SENTENCE_SECONDS, len(text) * SECONDS_A_CHARACTER)


def _intend(world: World, leg: Leg, seconds: float, deed: Callable[[], None]) -> None:
    leg.intentions.append(world.after(seconds, deed))
