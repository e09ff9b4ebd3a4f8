"""The phone network in a box as a process of its own, and what a test asks of it."""

import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.harness.processes import ROOT, Server, bare_environment, free_port
from tests.harness.waiting import let_pass

MAIN_NUMBER = "+14155550100"
SALES_NUMBER = "+14155550101"
SUPPORT_NUMBER = "+14155550102"


@dataclass(frozen=True)
class Credentials:
    """One Twilio account's, as the product and the simulator must agree on them."""

    account_sid: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    auth_token: str = field(default_factory=lambda: secrets.token_hex(16))
    api_key_sid: str = field(default_factory=lambda: "SK" + secrets.token_hex(16))
    api_key_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    application_sid: str = field(default_factory=lambda: "AP" + secrets.token_hex(16))

    def for_the_site(self) -> dict[str, str]:
        """The variables by which the site knows its account."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_API_KEY_SID": self.api_key_sid,
            "TWILIO_API_KEY_SECRET": self.api_key_secret,
            "TWILIO_TWIML_APP_SID": self.application_sid,
            "TWILIO_PHONE_NUMBER": MAIN_NUMBER,
        }

    def for_the_simulator(self, numbers: Sequence[str]) -> dict[str, str]:
        """The variables by which the simulator knows whom it plays Twilio for."""
        return {
            "SIMULATOR_ACCOUNT_SID": self.account_sid,
            "SIMULATOR_AUTH_TOKEN": self.auth_token,
            "SIMULATOR_API_KEY_SID": self.api_key_sid,
            "SIMULATOR_API_KEY_SECRET": self.api_key_secret,
            "SIMULATOR_TWIML_APP_SID": self.application_sid,
            "SIMULATOR_NUMBERS": ",".join(numbers),
        }


class Simulator:
    """`with Simulator(folder) as simulator:` — a phone network on a free port.

    `call` rings a number as a customer; `truth` says what is really so; `heard` measures what a leg
    hears.
    """

    #: The program.
    MODULE = "contact_center.simulator"

    def __init__(
        self,
        folder: Path,
        *,
        credentials: Credentials | None = None,
        numbers: Sequence[str] = (MAIN_NUMBER, SALES_NUMBER, SUPPORT_NUMBER),
    ) -> None:
        self.credentials = credentials or Credentials()
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self._server = Server(
            "the simulator",
            [sys.executable, "-m", self.MODULE, "--host", "127.0.0.1"],
            log=folder / "simulator.log",
            environment=bare_environment()
            | self.credentials.for_the_simulator(numbers)
            | {
                "SIMULATOR_PORT": str(self.port),
                "SIMULATOR_NODE_MODULES": str(ROOT / "node_modules"),
                "PYTHONUNBUFFERED": "1",
            },
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.kill()  # ending politely is tested elsewhere, and takes longer

    def start(self) -> None:
        """Start it and return when it answers."""
        self._server.start()
        self._server.wait_for_url(f"{self.url}/simulator/health")

    def stop(self) -> int:
        """End it and return its exit code."""
        return self._server.stop()

    def kill(self) -> None:
        """Let it die at once."""
        self._server.kill()

    def log(self) -> str:
        """The end of what it wrote."""
        return self._server.tail()

    def get(self, path: str, **query: object) -> Any:
        """A GET of the simulator's own pages, as JSON."""
        answer = requests.get(f"{self.url}{path}", params=_words(query), timeout=15)
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:
        """A POST of JSON to the simulator's own pages; the answer as JSON, None when empty."""
        answer = requests.post(f"{self.url}{path}", json=body or {}, timeout=15)
        if not answer.ok:
            raise AssertionError(f"{path} answered {answer.status_code}: {answer.text}")
        return answer.json() if answer.content else None

    def call(
        self,
        to: str = MAIN_NUMBER,
        *,
        from_: str = "+14155550199",
        keys: str = "",
        tone: float | None = None,
        patience_s: float = 120,
        talk_s: float = 120,
    ) -> str:
        """A scripted customer rings `to`, presses `keys`, and speaks at `tone` Hz; returns the SID.

        Gives up after `patience_s` in line and hangs up `talk_s` after being answered.
        """
        body = {
            "from": from_,
            "to": to,
            "keys": keys,
            "tone": tone,
            "patience_s": patience_s,
            "talk_s": talk_s,
        }
        given = {name: value for name, value in body.items() if value is not None}
        sid: str = self.post("/simulator/callers", given)["call_sid"]
        return sid

    def hang_up(self, call_sid: str) -> None:
        """The far end of this leg puts the phone down."""
        self.post(f"/simulator/calls/{call_sid}/hangup")

    def press(self, call_sid: str, keys: str) -> None:
        """The far end of this leg presses keys."""
        self.post(f"/simulator/calls/{call_sid}/keys", {"keys": keys})

    def truth(self) -> dict[str, Any]:
        """Every leg, status, queue, conference, and who hears whom."""
        truth: dict[str, Any] = self.get("/simulator/truth")
        return truth

    def live_legs(self) -> list[dict[str, Any]]:
        """The legs that have not ended."""
        return [leg for leg in self.truth()["legs"] if leg["ended_at"] is None]

    def leg(self, call_sid: str) -> dict[str, Any]:
        """What is true of one leg: status, place, queue, conference, whom it hears."""
        found = [leg for leg in self.truth()["legs"] if leg["sid"] == call_sid]
        assert found, f"the network knows no leg {call_sid}"
        return found[0]

    def heard(self, call_sid: str, *tones: float, seconds: float = 1.0) -> dict[str, float]:
        """How loud each tone was in what this leg heard lately, in dB; `rms` for all of it."""
        answer = self.get(
            f"/simulator/calls/{call_sid}/heard",
            seconds=seconds,
            tones=",".join(f"{tone:g}" for tone in tones),
        )
        levels = {str(name): float(value) for name, value in answer["tones"].items()}
        return levels | {"rms": float(answer["rms_db"])}

    def record(self, call_sid: str) -> None:
        """Keep everything this leg hears and says from now on, for `recording`."""
        self.post(f"/simulator/calls/{call_sid}/recording")

    def recording(self, call_sid: str, *tones: float) -> dict[str, Any]:
        """What was kept, tick by tick: the tones of both directions, and whom the leg heard."""
        kept: dict[str, Any] = self.get(
            f"/simulator/calls/{call_sid}/recording", tones=",".join(f"{tone:g}" for tone in tones)
        )
        return kept

    def tick(self, call_sid: str) -> int:
        """The tick of the mixer up to which this leg has been recorded."""
        kept = self.recording(call_sid)
        return int(kept["from_tick"] + kept["ticks"])

    def hears(self, call_sid: str, tone: float, *, seconds: float = 1.0) -> bool:
        """Whether this leg plainly heard that tone lately (above -40 dB)."""
        return self.heard(call_sid, tone, seconds=seconds)[f"{tone:g}"] > HEARD_DB

    def does_not_hear(
        self, call_sid: str, tone: float, *, seconds: float = 1.0, at_once: bool = False
    ) -> bool:
        """Whether that tone was absent from what this leg heard lately (below -50 dB).

        The joining of two lines, like the start of any sound, is heard for a moment at every
        frequency. So what was measured is looked at a second time, one window later, when that
        moment has passed; a voice that gets through is still there. `at_once` looks only once.
        """

        def absent() -> bool:
            return self.heard(call_sid, tone, seconds=seconds)[f"{tone:g}"] < SILENT_DB

        if absent():
            return True
        if at_once:
            return False
        let_pass(seconds)
        return absent()


# People are heard at -15 to -25 dB, and a line that is not theirs carries nothing of them: between
# the two figures lies neither, and a test that lands there must look, not pass. On a busy machine a
# frame that comes late is a click, and a click is a little of every tone.
HEARD_DB = -40.0
SILENT_DB = -50.0


def _words(query: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items()}
