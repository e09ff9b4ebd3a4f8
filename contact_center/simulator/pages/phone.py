"""The customer's telephone in a browser: the page, what it is made of, and what it asks for."""

import asyncio
import json
import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from contact_center.simulator.audio import Mixer, chimes, clips, speech
from contact_center.simulator.core.account import PhoneNumber
from contact_center.simulator.core.numbering import is_number
from contact_center.simulator.gateway.gateway import PHONE_PREFIX, VoiceGateway
from contact_center.simulator.pages import icons
from contact_center.simulator.pages.story import story
from contact_center.simulator.server import tokens
from contact_center.simulator.server.runner import Runner

TOKEN_SECONDS = 3600
_MAX_SPOKEN_CHARACTERS = 500
_HERE = Path(__file__).parent
_STATIC = _HERE / "static"
_IDENTITY = re.compile(PHONE_PREFIX + r"[0-9a-f]{12}")

_VENDOR = {
    "twilio.min.js": ("@twilio/voice-sdk/dist/twilio.min.js", "text/javascript"),
    "inter.woff2": (
        "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
        "font/woff2",
    ),
}

_CALLERS = (
    ("Maren Oduya", "+14155550142"),
    ("Tomás Rivera", "+14155550143"),
    ("Aiko Tanaka", "+14155550144"),
    ("Ruth Adler", "+14155550145"),
)

