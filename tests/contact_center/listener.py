"""A small site elsewhere: listens on loopback, keeps what it is sent, answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Listener:
    """What came in, and what is answered: ``status``, ``body``, ``headers``."""

    port: int = 0
    status: int = 200
    body: bytes = b"thanks"
    headers: dict[str, str] = field(default_factory=dict)
    #: Set when the answer is to be kept back; the handler waits for it to be set again.
    hold: threading.Event | None = None
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def host(self) -> str:
        """As ALERT_WEBHOOK_LOCAL_HOSTS names it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Where it is told."""
        return f"http://{self.host}/alerts?from=us"


@contextmanager
def listening() -> Iterator[Listener]:
    """Run a listener on a free port."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            listener.got.append((self.path, dict(self.headers.items()), self.rfile.read(length)))
            if listener.hold is not None:
                listener.hold.wait(30)
            self.send_response(listener.status)
            for name, value in listener.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(listener.body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    listener.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        if listener.hold is not None:
            listener.hold.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
