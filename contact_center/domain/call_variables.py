"""What an admin writes of a call that is still to come: a link, a script, with gaps in them. Pure.

A gap is a word in braces, like {number}; it is filled when a call is there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlsplit

#: What may stand in braces. Each is known of some calls and empty for others.
VARIABLES = ("number", "name", "company", "queue", "called", "call", "agent")
LONGEST_LINK = 500

_GAP = re.compile(r"\{([^{}]*)\}")
#: Written into a script where nothing is known.
NOT_KNOWN = "…"


class LinkFault(StrEnum):
    """Why an address leads nowhere safe."""

    #: Neither http nor https: a browser would run javascript:.
    NOT_WEB = "not_web"
    #: No server, or a gap where its name stands: a caller would decide about it.
    NO_SERVER = "no_server"
    #: A space or a control sign.
    NOT_AN_ADDRESS = "not_an_address"
    #: A brace without its other one.
    BRACES = "braces"
    UNKNOWN_VARIABLE = "unknown_variable"


@dataclass(frozen=True)
class BadLink:
    """What is wrong with an address, and which word of it."""

    fault: LinkFault
    word: str = ""


def fault_of_link(address: str) -> BadLink | None:
    """Return what is wrong with an address with gaps; None where nothing is."""
    if any(sign.isspace() or not sign.isprintable() for sign in address) or "\\" in address:
        return BadLink(LinkFault.NOT_AN_ADDRESS)
    for word in _GAP.findall(address):
        if word not in VARIABLES:
            return BadLink(LinkFault.UNKNOWN_VARIABLE, word)
    without = _GAP.sub("", address)
    if "{" in without or "}" in without:
        return BadLink(LinkFault.BRACES)
    try:
        parts = urlsplit(address)
        server, _port = parts.hostname, parts.port
    except ValueError:
        return BadLink(LinkFault.NO_SERVER)
    if parts.scheme not in ("http", "https"):
        return BadLink(LinkFault.NOT_WEB)
    if not server or "{" in parts.netloc or "@" in parts.netloc:
        return BadLink(LinkFault.NO_SERVER)
    return None


def filled_link(address: str, values: Mapping[str, str]) -> str:
    """Return an address with its gaps filled: whatever is said of a caller stays a part of it."""
    return _GAP.sub(lambda gap: quote(values.get(gap[1], ""), safe=""), address)


def filled_text(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its gaps filled; braces round any other word are left as they are."""

    def fill(gap: "re.Match[str]") -> str:
        return (values[gap[1]] or NOT_KNOWN) if gap[1] in values else gap[0]

    return _GAP.sub(fill, text)