# Everything comes from here; the SDK's signalling goes to this very host, wherever that is.
_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob: mediastream:; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class PhonePage:
    """GET /phone and what belongs to it."""

    def __init__(
        self,
        runner: Runner,
        gateway: VoiceGateway,
        *,
        node_modules: Path,
        desk_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`node_modules` holds the Voice SDK, the typeface and the icons, installed by npm.

        `desk_url` is where agents work: linked from the page, and allowed to fetch voice.wav.
        """
        self._runner = runner
        self._gateway = gateway
        self._node_modules = node_modules
        self._desk_url = desk_url
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Where everything is."""
        return [
            web.get("/phone", self.page),
            web.get("/phone/config", self.config),
            web.get("/phone/token", self.token),
            web.post("/phone/number", self.number),
            web.get("/phone/icons.svg", self.icons),
            web.get(r"/phone/static/{name:[a-z0-9-]+\.(?:js|css)}", self.static),
            web.get("/phone/vendor/{name}", self.vendor),
            web.get(r"/phone/sounds/{name:[a-z0-9]+}.wav", self.sound),
            web.get("/simulator/voice.wav", self.voice),
            web.get("/simulator/calls/{sid}/story", self.story),
            web.get("/simulator/sound", self.figures),
        ]

    async def page(self, request: web.Request) -> web.StreamResponse:
        """The page itself; a sentence when what it is made of is not installed."""
        missing = [path for path, _ in _VENDOR.values() if not (self._node_modules / path).exists()]
        if missing:
            raise web.HTTPServiceUnavailable(
                text=f"The phone page needs {missing[0]} in {self._node_modules}. "
                "Run `npm ci` in the checkout, or start with `make run`, which does it."
            )
        return await self._file(_HERE / "phone.html", "text/html", policy=_POLICY)

    async def config(self, request: web.Request) -> web.Response:
        """Who can be rung, as whom, and where the desk is."""
        return web.json_response(
            {
                "numbers": [_described(number) for number in self._runner.network.numbers],
                "callers": [{"name": name, "number": number} for name, number in _CALLERS],
                "desk_url": self._desk_url,
            }
        )

    async def token(self, request: web.Request) -> web.Response:
        """An access token for this page; with `?identity=` a new one for the same phone."""
        identity = request.query.get("identity", "")
        if not _IDENTITY.fullmatch(identity):
            identity = PHONE_PREFIX + secrets.token_hex(6)
        network = self._runner.network
        keys = network.account.api_keys
        if not keys:
            raise web.HTTPServiceUnavailable(
                text="The simulator was started without an API key: no browser can be let in."
            )
        key_sid, secret = next(iter(keys.items()))
        token = tokens.mint(
            account_sid=network.account.sid,
            key_sid=key_sid,
            secret=secret,
            identity=identity,
            application_sid=None,
            now=self._clock(),
            life_seconds=TOKEN_SECONDS,
        )
        return web.json_response({"identity": identity, "token": token}, headers=_NOT_KEPT)

    async def number(self, request: web.Request) -> web.Response:
        """Let calls to `number` ring the telephone `identity`; an empty number takes that back."""
        try:
            wanted = await request.json()
            identity, number = wanted["identity"], wanted["number"]
        except (ValueError, TypeError, KeyError):
            identity = number = None
        if not isinstance(identity, str) or not _IDENTITY.fullmatch(identity):
            raise web.HTTPBadRequest(text="identity: which telephone?")
        if not isinstance(number, str) or not (number == "" or is_number(number)):
            raise web.HTTPBadRequest(text="This is no number that could be rung: +14155550142.")
        if number in {own.phone_number for own in self._runner.network.numbers}:
            raise web.HTTPBadRequest(text="This number is the contact center's own.")
        self._runner.take_number(number, identity)
        return web.Response(status=204)

    async def story(self, request: web.Request) -> web.Response:
        """What has happened in one call, for the person who makes it."""
        leg_sid = request.match_info["sid"]
        network = self._runner.network
        if not network.leg_exists(leg_sid):
            raise web.HTTPNotFound(
                text=json.dumps({"error": f"There was never a call {leg_sid}."}),
                content_type="application/json",
            )
        return web.json_response(
            {
                "now": network.now,
                "sound_arrives": self._gateway.sound_arrives(leg_sid),
                "steps": story(network.log, leg_sid),
            },
            headers=_NOT_KEPT,
        )

    async def figures(self, request: web.Request) -> web.Response:
        """How well the mixer keeps time, and how many browsers there are."""
        mixer = self._runner.mixer
        return web.json_response(
            {
                "mixer": mixer.figures() if isinstance(mixer, Mixer) else {},
                "browsers": self._gateway.figures(),
            },
            headers=_NOT_KEPT,
        )

    async def voice(self, request: web.Request) -> web.Response:
        """`?text=` spoken in `?language=`, as a WAV file: Speak for me, here and on the desk."""
        text = request.query.get("text", "")[:_MAX_SPOKEN_CHARACTERS]
        language = request.query.get("language", "en-US")
        if not text.strip():
            raise web.HTTPBadRequest(text="text: what should be said?")
        try:
            samples = await asyncio.to_thread(speech.synthesise, text, language)
        except speech.SpeechFailed as problem:
            raise web.HTTPServiceUnavailable(text=str(problem)) from problem
        # Anybody may hear it: it is made of what he sent. The desk runs on hosts of many names.
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"}
        return web.Response(
            body=clips.encode_wav(samples), content_type="audio/wav", headers=headers
        )

    async def sound(self, request: web.Request) -> web.Response:
        """The telephone's own sounds, by the Voice SDK's names for them."""
        samples = chimes.named().get(request.match_info["name"])
        if samples is None:
            raise web.HTTPNotFound
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "max-age=3600"}
        return web.Response(
            body=clips.encode_wav(samples), content_type="audio/wav", headers=headers
        )

    async def icons(self, request: web.Request) -> web.Response:
        """The sprite."""
        sprite = await asyncio.to_thread(icons.sprite, self._node_modules)
        return web.Response(
            text=sprite, content_type="image/svg+xml", headers={"Cache-Control": "max-age=3600"}
        )

    async def static(self, request: web.Request) -> web.StreamResponse:
        """Our own scripts and styles."""
        name = request.match_info["name"]
        kind = "text/javascript" if name.endswith(".js") else "text/css"
        return await self._file(_STATIC / name, kind)

    async def vendor(self, request: web.Request) -> web.StreamResponse:
        """What npm installed, under names of our own."""
        found = _VENDOR.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        path, kind = found
        return await self._file(self._node_modules / path, kind)

    async def _file(self, path: Path, kind: str, policy: str = "") -> web.StreamResponse:
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache"}
        if policy:
            headers["Content-Security-Policy"] = policy
        return web.FileResponse(path, headers=headers)


_NOT_KEPT = {"Cache-Control": "no-store"}


def _described(number: PhoneNumber) -> dict[str, object]:
    """A number, what its owner calls it, and whether anybody would pick up."""
    digits = re.sub(r"\D", "", number.friendly_name)
    unnamed = re.fullmatch(r"[-+() \d]*", number.friendly_name) and digits in number.phone_number
    return {
        "number": number.phone_number,
        "description": "" if unnamed else number.friendly_name,
        "connected": bool(number.voice.url or number.voice_application_sid),
    }
