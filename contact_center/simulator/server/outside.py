"""Outside numbers: whoever answers, or does not, when REST lets a telephone ring.

The last digits of the number say what happens, so that a test needs no set-up.
"""

from __future__ import annotations

import asyncio

from contact_center.simulator.core.effects import RingFarEnd
from contact_center.simulator.server.quiet import NoSound
from contact_center.simulator.server.runner import Runner

BUSY = "0199"
NEVER_ANSWERS = "0198"
UNREACHABLE = "0197"

RING_SECONDS = 2.0
"""How long everybody else lets it ring before answering."""


class OutsideNumbers:
    """Rings telephones that do not exist."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def ring(self, effect: RingFarEnd) -> None:
        """Let this leg's telephone ring."""
        network, leg_sid = self._runner.network, effect.leg_sid
        if effect.to.endswith(BUSY):
            network.far_end_busy(leg_sid)
        elif effect.to.endswith(UNREACHABLE):
            network.far_end_unreachable(leg_sid)
        else:
            someone = _Someone()
            self._runner.attach_far_end(leg_sid, someone, NoSound())
            network.far_end_ringing(leg_sid)
            if not effect.to.endswith(NEVER_ANSWERS):
                running = asyncio.get_running_loop()
                someone.timer = running.call_later(RING_SECONDS, self._answer, leg_sid)

    def _answer(self, leg_sid: str) -> None:
        self._runner.network.far_end_answered(leg_sid)
        self._runner.flush()


class _Someone:
    """A person who answers the telephone and says nothing."""

    timer: asyncio.TimerHandle | None = None

    def ringing(self) -> None:
        """He hears it."""

    def answered(self) -> None:
        """He listens."""

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """It is over."""
        if self.timer is not None:
            self.timer.cancel()
