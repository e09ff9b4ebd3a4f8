"""Runs the core in real time: moves its clock, does what it asks, reports what came of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from typing import Protocol

from contact_center.simulator.core.effects import (
    AudibilityChanged,
    Clip,
    Effect,
    FarEndSays,
    LegAnswered,
    LegEnded,
    LegRinging,
    RequestOutcome,
    RingFarEnd,
    SendRequest,
    StartAudio,
    StartRecording,
    StopAudio,
    StopRecording,
)
from contact_center.simulator.core.network import Network
from contact_center.simulator.server.far_ends import FarEnd, LeavesMessages, SpeaksAsTold
from contact_center.simulator.server.sound import MediaEnd, Samples, SoundPlant

logger = logging.getLogger(__name__)

RingClient = Callable[[RingFarEnd], None]
"""Rings a registered browser: it attaches a far end to the leg, or declines."""


class ClipLibrary(Protocol):
    """Turns what the core wants heard into samples."""

    async def samples(self, clip: Clip) -> Samples:
        """Fetch or make the sound. Raises ClipUnavailable with a sentence."""


class ClipUnavailable(Exception):
    """A sound cannot be played. The message says which and why."""


class Sender(Protocol):
    """Delivers webhooks."""

    async def send(self, request: SendRequest) -> RequestOutcome: ...

    def forget(self, leg_sid: str) -> None:
        """The leg is over: drop what was kept for it."""


class Runner:
    """One network, alive.

    Whoever gives the network an input does it through ``network`` (which brings the core's clock up
    to the present first) and calls ``flush`` afterwards. Everything runs in one event loop.
    """

    def __init__(
        self,
        network: Network,
        *,
        mixer: SoundPlant,
        clips: ClipLibrary,
        sender: Sender,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._network = network
        self._clock = clock
        self._sender = sender
        self._clips = clips
        self.mixer = mixer
        self.far_ends: dict[str, FarEnd] = {}
        self.outside: Callable[[RingFarEnd], None] | None = None
        self.taken_numbers: dict[str, str] = {}
        self.audibility_watchers: list[Callable[[], None]] = []
        self._clients: dict[str, list[RingClient]] = {}
        self._wanted_clips: set[tuple[str, int]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.alive = False
        self._flushing = False
        self._flushed: asyncio.Future[None] | None = None
        self._deadline_moved = asyncio.Event()
        mixer.on_clip_finished = self._clip_finished
        mixer.on_voice = self._voice
        network.tick(clock())

    @property
    def network(self) -> Network:
        """The core, its clock brought up to the present."""
        self._network.tick(self._clock())
        return self._network

    # ---- life

    async def run(self) -> None:
        """Keep the core's clock and the mixer going until cancelled; one failing ends both."""
        self.alive = True
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.mixer.run())
                group.create_task(self._keep_time())
        finally:
            self.alive = False
            for task in list(self._tasks):
                task.cancel()

    async def _keep_time(self) -> None:
        while True:
            self._network.tick(self._clock())
            self.flush()
            await self._sleep_until_next_deadline()

    async def _sleep_until_next_deadline(self) -> None:
        self._deadline_moved.clear()
        deadline = self._network.next_deadline()
        delay = None if deadline is None else max(0.0, deadline - self._clock())
        try:
            await asyncio.wait_for(self._deadline_moved.wait(), delay)
        except TimeoutError:
            return

    # ---- far ends

    def attach_far_end(self, leg_sid: str, far_end: FarEnd, media_end: MediaEnd) -> None:
        """Put somebody behind a leg, with their sound."""
        self.far_ends[leg_sid] = far_end
        self.mixer.attach(leg_sid, media_end)

    def register_client(self, identity: str, ring: RingClient) -> Callable[[], None]:
        """A browser can be rung as ``client:<identity>``; the newest registration is rung.

        Returns what takes the registration back.
        """
        rings = self._clients.setdefault(identity, [])
        rings.append(ring)

        def unregister() -> None:
            if ring in rings:
                rings.remove(ring)

        return unregister

    def take_number(self, number: str, identity: str) -> None:
        """Calls to this outside number ring the browser of this name, while it is registered.

        A browser has one number at most; an empty one means none. The newest to take a number has
        it.
        """
        for taken, owner in list(self.taken_numbers.items()):
            if owner == identity:
                del self.taken_numbers[taken]
        if number:
            self.taken_numbers[number] = identity

    # ---- effects

    def flush(self) -> None:
        """Do everything the core has asked for, including what doing it makes it ask."""
        if self._flushing:
            return
        self._flushing = True
        try:
            while effects := self._network.take_effects():
                for effect in effects:
                    self._do(effect)
        finally:
            self._flushing = False
            self._deadline_moved.set()
            flushed, self._flushed = self._flushed, None
            if flushed is not None and not flushed.done():
                flushed.set_result(None)

    def next_flush(self) -> asyncio.Future[None]:
        """Done when the network has next been given an input: for whoever waits for a change."""
        if self._flushed is None:
            self._flushed = asyncio.get_running_loop().create_future()
        return self._flushed

    def _do(self, effect: Effect) -> None:
        match effect:
            case SendRequest():
                self.spawn(self._send(effect))
            case StartAudio():
                self._wanted_clips.add((effect.leg_sid, effect.token))
                self.spawn(self._start_audio(effect))
            case StopAudio():
                self._wanted_clips.discard((effect.leg_sid, effect.token))
                self.mixer.stop_clip(effect.leg_sid, effect.token)
            case RingFarEnd():
                self._ring(effect)
            case LegRinging(leg_sid):
                if far_end := self.far_ends.get(leg_sid):
                    far_end.ringing()
            case LegAnswered(leg_sid):
                if far_end := self.far_ends.get(leg_sid):
                    far_end.answered()
            case LegEnded(leg_sid, status, error):
                self._end(leg_sid, status, error)
            case AudibilityChanged():
                self._audibility_changed()
            case FarEndSays(leg_sid):
                if isinstance(far_end := self.far_ends.get(leg_sid), SpeaksAsTold):
                    far_end.says(effect)
            case StartRecording(recording_sid, leg_sid):
                self.mixer.keep(recording_sid, leg_sid)
                if isinstance(far_end := self.far_ends.get(leg_sid), LeavesMessages):
                    far_end.recorded()
            case StopRecording(recording_sid, _, from_s, until_s):
                wav = self.mixer.kept(recording_sid, from_s, until_s)
                if wav is not None:
                    self.network.recording_made(recording_sid, wav)

    def _end(self, leg_sid: str, status: str, error: tuple[int, str] | None) -> None:
        self._wanted_clips = {wanted for wanted in self._wanted_clips if wanted[0] != leg_sid}
        if far_end := self.far_ends.pop(leg_sid, None):
            self.mixer.detach(leg_sid)
            far_end.ended(status, error)
        self._sender.forget(leg_sid)

    def _audibility_changed(self) -> None:
        network = self._network
        heard_by = {
            listener: tuple(
                speaker
                for speaker in bridge
                if speaker != listener and network.hears(listener, speaker)
            )
            for bridge in network.bridges()
            for listener in bridge
        }
        self.mixer.set_audibility(heard_by)
        for watch in list(self.audibility_watchers):
            watch()

    def _ring(self, effect: RingFarEnd) -> None:
        is_client = effect.to.startswith("client:")
        identity = (
            effect.to.removeprefix("client:")
            if is_client
            else self.taken_numbers.get(effect.to, "")
        )
        if rings := self._clients.get(identity):
            rings[-1](effect)
        elif self.outside is not None and not is_client:
            self.outside(effect)
        else:
            self.network.far_end_unreachable(effect.leg_sid)

    # ---- what takes time

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let this be done meanwhile; what goes wrong with it is in our log."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()):
            logger.error("the simulator failed at a task of its own", exc_info=problem)

    async def _send(self, effect: SendRequest) -> None:
        outcome = await self._sender.send(effect)
        self.network.request_answered(effect.request_id, outcome)
        self.flush()

    async def _start_audio(self, effect: StartAudio) -> None:
        wanted = (effect.leg_sid, effect.token)
        if effect.leg_sid not in self.far_ends:
            # Nobody is there to hear it; without an end it would never finish.
            self.network.audio_failed(*wanted, "nobody is behind this leg")
            self.flush()
            return
        try:
            samples = await self._clips.samples(effect.clip)
        except ClipUnavailable as problem:
            if wanted in self._wanted_clips:
                self.network.audio_failed(effect.leg_sid, effect.token, str(problem))
                self.flush()
            return
        if wanted in self._wanted_clips:
            self.mixer.start_clip(effect.leg_sid, effect.token, samples, effect.loop)

    def _voice(self, leg_sid: str, speaks: bool) -> None:
        if speaks:
            self.network.speech_began(leg_sid)
        else:
            self.network.speech_ended(leg_sid)
        self.flush()

    def _clip_finished(self, leg_sid: str, token: int) -> None:
        self._wanted_clips.discard((leg_sid, token))
        self.network.audio_finished(leg_sid, token)
        self.flush()
