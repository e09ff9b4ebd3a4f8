"""A browser at the end of a line: WebRTC, G.711 µ-law, no telephone events.

Only PCMU is negotiated, which every browser that speaks WebRTC must know (RFC 7874), so a leg
costs two table lookups per frame and no resampling. Without telephone-event in the answer the
Voice SDK sends digits as signalling messages.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError

from contact_center.simulator.audio import g711
from contact_center.simulator.audio.aiortc_adaptation import (
    notice_reports,
    offer_loopback,
    receive_packets,
)
from contact_center.simulator.audio.frames import FRAME_SAMPLES, RATE, Samples
from contact_center.simulator.audio.playout import PlayoutBuffer

SILENCE_SECONDS = 5.0
"""No packet for so long: `on_silence` is called once."""

LOST_SECONDS = 8.0
"""Neither sound nor reports for so long: the browser is gone, `on_lost` is called once."""

NEVER_CAME_SECONDS = 30.0
"""How long a browser may take to send its first packet."""

_QUEUE_FRAMES = 8
_CHECK_SECONDS = 0.5
_TIME_BASE = Fraction(1, RATE)

offer_loopback()


class BadSdp(ValueError):
    """What the browser says about its media cannot be used. The message says why."""


class _OutgoingTrack(MediaStreamTrack):
    """What the browser hears, encoded; frames that nobody fetches in 160 ms are dropped."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: deque[tuple[int, Samples]] = deque(maxlen=_QUEUE_FRAMES)
        self._arrived = asyncio.Event()
        self._timestamp = 0

    def push(self, frame: Samples) -> None:
        self._frames.append((self._timestamp, frame))
        self._timestamp += FRAME_SAMPLES
        self._arrived.set()

    async def recv(self) -> "av.Packet[Any]":
        while not self._frames:
            if self.readyState != "live":
                raise MediaStreamError
            self._arrived.clear()
            await self._arrived.wait()
        timestamp, frame = self._frames.popleft()
        packet = av.Packet(g711.encode(frame))
        packet.pts = timestamp
        packet.time_base = _TIME_BASE
        return packet

    def stop(self) -> None:
        super().stop()
        self._arrived.set()


class BrowserEnd:
    """One peer connection, either offered or answered by us, and its watchdog.

    `on_silence` is called when its sound stops for 5 s while the connection may still live, and
    `on_lost` when nothing at all has come for 8 s, when the connection has failed, or when no
    sound ever came within 30 s. Both are called at most once, in the event loop.
    """

    def __init__(
        self,
        *,
        on_silence: Callable[[], None] | None = None,
        on_lost: Callable[[], None] | None = None,
    ) -> None:
        self._on_silence = on_silence
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._playout = PlayoutBuffer()
        self._outgoing = _OutgoingTrack()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connection.on("connectionstatechange", self._connection_changed)
        transceiver = self._connection.addTransceiver(self._outgoing, direction="sendrecv")
        transceiver.setCodecPreferences(
            [
                codec
                for codec in RTCRtpSender.getCapabilities("audio").codecs
                if codec.mimeType == "audio/PCMU"
            ]
        )
        receive_packets(transceiver.receiver, self._packet_arrived)
        notice_reports(transceiver.receiver, self._report_arrived)
        self._began_at = self._loop.time()
        self._last_packet_at: float | None = None
        self._last_sign_of_life_at = self._began_at
        self._silence_told = False
        self._closing: asyncio.Task[None] | None = None
        self._watchdog = self._loop.call_later(_CHECK_SECONDS, self._check)

    # Negotiation --------------------------------------------------------------------------------

    async def offer(self) -> str:
        """SDP of our offer, candidates included. The browser answers it: `accept(sdp)`."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._local_sdp()

    async def accept(self, answer_sdp: str) -> None:
        """Take the browser's answer to our offer. Raises BadSdp."""
        await self._take_remote(answer_sdp, "answer")

    async def answer(self, offer_sdp: str) -> str:
        """Take the browser's offer; SDP of our answer, candidates included. Raises BadSdp."""
        await self._take_remote(offer_sdp, "offer")
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._local_sdp()

    async def _take_remote(self, sdp: str, kind: str) -> None:
        if "m=audio" not in sdp:
            raise BadSdp(f"The browser's {kind} cannot be used: it contains no sound.")
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        except Exception as problem:  # aiortc lets whatever its parser stumbles over escape
            raise BadSdp(f"The browser's {kind} cannot be used: {problem!r}") from problem

    def _local_sdp(self) -> str:
        sdp: str = self._connection.localDescription.sdp
        return sdp

    # What the mixer asks ------------------------------------------------------------------------

    @property
    def gaps(self) -> int:
        """How often what the browser says broke off and came back."""
        return self._playout.gaps

    @property
    def lost_frames(self) -> int:
        """Frames of 20 ms that never came, or too late."""
        return self._playout.lost_frames

    @property
    def has_media(self) -> bool:
        """Has at least one packet of sound arrived?"""
        return self._last_packet_at is not None

    @property
    def quiet_seconds(self) -> float:
        """How long ago the last packet of sound came, or since when none has come."""
        return self._loop.time() - (self._last_packet_at or self._began_at)

    def pop(self) -> Samples | None:
        return self._playout.pop()

    def push(self, frame: Samples) -> None:
        self._outgoing.push(frame)

    def close(self) -> None:
        """Stop at once; the connection's farewell goes on in the background (`closed()`)."""
        if self._closing is None:
            self._on_silence = self._on_lost = None
            self._watchdog.cancel()
            self._outgoing.stop()
            self._closing = self._loop.create_task(self._connection.close())

    async def closed(self) -> None:
        """Wait until nothing of the connection is left."""
        self.close()
        if self._closing is not None:
            await self._closing

    # Watchdog -----------------------------------------------------------------------------------

    def _packet_arrived(self, timestamp: int, payload: bytes) -> None:
        self._last_packet_at = self._last_sign_of_life_at = self._loop.time()
        self._silence_told = False
        if payload:
            self._playout.add(timestamp, g711.decode(payload))

    def _report_arrived(self) -> None:
        self._last_sign_of_life_at = self._loop.time()

    def _connection_changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._lose()

    def _check(self) -> None:
        self._watchdog = self._loop.call_later(_CHECK_SECONDS, self._check)
        now = self._loop.time()
        last_packet_at = self._last_packet_at or self._began_at
        if now - last_packet_at >= SILENCE_SECONDS and not self._silence_told:
            self._silence_told = True
            if self._on_silence is not None:
                self._on_silence()
        patience = LOST_SECONDS if self.has_media else NEVER_CAME_SECONDS
        if now - self._last_sign_of_life_at >= patience:
            self._lose()

    def _lose(self) -> None:
        on_lost, self._on_lost = self._on_lost, None
        self._watchdog.cancel()
        if on_lost is not None:
            on_lost()
