"""What the invariants need of a universe."""

from typing import Protocol

from contact_center.simulator.core.network import Network
from tests.universe.invariants.journal import Journal


class World(Protocol):
    """A universe, as far as it is judged."""

    network: Network
    journal: Journal
    #: Legs whose instructions the network could not have, whatever it tried.
    excused: set[str]

    @property
    def now(self) -> float:
        """Seconds since 1970, as our machine has them; the network's own clock is never wrong."""
