"""Starting a server as a process, waiting until it answers, and ending it by its process id."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import requests

from tests.harness.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, on 127.0.0.1 and on ::1."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in (8000, 8100) and not listening(port):
            return port


def listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections on that port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def bare_environment() -> dict[str, str]:
    """This process's environment without anything the product reads.

    A server that a test starts must not meet the developer's database, account or settings. Where
    Python is told to keep no bytecode, as in a container, every one of a run's processes would
    compile everything anew, which for a worker of pytest takes longer than all else it begins with.
    """
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "CI")
    prefixes = ("OPENBLAS_", "PYTHON", "PYTEST_ADDOPTS")
    left_out = ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or (name.startswith(prefixes) and name not in left_out)
    }


def ending_with_us(command: Sequence[str]) -> list[str]:
    """The command such that its process is interrupted when ours ends, in whatever way.

    A test run that is killed leaves no server behind. util-linux has the program for it; where it
    is missing the command is as it was. What a shell starts with `&` is deaf to the interrupt, and
    so is all that it starts, unless it is told to listen again.
    """
    setpriv = shutil.which("setpriv")
    listening_to_it = ["env", "--default-signal=INT"]
    return [*listening_to_it, *([setpriv, "--pdeathsig", "INT"] if setpriv else []), *command]


class Server:
    """One server process: its output goes to a file, and it is known by its process id alone."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str],
        folder: Path = ROOT,
        user: str | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = list(command)
        self._environment = dict(environment)
        self._folder = folder
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        assert self._process is not None, f"{self.name} was not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process and return at once; `wait_for_url` says when it serves."""
        assert not self.running, f"{self.name} is already running"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                ending_with_us(self._command),
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
                start_new_session=True,
            )

    def _alive(self) -> None:
        if not self.running:
            raise RuntimeError(f"{self.name} ended by itself ({self._exit_code()}):\n{self.tail()}")

    def _exit_code(self) -> int | None:
        return None if self._process is None else self._process.returncode

    def wait_for_port(self, port: int, timeout: float = 30.0) -> None:
        """Return when the process accepts connections; raises with its last words when it died."""

        def accepts() -> bool:
            self._alive()
            return listening(port)

        wait_until(accepts, timeout, what=f"{self.name} on port {port}", describe=self.tail)

    def wait_for_url(self, url: str, timeout: float = 30.0) -> None:
        """Return when `url` answers 200; raises with the process's last words when it died."""

        def answers() -> bool:
            self._alive()
            with contextlib.suppress(requests.RequestException):
                return requests.get(url, timeout=2).status_code == 200
            return False

        wait_until(answers, timeout, what=f"{self.name} at {url}", describe=self.tail)

    def wait_for_words(self, words: str, *, after: int = 0, timeout: float = 30.0) -> None:
        """Return when the process has written `words` after the first `after` bytes of its log."""

        def said() -> bool:
            self._alive()
            return words in self.log.read_bytes()[after:].decode(errors="replace")

        wait_until(said, timeout, what=f"{self.name} saying {words!r}", describe=self.tail)

    def stop(self, *, how: signal.Signals = signal.SIGTERM, timeout: float = 20.0) -> int:
        """Ask the process to end and return its exit code; after `timeout` seconds it is killed."""
        process = self._process
        assert process is not None, f"{self.name} was not started"
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill()
        return process.returncode

    def kill(self) -> None:
        """End the process at once, as a power cut would (SIGKILL)."""
        process = self._process
        assert process is not None, f"{self.name} was not started"
        process.kill()
        process.wait(10)

    def signal(self, which: signal.Signals) -> None:
        """Send the process a signal that it lives on after."""
        assert self._process is not None, f"{self.name} was not started"
        self._process.send_signal(which)

    def kill_family(self) -> None:
        """End the process and those it has started, all in one moment (SIGKILL)."""
        process = self._process
        assert process is not None, f"{self.name} was not started"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def tail(self, lines: int = 30) -> str:
        """The last lines that the process wrote."""
        if not self.log.exists():
            return f"({self.name} wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
