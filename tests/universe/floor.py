"""One floor: our site, the network's core, callers and agents, in one thread and virtual time.

Webhooks come in through Django's test client, signed; REST goes out through the settings'
``http_client``; the clock's work is done here step by step. Time moves only when a test says so,
and everything that falls due on the way happens at its own moment.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import time_machine
from django.test import Client
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.supervising import Mode
from contact_center.models import (
    Agent,
    Call,
    Offer,
    PhoneLease,
    Supervision,
    SupervisorPhone,
    User,
)
from contact_center.services import (
    commanding,
    heavy_work,
    offering,
    presence,
    reconciling,
    reporting,
    supervising,
    timing,
)
from contact_center.simulator.core.effects import (
    Beep,
    LegEnded,
    PlayUrl,
    RequestOutcome,
    RingFarEnd,
    SendRequest,
    Speak,
    StartAudio,
    StopAudio,
)
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.outside import BEEP_SECONDS
from contact_center.simulator.core.readings import Readings
from tests.universe.opening import open_network
from tests.universe.posting import post_signed

#: How long a sentence and a sound file last when nobody really speaks.
SPOKEN_SECONDS = 2.0
PLAYED_SECONDS = 16.0
#: The clock's own pace.
TICK_SECONDS = 0.5

#: What a test may do to a webhook on its way: return how often it arrives (0 loses it).
Fate = Callable[[SendRequest], int]


class Supervised(NamedTuple):
    """A supervisor's stay with a conversation, and their line."""

    stay: Supervision
    leg: str


