"""The protocol's verbs: what a browser says is turned into inputs of the network, and back."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from contact_center.simulator.audio.browser_end import BadSdp
from contact_center.simulator.core.effects import RingFarEnd
from contact_center.simulator.core.errors import UnknownApplication, UnknownNumber
from contact_center.simulator.gateway import protocol
from contact_center.simulator.gateway.browser_call import BrowserCall
from contact_center.simulator.gateway.calls import Calls
from contact_center.simulator.gateway.protocol import Message
from contact_center.simulator.gateway.session import Session
from contact_center.simulator.server import tokens
from contact_center.simulator.server.runner import Runner

logger = logging.getLogger(__name__)

PHONE_PREFIX = "phone_"
"""Identities of the phone page: their `connect` rings a number as a customer would."""

RING_SECONDS = 90.0
BUSY_RING_SECONDS = 15.0
"""A Device in a call drops what rings it without a word; nobody else would ever answer for it."""

_NOT_DIGITS = re.compile(r"[^0-9*#A-D]")


class VoiceGateway:
    """All browsers of the phone network. Everything runs in the event loop's thread."""

    def __init__(
        self,
        runner: Runner,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives seconds since 1970: tokens are judged by it."""
        self._runner = runner
        self._clock = clock
        self._sessions: set[Session] = set()
        self._calls = Calls(runner)
        self._tasks: set[asyncio.Task[None]] = set()
        self._verbs: dict[str, Callable[[Session, Message], None]] = {
            "listen": self._listen,
            "register": self._register,
            "invite": self._invite,
            "answer": self._answer,
            "reinvite": self._reinvite,
            "reject": self._reject,
            "hangup": self._hangup,
            "dtmf": self._dtmf,
            "message": self._message,
        }

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """GET /signal."""
        socket = web.WebSocketResponse(max_msg_size=protocol.MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        session = Session(socket)
        self._sessions.add(session)
        try:
            await session.run(self._hear)
        finally:
            self._sessions.discard(session)
            session.stop_being_rung()
            self._calls.socket_closed(session)
        return socket

    def routes(self) -> list[web.RouteDef]:
        """Where browsers knock."""
        return [web.get("/signal", self.handle)]

    def sound_arrives(self, leg_sid: str) -> bool | None:
        """Whether sound has come from the browser behind a leg; None if there is no such call."""
        call = self._calls.named(leg_sid)
        return None if call is None else call.media.has_media

    async def close(self, app: web.Application | None = None) -> None:
        """The network shuts down: close the sockets, let every connection say goodbye.

        May stand in `app.on_shutdown`; sockets left open there hold up the server for seconds.
        """
        await asyncio.gather(*(session.close() for session in self._sessions))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._calls.close()

    def figures(self) -> dict[str, int]:
        """How many browsers are connected, can be rung, and are in a call."""
        return {
            "sessions": len(self._sessions),
            "registered": sum(session.unregister is not None for session in self._sessions),
            "calls": len(self._calls),
        }

    def _secret_of(self, account_sid: str, key_sid: str) -> str | None:
        account = self._runner.network.accounts.get(account_sid)
        return account.api_keys.get(key_sid) if account else None

    def _hear(self, session: Session, message: Message) -> None:
        verb = self._verbs.get(message.type)
        if verb is None:
            logger.info("%s sent %r, which is no verb", session.identity, message.type[:40])
        elif session.token is None and message.type != "listen":
            self._refuse(
                session, message, tokens.NOT_ALLOWED, f"{message.type} before a valid token."
            )
        else:
            verb(session, message)

    # Coming and going ---------------------------------------------------------------------------

    def _listen(self, session: Session, message: Message) -> None:
        now = self._clock()
        try:
            token = tokens.verify(message.payload.get("token"), secret_of=self._secret_of, now=now)
        except tokens.TokenRefused as refusal:
            # An earlier token stays good until it expires: a failed refresh ends no call.
            session.send("error", error=protocol.error(refusal.code, refusal.message))
            return
        if session.token is not None and session.token.identity != token.identity:
            session.stop_being_rung()
        session.token = token
        session.reconnect_seconds = message.number("reconnectTimeout")
        session.send(
            "connected",
            region="US_EAST_VIRGINIA",
            edge="simulator",
            home="us1",
            gateway="simulator",
            token={"identity": token.identity, "ttl": int(token.expires_at - now)},
        )

    def _register(self, session: Session, message: Message) -> None:
        if message.mapping("media").get("audio") is not True:
            session.stop_being_rung()
            session.send("offline")
            return
        token = session.token
        if token is None or token.expires_at <= self._clock():
            session.stop_being_rung()
            session.send("error", error=protocol.error(tokens.EXPIRED, "The token has expired."))
        elif not token.may_be_rung:
            session.send(
                "error",
                error=protocol.error(tokens.NOT_ALLOWED, "This token does not allow being rung."),
            )
        else:
            if session.unregister is None:
                session.unregister = self._runner.register_client(
                    token.identity, lambda effect: self._ring(session, effect)
                )
            session.send("ready")

    # The browser calls --------------------------------------------------------------------------

    def _invite(self, session: Session, message: Message) -> None:
        if message.text("reconnect"):
            self._reconnect(session, message)
            return
        if "m=audio" not in message.text("sdp"):
            self._refuse(
                session, message, protocol.BAD_REMOTE_DESCRIPTION, "This call offers no sound."
            )
            return
        try:
            leg_sid = self._new_leg(session, message.connect_params())
        except (UnknownNumber, UnknownApplication, _NotAllowed) as problem:
            code = protocol.NOT_FOUND if isinstance(problem, UnknownNumber) else protocol.DECLINED
            self._refuse(session, message, code, str(problem))
            return
        call = self._calls.begin(
            leg_sid, session, placed=True, temporary_sid=message.text("callsid")
        )
        session.send("ringing", callsid=leg_sid)
        self._runner.flush()
        self._spawn(self._agree_on_media(call, message.text("sdp")))

    def _new_leg(self, session: Session, params: dict[str, str]) -> str:
        token = session.token
        assert token is not None  # _hear lets nobody through without one
        network = self._runner.network
        if token.expires_at <= self._clock():
            raise _NotAllowed("The access token has expired.")
        if token.identity.startswith(PHONE_PREFIX):
            return network.dial_in(params.get("From", ""), params.get("To", ""))
        application_sid = token.outgoing_application_sid
        if application_sid is None:
            raise _NotAllowed("This access token allows no outgoing calls.")
        for application in network.applications:
            if application.sid == application_sid and application.account_sid != token.account_sid:
                raise _NotAllowed(f"{application_sid} belongs to another account.")
        # What the token says was signed by the product; what the page says was not.
        extra = {**params, **dict(token.outgoing_params)}
        return network.client_connects(token.identity, extra, application_sid)

    async def _agree_on_media(self, call: BrowserCall, offer: str) -> None:
        try:
            sdp = await call.media.answer(offer)
        except BadSdp as problem:
            self._fail_media(call, str(problem))
            return
        if not call.is_over:
            call.media_agreed(sdp)

    # The network rings the browser --------------------------------------------------------------

    def _ring(self, session: Session, effect: RingFarEnd) -> None:
        others = self._calls.of(session)
        is_phone = session.identity.startswith(PHONE_PREFIX)
        if (others and is_phone) or any(other.placed and not other.is_answered for other in others):
            # The SDK does not look at the SID of `ringing` and `answer`: one call at a time.
            self._runner.network.far_end_busy(effect.leg_sid)
            return
        call = self._calls.begin(effect.leg_sid, session, placed=False)
        seconds = BUSY_RING_SECONDS if others else RING_SECONDS
        self._calls.be_patient(call, seconds, self._nobody_reacts)
        self._spawn(self._send_invite(call, effect))

    async def _send_invite(self, call: BrowserCall, effect: RingFarEnd) -> None:
        sdp = await call.media.offer()
        if call.is_over:
            return
        token = call.session.token
        call.session.send(
            "invite",
            callsid=call.leg_sid,
            sdp=sdp,
            reconnect=call.reconnect_token,
            parameters={
                "CallSid": call.leg_sid,
                "AccountSid": token.account_sid if token else "",
                "ApiVersion": "2010-04-01",
                "From": effect.from_,
                "To": effect.to,
                "Params": urlencode(effect.parameters),
            },
        )
        self._runner.network.far_end_ringing(call.leg_sid)
        self._runner.flush()

    def _nobody_reacts(self, call: BrowserCall) -> None:
        self._runner.network.far_end_hung_up(call.leg_sid)
        self._runner.flush()

    def _answer(self, session: Session, message: Message) -> None:
        call = self._call_of(session, message)
        if call is not None and not call.placed and not call.is_answered:
            call.be_patient_no_longer()
            call.is_answered = True
            self._spawn(self._take_answer(call, message.text("sdp")))

    async def _take_answer(self, call: BrowserCall, sdp: str) -> None:
        try:
            await call.media.accept(sdp)
        except BadSdp as problem:
            self._fail_media(call, str(problem))
            return
        if not call.is_over:
            self._runner.network.far_end_answered(call.leg_sid)
            self._runner.flush()

    def _reject(self, session: Session, message: Message) -> None:
        call = self._call_of(session, message)
        if call is not None and not call.placed and not call.is_answered:
            call.ended_by_browser = True
            self._runner.network.far_end_busy(call.leg_sid)
            self._runner.flush()

    # During a call ------------------------------------------------------------------------------

    def _hangup(self, session: Session, message: Message) -> None:
        call = self._call_of(session, message)
        if call is not None:
            call.ended_by_browser = True
            self._runner.network.far_end_hung_up(call.leg_sid)
            self._runner.flush()

    def _dtmf(self, session: Session, message: Message) -> None:
        call = self._call_of(session, message)
        digits = _NOT_DIGITS.sub("", message.text("dtmf"))  # `w` is a pause of the sender's
        if call is not None and digits:
            self._runner.network.key_pressed(call.leg_sid, digits)
            self._runner.flush()

    def _message(self, session: Session, message: Message) -> None:
        """Accepted and kept by nobody: the product does not use messages of the SDK."""
        call = self._call_of(session, message)
        if call is not None:
            session.send(
                "ack",
                acktype="message",
                callsid=call.leg_sid,
                voiceeventsid=message.text("voiceeventsid"),
            )

    def _reconnect(self, session: Session, message: Message) -> None:
        """A browser comes back for a call. One that nobody knows is over: we were restarted."""
        call = self._calls.named(message.text("callsid"))
        token = session.token
        known = call is not None and call.reconnect_token == message.text("reconnect")
        if call is None or not known or token is None or token.identity != call.session.identity:
            self._refuse(
                session,
                message,
                protocol.RECONNECT_REFUSED,
                "This call is over: the phone network does not know it any more.",
            )
            return
        call.come_back(session)

    def _reinvite(self, session: Session, message: Message) -> None:
        """The browser lost its media and offers new ones: a new connection for the same leg."""
        call = self._call_of(session, message)
        if call is None:
            self._refuse(session, message, protocol.CONNECTION_ERROR, "This call is over.")
            return
        self._spawn(self._renew_media(call, message.text("sdp")))

    async def _renew_media(self, call: BrowserCall, offer: str) -> None:
        media = self._calls.new_media(call.leg_sid)
        try:
            sdp = await media.answer(offer)
        except BadSdp as problem:
            media.close()
            logger.info("the new media of %s are unusable: %s", call.leg_sid, problem)
            return
        if call.is_over:
            media.close()
            return
        call.media = media
        self._runner.mixer.attach(call.leg_sid, media)
        call.session.send("answer", callsid=call.leg_sid, sdp=sdp, reconnect=call.reconnect_token)

    # When things break --------------------------------------------------------------------------

    def _fail_media(self, call: BrowserCall, why: str) -> None:
        if call.is_over:
            return
        call.ended_by_browser = True  # it is told here, with the reason
        call.hang_up((protocol.BAD_REMOTE_DESCRIPTION, why))
        self._calls.lose(call)

    def _refuse(self, session: Session, message: Message, code: int, why: str) -> None:
        call_sid = message.text("callsid")
        if call_sid:
            session.send("hangup", callsid=call_sid, error=protocol.error(code, why))
        else:
            session.send("error", error=protocol.error(code, why))

    def _call_of(self, session: Session, message: Message) -> BrowserCall | None:
        return self._calls.meant(session, message.text("callsid"))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            logger.error("the voice gateway failed at a task of its own", exc_info=problem)


class _NotAllowed(Exception):
    """The token does not cover what was asked. The message says what."""
