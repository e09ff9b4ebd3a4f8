"""Which hosts the simulator may talk to: this machine, and what its owner named besides.

It requests whatever URL it is given, so by default it can reach nothing that matters.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


class Reach:
    """The hosts that may be contacted."""

    def __init__(self, also: frozenset[str] = frozenset()) -> None:
        """``also`` names hosts beside this machine's own loopback names."""
        self._also = also

    def allows(self, url: str) -> bool:
        """Whether this URL may be requested."""
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            return False
        return host in self._also or _is_loopback(host)

    def refusal(self, url: str) -> str:
        """Why not, and what to do."""
        host = urlsplit(url).hostname
        return f"{host} is not this machine; start the simulator with --reach {host} to allow it."


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
