"""The simulator and a customer's application, both on ports of this machine."""

from collections.abc import AsyncIterator

import pytest

from contact_center.simulator.server.app import Settings
from tests.contact_center.simulator.server.desk import Desk
from tests.contact_center.simulator.server.phone_network import ACCOUNT, PhoneNetwork


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A customer's application."""
    async with Desk() as desk:
        yield desk


@pytest.fixture
async def network(desk: Desk) -> AsyncIterator[PhoneNetwork]:
    """A network without sound whose number and application ask the desk."""
    async with PhoneNetwork(Settings(ACCOUNT, audio=False, seed=7), desk) as network:
        yield network


@pytest.fixture
async def audible_network(desk: Desk) -> AsyncIterator[PhoneNetwork]:
    """The same with sound."""
    async with PhoneNetwork(Settings(ACCOUNT, seed=7), desk) as network:
        yield network
