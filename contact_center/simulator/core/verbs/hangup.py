"""``<Hangup>`` and ``<Reject>``: the end of a call, after picking up or instead of it.

Sources: twilio.com/docs/voice/twiml/hangup, docs/voice/twiml/reject.
"""

from __future__ import annotations

from contact_center.simulator.core import progress
from contact_center.simulator.core.attributes import choice
from contact_center.simulator.core.script import Script, Step, Verb
from contact_center.simulator.core.twiml import Element

REASONS = frozenset({"rejected", "busy"})


def _hangup(script: Script, element: Element) -> Step:
    progress.end(script.world, script.leg, "completed")
    return Step.WAITING


def _reject(script: Script, element: Element) -> Step:
    reason = choice(element, "reason", "rejected", REASONS)
    if script.leg.answered_at is not None:
        # Too late to refuse: a call that was picked up can only be hung up.
        progress.end(script.world, script.leg, "completed")
    else:
        progress.end(script.world, script.leg, "busy" if reason == "busy" else "no-answer")
    return Step.WAITING


HANGUP = Verb("Hangup", _hangup)
REJECT = Verb("Reject", _reject, frozenset({"reason"}), answers=False)
