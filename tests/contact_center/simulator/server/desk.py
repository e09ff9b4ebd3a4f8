"""A customer's application on this machine: it keeps what it was asked and answers TwiML."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.test_utils import TestServer
from twilio.request_validator import RequestValidator

AUTH_TOKEN = "5ecret"
PATIENCE_SECONDS = 10.0

Answer = str | web.StreamResponse | Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Visit:
    """One request that came."""

    method: str
    url: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    form: dict[str, str]

    @property
    def fields(self) -> dict[str, str]:
        """What Twilio said, wherever it said it."""
        return {**self.query, **self.form}

    @property
    def is_signed(self) -> bool:
        """Whether the official validator takes the signature for Twilio's."""
        signature = self.headers.get("X-Twilio-Signature", "")
        return bool(RequestValidator(AUTH_TOKEN).validate(self.url, self.form, signature))


@dataclass
class Desk:
    """The application. ``answers`` maps a path to verbs, a response, or a handler."""

    answers: dict[str, Answer] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app, host="127.0.0.1")
        self._came = asyncio.Event()

    async def __aenter__(self) -> "Desk":
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self._server.port}{path}"

    def to(self, path: str) -> list[Visit]:
        """The requests that came to a path."""
        return [visit for visit in self.visits if visit.path == path]

    async def visited(self, path: str, times: int = 1) -> Visit:
        """The request that makes it so many; fails when it does not come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.to(path)) < times:
                self._came.clear()
                await self._came.wait()
        return self.to(path)[times - 1]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.visits.append(
            Visit(
                request.method,
                f"http://{request.host}{request.raw_path}",
                request.path,
                dict(request.headers),
                dict(parse_qsl(request.query_string, keep_blank_values=True)),
                dict(parse_qsl(body, keep_blank_values=True)),
            )
        )
        self._came.set()
        answer = self.answers.get(request.path)
        if answer is None:
            return web.Response(status=204)
        if isinstance(answer, str):
            return twiml(answer)
        return answer if isinstance(answer, web.StreamResponse) else await answer(request)


def twiml(verbs: str) -> web.Response:
    """A document with these verbs."""
    return web.Response(text=f"<Response>{verbs}</Response>", content_type="text/xml")
