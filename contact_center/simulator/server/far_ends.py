"""The far end of a leg: whoever is behind it, a browser, a scripted caller or an outside number."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from contact_center.simulator.core.effects import FarEndSays


class FarEnd(Protocol):
    """Hears what becomes of its leg. All methods return at once and may call the network."""

    def ringing(self) -> None:
        """Its telephone rings. Whoever placed the call himself is not told."""

    def answered(self) -> None:
        """The network has picked up, audio flows."""

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """The leg is over, with its final call status and, where one is known, Twilio's error."""


@runtime_checkable
class SpeaksAsTold(Protocol):
    """A far end to whom the network tells what to say: an outside number."""

    def says(self, what: FarEndSays) -> None:
        """Say this."""


@runtime_checkable
class LeavesMessages(Protocol):
    """A far end that speaks when it is recorded: a scripted caller."""

    def recorded(self) -> None:
        """From now on what is said is kept."""
