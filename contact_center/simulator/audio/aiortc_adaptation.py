"""The two places where aiortc 1.16 and aioice 0.13 are bent, and why. Nothing else is patched.

1. Addresses. aioice offers every address of the machine but 127.0.0.1. A browser on a machine
   without a network, or with a VPN that swallows its own address, then has nowhere to send to.
   `offer_loopback()` replaces the one function that lists addresses.

2. Decoding. aiortc decodes in one thread per receiver, behind a jitter buffer that holds four
   packets: 80 ms of delay and two thread changes per packet, when our mixer has a jitter buffer of
   its own and G.711 is a table lookup. `receive_packets()` takes the packets before that. Sending
   needs no bending: a track that returns `av.Packet` is sent as it is, without a thread.

Both rely on names that are not public; tests/contact_center/simulator/audio/test_browser_end.py
fails when an update moves them.
"""

import logging
from collections.abc import Callable
from ipaddress import IPv4Address

import aioice.ice
import ifaddr
from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics
from aiortc.rtp import AnyRtcpPacket, RtpPacket

# At INFO it tells of every pair of addresses it tries, for every call.
logging.getLogger("aioice").setLevel(logging.WARNING)

PCMU_PAYLOAD_TYPE = 0
_CLOCK_RATE = 8000

OnPacket = Callable[[int, bytes], None]
"""Called with the RTP timestamp and the payload of each packet."""


def local_addresses(use_ipv4: bool = True, use_ipv6: bool = False) -> list[str]:
    """Every IPv4 address of this machine a browser may reach us at, 127.0.0.1 last.

    Link-local ones (169.254/16) are left out: they belong to interfaces without a network. IPv6 is
    left out because each candidate costs the browser checks and none was ever the one that worked.
    """
    found = {
        ip.ip
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
        if isinstance(ip.ip, str) and not IPv4Address(ip.ip).is_link_local
    }
    found.discard("127.0.0.1")
    return [*sorted(found), "127.0.0.1"] if use_ipv4 else []


def offer_loopback() -> None:
    """Let aioice offer `local_addresses()` as host candidates, in the whole process."""
    aioice.ice.get_host_addresses = local_addresses


def receive_packets(receiver: RTCRtpReceiver, on_packet: OnPacket) -> None:
    """Hand PCMU packets of `receiver` to `on_packet` as they arrive; nothing is decoded.

    The receiver's own statistics are kept up, because its reports to the browser are made of them.
    """
    streams: dict[int, StreamStatistics] = vars(receiver)["_RTCRtpReceiver__remote_streams"]

    async def handle(packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.payload_type != PCMU_PAYLOAD_TYPE:
            return
        if packet.ssrc not in streams:
            streams[packet.ssrc] = StreamStatistics(_CLOCK_RATE)
        streams[packet.ssrc].add(packet)
        on_packet(packet.timestamp, packet.payload)

    vars(receiver)["_handle_rtp_packet"] = handle  # hides the method of its class


def notice_reports(receiver: RTCRtpReceiver, on_report: Callable[[], None]) -> None:
    """Call `on_report` whenever an RTCP packet about this receiver's stream arrives."""
    handle_originally = receiver._handle_rtcp_packet

    async def handle(packet: AnyRtcpPacket) -> None:
        on_report()
        await handle_originally(packet)

    vars(receiver)["_handle_rtcp_packet"] = handle
