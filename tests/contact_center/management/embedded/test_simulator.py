"""Whoever answers where the phone network should be is looked at before it is believed."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contact_center.management.embedded.simulator import (
    Account,
    SimulatorProcess,
    WrongNeighbour,
)
from tests.harness.processes import free_port

ACCOUNT = Account(
    sid="AC" + "0" * 32,
    auth_token="token",
    api_key_sid="SK" + "0" * 32,
    api_key_secret="secret",
    application_sid="AP" + "0" * 32,
    numbers=["+14155550100"],
)


@contextmanager
def a_neighbour_that_answers(body: bytes) -> Iterator[int]:
    """An HTTP server on a free port that says the same to everybody."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def simulator_at(port: int, log: Path) -> SimulatorProcess:
    """The phone network we expect there."""
    url = f"http://127.0.0.1:{port}"
    return SimulatorProcess(url, ACCOUNT, log=log / "simulator.log", desk_url="")


def test_our_own_phone_network_is_used(tmp_path: Path) -> None:
    health = {"ok": True, "account_sid": ACCOUNT.sid, "calls": 2}
    with a_neighbour_that_answers(json.dumps(health).encode()) as port:
        simulator = simulator_at(port, tmp_path)
        assert simulator.is_healthy()
        assert not simulator.ours
        simulator.stop()  # a neighbour's process is not ours to end
        assert simulator.is_healthy()


def test_nobody_there_means_start_one(tmp_path: Path) -> None:
    assert not simulator_at(free_port(), tmp_path).is_healthy()


def test_another_demos_phone_network_is_not_ours(tmp_path: Path) -> None:
    health = {"ok": True, "account_sid": "AC" + "f" * 32, "calls": 0}
    with (
        a_neighbour_that_answers(json.dumps(health).encode()) as port,
        pytest.raises(WrongNeighbour, match=rf"another demo .* SIM_PORT={port + 1}"),
    ):
        simulator_at(port, tmp_path).is_healthy()


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"{}", b'"ok"'])
def test_another_program_is_said_to_be_one(body: bytes, tmp_path: Path) -> None:
    with (
        a_neighbour_that_answers(body) as port,
        pytest.raises(WrongNeighbour, match="in use by another program"),
    ):
        simulator_at(port, tmp_path).is_healthy()
