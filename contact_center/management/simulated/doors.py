"""How an invented agent presses: the desk's own addresses, and a browser that has no page."""

from typing import Any

import aiohttp
from django.conf import settings

from contact_center.domain.states import Presence
from contact_center.management.simulated.deciding import CallOnDesk, Press
from contact_center.management.simulated.people import SignedIn

#: A site that is busy may take long; a person would wait, too.
PATIENCE_SECONDS = 15.0


class Refused(Exception):
    """The site or the network said no, or nothing at all. The message says where and what."""


class Doors:
    """One agent's way in. Everybody shares ``http``; the cookies are each one's own."""

    def __init__(self, http: aiohttp.ClientSession, who: SignedIn, *, break_reason: str) -> None:
        self.lease = ""
        self._http = http
        self._break_reason = break_reason
        self._headers = {
            "Accept": "application/json",
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={who.session_key}; "
            f"{settings.CSRF_COOKIE_NAME}={who.csrf_token}",
            "X-CSRFToken": who.csrf_token,
        }

    async def beat(self) -> bool:
        """Say that the phone is alive; False when another tab is the phone. Raises Refused."""
        said = await self._ask("/beat/", lease=self.lease)
        return bool(said.get("held", True))

    async def press(self, press: Press, call: CallOnDesk | None) -> None:
        """Press that button. Raises Refused."""
        if call is None:
            await self._press_beside_a_call(press)
        else:
            await self._press_in_a_call(press, call)

    async def _press_beside_a_call(self, press: Press) -> None:
        match press:
            case Press.GO_ON_DUTY:
                lease = (await self._ask("/phone/claim/"))["lease"]
                await self._ask(
                    "/phone/report/", lease=lease, ring_heard="true", microphone_ok="true"
                )
                await self._ask("/on-duty/", lease=lease)
                self.lease = lease
            case Press.COME_BACK:
                await self._ask("/come-back/", lease=self.lease)
            case Press.END_BREAK:
                await self._ask(
                    "/presence/", presence=Presence.AVAILABLE, reason="", lease=self.lease
                )
            case Press.GO_OFF_DUTY:
                await self._ask("/off-duty/")
            case _:
                raise AssertionError(f"{press} without a call")

    async def _press_in_a_call(self, press: Press, call: CallOnDesk) -> None:
        of_the_call = f"/offers/{call.offer_id}"
        match press:
            case Press.ACCEPT:
                await self._accept(call)
            case Press.DECLINE:
                await self._ask(f"{of_the_call}/decline/", fence=call.fence)
            case Press.HOLD:
                await self._ask(f"{of_the_call}/hold/")
            case Press.RESUME:
                await self._ask(f"{of_the_call}/resume/")
            case Press.HANG_UP:
                await self._ask(f"{of_the_call}/hang-up/")
            case Press.VOICEMAIL_DONE:
                await self._ask(f"{of_the_call}/done/")
            case Press.FINISH:
                await self._ask(f"{of_the_call}/finish/", notes="", disposition="")
            case Press.FINISH_AND_TAKE_A_BREAK:
                await self._ask(
                    "/next-presence/", presence=Presence.BREAK, reason=self._break_reason
                )
                await self._ask(f"{of_the_call}/finish/", notes="", disposition="")
            case Press.FINISH_AND_GO_OFF_DUTY:
                await self._ask("/next-presence/", presence=Presence.OFFLINE, reason="")
                await self._ask(f"{of_the_call}/finish/", notes="", disposition="")
            case Press.DECLINE_AND_GO_OFF_DUTY:
                # Nobody can be offline in a call; on a break no other call comes in between.
                await self._ask(
                    "/presence/", presence=Presence.BREAK, reason=self._break_reason, lease=""
                )
                await self._ask(f"{of_the_call}/decline/", fence=call.fence)
                await self._ask("/off-duty/")
            case _:
                await self._press_beside_a_call(press)

    async def _accept(self, call: CallOnDesk) -> None:
        of_the_call = f"/offers/{call.offer_id}"
        taken = await self._ask(f"{of_the_call}/accept/", lease=self.lease, fence=call.fence)
        if not taken["join"]:
            return  # a voicemail needs no line
        try:
            shown = await self._ask("/token/", lease=self.lease, slot=taken["slot"])
            await self._connect(shown["token"], taken["join"])
        except Refused as problem:
            await self._ask(f"{of_the_call}/failed/", reason=str(problem)[:200])
            raise
        await self._ask(f"{of_the_call}/joined/")

    async def _connect(self, token: str, join: str) -> None:
        url = f"{settings.SIMULATOR_URL.rstrip('/')}/simulator/browsers"
        body = {"token": token, "parameters": {"join": join}}
        try:
            async with self._http.post(url, json=body) as answer:
                if not answer.ok:
                    raise Refused(f"{url}: {await answer.text()}")
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise Refused(f"{url}: {problem!r}") from problem

    async def _ask(self, path: str, **values: object) -> dict[str, Any]:
        url = f"{settings.BASE_URL.rstrip('/')}/agents{path}"
        body = {name: str(value) for name, value in values.items()}
        try:
            async with self._http.post(url, data=body, headers=self._headers) as answer:
                is_json = answer.content_type == "application/json"
                said: dict[str, Any] = await answer.json() if is_json else {}
                if not answer.ok:
                    words = said.get("message") or said.get("error") or answer.reason
                    raise Refused(f"{path}: {answer.status} {words}")
                return said
        except (TimeoutError, aiohttp.ClientError) as problem:
            raise Refused(f"{path}: {problem!r}") from problem
