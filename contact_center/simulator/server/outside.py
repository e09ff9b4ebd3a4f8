"""The sound of outside numbers: what they do is the network's, what it sounds like is ours."""

from __future__ import annotations

from contact_center.simulator.core.effects import FarEndSays, RingFarEnd
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import Mouth, Voices


class OutsideNumbers:
    """Rings telephones that do not exist."""

    def __init__(self, runner: Runner, voices: Voices) -> None:
        self._runner = runner
        self._voices = voices

    def ring(self, effect: RingFarEnd) -> None:
        """Let this leg's telephone ring, with somebody who has a mouth beside it."""
        mouth = self._voices.mouth()
        someone = _Someone(self._runner, self._voices, mouth)
        self._runner.attach_far_end(effect.leg_sid, someone, mouth)
        self._runner.network.ring_outside(effect.leg_sid)


class _Someone:
    """A person, or a machine, who says what the network tells it to."""

    def __init__(self, runner: Runner, voices: Voices, mouth: Mouth) -> None:
        self._runner = runner
        self._voices = voices
        self._mouth = mouth

    def ringing(self) -> None:
        """He hears it."""

    def answered(self) -> None:
        """He listens."""

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """It is over."""

    def says(self, what: FarEndSays) -> None:
        """Make the sound and say it, as soon as it is made."""
        self._runner.spawn(self._say(what))

    async def _say(self, what: FarEndSays) -> None:
        samples, _ = await self._voices.spoken(what.sound)
        self._mouth.say(samples, loop=what.seconds is None)
