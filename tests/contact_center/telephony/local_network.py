"""A phone network of a few lines, on loopback: it does to each request what it was told to do.

It shows what a request looks like on the wire and what becomes of one whose answer is late, broken
or missing. What the network *does* with a request is the simulator's business, not this one's.
"""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """A request as it arrived. `connection` numbers the connections from 1."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    authorization: str
    cookie: str
    connection: int


@dataclass(frozen=True)
class Answer:
    """What to do with one request."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    #: Break the connection (RST): before reading the request, after it, or within the answer.
    reset: str = ""
    #: Answer only when this is set.
    after: threading.Event | None = None


class LocalNetwork(ThreadingHTTPServer):
    """Answers with the answers given, in order, then with an empty object each time."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *answers: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.seen: list[Seen] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.now_open = 0
        self.most_open = 0
        self.arrived = threading.Semaphore(0)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def next_answer(self) -> Answer:
        """Take the next answer."""
        with self.lock:
            return self.answers.pop(0) if self.answers else Answer()


@contextmanager
def local_network(*answers: Answer) -> Iterator[LocalNetwork]:
    """Run a network for the length of a block."""
    network = LocalNetwork(*answers)
    thread = threading.Thread(target=network.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield network
    finally:
        network.shutdown()
        thread.join()
        network.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: LocalNetwork

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1
            self.number = self.server.connections

    def handle_one_request(self) -> None:
        if self.server.answers and self.server.answers[0].reset == "before":
            self.server.next_answer()
            # Once something has come: a reset any earlier may still meet the connecting.
            self.connection.recv(1, socket.MSG_PEEK)
            self._reset()
            return
        super().handle_one_request()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        target = urlsplit(self.path)
        seen = Seen(
            method=self.command,
            path=target.path,
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            form=dict(parse_qsl(sent, keep_blank_values=True)),
            authorization=self.headers.get("Authorization", ""),
            cookie=self.headers.get("Cookie", ""),
            connection=self.number,
        )
        with self.server.lock:
            self.server.seen.append(seen)
            self.server.now_open += 1
            self.server.most_open = max(self.server.most_open, self.server.now_open)
        self.server.arrived.release()
        answer = self.server.next_answer()
        if answer.after is not None:
            answer.after.wait(20)
        with self.server.lock:
            self.server.now_open -= 1
        if answer.reset == "after":
            self._reset()
            return
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        try:
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if answer.reset == "within":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self._reset()
                return
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            # Whoever asked did not wait for a late answer.
            self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
