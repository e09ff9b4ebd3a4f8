"""Everything that can happen, in the past tense.

An event is a fact: it is appended to the log in the transaction that made it true, and told to
the rest of the site after commit. Its ``name`` is written out so that what is seen in a log row
or a websocket frame can be found by searching for it. References are ids; nothing personal (no
phone number, no name) travels in an event.

Whoever needs one imports this package as ``ev``; its modules are for who looks one up.
"""

from contact_center.domain.events.alerts import *  # noqa: F403
from contact_center.domain.events.base import REFERENCES as REFERENCES
from contact_center.domain.events.base import Event as Event
from contact_center.domain.events.blocking import *  # noqa: F403
from contact_center.domain.events.callbacks import *  # noqa: F403
from contact_center.domain.events.calling_out import *  # noqa: F403
from contact_center.domain.events.calls import *  # noqa: F403
from contact_center.domain.events.conversation import *  # noqa: F403
from contact_center.domain.events.network import *  # noqa: F403
from contact_center.domain.events.people import *  # noqa: F403
from contact_center.domain.events.setting_up import *  # noqa: F403


def all_events() -> dict[str, type[Event]]:
    """Return every kind of event by its name."""
    found: dict[str, type[Event]] = {}
    for kind in Event.__subclasses__():
        found[kind.name] = kind
    return found
