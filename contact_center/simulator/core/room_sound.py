"""The documents of a conference: what is heard on hold, and while it has not begun.

Source: twilio.com/docs/voice/twiml/conference#attributes-wait-url. They run once, then there is
silence, unless they end with ``<Redirect>`` or are a sound file, which is repeated.
"""

from __future__ import annotations

from contact_center.simulator.core.conferences import Conference
from contact_center.simulator.core.effects import Params
from contact_center.simulator.core.script import Dialect
from contact_center.simulator.core.verbs.pause import PAUSE
from contact_center.simulator.core.verbs.play import PLAY
from contact_center.simulator.core.verbs.redirect import REDIRECT
from contact_center.simulator.core.verbs.say import SAY

ROOM = Dialect(
    "conference wait",
    {verb.name: verb for verb in (SAY, PLAY, PAUSE, REDIRECT)},
    repeats_audio=True,
)


def room_fields(conference: Conference) -> Params:
    """What a request for such a document says of the conference."""
    return (("ConferenceSid", conference.sid), ("FriendlyName", conference.friendly_name))
