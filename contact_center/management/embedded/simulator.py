"""The phone network in a box, as a process of its own beside the site.

It is found by its URL and started only when nobody answers there: the site may be restarted, or
crash, while the calls in the simulator go on.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

HEALTH_PATH = "/simulator/health"
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Account:
    """The account that the simulator plays Twilio for."""

    sid: str
    auth_token: str
    api_key_sid: str
    api_key_secret: str
    application_sid: str
    numbers: Sequence[str]


class WrongNeighbour(Exception):
    """Something else answers where the phone network should be. The message says what to do."""


class SimulatorProcess:
    """The simulator at `url`: ours when we started it, a neighbour's when it was there before."""

    def __init__(self, url: str, account: Account, *, log: Path, desk_url: str) -> None:
        self.url = url.rstrip("/")
        self.log = log
        self._account = account
        self._desk_url = desk_url
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def ours(self) -> bool:
        """Whether this process started it."""
        return self._process is not None

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 80

    def is_healthy(self) -> bool:
        """Whether our account's phone network answers. Raises WrongNeighbour for anything else."""
        try:
            answer = requests.get(self.url + HEALTH_PATH, timeout=3)
        except requests.ConnectionError:
            return False
        except requests.Timeout:
            raise WrongNeighbour(
                f"Something listens on port {self.port} and does not answer; the phone network"
                f" cannot start there. Choose another port: make run SIM_PORT={self.port + 1}"
            ) from None
        try:
            health = answer.json()
            account_sid = health["account_sid"]
        except (ValueError, TypeError, KeyError):
            raise WrongNeighbour(
                f"Port {self.port} is already in use by another program; the phone network cannot"
                f" start there. Choose another port: make run SIM_PORT={self.port + 1}"
            ) from None
        if account_sid != self._account.sid:
            raise WrongNeighbour(
                f"Port {self.port} is in use by the phone network of another demo (account"
                f" {account_sid}). End that one, or choose another port:"
                f" make run SIM_PORT={self.port + 1}"
            )
        return bool(health.get("ok"))

    def start(self, *, root: Path) -> None:
        """Start it from the checkout `root`; returns at once, `is_healthy` says when it serves.

        Secrets go by the environment: a command line can be read by everybody on the machine. Its
        own session keeps the terminal's Ctrl-C from it: the site ends first, then the network.
        """
        account = self._account
        environment = os.environ | {
            "SIMULATOR_ACCOUNT_SID": account.sid,
            "SIMULATOR_AUTH_TOKEN": account.auth_token,
            "SIMULATOR_API_KEY_SID": account.api_key_sid,
            "SIMULATOR_API_KEY_SECRET": account.api_key_secret,
            "SIMULATOR_TWIML_APP_SID": account.application_sid,
            "SIMULATOR_NUMBERS": ",".join(account.numbers),
            "SIMULATOR_PORT": str(self.port),
            "SIMULATOR_NODE_MODULES": str(root / "node_modules"),
            "SIMULATOR_DESK_URL": self._desk_url,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "contact_center.simulator", "--host", "127.0.0.1"],
                cwd=root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def exit_code(self) -> int | None:
        """How our process ended; None while it runs, or when it is a neighbour's."""
        return None if self._process is None else self._process.poll()

    def wait(self) -> None:
        """Return when our process has ended."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """End our process, and nobody else's."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, to show when it died."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
