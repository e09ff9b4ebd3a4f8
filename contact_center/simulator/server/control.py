"""``/simulator/…``: what Twilio does not have. Scripted callers, ground truth, listening, faults.

Everything here is for people and tests; the product never asks.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, get_args

from aiohttp import web

from contact_center.simulator.core.errors import UnknownNumber
from contact_center.simulator.core.log import LogEntry
from contact_center.simulator.core.outside import BY_ENDING, Does, Outside
from contact_center.simulator.server import browsers
from contact_center.simulator.server.callers import Script, ScriptedCaller
from contact_center.simulator.server.faults import BadFault, Faults
from contact_center.simulator.server.runner import Runner
from contact_center.simulator.server.sound import Voices

KEYS = frozenset("0123456789*#w")
MOST_SECONDS_HEARD = 15.0
LONGEST_SENTENCE = 500
DOES: tuple[Does, ...] = get_args(Does)


class Control:
    """The simulator's own interface."""

    def __init__(self, runner: Runner, faults: Faults, voices: Voices) -> None:
        self._runner = runner
        self._faults = faults
        self._voices = voices
        self._callers: dict[str, ScriptedCaller] = {}

    def routes(self) -> list[web.RouteDef]:
        """Where everything is."""
        return [
            web.get("/simulator/health", self.health),
            web.get("/simulator/truth", self.truth),
            web.get("/simulator/log.json", self.log),
            web.post("/simulator/callers", self.call),
            web.post("/simulator/callers/{sid}/hangup", self.hang_up),
            web.post("/simulator/callers/{sid}/keys", self.keys),
            web.post("/simulator/browsers", self.browser),
            web.get("/simulator/outside", self.outside_numbers),
            web.post("/simulator/outside", self.set_outside_number),
            web.delete("/simulator/outside", self.forget_outside_numbers),
            web.post("/simulator/calls/{sid}/answer", self.answer_leg),
            web.post("/simulator/calls/{sid}/refuse", self.refuse_leg),
            web.post("/simulator/calls/{sid}/hangup", self.hang_up_leg),
            web.post("/simulator/calls/{sid}/keys", self.press_on_leg),
            web.get("/simulator/calls/{sid}/heard", self.heard),
            web.get("/simulator/calls/{sid}/said", self.said),
            web.post("/simulator/calls/{sid}/recording", self.record),
            web.get("/simulator/calls/{sid}/recording", self.recording),
            web.get("/simulator/faults", self.list_faults),
            web.post("/simulator/faults", self.add_fault),
            web.delete("/simulator/faults", self.clear_faults),
        ]

    # ---- what is

    async def health(self, request: web.Request) -> web.Response:
        """That it runs, for whom, with which numbers, and how many calls there are."""
        network = self._runner.network
        return web.json_response(
            {
                "ok": self._runner.alive,
                "account_sid": network.account.sid,
                "calls": network.live_legs,
                "numbers": [number.phone_number for number in network.numbers],
            },
            status=200 if self._runner.alive else 503,
        )

    async def truth(self, request: web.Request) -> web.Response:
        """Everything as it really is."""
        return web.json_response(self._runner.network.truth())

    async def log(self, request: web.Request) -> web.Response:
        """What happened since the revision in ``?since=``."""
        log = self._runner.network.log
        since = _number(request, "since", 0.0)
        return web.json_response(
            {
                "revision": log.revision,
                "now": self._runner.network.now,
                "entries": [_entry(entry) for entry in log.since(int(since))],
            }
        )

    # ---- callers

    async def call(self, request: web.Request) -> web.Response:
        """Let somebody ring: ``{from, to, keys, tone | wav | message, patience_s, talk_s}``."""
        wanted = await _json(request)
        wav, tone = _wav(wanted), _seconds(wanted, "tone")
        message = _sentence(wanted, "message")
        if message and (tone is not None or wav is not None):
            raise _refused(web.HTTPBadRequest, "'message' goes with neither 'tone' nor 'wav'.")
        script = Script(
            from_=_text(wanted, "from"),
            to=_text(wanted, "to"),
            keys=_keys(wanted),
            patience_s=_seconds(wanted, "patience_s"),
            talk_s=_seconds(wanted, "talk_s"),
            message=message,
            speaks=tone is not None or wav is not None,
        )
        voice = self._voices.voice(tone, wav)
        sid = ""
        caller = ScriptedCaller(self._runner, script, self._voices, lambda: self._forget(sid))
        try:
            sid = caller.ring(voice)
        except UnknownNumber as problem:
            raise _refused(web.HTTPNotFound, str(problem))
        self._callers[sid] = caller
        return web.json_response({"call_sid": sid}, status=201)

    def _forget(self, sid: str) -> None:
        self._callers.pop(sid, None)

    async def hang_up(self, request: web.Request) -> web.Response:
        """Let a caller hang up."""
        self._caller(request).hang_up()
        return web.Response(status=204)

    async def keys(self, request: web.Request) -> web.Response:
        """Let a caller press ``{keys}``."""
        caller = self._caller(request)
        caller.press(_keys(await _json(request)))
        return web.Response(status=204)

    def _caller(self, request: web.Request) -> ScriptedCaller:
        sid = request.match_info["sid"]
        if (caller := self._callers.get(sid)) is None:
            raise _refused(web.HTTPNotFound, f"{sid} is no scripted caller with a call.")
        return caller

    # ---- browsers

    async def browser(self, request: web.Request) -> web.Response:
        """Let a browser without a page call: ``{token, parameters, tone | wav}``."""
        wanted = await _json(request)
        parameters = wanted.get("parameters", {})
        if not isinstance(parameters, dict) or not all(
            isinstance(value, str) for value in parameters.values()
        ):
            raise _refused(web.HTTPBadRequest, "'parameters' must be an object of texts.")
        voice = self._voices.voice(_seconds(wanted, "tone"), _wav(wanted))
        try:
            sid = browsers.connect(
                self._runner, token=wanted.get("token"), parameters=parameters, voice=voice
            )
        except browsers.BrowserRefused as problem:
            raise _refused(web.HTTPForbidden, str(problem))
        return web.json_response({"call_sid": sid}, status=201)

    # ---- outside numbers

    async def outside_numbers(self, request: web.Request) -> web.Response:
        """The numbers that do something of their own, and what the last digits of others mean."""
        return self._outside()

    def _outside(self, status: int = 200) -> web.Response:
        numbers = self._runner.network.outside
        return web.json_response(
            {
                "numbers": {number: asdict(one) for number, one in numbers.items()},
                "endings": {ending: asdict(one) for ending, one in BY_ENDING.items()},
                "otherwise": asdict(Outside()),
            },
            status=status,
        )

    async def set_outside_number(self, request: web.Request) -> web.Response:
        """Let a number do something: ``{number, does, after_s, says, tone, keys, …}``."""
        wanted = await _json(request)
        number = _text(wanted, "number")
        does = next((one for one in DOES if one == wanted.get("does", "answers")), None)
        if does is None:
            raise _refused(web.HTTPBadRequest, f"'does' must be one of {', '.join(DOES)}.")
        usual = Outside()
        after_s, greeting_s = _seconds(wanted, "after_s"), _seconds(wanted, "greeting_s")
        tone = _seconds(wanted, "tone")
        if tone is not None and not 50 <= tone <= 3800:
            raise _refused(web.HTTPBadRequest, "'tone' must be from 50 to 3800 hertz.")
        beeps = wanted.get("beeps", True)
        if not isinstance(beeps, bool):
            raise _refused(web.HTTPBadRequest, "'beeps' must be true or false.")
        self._runner.network.outside[number] = Outside(
            does=does,
            after_s=usual.after_s if after_s is None else after_s,
            says=_sentence(wanted, "says", usual.says),
            tone_hz=tone,
            keys=_keys(wanted),
            stays_s=_seconds(wanted, "stays_s"),
            greeting_s=usual.greeting_s if greeting_s is None else greeting_s,
            beeps=beeps,
        )
        return self._outside(201)

    async def forget_outside_numbers(self, request: web.Request) -> web.Response:
        """Let every number do again what its last digits say."""
        self._runner.network.outside.clear()
        return web.Response(status=204)

    # ---- any leg

    async def answer_leg(self, request: web.Request) -> web.Response:
        """Let whoever a leg rings pick up, now."""
        self._runner.network.far_end_answered(self._ringing_leg(request))
        self._runner.flush()
        return web.Response(status=204)

    async def refuse_leg(self, request: web.Request) -> web.Response:
        """Let whoever a leg rings decline."""
        self._runner.network.far_end_busy(self._ringing_leg(request))
        self._runner.flush()
        return web.Response(status=204)

    def _ringing_leg(self, request: web.Request) -> str:
        sid = self._leg(request)
        if not self._runner.network.leg_rings(sid):
            raise _refused(web.HTTPConflict, f"{sid} does not ring anybody's telephone now.")
        return sid

    async def hang_up_leg(self, request: web.Request) -> web.Response:
        """Let whoever is behind a leg hang up."""
        self._runner.network.far_end_hung_up(self._leg(request))
        self._runner.flush()
        return web.Response(status=204)

    async def press_on_leg(self, request: web.Request) -> web.Response:
        """Let whoever is behind a leg press ``{keys}``, at once."""
        sid = self._leg(request)
        keys = _keys(await _json(request)).replace("w", "")
        self._runner.network.key_pressed(sid, keys)
        self._runner.flush()
        return web.Response(status=204)

    def _leg(self, request: web.Request) -> str:
        sid = request.match_info["sid"]
        if not self._runner.network.leg_exists(sid):
            raise _refused(web.HTTPNotFound, f"There is no call {sid}.")
        return sid

    # ---- listening

    async def heard(self, request: web.Request) -> web.Response:
        """How loud the tones of ``?tones=`` were in what this leg heard."""
        return self._levels(request, self._runner.mixer.heard)

    async def said(self, request: web.Request) -> web.Response:
        """The same for what this leg said."""
        return self._levels(request, self._runner.mixer.said)

    def _levels(self, request: web.Request, listen: Callable[[str, float], Any]) -> web.Response:
        sid = request.match_info["sid"]
        seconds = _number(request, "seconds", 2.0)
        if not 0.2 <= seconds <= MOST_SECONDS_HEARD:
            raise _refused(
                web.HTTPBadRequest, f"seconds must be from 0.2 to {MOST_SECONDS_HEARD:g}."
            )
        tones = _tones(request.query.get("tones", ""))
        try:
            samples = listen(sid, seconds)
        except KeyError:
            raise _refused(web.HTTPNotFound, f"{sid} is not a call that can be listened to now.")
        return web.json_response(self._voices.levels(samples, tones))

    async def record(self, request: web.Request) -> web.Response:
        """Keep what this leg hears and says, from now on."""
        sid = request.match_info["sid"]
        try:
            kept = self._runner.mixer.record(sid)
        except KeyError:
            raise _refused(web.HTTPNotFound, f"{sid} is not a call that can be listened to now.")
        return web.json_response({"from_tick": kept.from_tick}, status=201)

    async def recording(self, request: web.Request) -> web.Response:
        """The tones of ``?tones=`` over all that was kept, and whom the leg heard at each tick."""
        sid = request.match_info["sid"]
        tones = _tones(request.query.get("tones", ""))
        try:
            kept = self._runner.mixer.recording(sid)
        except KeyError:
            raise _refused(web.HTTPNotFound, f"{sid} is not being recorded.")
        answer: dict[str, Any] = {
            "from_tick": kept.from_tick,
            "ticks": len(kept),
            "hears": [{"tick": tick, "legs": legs} for tick, legs in kept.changes],
        }
        for direction, samples in (("heard", kept.heard), ("said", kept.said)):
            # Minutes of sound: in a thread, because the mixer must not wait for it.
            answer[direction] = await asyncio.to_thread(
                self._voices.levels_over_time, samples, tones
            )
        return web.json_response(answer)

    # ---- faults

    async def list_faults(self, request: web.Request) -> web.Response:
        """What is still to go wrong."""
        return web.json_response({"faults": self._faults.waiting()})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Let something go wrong: ``{kind, path, action, times, seconds, moment, method}``."""
        try:
            self._faults.add(await _json(request))
        except BadFault as problem:
            raise _refused(web.HTTPBadRequest, str(problem))
        return web.json_response({"faults": self._faults.waiting()}, status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Let nothing go wrong any more."""
        self._faults.clear()
        return web.Response(status=204)


