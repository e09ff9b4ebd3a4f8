"""What every event is."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact about one organisation's calls or people. The ids say whom it concerns."""

    name: ClassVar[str]

    tenant_id: int
    call_id: int | None = None
    segment_id: int | None = None
    offer_id: int | None = None
    agent_id: int | None = None
    queue_id: int | None = None
    #: The person who asked for it, when a person did.
    actor_id: int | None = None
    #: The supervisor who is with the conversation it is about: it changes what they see.
    supervisor_id: int | None = None

    def details(self) -> dict[str, Any]:
        """Return what this kind of event says beyond whom it concerns, JSON-able."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in REFERENCES
        }


REFERENCES = frozenset(field.name for field in fields(Event))
