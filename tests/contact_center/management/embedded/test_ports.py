"""Two demos on one machine do not fight over a port: the second is told."""

import socket

import pytest

from contact_center.management.embedded.ports import endpoint, loopback_addresses
from tests.harness.processes import free_port


def test_a_free_port_can_be_used_on_every_loopback_address() -> None:
    addresses = loopback_addresses(free_port())
    assert "127.0.0.1" in addresses
    assert set(addresses) <= {"127.0.0.1", "::1"}


def test_a_port_somebody_listens_on_is_refused() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as neighbour,
        pytest.raises(OSError, match="in use"),
    ):
        loopback_addresses(neighbour.getsockname()[1])


def test_an_address_with_colons_is_escaped_for_twisted() -> None:
    assert endpoint("127.0.0.1", 8000) == "tcp:port=8000:interface=127.0.0.1"
    assert endpoint("::1", 8000) == r"tcp6:port=8000:interface=\:\:1"
