"""The calls that have a browser behind them, and what becomes of them when it vanishes."""

import asyncio
from collections.abc import Callable, Iterator
from weakref import WeakSet

from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.gateway.browser_call import BrowserCall
from contact_center.simulator.gateway.session import Session
from contact_center.simulator.server.runner import Runner

COME_BACK_SECONDS = 15.0
"""How long a call waits for its browser's socket, unless the browser asked for longer."""

LONGEST_COME_BACK_SECONDS = 30.0

GONE_SECONDS = 3.0
"""No socket and no sound for so long: the browser was closed or killed, and will not come back."""


class Calls:
    """Every leg with a browser behind it, from its first message to its end."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._calls: dict[str, BrowserCall] = {}
        self._media: WeakSet[BrowserEnd] = WeakSet()

    def __iter__(self) -> Iterator[BrowserCall]:
        return iter(list(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def begin(
        self, leg_sid: str, session: Session, *, placed: bool, temporary_sid: str = ""
    ) -> BrowserCall:
        """Put a browser behind a leg that the network has just made."""
        media = self.new_media(leg_sid)
        call = BrowserCall(leg_sid, session, media, placed=placed, temporary_sid=temporary_sid)
        self._calls[leg_sid] = call
        self._runner.attach_far_end(leg_sid, _Listed(call, self._calls), media)
        return call

    def named(self, leg_sid: str) -> BrowserCall | None:
        """The call on this leg."""
        return self._calls.get(leg_sid)

    def of(self, session: Session) -> list[BrowserCall]:
        """The calls that go on over this socket."""
        return [call for call in self if call.session is session]

    def meant(self, session: Session, call_sid: str) -> BrowserCall | None:
        """The call that a browser speaks of, by its SID or by the browser's first name for it.

        It must be its own: on this socket, or on one of the same identity that has dropped. While
        a socket is down the SDK keeps keys and hang-ups, and sends them on the next one before it
        asks for the call back.
        """
        call = self._calls.get(call_sid) or next(
            (call for call in self if call_sid and call.temporary_sid == call_sid), None
        )
        if call is None or call.session is session:
            return call
        dropped = not call.session.is_open and call.session.identity == session.identity
        return call if dropped else None

    def new_media(self, leg_sid: str) -> BrowserEnd:
        """A WebRTC end for this leg, watched over."""
        media = BrowserEnd(on_lost=lambda: self._media_lost(leg_sid, media))
        self._media.add(media)
        return media

    def be_patient(
        self, call: BrowserCall, seconds: float, then: Callable[[BrowserCall], None]
    ) -> None:
        """Do something later unless what is waited for happens before."""
        call.be_patient_no_longer()
        call.patience = asyncio.get_running_loop().call_later(seconds, then, call)

    def socket_closed(self, session: Session) -> None:
        """The browser may come back for its calls; nobody else will."""
        for call in self.of(session):
            if call.is_answered:
                self.be_patient(call, GONE_SECONDS, self._is_it_gone)
            else:
                self.lose(call)

    def lose(self, call: BrowserCall) -> None:
        """Nobody is behind this leg any more."""
        network = self._runner.network
        if call.is_answered or call.placed:
            network.media_lost(call.leg_sid)
        else:
            network.far_end_unreachable(call.leg_sid)
        self._runner.flush()

    async def close(self) -> None:
        """Let every connection say goodbye."""
        for call in self:
            call.be_patient_no_longer()
        await asyncio.gather(*(media.closed() for media in self._media))

    def _is_it_gone(self, call: BrowserCall) -> None:
        """A killed browser leaves no sound behind; one that lost its socket alone still talks."""
        if call.media.quiet_seconds > GONE_SECONDS / 2:
            self.lose(call)
        else:
            wanted = min(call.session.reconnect_seconds, LONGEST_COME_BACK_SECONDS)
            self.be_patient(call, max(COME_BACK_SECONDS, wanted) - GONE_SECONDS, self.lose)

    def _media_lost(self, leg_sid: str, media: BrowserEnd) -> None:
        call = self._calls.get(leg_sid)
        if call is not None and call.media is media:
            self.lose(call)


class _Listed:
    """A call as the runner's far end; it leaves the list when it ends."""

    def __init__(self, call: BrowserCall, calls: dict[str, BrowserCall]) -> None:
        self._call = call
        self._calls = calls

    def ringing(self) -> None:
        self._call.ringing()

    def answered(self) -> None:
        self._call.answered()

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        self._calls.pop(self._call.leg_sid, None)
        self._call.ended(status, error)
