"""Write to a page at once, past what stands between us and its socket.

What a thousand pages are sent is the same but for its number. On the ordinary way daphne hands each
text to autobahn, which frames it anew and describes it for a log; Twisted keeps it, asks the kernel
to say when the socket may be written to, waits for that in the next turn of the loop, writes, and
asks the kernel to say so no more. All that takes four times as long as the writing.

So where nothing waits to be sent on a connection, a text is framed and written here. What the
kernel does not take, and everything behind it, goes the ordinary way and stays in order. Under
another server than daphne, with TLS or with compression, everything does.
"""

import struct
import sys
from functools import cached_property, partial
from typing import Any

#: The first byte of a text that is whole: RFC 6455, section 5.2.
_WHOLE_TEXT = 0x81


class Body:
    """What is the same in the frames of many pages: everything behind the number."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def encoded(self) -> bytes:
        """The text as it goes over the wire; put into bytes once for all."""
        return self.text.encode()


class Wire:
    """The connection of one page, below the server that keeps it."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol

    def write(self, head: str, body: Body) -> bool:
        """Send ``head`` and ``body`` as one text. False: nothing was sent, it must go as usual.

        The rest of what is only begun here is with the transport when this returns.
        """
        protocol = self._protocol
        transport = protocol.transport
        if (
            protocol.state != protocol.STATE_OPEN
            or protocol.send_queue
            # Compressed, a message is another for each connection.
            or protocol._perMessageCompress is not None
            or getattr(transport, "TLS", True)
            or not transport.connected
            or transport.disconnecting
            # Something is before us: Twisted's two buffers, as its own `doWrite` knows them.
            or transport.dataBuffer
            or transport._tempDataBuffer
        ):
            return False
        start = head.encode()
        data = b"".join((_header(len(start) + len(body.encoded)), start, body.encoded))
        taken = transport.writeSomeData(data)
        if not isinstance(taken, int):
            # The connection is lost. The ordinary way finds that, too, and tells everybody.
            return False
        if taken < len(data):
            transport.write(data[taken:])
        return True


def wire_below(send: Any) -> Wire | None:
    """Return the connection that daphne's ``send`` writes to; None if this is not daphne's."""
    # Looked up, not imported: to import it would choose a reactor for whoever has another server.
    daphne = sys.modules.get("daphne.ws_protocol")
    protocol = send.args[0] if isinstance(send, partial) and send.args else None
    if daphne is None or not isinstance(protocol, daphne.WebSocketProtocol):
        return None
    return Wire(protocol)


def _header(length: int) -> bytes:
    # Not masked, as everything a server sends.
    if length <= 125:
        return bytes((_WHOLE_TEXT, length))
    if length <= 0xFFFF:
        return struct.pack("!BBH", _WHOLE_TEXT, 126, length)
    return struct.pack("!BBQ", _WHOLE_TEXT, 127, length)
