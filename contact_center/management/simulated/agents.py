"""Invented agents at work: one thread that looks once a second for all of them, and presses.

What is on the desks is read from the demo's own database, where real pages are told by their
sockets; whatever an agent does goes through the doors of the desk.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import aiohttp
from django.db import DatabaseError, connection

from contact_center.domain.states import Presence
from contact_center.management.simulated.deciding import Desk, Mind, decide, leave
from contact_center.management.simulated.doors import PATIENCE_SECONDS, Doors, Refused
from contact_center.management.simulated.looking import desks_of
from contact_center.management.simulated.people import SignedIn
from contact_center.models import OfferState
from contact_center.services.presence import break_reasons

LOOK_SECONDS = 1.0
BEAT_SECONDS = 5.0
#: Who was refused waits so long before the next press.
AFTER_A_REFUSAL_SECONDS = 3.0
#: Going home takes so long at most: what was just accepted is connected before it is hung up.
LEAVE_SECONDS = 60.0
#: So many requests are under way at once; the site has others to serve.
AT_ONCE = 16

FREE, ON_HOLD, ON_BREAK = "free", "on hold", "on a break"
AWAY, OFF_DUTY = "not responding", "off duty"
_WORDS = {
    OfferState.PENDING: "ringing",
    OfferState.ACCEPTED: "connecting",
    OfferState.CONNECTED: "talking",
    OfferState.WRAPPING_UP: "wrapping up",
}
#: What an agent can be doing, in the order in which it is told.
STATES = (FREE, *_WORDS.values(), ON_HOLD, ON_BREAK, AWAY, OFF_DUTY)


class Agents(threading.Thread):
    """`agents.start()`, then `states()` as often as you like, at the end `go_home()`."""

    def __init__(self, people: Sequence[SignedIn], *, seed: int) -> None:
        super().__init__(name="invented agents", daemon=True)
        #: What was refused, in words, and how often.
        self.refusals: Counter[str] = Counter()
        self._people = people
        self._seed = seed
        self._leaving = threading.Event()
        self._states: Counter[str] = Counter({OFF_DUTY: len(people)})
        self._death: BaseException | None = None

    def states(self) -> Counter[str]:
        """How many are doing what, as last seen. Raises what has ended the thread early."""
        if self._death is not None:
            raise self._death
        return self._states

    def go_home(self) -> Counter[str]:
        """Let them hang up, finish and go off duty; return how many are doing what then."""
        self._leaving.set()
        self.join()
        return self.states()

    def run(self) -> None:
        """Work until everybody has gone home."""
        try:
            asyncio.run(self._work())
        except Exception as died:  # a thread's exception would otherwise vanish
            self._death = died

    async def _work(self) -> None:
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=AT_ONCE),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Waiting in our own line for a connection is not the site's fault.
            timeout=aiohttp.ClientTimeout(total=None, sock_read=PATIENCE_SECONDS),
        ) as http:
            break_reason = next(iter(break_reasons()))
            workers = {
                one.agent_id: _Worker(
                    Mind(seed=self._seed, username=one.username),
                    Doors(http, one, break_reason=break_reason),
                    self.refusals,
                    beat_after_s=BEAT_SECONDS * n / len(self._people),
                )
                for n, one in enumerate(self._people)
            }
            # One thread reads, and has one connection.
            with ThreadPoolExecutor(1, "desks") as reader:
                try:
                    await self._watch(workers, reader)
                finally:
                    reader.submit(connection.close)
            await asyncio.gather(*(worker.stop() for worker in workers.values()))

    async def _watch(self, workers: Mapping[int, "_Worker"], reader: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        gone_at = float("inf")
        while time.monotonic() < gone_at:
            # Who is pressing while we look may have been seen before the press.
            idle = {agent_id for agent_id, worker in workers.items() if worker.is_idle}
            leaving = self._leaving.is_set()
            if leaving:
                gone_at = min(gone_at, time.monotonic() + LEAVE_SECONDS)
            desks = await loop.run_in_executor(reader, _look, tuple(workers))
            if desks is not None:
                self._states = Counter(state_of(desk) for desk in desks.values())
                if leaving and self._states[OFF_DUTY] == len(workers):
                    return
                for agent_id in idle:
                    workers[agent_id].act(desks[agent_id], leaving=leaving)
            await asyncio.sleep(LOOK_SECONDS)


class _Worker:
    """One agent: his mind, his hand and his heartbeat."""

    def __init__(
        self, mind: Mind, doors: Doors, refusals: Counter[str], *, beat_after_s: float
    ) -> None:
        self._mind = mind
        self._doors = doors
        self._refusals = refusals
        self._hand: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._beat_at = time.monotonic() + beat_after_s
        self._rests_until = 0.0
        #: Somebody has signed in as this agent elsewhere, and takes the calls now.
        self._gave_way = False

    @property
    def is_idle(self) -> bool:
        """Whether no press is under way."""
        return self._hand is None or self._hand.done()

    def act(self, desk: Desk, *, leaving: bool) -> None:
        """Begin the press that is due, and the heartbeat that is due."""
        now = time.monotonic()
        if self._gave_way:
            return
        if self._doors.lease and desk.presence is not Presence.OFFLINE and now >= self._beat_at:
            if self._heart is None or self._heart.done():
                self._heart = asyncio.create_task(self._beat())
            self._beat_at = now + BEAT_SECONDS
        if now < self._rests_until and not leaving:
            return
        desk = replace(desk, has_phone=bool(self._doors.lease))
        course = self._mind.course_for(desk)
        press = leave(desk) if leaving else decide(course, desk)
        if press is not None:
            self._hand = asyncio.create_task(self._try(self._doors.press(press, desk.call)))

    async def stop(self) -> None:
        """Return when nothing is under way any more."""
        await asyncio.gather(*(task for task in (self._hand, self._heart) if task is not None))

    async def _beat(self) -> None:
        await self._try(self._is_still_the_phone())

    async def _is_still_the_phone(self) -> None:
        if not await self._doors.beat():
            self._gave_way = True

    async def _try(self, doing: Awaitable[None]) -> None:
        try:
            await doing
        except Refused as refusal:
            self._refusals[str(refusal)] += 1
            self._rests_until = time.monotonic() + AFTER_A_REFUSAL_SECONDS


def state_of(desk: Desk) -> str:
    """What the agent at that desk is doing, in a word of STATES."""
    if desk.call is not None:
        return ON_HOLD if desk.call.is_held else _WORDS[desk.call.state]
    if desk.presence is Presence.OFFLINE:
        return OFF_DUTY
    if desk.not_responding_for_s is not None:
        return AWAY
    return ON_BREAK if desk.presence is Presence.BREAK else FREE


def _look(agent_ids: Sequence[int]) -> Mapping[int, Desk] | None:
    """What is on every desk; None while the database does not answer."""
    try:
        return desks_of(agent_ids)
    except DatabaseError:
        connection.close()
        return None
