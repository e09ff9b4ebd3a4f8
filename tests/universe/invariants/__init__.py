"""What must always hold (DESIGN, part 12), judged while a universe runs."""

from tests.universe.invariants.journal import Journal
from tests.universe.invariants.watch import Watch
from tests.universe.invariants.world import World

__all__ = ["Journal", "Watch", "World"]