# ---- reading what was asked


def _refused(kind: type[web.HTTPError], sentence: str) -> web.HTTPError:
    return kind(text=json.dumps({"error": sentence}), content_type="application/json")


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        wanted = await request.json()
    except ValueError:
        raise _refused(web.HTTPBadRequest, "The body must be JSON.")
    if not isinstance(wanted, dict):
        raise _refused(web.HTTPBadRequest, "The body must be a JSON object.")
    return wanted


def _text(wanted: dict[str, Any], name: str) -> str:
    value = wanted.get(name)
    if not isinstance(value, str) or not value:
        raise _refused(web.HTTPBadRequest, f"{name!r} must be a telephone number.")
    return value


def _sentence(wanted: dict[str, Any], name: str, default: str = "") -> str:
    value = wanted.get(name, default)
    if not isinstance(value, str) or len(value) > LONGEST_SENTENCE:
        raise _refused(
            web.HTTPBadRequest, f"{name!r} must be a text of {LONGEST_SENTENCE} characters at most."
        )
    return value


def _keys(wanted: dict[str, Any]) -> str:
    keys = wanted.get("keys", "")
    if not isinstance(keys, str) or not set(keys) <= KEYS:
        raise _refused(web.HTTPBadRequest, "'keys' may have 0-9, * and #, and w for half a second.")
    return keys


def _seconds(wanted: dict[str, Any], name: str) -> float | None:
    value = wanted.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise _refused(web.HTTPBadRequest, f"{name!r} must be a number, not negative.")
    return float(value)


def _wav(wanted: dict[str, Any]) -> bytes | None:
    value = wanted.get("wav")
    if value is None:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise _refused(web.HTTPBadRequest, "'wav' must be a WAV file in base64.")


def _number(request: web.Request, name: str, default: float) -> float:
    try:
        return float(request.query.get(name, default))
    except ValueError:
        raise _refused(web.HTTPBadRequest, f"{name} must be a number.")


def _tones(text: str) -> list[float]:
    try:
        return [float(tone) for tone in text.split(",") if tone]
    except ValueError:
        raise _refused(web.HTTPBadRequest, "tones must be frequencies in hertz: 440,700,1010.")


def _entry(entry: LogEntry) -> dict[str, Any]:
    return dict(vars(entry))
