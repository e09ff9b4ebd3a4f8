"""The subscriber of events in a universe: what a socket would push reaches the people in it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contact_center.domain.events import Event

if TYPE_CHECKING:
    from tests.universe.engine import Universe

universe: "Universe | None" = None


def hear(events: Sequence[Event]) -> None:
    """Hand events to the universe that is running."""
    if universe is not None:
        universe.hear(events)
