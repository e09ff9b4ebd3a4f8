"""The network as whoever runs it sees it: inputs are calls, outputs are effects.

    network = Network(account, random.Random(7))
    network.tick(now)                       # the core has no clock of its own
    leg = network.dial_in("+14155550142", "+14155550100")
    for effect in network.take_effects(): ...

One seed and one order of inputs give one history.
"""

from __future__ import annotations

import random

from contact_center.simulator.core import (
    audibility,
    directory,
    hearing,
    instructions,
    outside,
    progress,
    taping,
)
from contact_center.simulator.core.account import Account, Application, PhoneNumber
from contact_center.simulator.core.effects import Effect, RequestOutcome
from contact_center.simulator.core.legs import Leg
from contact_center.simulator.core.log import Log
from contact_center.simulator.core.outside import Outside
from contact_center.simulator.core.readings import Readings
from contact_center.simulator.core.resources import RestRequest, RestResponse, serve
from contact_center.simulator.core.truth import truth
from contact_center.simulator.core.world import World


class Network:
    """One phone network: its accounts, calls, queues and conferences."""

    def __init__(
        self, account: Account, rng: random.Random, readings: Readings | None = None
    ) -> None:
        """``rng`` draws every SID; ``readings`` settle what the documentation leaves open."""
        self._world = World(account, rng, readings or Readings())

    # ---- what belongs to the account

    @property
    def account(self) -> Account:
        """The main account."""
        return self._world.account

    @property
    def accounts(self) -> dict[str, Account]:
        """The main account and its subaccounts by SID."""
        return self._world.accounts

    def add_subaccount(self, account: Account) -> None:
        """An account that the main account owns."""
        self._world.accounts[account.sid] = account

    def add_number(
        self, phone_number: str, account_sid: str | None = None, name: str = ""
    ) -> PhoneNumber:
        """Give the account a number, without instructions; they are set by REST."""
        return directory.add_number(self._world, phone_number, account_sid, name)

    def add_application(self, sid: str, account_sid: str | None = None) -> Application:
        """Give the account a TwiML application, without instructions; they are set by REST."""
        return directory.add_application(self._world, sid, account_sid)

    @property
    def numbers(self) -> list[PhoneNumber]:
        """All numbers, in the order they came."""
        return list(self._world.numbers.values())

    @property
    def applications(self) -> list[Application]:
        """All TwiML applications, in the order they came."""
        return list(self._world.applications.values())

    # ---- time and effects

    @property
    def now(self) -> float:
        """Seconds since 1970, as of the last tick."""
        return self._world.now

    def tick(self, now: float) -> None:
        """Move the core's clock and do what is due, each thing at its own moment.

        A clock that steps back stands still here until it has caught up.
        """
        world = self._world
        while (timer := world.timers.pop_due(now)) is not None:
            world.now = max(world.now, timer.when)
            timer.action()
        world.now = max(world.now, now)

    def next_deadline(self) -> float | None:
        """When ``tick`` will next have something to do."""
        return self._world.timers.next()

    def take_effects(self) -> list[Effect]:
        """What the core wants done, in order; each is handed out once."""
        return self._world.take_effects()

    # ---- answers

    def rest(self, request: RestRequest) -> RestResponse:
        """Answer a REST request."""
        return serve(self._world, request)

    def request_answered(self, request_id: int, outcome: RequestOutcome) -> None:
        """The outcome of a SendRequest. Unknown and repeated ids are ignored."""
        self._world.answered(request_id, outcome)

    def audio_finished(self, leg_sid: str, token: int) -> None:
        """The clip of StartAudio(token) was heard to its end."""
        if (then := self._world.audio_ends.pop((leg_sid, token), None)) is not None:
            then()

    def audio_failed(self, leg_sid: str, token: int, problem: str) -> None:
        """The clip could not be had: it is noted, and the call goes on without it."""
        if (leg := self._world.legs.get(leg_sid)) is not None:
            self._world.note(leg, "a sound could not be played", f"11200: {problem}")
        self.audio_finished(leg_sid, token)

    # ---- far ends

    def dial_in(self, from_: str, to: str) -> str:
        """Somebody rings one of the account's numbers; returns the leg. Raises UnknownNumber."""
        number = directory.number_dialled(self._world, to)
        leg = directory.inbound_leg(self._world, number, from_)
        instructions.begin(self._world, leg)
        return leg.sid

    def client_connects(self, identity: str, params: dict[str, str], application_sid: str) -> str:
        """A browser calls its application; returns the leg. Raises UnknownApplication.

        ``params`` are posted as extra fields; which of the network's own they replace, if any, is a
        matter of reading.
        """
        application = directory.application_named(self._world, application_sid)
        leg = directory.client_leg(self._world, application, identity, params)
        instructions.begin(self._world, leg)
        return leg.sid

    def far_end_ringing(self, leg_sid: str) -> None:
        """The other end of an outbound leg has begun to ring."""
        if (leg := self._live(leg_sid)) is not None:
            progress.ring(self._world, leg)

    def far_end_answered(self, leg_sid: str) -> None:
        """The other end of an outbound leg has picked up."""
        if (leg := self._live(leg_sid)) is not None:
            instructions.picked_up(self._world, leg)

    def far_end_hung_up(self, leg_sid: str) -> None:
        """Whoever is behind the leg has hung up."""
        if (leg := self._live(leg_sid)) is not None:
            progress.end(self._world, leg, "completed" if leg.answered_at else "no-answer")

    def far_end_busy(self, leg_sid: str) -> None:
        """The other end of an outbound leg is busy, or declined."""
        if (leg := self._live(leg_sid)) is not None:
            progress.end(self._world, leg, "busy")

    def far_end_unreachable(self, leg_sid: str) -> None:
        """There is nobody at the other end of an outbound leg."""
        if (leg := self._live(leg_sid)) is not None:
            progress.end(self._world, leg, "failed")

    def key_pressed(self, leg_sid: str, digits: str) -> None:
        """Whoever is behind the leg pressed these keys, one after the other."""
        for digit in digits:
            if (leg := self._live(leg_sid)) is not None:
                instructions.press(leg, digit)

    def speech_began(self, leg_sid: str) -> None:
        """Whoever is behind the leg has begun to speak."""
        if (leg := self._live(leg_sid)) is not None:
            hearing.speech_began(leg)

    def speech_ended(self, leg_sid: str) -> None:
        """Whoever is behind the leg has fallen silent."""
        if (leg := self._live(leg_sid)) is not None:
            hearing.speech_ended(leg)

    def beep_heard(self, leg_sid: str) -> None:
        """A machine behind the leg asks for a message."""
        if (leg := self._live(leg_sid)) is not None:
            hearing.beep(leg)

    def media_lost(self, leg_sid: str) -> None:
        """Nothing comes from the far end any more: the leg is over."""
        if (leg := self._live(leg_sid)) is not None:
            self._world.note(leg, "media lost", "53405: no audio arrived from the far end")
            progress.end(self._world, leg, "completed" if leg.answered_at else "failed")

    def _live(self, leg_sid: str) -> Leg | None:
        leg = self._world.legs.get(leg_sid)
        return None if leg is None or leg.over else leg

    # ---- outside numbers

    def ring_outside(self, leg_sid: str) -> None:
        """A telephone rings for this leg (``RingFarEnd``): let its owner do what they do."""
        if (leg := self._live(leg_sid)) is not None:
            outside.ring(self._world, leg)

    @property
    def outside(self) -> dict[str, Outside]:
        """The outside numbers that do something else than their last digits say."""
        return self._world.outside

    # ---- recordings

    @property
    def base_url(self) -> str:
        """What comes before a path to make a URL under which this network can be reached."""
        return self._world.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self._world.base_url = url.rstrip("/")

    def recording_made(self, recording_sid: str, wav: bytes) -> None:
        """What was kept between StartRecording and StopRecording, as a WAV file."""
        if (recording := self._world.recordings.get(recording_sid)) is not None:
            taping.keep(self._world, recording, wav)

    # ---- who hears whom

    def bridges(self) -> list[tuple[str, ...]]:
        """The legs that share a running conference or a dialled call, one tuple for each."""
        return audibility.bridges(self._world)

    def hears(self, listener_sid: str, speaker_sid: str) -> bool:
        """Whether this leg hears that one. The one policy, for audio and for truth alike."""
        return audibility.hears(self._world, listener_sid, speaker_sid)

    def talks(self, leg_sid: str) -> bool:
        """Whether this leg has a conversation: it hears somebody, or somebody hears it."""
        return audibility.talks(self._world, leg_sid)

    # ---- for people and for comparing

    def truth(self) -> dict[str, object]:
        """Everything as it really is, ready for JSON."""
        return truth(self._world)

    @property
    def log(self) -> Log:
        """What happened, newest last."""
        return self._world.log

    @property
    def live_legs(self) -> int:
        """How many calls go on."""
        return sum(not leg.over for leg in self._world.legs.values())

    def leg_rings(self, leg_sid: str) -> bool:
        """Whether somebody's telephone rings for this leg."""
        leg = self._world.legs.get(leg_sid)
        return leg is not None and leg.direction != "inbound" and leg.status == "ringing"

    def leg_exists(self, leg_sid: str) -> bool:
        """Whether a call of this SID was ever seen."""
        return leg_sid in self._world.legs
