"""The simulator as a process of its own, and a site of a few lines that it asks."""

import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
from django.conf import settings
from django.http import QueryDict

from contact_center.telephony import network
from contact_center.telephony.instructions import Instruction

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Simulator:
    """A phone network in another process; the account is the one of the test settings."""

    url: str

    def ring(self, number: str, from_: str) -> str:
        """Let somebody ring one of our numbers; return the call's SID."""
        answer = requests.post(
            f"{self.url}/simulator/callers", json={"from": from_, "to": number}, timeout=5
        )
        answer.raise_for_status()
        return str(answer.json()["call_sid"])

    def press(self, call_sid: str, keys: str) -> None:
        """Let a caller press keys."""
        url = f"{self.url}/simulator/callers/{call_sid}/keys"
        requests.post(url, json={"keys": keys}, timeout=5).raise_for_status()

    def hang_up(self, call_sid: str) -> None:
        """Let a caller hang up."""
        url = f"{self.url}/simulator/callers/{call_sid}/hangup"
        requests.post(url, timeout=5).raise_for_status()

    def break_next(self, action: str, *, path: str, moment: str, seconds: float = 0) -> None:
        """Let the next request below a path fail, before or after it is applied."""
        fault = {
            "kind": "rest",
            "path": path,
            "action": action,
            "moment": moment,
            "seconds": seconds,
        }
        requests.post(f"{self.url}/simulator/faults", json=fault, timeout=5).raise_for_status()


@contextmanager
def simulator(*numbers: str) -> Iterator[Simulator]:
    """Run a simulator that owns `numbers` for the length of a block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "port": str(port),
        "account-sid": settings.TWILIO_ACCOUNT_SID,
        "auth-token": settings.TWILIO_AUTH_TOKEN,
        "api-key": settings.TWILIO_API_KEY_SID,
        "api-secret": settings.TWILIO_API_KEY_SECRET,
        "app": settings.TWILIO_TWIML_APP_SID,
    }
    command = [sys.executable, "-m", "contact_center.simulator", "--no-audio"]
    for name, value in options.items():
        command += [f"--{name}", value]
    for number in numbers:
        command += ["--number", number]
    clean = {name: value for name, value in os.environ.items() if "SIMULATOR" not in name}
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=clean, cwd=settings.BASE_DIR
    )
    assert process.stderr is not None
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if "http://" in line:
                break
        else:
            raise AssertionError(f"The simulator did not start:\n{''.join(said)}")
        # Its log would otherwise fill the pipe and stop it.
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield Simulator(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stderr.close()


@dataclass(frozen=True)
class Asked:
    """One webhook as it came. `genuine` is what our own check says of it."""

    path: str
    form: dict[str, str]
    genuine: bool


class Site(ThreadingHTTPServer):
    """Answers each path with the instructions put there, and a report with 204."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Door)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.answers: dict[str, Sequence[Instruction]] = {}
        self.came: queue.Queue[Asked] = queue.Queue()
        self.seen: list[Asked] = []

    def expect(self, path: str, **fields: str) -> Asked:
        """Return the next webhook to `path` with these fields; older ones are passed over."""
        while True:
            try:
                asked = self.came.get(timeout=PATIENCE_SECONDS)
            except queue.Empty:
                came = [f"{one.path} {one.form}" for one in self.seen]
                raise AssertionError(
                    f"{path} {fields} was not asked. There came:\n" + "\n".join(came)
                ) from None
            self.seen.append(asked)
            if asked.path == path and fields.items() <= asked.form.items():
                return asked


@contextmanager
def site() -> Iterator[Site]:
    """Run a site for the length of a block."""
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Site

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        form = QueryDict(body)
        genuine = network().verify(
            url=self.server.url + self.path,
            params=form,
            body=body,
            signature=self.headers.get("X-Twilio-Signature", ""),
            content_type=self.headers.get("Content-Type", ""),
        )
        instructions = self.server.answers.get(self.path)
        document = b"" if instructions is None else network().render(instructions).encode()
        self.send_response(204 if instructions is None else 200)
        if document:
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)
        self.server.came.put(Asked(self.path, form.dict(), genuine))

    def log_message(self, *_: object) -> None:
        pass
