"""A network in virtual time with a customer application of a few documents: what the tests ring.

    exchange = Exchange({"/voice": "<Say>Hello</Say>"})
    caller = exchange.rings()
    exchange.heard(caller)          # [Speak("Hello", …)]

Webhooks are answered at once unless ``holds`` names their path; clips end when a test says so.
"""

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from contact_center.simulator.core.account import Account
from contact_center.simulator.core.effects import (
    Clip,
    Effect,
    LegAnswered,
    LegEnded,
    RequestOutcome,
    RingFarEnd,
    SendRequest,
    StartAudio,
    StopAudio,
)
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.outside import Outside
from contact_center.simulator.core.readings import Readings
from contact_center.simulator.core.resources import RestRequest, RestResponse

SITE = "http://desk.example"
NUMBER = "+14155550100"
CUSTOMER = "+14155550142"
ACCOUNT = Account(
    sid="AC" + "a" * 32, auth_token="secret", api_keys={"SK" + "b" * 32: "key secret"}
)
APPLICATION = "AP" + "c" * 32
NOON = 1_790_000_000.0

Answer = str | RequestOutcome
Document = Answer | Callable[[dict[str, str]], Answer]


def xml(verbs: str) -> RequestOutcome:
    """A document with these verbs."""
    return RequestOutcome(200, "text/xml", f"<Response>{verbs}</Response>".encode())


@dataclass
class Asked:
    """A webhook that went out."""

    request: SendRequest
    at: float
    path: str = field(init=False)
    fields: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.path = urlsplit(self.request.url).path
        self.fields = dict(self.request.params)


