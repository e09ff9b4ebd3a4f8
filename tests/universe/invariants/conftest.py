"""A watched floor, and the watch over it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import make_cast
from tests.universe.floor import open_floor
from tests.universe.invariants import Watch
from tests.universe.invariants.watched_floor import WatchedFloor


@pytest.fixture
def cast(db: None) -> Any:
    """Everybody, in a database that forgets the test at its end."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[WatchedFloor]:
    """The floor at noon; nobody is on duty."""
    with open_floor() as running:
        yield WatchedFloor(network=running.network, traveller=running.traveller)


@pytest.fixture
def watch(floor: WatchedFloor) -> Iterator[Watch]:
    """The watch over that floor, from its first moment."""
    watching = Watch(floor)
    yield watching
    watching.close()
