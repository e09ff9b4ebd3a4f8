"""Messages to other sites: to hosts that the settings name, at public addresses, signed.

What an admin writes as an address must not make this site ask its own neighbours (SSRF):

1. The host stands in ALERT_WEBHOOK_HOSTS, and https alone is spoken, on port 443 unless the entry
   names another.
2. The name is looked up once; every address it has must be public, and the connection goes to the
   very address that was looked at: a name that changes its mind in between changes nothing.
3. No redirect is followed, no proxy of the environment used, and of the answer its status and its
   first characters are kept.

ALERT_WEBHOOK_LOCAL_HOSTS (DEBUG only) names `host:port` pairs that may be private and plain http.

The signature: header ``X-Contact-Center-Signature: t=<seconds since 1970>,v1=<hex>``, where hex is
HMAC-SHA256 (RFC 2104) with the webhook's secret over ``<t>.<body>``. A receiver compares in
constant time and refuses what is older than five minutes; ``X-Contact-Center-Delivery`` is the same
in every attempt at one message.
"""

import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from contact_center.conf import current

CONNECT_SECONDS = 3.0
#: Between two pieces of the answer. The whole takes WEBHOOKS.TIMEOUT at most.
READ_SECONDS = 5.0
#: So much of an answer is kept.
KEPT = 300

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotDelivered(Exception):
    """The message did not arrive, or was not taken. ``is_final``: another attempt is of no use."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(frozen=True)
class _Place:
    """Where to connect: the name for TLS and the header, the address for the socket."""

    parts: SplitResult
    host: str
    port: int
    address: str


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return the header that proves who wrote ``body``, and when."""
    stamp = str(int(at.timestamp()))
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={signed.hexdigest()}"


def refusal(url: str) -> str:
    """Return why nothing may be sent to ``url``, as a sentence; empty when it may.

    The name is not looked up here: that is done when something is sent, each time.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return _("That is no address. Write it like https://hooks.example.org/alerts.")
    if not host or parts.username or parts.password or not url.isascii() or " " in url:
        return _("That is no address. Write it like https://hooks.example.org/alerts.")
    if _is_local(parts):
        return ""
    if parts.scheme != "https":
        return _("Alerts are sent by https only. Write the address with https://.")
    wanted = f"{host}:{port}" if port not in (None, 443) else host
    if wanted not in settings.ALERT_WEBHOOK_HOSTS:
        return _(
            "%(host)s is not among the hosts this site may send to. Whoever runs the site adds it "
            "to ALERT_WEBHOOK_HOSTS."
        ) % {"host": wanted}
    return ""


def post(url: str, *, secret: str, body: bytes, key: str, at: datetime) -> str:
    """Send ``body`` (JSON), signed; return the answer's status and first words.

    Raises NotDelivered with the reason, in the middle of no transaction of ours.
    """
    reason = refusal(url)
    if reason:
        raise NotDelivered(reason, is_final=True)
    place = _look_up(urlsplit(url))
    headers = {
        "Host": place.parts.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "User-Agent": "contact-center-alerts",
        "Connection": "close",
        "X-Contact-Center-Signature": signature(secret, body, at),
        "X-Contact-Center-Delivery": key,
    }
    try:
        status, said = _exchange(place, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{place.host}: {error or type(error).__name__}") from error
    answer = f"{status} {said}".strip()
    if 200 <= status < 300:
        return answer
    if 300 <= status < 400:
        raise NotDelivered(f"{status}: a redirect, which is not followed", is_final=True)
    # What was refused is refused again, except where it says "later" or "too many".
    final = 400 <= status < 500 and status not in (408, 425, 429)
    raise NotDelivered(answer, is_final=final)


def _is_local(parts: SplitResult) -> bool:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    named = f"{parts.hostname}:{port}" in settings.ALERT_WEBHOOK_LOCAL_HOSTS
    return named and parts.scheme in ("http", "https")


def _look_up(parts: SplitResult) -> _Place:
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotDelivered(f"{host} was not found: {error}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not _is_local(parts) and not all(is_public(address) for address in addresses):
        raise NotDelivered(
            _("%(host)s leads to an address that is not public; nothing was sent.")
            % {"host": host},
            is_final=True,
        )
    if not addresses:
        raise NotDelivered(f"{host} has no address")
    return _Place(parts, host, port, addresses[0])


def is_public(address: str) -> bool:
    """Whether a machine at ``address`` is somebody else's: not ours, our network's or nobody's."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.sixtofour is not None or ip.teredo is not None or ip in _NAT64:
            return False  # an IPv4 address in disguise
    return ip.is_global and not ip.is_multicast


def _exchange(place: _Place, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    path = place.parts.path or "/"
    if place.parts.query:
        path += f"?{place.parts.query}"
    line = http.client.HTTPConnection(place.host, place.port)
    plain = socket.create_connection((place.address, place.port), timeout=CONNECT_SECONDS)
    # Whoever answers one letter every four seconds keeps us no longer than whoever answers none.
    patience = threading.Timer(current().webhooks.timeout, _hang_up, [plain])
    patience.daemon = True
    patience.start()
    try:
        plain.settimeout(READ_SECONDS)
        line.sock = plain
        if place.parts.scheme == "https":
            line.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=place.host)
        line.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            line.putheader(name, value)
        line.endheaders(body)
        answer = line.getresponse()
        return answer.status, " ".join(answer.read(KEPT).decode("utf-8", "replace").split())
    finally:
        patience.cancel()
        line.close()
        plain.close()


def _hang_up(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
