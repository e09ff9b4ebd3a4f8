"""A floor for every test of a service: the cast, our site and the network in virtual time."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import make_cast
from tests.universe.floor import Floor, open_floor


@pytest.fixture
def cast(transactional_db: None) -> Any:
    """Everybody, in a database in which transactions really commit."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[Floor]:
    """The floor at noon; nobody is on duty."""
    with open_floor() as running:
        yield running
