"""The REST interface over HTTP: from a request to the core and back, with planned faults."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import web

from contact_center.simulator.core.resources import RestRequest, RestResponse
from contact_center.simulator.server.faults import Faults, RestFault
from contact_center.simulator.server.runner import Runner

FORM = "application/x-www-form-urlencoded"


class RestDoor:
    """Answers everything below ``/2010-04-01``."""

    def __init__(self, runner: Runner, faults: Faults) -> None:
        self._runner = runner
        self._faults = faults

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Read, apply, answer; a fault may come before or after applying."""
        asked = await _read(request)
        fault = self._faults.for_rest(asked.method, asked.path)
        if fault is not None and fault.moment == "before":
            return await self._fail(request, fault)
        answer = self._runner.network.rest(asked)
        self._runner.flush()
        if fault is not None:
            return await self._fail(request, fault)
        if answer.wav is not None:
            return await _sound(asked.path, answer.wav)
        return _response(answer)

    async def _fail(self, request: web.Request, fault: RestFault) -> web.StreamResponse:
        if fault.action == "429":
            return _error(429, 20429, "Too many requests", {"Retry-After": "1"})
        if fault.action == "500":
            return _error(500, 20500, "An internal server error has occurred", {})
        await asyncio.sleep(fault.seconds)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=504)


async def _read(request: web.Request) -> RestRequest:
    body = await request.read()
    form: tuple[tuple[str, str], ...] = ()
    if request.content_type == FORM:
        form = tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return RestRequest(
        method=request.method,
        path=request.path,
        query=tuple(parse_qsl(request.query_string, keep_blank_values=True)),
        form=form,
        authorization=request.headers.get("Authorization"),
    )


def _response(answer: RestResponse) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status)
    return web.json_response(answer.body, status=answer.status, headers=answer.headers)


async def _sound(path: str, wav: bytes) -> web.Response:
    """A recording, as the kind of file that its path names."""
    if not path.endswith(".mp3"):
        return web.Response(body=wav, content_type="audio/x-wav")
    # Imported here: a run without sound needs none of its libraries until somebody asks for this.
    from contact_center.simulator.audio import clips

    return web.Response(body=await asyncio.to_thread(clips.to_mp3, wav), content_type="audio/mpeg")


def _error(status: int, code: int, message: str, headers: dict[str, str]) -> web.Response:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status, headers=headers)
