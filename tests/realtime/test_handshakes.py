"""What a handshake writes down, and for whom."""

from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket import protocol as autobahn
from twisted.internet.testing import StringTransport

from realtime.handshakes import write_nothing_down_in_vain


class Setting:
    """One of the settings of a connection; it knows how often it was written down."""

    def __init__(self) -> None:
        self.written = 0

    def __repr__(self) -> str:
        self.written += 1
        return "written down"


class Log:
    """Keeps what it is told, as one that is read at the level of debugging."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def debug(self, text: str, **values: Any) -> None:
        """Keep a line."""
        self.lines.append(text.format(**values))


@pytest.fixture(autouse=True)
def as_the_site_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way of this process, for as long as a test takes."""
    monkeypatch.setattr(autobahn, "pformat", autobahn.pformat)
    write_nothing_down_in_vain()


def connected(setting: Setting, log: Any = None) -> None:
    """Somebody connects to a server that has this setting."""
    factory = WebSocketServerFactory("ws://localhost")
    connection = WebSocketServerProtocol()
    connection.factory = factory
    connection.logFrames = setting
    if log is not None:
        connection.log = log
    connection.makeConnection(StringTransport())


def test_nothing_is_written_down_where_nobody_reads_it() -> None:
    setting = Setting()
    connected(setting)
    assert setting.written == 0


def test_who_debugs_still_reads_with_what_settings_somebody_connected() -> None:
    setting, log = Setting(), Log()
    connected(setting, log)
    assert any("('logFrames', written down, " in line for line in log.lines)
