"""What the invariants need of a universe."""

from typing import Protocol

from contact_center.simulator.core.network import Network
from tests.universe.invariants.journal import Journal


class World(Protocol):
    """A universe, as far as it is judged."""

    network: Network
    journal: Journal

    @property
    def now(self) -> float:
        """Seconds since 1970, in the universe."""
