"""Metrics over UDP: statsd, and Datadog's dialect of it with tags.

The caller puts a line into a bounded queue and goes on. One daemon thread looks up the host once,
and sends what has gathered in datagrams that fit any network. A host that is not found is looked up
again after a while; what gathers meanwhile is dropped, as it is when the queue is full. Nobody
listening costs nothing: a datagram asks for no answer.

The lines are statsd's (name:value|type) and DogStatsD's; the `statsd` and `datadog` packages write
them.
"""

import logging
import os
import queue
import socket
import threading
from collections.abc import Callable

from contact_center.metrics.declared import Metric

logger = logging.getLogger(__name__)

#: Lines that wait; beyond that they are dropped.
MOST_WAITING = 10_000
#: Several lines share a datagram up to this size, which no usual network breaks in pieces.
DATAGRAM_BYTES = 1432
#: A host that was not found is looked up again after so long.
LOOK_UP_AGAIN_SECONDS = 30.0

#: Lines sent in one go.
BATCH = 500

#: What to do, the name, the value, the tags.
Line = tuple[str, str, float, tuple[str, ...]]
SendLines = Callable[[list[Line]], None]


class Sent:
    """Sends each metric under its name below ``prefix``.

    Plain statsd has no labels: their values follow in the name (``calls_ended.abandoned``). With
    ``tags`` they are tags (``calls_ended`` with ``outcome:abandoned``).
    """

    def __init__(self, host: str, port: int, prefix: str, *, tags: bool) -> None:
        self._host = host
        self._port = port
        self._prefix = prefix
        self._tags = tags
        self._look_up = _dogstatsd if tags else _statsd
        self._lock = threading.Lock()
        self._begin()

    def count(self, metric: Metric, labels: tuple[str, ...]) -> None:
        """Something happened."""
        self._put("count", metric, labels, 1)

    def took(self, metric: Metric, labels: tuple[str, ...], seconds: float) -> None:
        """Something lasted so long; statsd counts in milliseconds."""
        self._put("took", metric, labels, round(seconds * 1000))

    def stands_at(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        """Something is so many now."""
        self._put("stands_at", metric, labels, value)

    def _put(self, deed: str, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        if self._pid != os.getpid():
            # A fork copies us but not our thread.
            self._begin()
        if self._tags:
            pairs = zip(metric.labels, labels, strict=True)
            line = (deed, metric.name, value, tuple(f"{name}:{said}" for name, said in pairs))
        else:
            line = (deed, ".".join((metric.name, *map(_part, labels))), value, ())
        try:
            self._waiting.put_nowait(line)
        except queue.Full:
            return
        if self._thread is None:
            self._start()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._waiting: queue.Queue[Line] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._send, name="metrics", daemon=True)
                self._thread.start()

    # --- in the thread -----------------------------------------------------------------------

    def _send(self) -> None:
        while True:
            try:
                send = self._look_up(self._host, self._port, self._prefix)
                while True:
                    send(self._gathered())
            except Exception as error:
                # The host is not found, or whatever else a line does: the site is not told of it.
                logger.warning("metrics are not sent to %s: %s", self._host, error)
            threading.Event().wait(LOOK_UP_AGAIN_SECONDS)
            self._waiting.queue.clear()

    def _gathered(self) -> list[Line]:
        """Wait for a line; return it with all that wait behind it."""
        lines = [self._waiting.get()]
        while len(lines) < BATCH:
            try:
                lines.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return lines


def _statsd(host: str, port: int, prefix: str) -> SendLines:
    """Return what sends lines to a statsd. Raises OSError when the host is not found."""
    import statsd

    address, is_ipv6 = _address(host, port)
    client = statsd.StatsClient(
        address, port, prefix=prefix, maxudpsize=DATAGRAM_BYTES, ipv6=is_ipv6
    )
    deeds = {"count": "incr", "took": "timing", "stands_at": "gauge"}

    def send(lines: list[Line]) -> None:
        with client.pipeline() as pipeline:
            for deed, name, value, _tags in lines:
                getattr(pipeline, deeds[deed])(name, value)

    return send


def _dogstatsd(host: str, port: int, prefix: str) -> SendLines:
    """Return what sends lines to Datadog's agent. Raises OSError when the host is not found."""
    from datadog.dogstatsd.base import DogStatsd

    # It writes a line for each datagram that nobody took; it is none of our
    # troubles that nobody listens.
    logging.getLogger("datadog.dogstatsd").setLevel(logging.ERROR)
    client = DogStatsd(
        host=_address(host, port)[0],
        port=port,
        namespace=prefix,
        # Its own threads and figures are not needed: this is a thread, and the figures are ours.
        disable_telemetry=True,
        track_instance=False,
        origin_detection_enabled=False,
    )
    deeds = {"count": "increment", "took": "timing", "stands_at": "gauge"}

    def send(lines: list[Line]) -> None:
        with client:
            for deed, name, value, tags in lines:
                getattr(client, deeds[deed])(name, value, tags=list(tags))

    return send


def _address(host: str, port: int) -> tuple[str, bool]:
    """Look a host up once; return its address and whether that is of IPv6."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    # "localhost" is both, and a statsd usually listens on the older one.
    found.sort(key=lambda each: each[0] == socket.AF_INET6)
    family, *_others, address = found[0]
    return str(address[0]), family == socket.AF_INET6


def _part(value: str) -> str:
    """Return a label's value as a part of a statsd name, in which some signs have a meaning."""
    return "".join(sign if sign.isalnum() or sign in "_-" else "_" for sign in value) or "none"
