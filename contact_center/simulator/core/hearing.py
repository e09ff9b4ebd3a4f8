"""What the network notices of who is behind a leg: speech, silence, a beep, the tone of a fax.

Whoever hears the leg reports it, the mixer or an invented person; who wants to know listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contact_center.simulator.core.legs import Leg


class Listener:
    """Wants to know what is heard of a leg; hears nothing of what it does not override."""

    def speech_began(self) -> None:
        """Somebody speaks."""

    def speech_ended(self) -> None:
        """Nobody speaks any more."""

    def beep_heard(self) -> None:
        """A machine has asked for a message."""

    def fax_heard(self) -> None:
        """A fax machine has answered."""


def speech_began(leg: Leg) -> None:
    """Whoever is behind the leg has begun to speak. Repeated, it changes nothing."""
    if leg.speaking or leg.over:
        return
    leg.speaking = True
    for listener in list(leg.listeners):
        listener.speech_began()


def speech_ended(leg: Leg) -> None:
    """Whoever is behind the leg has fallen silent. Repeated, it changes nothing."""
    if not leg.speaking or leg.over:
        return
    leg.speaking = False
    for listener in list(leg.listeners):
        listener.speech_ended()


def beep(leg: Leg) -> None:
    """A machine behind the leg asks for a message."""
    for listener in list(leg.listeners):
        listener.beep_heard()


def fax(leg: Leg) -> None:
    """A fax machine is behind the leg."""
    for listener in list(leg.listeners):
        listener.fax_heard()


def listen(leg: Leg, listener: Listener) -> None:
    """Let this listener know from now on."""
    leg.listeners.append(listener)


def listen_no_more(leg: Leg, listener: Listener) -> None:
    """Let this listener know nothing any more. Repeated, it changes nothing."""
    if listener in leg.listeners:
        leg.listeners.remove(listener)
