"""``<Redirect>``: go on with another document. Source: twilio.com/docs/voice/twiml/redirect."""

from __future__ import annotations

from contact_center.simulator.core.attributes import method
from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Script, Step, Verb
from contact_center.simulator.core.twiml import Element


def _redirect(script: Script, element: Element) -> Step:
    if not element.text:
        raise TwimlError(12200, "<Redirect> names no URL.")
    return script.load(script.resolve(element.text), method(element, code=13710))


REDIRECT = Verb("Redirect", _redirect, frozenset({"method"}), answers=False)
