"""The sentences callers hear, and how they are spoken."""

from contact_center.conf import current
from contact_center.telephony.instructions import Say

LOST_AGENT = "We lost the line to our colleague. Please stay on the line, we will be right back."
COULD_NOT_CONNECT = "One more moment, please. We are finding somebody for you."
NETWORK_TROUBLE = "Sorry, something went wrong on our side. Please stay on the line."
GOODBYE = "Thank you for your call. Goodbye."
NUMBER_NOT_IN_USE = "This number is not in use. Goodbye."


def say(text: str) -> Say:
    """Return ``text`` in the configured language and voice."""
    ivr = current().ivr
    return Say(text, language=ivr.default_language, voice=ivr.default_voice)


def place_in_line(place: int) -> str:
    """Return what a waiting caller is told; ``place`` counts from 1."""
    if place <= 1:
        return "You are next in line. Thank you for waiting."
    return f"You are number {place} in line. Thank you for waiting."