@dataclass
class Floor:
    """A running floor; ``open_floor`` makes one."""

    network: Network
    traveller: time_machine.Traveller
    client: Client = field(default_factory=Client)
    fate: Fate = field(default=lambda request: 1)
    #: Which requests our site is slow to answer: they wait until ``let_go``.
    holds_back: Callable[[SendRequest], bool] = field(default=lambda request: False)
    requests: list[SendRequest] = field(default_factory=list)
    answers: dict[int, str] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    #: What each leg was given to hear and what of it was cut short, each with its moment.
    sounds: list[tuple[float, StartAudio | StopAudio]] = field(default_factory=list)
    _audio: list[tuple[float, int, str, int]] = field(default_factory=list)
    _stopped: set[tuple[str, int]] = field(default_factory=set)
    _held_back: list[SendRequest] = field(default_factory=list)
    _order: int = 0
    _next_tick: float = 0.0
    _next_reconcile: float = 0.0
    reconciles: bool = True

    # --- time ---

    @property
    def now(self) -> float:
        """Seconds since 1970, in the universe."""
        return timezone.now().timestamp()

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass; whatever falls due happens at its own moment."""
        until = self.now + seconds
        self.settle()
        while (moment := self._next_moment(until)) is not None:
            self._go_to(moment)
            self.settle()
        self._go_to(until)
        self.settle()

    def until(self, condition: Callable[[], bool], *, within: float) -> float:
        """Let time pass until ``condition`` holds; return the seconds it took.

        Fails when it does not hold within so many seconds.
        """
        started = self.now
        self.settle()
        while not condition():
            moment = self._next_moment(started + within)
            assert moment is not None, f"it did not come about within {within} s"
            self._go_to(moment)
            self.settle()
        return self.now - started

    def settle(self) -> None:
        """Do everything that is due at this moment, here and in the network."""
        for _round in range(200):
            self.network.tick(self.now)
            if not (self._deliver() | self._run_clock() | self._end_audio()):
                return
        raise AssertionError("the floor does not come to rest")

    def _next_moment(self, limit: float) -> float | None:
        moments = [self._next_tick, self.network.next_deadline()]
        if self._audio:
            moments.append(self._audio[0][0])
        due = [moment for moment in moments if moment is not None and moment <= limit]
        return max(min(due), self.now) if due else None

    def _go_to(self, moment: float) -> None:
        self.traveller.move_to(max(moment, self.now))

    # --- the clock's work ---

    def _run_clock(self) -> bool:
        now = timezone.now()
        busy = bool(timing.run_due_timers(now)) | bool(commanding.run_due_commands(now))
        if self.now < self._next_tick:
            return busy | self._dispatch()
        self._next_tick = self.now + TICK_SECONDS
        reporting.apply_waiting_reports(now)
        presence.notice_silent_phones(now)
        if self.reconciles and self.now >= self._next_reconcile:
            self._next_reconcile = self.now + 20
            reconciling.reconcile(now)
        for job in heavy_work.due_jobs(now):
            heavy_work.do_job(job)
        self._dispatch()
        return True

    def _dispatch(self) -> bool:
        return bool(sum(offering.dispatch(tenant) for tenant in offering.tenants_with_work()))

    # --- the network's work ---

    def _deliver(self) -> bool:
        effects = self.network.take_effects()
        for effect in effects:
            if isinstance(effect, StartAudio | StopAudio):
                self.sounds.append((self.now, effect))
            match effect:
                case SendRequest():
                    self._send(effect)
                case StartAudio(leg_sid, token, clip, loop) if not loop:
                    lasts = {Speak: SPOKEN_SECONDS, PlayUrl: PLAYED_SECONDS, Beep: BEEP_SECONDS}
                    self._order += 1
                    ends = self.now + lasts.get(type(clip), 3600.0)
                    heapq.heappush(self._audio, (ends, self._order, leg_sid, token))
                case StopAudio(leg_sid, token):
                    self._stopped.add((leg_sid, token))
                case RingFarEnd(leg_sid, to) if not to.startswith("client:"):
                    self.network.ring_outside(leg_sid)
                case LegEnded(leg_sid, status):
                    self.ended[leg_sid] = status
                case _:
                    pass
        return bool(effects)

    def _end_audio(self) -> bool:
        ended = False
        while self._audio and self._audio[0][0] <= self.now:
            _moment, _order, leg_sid, token = heapq.heappop(self._audio)
            if (leg_sid, token) not in self._stopped:
                self.network.audio_finished(leg_sid, token)
                ended = True
        return ended

    def let_go(self) -> None:
        """Our site answers what it was slow to answer, in the order in which it was asked."""
        self.holds_back = lambda request: False
        held, self._held_back = self._held_back, []
        for request in held:
            self._send(request)
        self.settle()

    def _send(self, request: SendRequest) -> None:
        self.requests.append(request)
        if self.holds_back(request):
            self._held_back.append(request)
            return
        arrivals = self.fate(request)
        if arrivals == 0:
            self.network.request_answered(
                request.request_id, RequestOutcome(status=None, error="timeout")
            )
            return
        for _copy in range(arrivals):
            outcome = self.post(request)
        self.answers[request.request_id] = outcome.body.decode()
        self.network.request_answered(request.request_id, outcome)

    def post(self, request: SendRequest, *, token: str = "") -> RequestOutcome:
        """Post a webhook to our site, signed (by ``token`` if given)."""
        return post_signed(self.client, request, token=token)

    # --- people ---

    def ring(self, to: str = "+14155550102", from_: str = "+14155550142") -> str:
        """A customer rings; return the SID of the call."""
        sid = self.network.dial_in(from_, to)
        self.settle()
        return sid

    def press(self, sid: str, keys: str) -> None:
        """A caller presses keys."""
        self.network.key_pressed(sid, keys)
        self.settle()

    def speak(self, sid: str, seconds: float = 3.0) -> None:
        """A caller says something that lasts so long."""
        self.network.speech_began(sid)
        self.pass_seconds(seconds)
        self.network.speech_ended(sid)
        self.settle()

    def hang_up(self, sid: str) -> None:
        """Whoever is behind a leg hangs up."""
        self.network.far_end_hung_up(sid)
        self.settle()

    def on_duty(self, agent: Agent) -> PhoneLease:
        """An agent opens the desk, hears the ring and goes on duty."""
        lease = presence.claim_phone(agent=agent)
        presence.report_phone(agent=agent, lease_key=lease.key, ring_heard=True, microphone_ok=True)
        presence.go_on_duty(agent=agent, lease_key=lease.key)
        agent.refresh_from_db()
        self.settle()
        return lease

    def keep_beating(self, *agents: Agent) -> None:
        """The desks of these agents have just been heard of."""
        for agent in agents:
            lease = PhoneLease.objects.get(agent=agent)
            assert presence.beat(agent=agent, lease_key=lease.key)

    def accept(self, agent: Agent, offer: Offer, **invented: str) -> str:
        """An agent accepts, and the browser connects; return the SID of the agent's leg."""
        lease = PhoneLease.objects.get(agent=agent)
        token = offering.accept_offer(
            offer=offer, agent=agent, fence=offer.fence, lease_key=lease.key
        )
        return self.connect_browser(agent, token, slot=offer.slot.number, **invented)

    def connect_browser(self, agent: Agent, token: str, slot: int = 0, **invented: str) -> str:
        """An agent's browser connects with a join token; return the SID of its leg.

        ``invented`` are parameters that no page of ours sends.
        """
        lease = PhoneLease.objects.get(agent=agent)
        said = {"join": token, **invented}
        leg = self.network.client_connects(
            lease.identity(slot), said, current().twilio.twiml_app_sid
        )
        self.settle()
        return leg

    def conversation(self, agent: Agent, **ring: str) -> tuple[Call, Offer, str]:
        """A customer rings, this agent accepts and they talk; return call, offer, agent's leg."""
        sid = self.ring(**ring)
        self.until(lambda: self.pending(agent) is not None, within=30)
        offer = self.pending(agent)
        assert offer is not None
        leg = self.accept(agent, offer)
        self.until(lambda: Call.objects.get(sid=sid).state == "connected", within=10)
        return Call.objects.get(sid=sid), Offer.objects.get(pk=offer.pk), leg

    def supervise(self, supervisor: User, offer: Offer, mode: Mode = Mode.LISTEN) -> Supervised:
        """A supervisor comes to a conversation, the browser connects, and it is as asked."""
        phone = supervising.claim_phone(supervisor=supervisor)
        stay, token = supervising.join(
            offer=offer, supervisor=supervisor, lease_key=phone.key, mode=mode
        )
        leg = self.connect_supervisor(supervisor, token)
        self.until(lambda: Supervision.objects.get(pk=stay.pk).mode == mode, within=10)
        return Supervised(Supervision.objects.get(pk=stay.pk), leg)

    def connect_supervisor(self, supervisor: User, token: str) -> str:
        """A supervisor's browser connects with a join token; return the SID of its leg."""
        phone = SupervisorPhone.objects.get(supervisor=supervisor)
        application = current().twilio.twiml_app_sid
        leg = self.network.client_connects(phone.identity, {"join": token}, application)
        self.settle()
        return leg

    def pending(self, agent: Agent) -> Offer | None:
        """What rings at an agent's desk."""
        return Offer.objects.filter(agent=agent, state="pending").first()

    def hears(self, listener: str, speaker: str) -> bool:
        """Whether one leg hears another."""
        return self.network.hears(listener, speaker)


@contextmanager
def open_floor(*, seed: int = 7, readings: Readings | None = None) -> Iterator[Floor]:
    """Open a floor whose network owns the numbers in our database and asks our site."""
    opened = open_network(
        rng=random.Random(seed),
        readings=readings,
        TELEPHONY_HTTP_CLIENT="tests.universe.http_client.CoreHttpClient",
        EVENT_SUBSCRIBERS=[],
        ROOT_URLCONF="contact_center.webhooks.urls",
    )
    with opened as (network, traveller):
        yield Floor(network=network, traveller=traveller)
