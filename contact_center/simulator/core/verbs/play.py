"""``<Play>``: a sound file. Source: twilio.com/docs/voice/twiml/play."""

from __future__ import annotations

from contact_center.simulator.core.attributes import integer, only
from contact_center.simulator.core.effects import PlayUrl
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Script, Step, Verb
from contact_center.simulator.core.twiml import Element


def _play(script: Script, element: Element) -> Step:
    only(element, "digits", "")
    times = integer(element, "loop", 1, 0, 1000, code=13410)
    if not element.text:
        raise TwimlError(12200, "<Play> names no sound.")
    return script.play(PlayUrl(script.resolve(element.text)), times)


PLAY = Verb("Play", _play, frozenset({"loop", "digits"}))
