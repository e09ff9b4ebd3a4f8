"""A phone network with a product that answers from a list, and browsers without a screen.

The network, the runner, the mixer and the gateway are the real ones; the browsers speak the
signalling protocol over a real websocket and real WebRTC, as the Voice SDK does.
"""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import numpy as np
from aiohttp import ClientWebSocketResponse, web
from aiohttp.test_utils import TestClient, TestServer

from contact_center.simulator.audio import Mixer, Samples
from contact_center.simulator.audio.browser_end import BrowserEnd
from contact_center.simulator.core.account import Account, Handler
from contact_center.simulator.core.effects import Clip, RequestOutcome, SendRequest
from contact_center.simulator.core.network import Network
from contact_center.simulator.gateway import VoiceGateway
from contact_center.simulator.server import tokens
from contact_center.simulator.server.runner import ClipLibrary, Runner

ACCOUNT = "AC" + "0" * 32
KEY = "SK" + "1" * 32
SECRET = "a secret of the API key, long enough"
APPLICATION = "AP" + "2" * 32
NUMBER = "+14155550100"
CALLER = "+14155550142"

ROOM = (
    "<Response><Dial><Conference startConferenceOnEnter='true' beep='false' waitUrl=''>"
    "room</Conference></Dial></Response>"
)


@dataclass
class Product:
    """What the product answers, and what it was asked."""

    answers: dict[str, str]
    asked: list[SendRequest] = field(default_factory=list)

    async def send(self, request: SendRequest) -> RequestOutcome:
        self.asked.append(request)
        path = request.url.removeprefix("http://product")
        body = self.answers.get(path, "<Response/>").encode()
        return RequestOutcome(200, "text/xml", body)

    def forget(self, leg_sid: str) -> None:
        pass

    def fields_of(self, path: str) -> dict[str, str]:
        return next(dict(r.params) for r in self.asked if r.url.endswith(path))


class Silence:
    """Every clip is a second of nothing: these tests are about people."""

    async def samples(self, clip: Clip) -> Samples:
        return np.zeros(8000, np.int16)


class Browser:
    """What the Voice SDK does on the wire, without a screen."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.inbox: list[tuple[str, dict[str, object]]] = []
        self.media: BrowserEnd | None = None

    async def say(self, type_: str, **payload: object) -> None:
        await self.socket.send_str(
            json.dumps({"type": type_, "payload": payload, "version": "1.6"})
        )

    async def hear(self, *types: str) -> dict[str, object]:
        """The payload of the next message of one of these types; those before it are kept."""
        async with asyncio.timeout(5):
            while True:
                frame = await self.socket.receive_str()
                if frame == "\n":
                    await self.socket.send_str("\n")
                    continue
                message = json.loads(frame)
                assert message["version"] == "1.6"
                self.inbox.append((message["type"], message["payload"]))
                if message["type"] in types:
                    return message["payload"]

    def was_told(self, type_: str) -> bool:
        return any(each == type_ for each, _ in self.inbox)

    async def listen(self, token: str) -> dict[str, object]:
        await self.say("listen", token=token, browserinfo={}, reconnectTimeout=0)
        return await self.hear("connected", "error")

    async def register(self) -> None:
        await self.say("register", media={"audio": True})
        await self.hear("ready")

    async def connect(self, **params: str) -> str:
        """`device.connect({params})`; returns the SID of the call once it rings."""
        self.media = BrowserEnd()
        await self.say(
            "invite",
            callsid="TJS0001",
            sdp=await self.media.offer(),
            twilio={"params": urlencode(params)},
        )
        return str((await self.hear("ringing", "hangup"))["callsid"])

    async def be_answered(self) -> dict[str, object]:
        answer = await self.hear("answer")
        await self.media.accept(str(answer["sdp"]))
        return answer

    async def accept(self) -> dict[str, object]:
        """Take the call that rings."""
        invite = await self.hear("invite")
        self.media = BrowserEnd()
        sdp = await self.media.answer(str(invite["sdp"]))
        await self.say("answer", callsid=invite["callsid"], sdp=sdp)
        return invite

    async def close(self) -> None:
        await self.socket.close()
        if self.media is not None:
            await self.media.closed()


class Floor:
    """All of it, and the clock that moves the sound of the browsers' own side."""

    def __init__(self, client: TestClient, product: Product, runner: Runner) -> None:
        self.client = client
        self.product = product
        self.runner = runner
        self.mixer = runner.mixer
        self.far_side = Mixer()
        self.browsers: list[Browser] = []
        self.gateway: VoiceGateway

    async def browser(self, identity: str | None = None) -> Browser:
        """Somebody opens the page; with an identity she has shown her token already."""
        browser = Browser(await self.client.ws_connect("/signal"))
        self.browsers.append(browser)
        if identity is not None:
            connected = await browser.listen(a_token(identity))
            assert connected["token"]["identity"] == identity
        return browser

    def legs(self) -> dict[str, str]:
        """SID to status, of every call there ever was."""
        return {leg.sid: leg.status for leg in self.runner.network._world.legs.values()}

    async def becomes(self, condition: Callable[[], bool], seconds: float = 5.0) -> None:
        """Wait until something is true on the floor; fail if it never is."""
        async with asyncio.timeout(seconds):
            async for _ in moments():
                if condition():
                    return

    async def status(self, sid: str, status: str) -> None:
        await self.becomes(lambda: self.legs()[sid] == status)


async def moments() -> AsyncIterator[None]:
    """One after the other, so that the loop can do its work in between."""
    while True:
        yield
        await asyncio.sleep(0.01)


def a_token(identity: str, **changes: object) -> str:
    values = {
        "account_sid": ACCOUNT,
        "key_sid": KEY,
        "secret": SECRET,
        "identity": identity,
        "application_sid": APPLICATION,
        "now": time.time(),
    }
    return tokens.mint(**{**values, **changes})


@asynccontextmanager
async def a_floor(*, clips: ClipLibrary | None = None, **answers: str) -> AsyncIterator[Floor]:
    """The network is up; `voice` and `browser` are the documents of the number and the app."""
    product = Product({f"/{name}": twiml for name, twiml in answers.items()})
    network = Network(Account(ACCOUNT, "token", {KEY: SECRET}), random.Random(1))
    network.add_number(NUMBER).voice = Handler("http://product/voice")
    network.add_application(APPLICATION).voice = Handler("http://product/browser")
    runner = Runner(network, mixer=Mixer(), clips=clips or Silence(), sender=product)
    gateway = VoiceGateway(runner)
    app = web.Application()
    app.router.add_get("/signal", gateway.handle)
    running = asyncio.create_task(runner.run())
    async with TestClient(TestServer(app)) as client:
        floor = Floor(client, product, runner)
        floor.gateway = gateway
        far_clock = asyncio.create_task(floor.far_side.run())
        try:
            yield floor
        finally:
            for task in (running, far_clock):
                task.cancel()
            for browser in floor.browsers:
                await browser.close()
            floor.far_side.close()
            floor.mixer.close()
            await asyncio.gather(running, far_clock, return_exceptions=True)
            await gateway.close()
