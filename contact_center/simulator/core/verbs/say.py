"""``<Say>``: text spoken to the caller. Source: twilio.com/docs/voice/twiml/say."""

from __future__ import annotations

from contact_center.simulator.core.attributes import integer
from contact_center.simulator.core.effects import Speak
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Script, Step, Verb
from contact_center.simulator.core.twiml import Element

LONGEST_TEXT = 4096

SSML = {
    name: frozenset(attributes.split())
    for name, attributes in {
        "break": "strength time",
        "emphasis": "level",
        "lang": "xml:lang",
        "p": "",
        "phoneme": "alphabet ph",
        "prosody": "volume rate pitch",
        "s": "",
        "say-as": "interpret-as role format",
        "sub": "alias",
        "w": "role",
    }.items()
}
"""Speech marks are accepted and read as plain text."""


def _say(script: Script, element: Element) -> Step:
    times = integer(element, "loop", 1, 0, 1000, code=13510)
    if len(element.text) > LONGEST_TEXT:
        raise TwimlError(13520, f"<Say> has {len(element.text)} characters; {LONGEST_TEXT} fit.")
    if not element.text:
        return Step.DONE
    speech = Speak(
        element.text,
        element.attributes.get("voice", "man"),
        element.attributes.get("language", "en-US"),
    )
    return script.play(speech, times)


SAY = Verb("Say", _say, frozenset({"voice", "language", "loop"}), SSML)
