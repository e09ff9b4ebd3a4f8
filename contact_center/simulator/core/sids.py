"""Twilio's identifiers: two letters for the kind, thirty-two hexadecimal digits."""

from __future__ import annotations

import random


class Sids:
    """Draws identifiers from an injected source, so that one seed gives one history."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def new(self, kind: str) -> str:
        """A fresh SID of this kind, such as ``CA`` or ``QU``."""
        return f"{kind}{self._rng.getrandbits(128):032x}"


def is_sid(text: str, kind: str) -> bool:
    """Whether the text has the shape of a SID of this kind."""
    return (
        len(text) == 34
        and text.startswith(kind)
        and all(character in "0123456789abcdef" for character in text[2:])
    )
