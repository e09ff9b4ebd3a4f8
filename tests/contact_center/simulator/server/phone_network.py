"""A running simulator, as a test speaks to it: over HTTP, like everybody."""

import asyncio
import dataclasses
from typing import Any, cast

import aiohttp
from aiohttp.test_utils import TestServer
from twilio.rest import Client

from contact_center.simulator.core.account import Account
from contact_center.simulator.server.app import Settings, Simulator
from contact_center.simulator.server.parts import Parts
from tests.contact_center.simulator.core.exchange import basic
from tests.contact_center.simulator.server.desk import AUTH_TOKEN, PATIENCE_SECONDS, Desk

NUMBER = "+14155550100"
CUSTOMER = "+14155550142"
APPLICATION = "AP" + "c" * 32
ACCOUNT = Account(
    sid="AC" + "a" * 32,
    auth_token=AUTH_TOKEN,
    api_keys={"SK" + "b" * 32: "key secret"},
    calls_per_second=0,
)


class PhoneNetwork:
    """The simulator in this test's event loop, on a port of its own."""

    def __init__(self, settings: Settings, desk: Desk, parts: Parts | None = None) -> None:
        settings = dataclasses.replace(settings, numbers=[NUMBER], applications=[APPLICATION])
        self.simulator = Simulator(settings, parts)
        self._desk = desk
        self._server = TestServer(self.simulator.app, host="127.0.0.1")
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> "PhoneNetwork":
        await self._server.start_server()
        self.simulator.network.base_url = self.url("")
        self._session = aiohttp.ClientSession(self.url(""))
        await self.point_number(VoiceUrl=self._desk.url("/voice"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._server.close()

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self._server.port}{path}"

    @property
    def client(self) -> Client:
        """The official client, unmodified but for its base URL."""
        client = Client(ACCOUNT.sid, AUTH_TOKEN)
        client.api.base_url = self.url("")
        return client

    async def point_number(self, **form: str) -> None:
        """Change the number's instructions."""
        [number] = self.simulator.network.numbers
        status, _ = await self.rest("POST", f"IncomingPhoneNumbers/{number.sid}", form)
        assert status == 200

    async def rest(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """A REST request: status and body."""
        async with self._session.request(
            method,
            f"/2010-04-01/Accounts/{ACCOUNT.sid}/{path}.json",
            data=form,
            headers={"Authorization": basic(ACCOUNT.sid, AUTH_TOKEN)},
        ) as response:
            return response.status, await response.json() if response.status != 204 else None

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A request of the simulator's own interface: status and body."""
        async with self._session.request(method, path, json=body) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text())

    async def call(self, **script: object) -> str:
        """Somebody rings the number."""
        words = {"from": CUSTOMER, "to": NUMBER, **script}
        status, body = await self.ask("POST", "/simulator/callers", words)
        assert status == 201, body
        return str(body["call_sid"])

    async def leg(self, sid: str) -> dict[str, Any]:
        """A leg as it really is."""
        _, truth = await self.ask("GET", "/simulator/truth")
        return next(leg for leg in truth["legs"] if leg["sid"] == sid)

    async def until_heard(self, sid: str, *, seconds: float, tone: int) -> dict[str, Any]:
        """Ask what a leg hears until a tone fills the last ``seconds``.

        It does when nothing else is left in them: a tone that has just begun is heard as a click.
        """
        path = f"/simulator/calls/{sid}/heard?seconds={seconds}&tones=440,700,1010"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                _, heard = await self.ask("GET", path)
                others = [level for hz, level in heard["tones"].items() if hz != str(tone)]
                if heard["tones"][str(tone)] > -25 and max(others) < -70:
                    return cast("dict[str, Any]", heard)

    async def until(self, sid: str, **wanted: object) -> dict[str, Any]:
        """Wait until a leg is so; fails when it does not become so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                changed = self.simulator.runner.next_flush()
                leg = await self.leg(sid)
                if all(leg[name] == value for name, value in wanted.items()):
                    return leg
                await changed
