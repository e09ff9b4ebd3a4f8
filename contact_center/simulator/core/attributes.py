"""Reading attributes: a value is obeyed, or refused with Twilio's number for it."""

from __future__ import annotations

from contact_center.simulator.core.errors import TwimlError
from contact_center.simulator.core.script import Script
from contact_center.simulator.core.twiml import Element


def boolean(element: Element, name: str, default: bool, code: int = 12200) -> bool:
    """``true`` or ``false``."""
    text = element.attributes.get(name, "true" if default else "false").lower()
    if text not in ("true", "false"):
        raise _refused(element, name, "true or false", code)
    return text == "true"


def integer(
    element: Element, name: str, default: int, least: int, most: int, code: int = 12200
) -> int:
    """A whole number between ``least`` and ``most``."""
    text = element.attributes.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise _refused(element, name, f"a whole number from {least} to {most}", code)
    return int(text)


def choice(
    element: Element, name: str, default: str, allowed: frozenset[str], code: int = 12200
) -> str:
    """One of some words."""
    text = element.attributes.get(name, default)
    if text not in allowed:
        raise _refused(element, name, "one of " + ", ".join(sorted(allowed)), code)
    return text


METHODS = frozenset({"GET", "POST"})


def method(element: Element, name: str = "method", default: str = "POST", code: int = 12200) -> str:
    """``GET`` or ``POST``, in either case."""
    text = element.attributes.get(name, default).upper()
    if text not in METHODS:
        raise _refused(element, name, "GET or POST", code)
    return text


def address(script: Script, element: Element, name: str) -> str | None:
    """An absolute URL, an empty text where the attribute is empty, None where it is missing."""
    text = element.attributes.get(name)
    if text is None:
        return None
    return script.resolve(text.strip()) if text.strip() else ""


def only(element: Element, name: str, neutral: str, code: int = 12200) -> None:
    """Refuse what the simulator does not do; the neutral value, or none, is fine."""
    value = element.attributes.get(name, neutral)
    if value != neutral:
        raise TwimlError(
            code,
            f"<{element.name} {name}={value!r}> is not obeyed by the simulator; "
            f"leave it out or write {neutral!r}.",
        )


def _refused(element: Element, name: str, allowed: str, code: int) -> TwimlError:
    value = element.attributes.get(name, "")
    return TwimlError(code, f"<{element.name} {name}={value!r}> must be {allowed}.")
