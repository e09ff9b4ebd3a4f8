"""``<Pause>``: silence. As a first verb it waits before picking up.

Source: twilio.com/docs/voice/twiml/pause.
"""

from __future__ import annotations

from contact_center.simulator.core.attributes import integer
from contact_center.simulator.core.script import Activity, Script, Step, Verb
from contact_center.simulator.core.stopping import Cause, Detour
from contact_center.simulator.core.twiml import Element

LONGEST = 24 * 3600


class _Silence(Activity):
    def __init__(self, script: Script, seconds: int) -> None:
        self._timer = script.world.after(seconds, script.proceed)

    def stop(self, cause: Cause) -> Detour | None:
        self._timer.cancel()
        return None


def _pause(script: Script, element: Element) -> Step:
    seconds = integer(element, "length", 1, 0, LONGEST, code=13910)
    return script.begin(_Silence(script, seconds)) if seconds else Step.DONE


PAUSE = Verb("Pause", _pause, frozenset({"length"}), answers=False)