class Exchange:
    """A network, an application, and everything that passed between them."""

    def __init__(
        self,
        app: dict[str, Document] | None = None,
        *,
        seed: int = 7,
        readings: Readings | None = None,
        calls_per_second: float = 0.0,
        concurrent_calls: int = 0,
        voice: dict[str, str] | None = None,
        outside: dict[str, Outside] | None = None,
    ) -> None:
        """``app`` maps a path to its verbs; ``voice`` adds fields to the number's set-up.

        With ``outside``, telephones that ring are answered by whoever has them: these numbers do
        as is said here, others as their last digits say. Otherwise a test picks up by hand.
        """
        account = Account(
            ACCOUNT.sid,
            ACCOUNT.auth_token,
            ACCOUNT.api_keys,
            calls_per_second=calls_per_second,
            concurrent_calls=concurrent_calls,
        )
        self.network = Network(account, random.Random(seed), readings)
        self.network.tick(NOON)
        self._somebody_answers = outside is not None
        self.network.outside.update(outside or {})
        self.app: dict[str, Document] = dict(app or {})
        self.holds: set[str] = set()
        self.asked: list[Asked] = []
        self.effects: list[Effect] = []
        self.rung: list[RingFarEnd] = []
        self.answered: list[str] = []
        self.ended: dict[str, LegEnded] = {}
        self.heard_out: set[tuple[str, int]] = set()
        self._clips: dict[tuple[str, int], StartAudio] = {}
        self.number = self.network.add_number(NUMBER)
        application = self.network.add_application(APPLICATION)
        set_up = {
            "VoiceUrl": f"{SITE}/voice",
            "StatusCallback": f"{SITE}/status",
            **(voice or {}),
        }
        self.rest("POST", f"IncomingPhoneNumbers/{self.number.sid}", **set_up)
        self.rest("POST", f"Applications/{application.sid}", VoiceUrl=f"{SITE}/browser")

    # ---- people

    def rings(self, from_: str = CUSTOMER, to: str = NUMBER) -> str:
        """A customer rings."""
        return self._settled(self.network.dial_in(from_, to))

    def connects(self, identity: str = "alice", **params: str) -> str:
        """An agent's browser calls its application."""
        return self._settled(self.network.client_connects(identity, params, APPLICATION))

    def presses(self, leg: str, keys: str) -> None:
        """Somebody presses keys."""
        self.network.key_pressed(leg, keys)
        self.settle()

    def hangs_up(self, leg: str) -> None:
        """Somebody puts the receiver down."""
        self.network.far_end_hung_up(leg)
        self.settle()

    def speaks(self, leg: str, seconds: float | None = None) -> None:
        """Somebody speaks, for so long, or from now on."""
        self.network.speech_began(leg)
        self.settle()
        if seconds is not None:
            self.passes(seconds)
            self.network.speech_ended(leg)
            self.settle()

    def picks_up(self, leg: str) -> None:
        """Somebody who was called answers."""
        self.network.far_end_answered(leg)
        self.settle()

    # ---- time

    def passes(self, seconds: float) -> None:
        """Time passes; what falls due meanwhile happens at its own moment."""
        until = self.network.now + seconds
        while (deadline := self.network.next_deadline()) is not None and deadline <= until:
            self.network.tick(deadline)
            self.settle()
        self.network.tick(until)
        self.settle()

    def hears_out(self, leg: str) -> None:
        """Everything that is being played to this leg ends."""
        for key in [key for key, clip in self._clips.items() if key[0] == leg and not clip.loop]:
            del self._clips[key]
            self.heard_out.add(key)
            self.network.audio_finished(*key)
        self.settle()

    def cannot_hear(self, leg: str, problem: str) -> None:
        """What is to be played to this leg cannot be had."""
        for key in [key for key in self._clips if key[0] == leg]:
            del self._clips[key]
            self.network.audio_failed(*key, problem)
        self.settle()

    # ---- the application

    def settle(self) -> None:
        """Answer every webhook, until nothing happens any more."""
        while effects := self.network.take_effects():
            self.effects += effects
            for effect in effects:
                self._note(effect)

    def _settled(self, leg: str) -> str:
        self.settle()
        return leg

    def _note(self, effect: Effect) -> None:
        match effect:
            case SendRequest():
                asked = Asked(effect, self.network.now)
                self.asked.append(asked)
                if asked.path not in self.holds:
                    self.answers(asked)
            case StartAudio(leg, token):
                self._clips[leg, token] = effect
            case StopAudio(leg, token):
                assert (leg, token) in self._clips, "a clip was stopped that was not playing"
                del self._clips[leg, token]
            case RingFarEnd():
                self.rung.append(effect)
                if self._somebody_answers:
                    self.network.ring_outside(effect.leg_sid)
            case LegAnswered(leg):
                self.answered.append(leg)
            case LegEnded(leg):
                assert leg not in self.ended, "a leg ended twice"
                self.ended[leg] = effect
            case _:
                pass

    def answers(self, asked: Asked, outcome: RequestOutcome | None = None) -> None:
        """Answer one webhook: with this outcome, or as the application does."""
        if outcome is None:
            document = self.app.get(asked.path, "")
            answer = document(asked.fields) if callable(document) else document
            if isinstance(answer, RequestOutcome):
                outcome = answer
            elif asked.path in self.app:
                outcome = xml(answer)
            else:
                outcome = RequestOutcome(204 if asked.fields.get("CallbackSource") else 404)
        self.network.request_answered(asked.request.request_id, outcome)

    # ---- looking

    def to(self, path: str) -> list[dict[str, str]]:
        """The fields of every webhook that went to this path."""
        return [asked.fields for asked in self.asked if asked.path == path]

    def last(self, path: str) -> Asked:
        """The newest webhook to this path."""
        return next(asked for asked in reversed(self.asked) if asked.path == path)

    def heard(self, leg: str) -> list[Clip]:
        """What is being played to this leg now."""
        return [effect.clip for (of, _), effect in self._clips.items() if of == leg]

    def status(self, leg: str) -> str:
        """A call's status, by REST."""
        return str(self.fetch(f"Calls/{leg}")["status"])

    def problems(self) -> list[str]:
        """The problems in the log."""
        return [entry.problem for entry in self.network.log if entry.problem]

    # ---- REST

    def rest(
        self, method: str, path: str, query: dict[str, str] | None = None, **form: Any
    ) -> RestResponse:
        """A request of the account's own."""
        pairs = tuple(
            (name, str(each))
            for name, value in form.items()
            for each in (value if isinstance(value, list) else [value])
        )
        response = self.network.rest(
            RestRequest(
                method,
                f"/2010-04-01/Accounts/{ACCOUNT.sid}/{path}.json",
                tuple((query or {}).items()),
                pairs,
                basic(ACCOUNT.sid, ACCOUNT.auth_token),
            )
        )
        self.settle()
        return response

    def fetch(self, path: str, **query: str) -> dict[str, Any]:
        """The body of a resource that exists."""
        response = self.rest("GET", path, query)
        assert response.status == 200, response
        assert response.body is not None
        return response.body

    def change(self, path: str, **form: Any) -> dict[str, Any]:
        """The body of a resource after a POST that succeeds."""
        response = self.rest("POST", path, **form)
        assert response.status in (200, 201), response
        assert response.body is not None
        return response.body

    def refused(self, method: str, path: str, **form: Any) -> tuple[int, int]:
        """Status and code of a request that is refused."""
        response = self.rest(method, path, **form)
        assert response.status >= 400, response
        assert response.body is not None
        return response.status, response.body["code"]


def basic(user: str, secret: str) -> str:
    """An Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
