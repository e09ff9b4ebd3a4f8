"""One leg of the network with a browser behind it."""

import asyncio
import secrets

from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.gateway import protocol
from contact_center.simulator.gateway.session import Session


class BrowserCall:
    """Tells a browser what becomes of its leg; the runner's FarEnd.

    `placed` says who began: the browser by `device.connect()`, or the network by ringing it. The
    session changes when the browser's socket drops and it comes back with the reconnect token; the
    media changes when the browser asks for new ones (`reinvite`). The leg stays the same.
    """

    def __init__(
        self, leg_sid: str, session: Session, media: BrowserEnd, *, placed: bool, temporary_sid: str
    ) -> None:
        self.leg_sid = leg_sid
        self.session = session
        self.media = media
        self.placed = placed
        self.temporary_sid = temporary_sid
        self.reconnect_token = secrets.token_urlsafe(24)
        self.is_answered = False
        self.is_over = False
        self.ended_by_browser = False
        self.patience: asyncio.TimerHandle | None = None
        """Runs out when the browser does not come back, or does not react to being rung."""
        self._sdp: str | None = None
        self._told_answer = False

    # What the runner says -----------------------------------------------------------------------

    def ringing(self) -> None:
        """The browser was told when its call got its SID."""

    def answered(self) -> None:
        """The network has picked up: let the browser hear it as soon as its media are agreed."""
        self.is_answered = True
        self._answer_when_ready()

    def ended(self, status: str, error: tuple[int, str] | None) -> None:
        """Hang up on the browser, or stop ringing it."""
        self.is_over = True
        self.be_patient_no_longer()
        if self.ended_by_browser:
            return
        if not self.placed and not self.is_answered:
            self.session.send("cancel", callsid=self.leg_sid)
            return
        code = protocol.CODE_OF_STATUS.get(status)
        if error is None and code is not None and not self.is_answered:
            error = (code, f"The call ended as {status} before it was answered.")
        self.hang_up(error)

    # What the gateway says ----------------------------------------------------------------------

    def media_agreed(self, sdp: str) -> None:
        """Our answer to the browser's offer is ready."""
        self._sdp = sdp
        self._answer_when_ready()

    def hang_up(self, error: tuple[int, str] | None) -> None:
        """Tell the browser that its call is over, and why if it was not in good order."""
        if error is None:
            self.session.send("hangup", callsid=self.leg_sid)
        else:
            self.session.send("hangup", callsid=self.leg_sid, error=protocol.error(*error))

    def come_back(self, session: Session) -> None:
        """The browser has a new socket and knew the token."""
        self.session = session
        self.be_patient_no_longer()
        session.send("answer", callsid=self.leg_sid, reconnect=self.reconnect_token)
        if self.is_answered:
            self._answer_when_ready()

    def be_patient_no_longer(self) -> None:
        """Whatever was waited for has happened."""
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None

    def _answer_when_ready(self) -> None:
        if not self.placed or self._told_answer or not self.is_answered or self._sdp is None:
            return
        self._told_answer = True
        self.session.send(
            "answer", callsid=self.leg_sid, sdp=self._sdp, reconnect=self.reconnect_token
        )
