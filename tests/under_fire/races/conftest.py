"""A floor on PostgreSQL for several threads, where nothing goes wrong in silence."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cast import make_cast
from tests.universe.floor import Floor, open_floor


@pytest.fixture
def cast(transactional_db: None) -> Any:
    """Everybody, in a database that other threads see."""
    return make_cast()


@pytest.fixture
def floor(cast: Any) -> Iterator[Floor]:
    """The floor at noon; nobody is on duty. Time stands still while threads run."""
    with open_floor() as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_went_wrong_in_silence(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A deadlock that a clock or a webhook survives is still a deadlock."""
    yield
    errors = [record for record in caplog.get_records("call") if record.levelname == "ERROR"]
    assert not errors, [record.getMessage() for record in errors]
