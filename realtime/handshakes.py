"""What a handshake need not cost.

Daphne's library for websockets (autobahn) writes the settings of each connection down for a log at
the level of debugging, whether there is one or not: two dozen lines, nicely indented, and a tenth
of what a handshake costs when everybody's page comes back at once.
"""

from pprint import pformat

from autobahn.websocket import protocol


class Later:
    """Something that is written down when somebody reads it, as it is then."""

    def __init__(self, thing: object) -> None:
        self._thing = thing

    def __str__(self) -> str:
        return pformat(self._thing)


def write_nothing_down_in_vain() -> None:
    """Let autobahn write what it logs down when it is logged."""
    vars(protocol)["pformat"] = Later
