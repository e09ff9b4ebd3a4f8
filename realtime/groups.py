"""The one group of the channel layer, and what travels in it.

Every web process that has live pages open subscribes once; whoever records events sends them
here once. A message says which facts happened and whom they concern, in ids. It is a hint to
paint again, never data: what is painted is read from the database.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from contact_center.domain.events import Event

GROUP = "contact-center.events"


class Fact(NamedTuple):
    """As much of an event as it takes to know which panels show it."""

    name: str
    tenant_id: int
    agent_id: int | None
    queue_id: int | None
    call_id: int | None = None
    supervisor_id: int | None = None


def fact(event: Event) -> Fact:
    """Return what travels of ``event``."""
    return Fact(
        event.name,
        event.tenant_id,
        event.agent_id,
        event.queue_id,
        event.call_id,
        event.supervisor_id,
    )


def facts_of(event: Event) -> list[Fact]:
    """Return what travels of ``event``: one fact, or two where a colleague is concerned as well."""
    first = fact(event)
    colleague = getattr(event, "colleague_id", None)
    return [first] if colleague is None else [first, first._replace(agent_id=colleague)]


def events_message(facts: Iterable[Fact], *, some_were_lost: bool = False) -> dict[str, Any]:
    """Return the message for these facts.

    ``some_were_lost`` says that others could not be told: whoever hears it repaints everything.
    """
    return {"type": "events", "facts": [list(one) for one in facts], "lost": some_were_lost}


def facts_in(message: Mapping[str, Any]) -> Sequence[Fact]:
    """Return the facts of an events message."""
    # Of a newer process's facts this one knows the beginning.
    return [Fact(*parts[: len(Fact._fields)]) for parts in message["facts"]]


def probe_message(sender: str) -> dict[str, Any]:
    """Return the message by which a subscriber hears whether it still hears."""
    return {"type": "probe", "sender": sender}
