"""Is a port of this machine free, and on which loopback addresses can we listen?"""

import errno
import socket

LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def loopback_addresses(port: int) -> list[str]:
    """The loopback addresses on which `port` can be bound now: both, or one without IPv6.

    Browsers try ::1 first for "localhost" and programs often 127.0.0.1, so we want both. Raises
    OSError (EADDRINUSE) when somebody else listens on either of them.
    """
    usable = []
    for family, address in LOOPBACKS:
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue
            raise
        usable.append(address)
    return usable


def endpoint(address: str, port: int) -> str:
    """Twisted's description of a listening socket; a colon separates its parts."""
    kind = "tcp6" if ":" in address else "tcp"
    escaped = address.replace(":", r"\:")
    return f"{kind}:port={port}:interface={escaped}"
