"""What tests of the webhooks share: a floor, and a wire on which anything can be said."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import make_cast
from tests.contact_center.webhooks.wire import Wire
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


@pytest.fixture
def wire(floor: Floor) -> Wire:
    """A line to our site beside the floor's network."""
    return Wire()
