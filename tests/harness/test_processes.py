"""What a process that a test starts knows of the shell it was started from."""

import signal
import sys
from pathlib import Path

import pytest

from tests.harness.processes import Server, bare_environment


def test_a_server_meets_nothing_of_the_developers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "TWILIO_AUTH_TOKEN", "SECRET_KEY", "PYTHONPATH"):
        monkeypatch.setenv(name, "the developer's own")
    assert "the developer's own" not in bare_environment().values()


def test_a_process_keeps_bytecode_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    environment = bare_environment()
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["PYTHONUNBUFFERED"] == "1"


def test_a_server_hears_the_interrupt_though_the_run_was_started_in_the_background(
    tmp_path: Path,
) -> None:
    """`make test &` makes the shell ignore Ctrl-C for it and for everything that it starts."""
    waits = "import signal; print('here', flush=True); signal.pause()"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        server = Server(
            "a program",
            [sys.executable, "-c", waits],
            log=tmp_path / "log",
            environment=bare_environment(),
        )
        server.start()
        server.wait_for_words("here")
        assert server.stop(how=signal.SIGINT) in (-signal.SIGINT, 1)
    finally:
        signal.signal(signal.SIGINT, before)
