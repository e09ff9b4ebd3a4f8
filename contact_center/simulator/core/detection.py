"""Finding out whether a person or a machine has answered.

Source: twilio.com/docs/voice/answering-machine-detection. Speech that is longer than the speech
threshold is a machine; shorter speech, and silence after it, is a person; silence from the first is
unknown. What is wanted of a machine may be the end of its greeting: a beep, or silence.
"""

from __future__ import annotations

from collections.abc import Callable

from contact_center.simulator.core import hearing
from contact_center.simulator.core.legs import AnsweredBy, Detection, Leg
from contact_center.simulator.core.requests import tell
from contact_center.simulator.core.timers import Timer
from contact_center.simulator.core.world import World


class Detector(hearing.Listener):
    """Listens to one leg from its answer on, until it knows; then says so once."""

    def __init__(
        self, world: World, leg: Leg, wanted: Detection, then: Callable[[AnsweredBy], None]
    ) -> None:
        self._world = world
        self._leg = leg
        self._wanted = wanted
        self._then = then
        self._is_machine = False
        #: Speech with short pauses in it counts as one.
        self._speech_since: float | None = None
        self._pending: Timer | None = None
        self._limit = world.after(wanted.timeout_s, self._time_is_up)
        hearing.listen(leg, self)
        if leg.speaking:
            self.speech_began()
        else:
            self._expect(wanted.silence_s, "unknown")

    def cancel(self) -> None:
        """Do not find out. Repeated, it changes nothing."""
        hearing.listen_no_more(self._leg, self)
        self._limit.cancel()
        self._expect_nothing()

    # ---- what is heard

    def speech_began(self) -> None:
        self._expect_nothing()
        if self._is_machine:
            return
        if self._speech_since is None:
            self._speech_since = self._world.now
        known_at = self._speech_since + self._wanted.machine_after_s
        self._pending = self._world.timers.at(max(known_at, self._world.now), self._it_is_a_machine)

    def speech_ended(self) -> None:
        self._expect(
            self._wanted.human_after_s, "machine_end_silence" if self._is_machine else "human"
        )

    def beep_heard(self) -> None:
        self._know("machine_end_beep" if self._wanted.until_end else "machine_start")

    def fax_heard(self) -> None:
        self._know("fax")

    # ---- what follows from it

    def _it_is_a_machine(self) -> None:
        self._is_machine = True
        if not self._wanted.until_end:
            self._know("machine_start")

    def _time_is_up(self) -> None:
        self._know("machine_end_other" if self._is_machine else "unknown")

    def _expect(self, seconds: float, answered_by: AnsweredBy) -> None:
        self._expect_nothing()
        self._pending = self._world.after(seconds, lambda: self._know(answered_by))

    def _expect_nothing(self) -> None:
        if self._pending is not None:
            self._pending.cancel()

    def _know(self, answered_by: AnsweredBy) -> None:
        self.cancel()
        self._leg.answered_by = answered_by
        self._world.note(self._leg, f"answered by {answered_by}")
        self._then(answered_by)


def detect_in_background(world: World, leg: Leg) -> None:
    """Find out while the call goes on, and tell whoever asked to be told."""
    wanted = leg.detection
    if wanted is None:
        return
    asked_at = world.now

    def then(answered_by: AnsweredBy) -> None:
        leg.detector = None
        if wanted.callback is None:
            world.note(
                leg, "nobody is told who answered", "21262: no URL was given for the result."
            )
            return
        url, method = wanted.callback
        fields = (
            ("AnsweredBy", answered_by),
            ("MachineDetectionDuration", str(round((world.now - asked_at) * 1000))),
        )
        tell(world, leg, "amd", url, method, fields)

    leg.detector = Detector(world, leg, wanted, then)
