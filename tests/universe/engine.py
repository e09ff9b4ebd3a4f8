"""A universe: our site, the phone network and all the people, one thread, virtual time, one seed.

Theory of operation: whatever will happen stands in the agenda with its moment. What is due is drawn
from a hat, so that two things that could happen in either order do, in one universe or another.
Each thing done is a step. The clock's parts (timers, reports, dispatch, each command …) are steps
of their own; a REST request takes time, in which other steps are made. When nothing is due, time
moves on to the next moment.
"""

import hashlib
import heapq
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import time_machine
from django.test import Client

from contact_center import wakeups
from contact_center.domain.events import Event
from contact_center.models import EventLog
from contact_center.simulator.core.effects import (
    Beep,
    LegEnded,
    PlayUrl,
    RingFarEnd,
    SendRequest,
    Speak,
    StartAudio,
    StopAudio,
)
from contact_center.simulator.core.network import Network
from contact_center.simulator.core.outside import BEEP_SECONDS
from tests.universe import supervisors
from tests.universe.callers import Callers
from tests.universe.clocks import Clocks
from tests.universe.deliveries import Deliveries
from tests.universe.desks import Desks
from tests.universe.draws import stream
from tests.universe.faults import Faults
from tests.universe.invariants import Journal, Watch
from tests.universe.invariants.ending import is_at_rest
from tests.universe.kills import Kills
from tests.universe.opening import NOON
from tests.universe.outsiders import OUTSIDE, Outsiders
from tests.universe.people import People
from tests.universe.rest import Line
from tests.universe.scenario import Scenario
from tests.universe.supervisors import Supervisors
from tests.universe.troubles import Troubles
from tests.universe.violation import Violation

#: How long a sentence and a sound file last when nobody really speaks.
SPOKEN_SECONDS = 2.0
PLAYED_SECONDS = 16.0
#: Everything is looked at after so many steps.
LOOK_EVERY_STEPS = 100
#: Requests to the network that may be under way inside each other.
DEEPEST = 3
#: After the last call is over: so long at most until everything has come to rest …
CALM_SECONDS = 130.0
#: … which is looked for this often; then nothing may stir for as long as a late webhook takes.
REST_LOOK_SECONDS = 10.0
STILL_SECONDS = 45.0
#: … and so long at most until the last call is over.
LONGEST_END_SECONDS = 1800.0
#: When all who rang have gone, those who are still to be called back wait for so long at most.
LONGEST_CALLBACK_SECONDS = 75.0
#: The end is looked for after so many steps.
STEPS_AT_A_TIME = 20
#: Steps whose names are kept, for people.
KEPT_STEPS = 60

_CONFERENCE = re.compile(rb"c-[0-9a-f]{32}")


@dataclass(order=True)
class _Entry:
    when: float
    order: int
    name: str
    act: Callable[[], None]
    legs: tuple[str, ...]

    def __post_init__(self) -> None:
        # The order is unique, so that no comparison ever reaches the rest.
        self.legs = tuple(leg for leg in self.legs if leg)


class StepLimit(Exception):
    """As many steps were made as the scenario wants."""


class Universe:
    """One universe, from its first call to its end; ``run`` runs it."""

    def __init__(
        self,
        scenario: Scenario,
        network: Network,
        traveller: time_machine.Traveller,
        people: People,
    ) -> None:
        self.scenario = scenario
        self.network = network
        self.people = people
        self.client = Client()
        self.step = 0
        #: Called after every step with this universe, if anybody wants to see.
        self.after_step: Callable[[Universe], None] | None = None
        #: True time in seconds since 1970; our machine's clock may differ.
        self.moment = NOON.timestamp()
        self.skew = 0.0
        self.journal = Journal()
        self.faults = Faults(scenario.seed, scenario.faults, scenario.without)
        self.kills = Kills(self._lose_wake_up)
        self.watch = Watch(self)
        self.line = Line(self)
        self.deliveries = Deliveries(self)
        self.clocks = Clocks(self)
        self.callers = Callers(self)
        self.outsiders = Outsiders(self)
        self.desks = Desks(self)
        self.supervisors = Supervisors(self)
        self.troubles = Troubles(self)
        #: Legs whose instructions could not be had whatever the network tried.
        self.excused: set[str] = set()
        self.ended: dict[str, str] = {}
        self.last_steps: deque[str] = deque(maxlen=KEPT_STEPS)
        self._traveller = traveller
        self._hat = stream(scenario.seed, "hat")
        self._agenda: list[_Entry] = []
        self._due: list[_Entry] = []
        self._order = 0
        self._depth = 0
        #: Found while somebody waited; it must not be caught by who is waiting.
        self._found: Exception | None = None
        self._audio: dict[tuple[str, int], bool] = {}
        self._touched: set[str] = set()
        self._trace = hashlib.sha256()

    # ---- time

    @property
    def now(self) -> float:
        """What our machine's clock says, in seconds since 1970."""
        return self.moment + self.skew

    @property
    def simulated_seconds(self) -> float:
        """How long this universe has lasted, in its own time."""
        return self.moment - NOON.timestamp()

    @property
    def trace_digest(self) -> str:
        """What all the steps came to, in one word."""
        return self._trace.hexdigest()

    def later(
        self,
        seconds: float,
        name: str,
        act: Callable[[], None],
        *,
        legs: Sequence[str] = (),
    ) -> None:
        """Put something into the agenda: it becomes due in so many seconds."""
        self._order += 1
        when = self.moment + max(seconds, 0.0)
        heapq.heappush(self._agenda, _Entry(when, self._order, name, act, tuple(legs)))

    def set_clock(self, skew: float) -> None:
        """Our machine's clock is off by so much from now on."""
        self.skew = skew
        self._traveller.move_to(self.now)

    def _go_to(self, moment: float) -> None:
        self.moment = max(moment, self.moment)
        self._traveller.move_to(self.now)
        self.network.tick(self.moment)
        self.take_effects()

    def _next_moment(self) -> float | None:
        deadline = self.network.next_deadline()
        moments = [deadline] if deadline is not None else []
        if self._agenda:
            moments.append(self._agenda[0].when)
        return min(moments) if moments else None

    # ---- steps

    def run(self) -> None:
        """Let everything happen; raises Violation when something must not have."""
        with self.kills.installed():
            self.desks.open()
            self.supervisors.begin()
            self.clocks.start()
            self.callers.begin()
            self.troubles.begin()
            try:
                self._go_on_until(self.callers.all_have_called)
                self._go_on_until(self._all_is_over, LONGEST_END_SECONDS)
                self._go_on_until(self._nobody_is_to_be_called, LONGEST_CALLBACK_SECONDS)
                self.supervisors.begin_to_call_nobody_back()
                self._go_on_until(self._nobody_is_to_be_called, LONGEST_END_SECONDS)
                self.faults.over = True
                self.troubles.end()
                self._come_to_rest()
            except StepLimit:
                return
        self.watch.everything()
        self.watch.at_the_end()

    def _all_is_over(self) -> bool:
        """Nobody speaks, and nobody who was not served will ring again."""
        return self.network.live_legs == 0 and self.callers.all_have_called()

    def _nobody_is_to_be_called(self) -> bool:
        """Nobody waits to be called back any more, and whoever was has hung up."""
        return self._all_is_over() and not supervisors.callbacks_in_line().exists()

    def _go_on_until(self, condition: Callable[[], bool], at_most: float = float("inf")) -> None:
        limit = self.moment + at_most
        while not condition() and self.moment < limit:
            for _ in range(STEPS_AT_A_TIME):
                self._advance(limit)

    def _go_on_for(self, seconds: float) -> None:
        until = self.moment + seconds
        while self.moment < until and self._found is None:
            self._advance(until)

    def _come_to_rest(self) -> None:
        """Let what is left be done; whether nothing is left is judged afterwards."""
        limit = self.moment + CALM_SECONDS
        while self.moment < limit and self._found is None:
            self._go_on_for(REST_LOOK_SECONDS)
            if self.deliveries.under_way == 0 and is_at_rest():
                self._go_on_for(min(STILL_SECONDS, limit - self.moment))
                if is_at_rest():
                    return

    def meanwhile(self, seconds: float) -> None:
        """While somebody waits for so long, everybody else goes on."""
        if self._depth >= DEEPEST:
            return
        self._depth += 1
        try:
            with self.kills.elsewhere():
                self._go_on_for(seconds)
        except Exception as found:
            # Whoever waits here is the product, which would take it for a fault of the network.
            self._found = self._found or found
        finally:
            self._depth -= 1

    def _advance(self, limit: float) -> None:
        """Make one step, or let time pass until there is one to make."""
        while self._agenda and self._agenda[0].when <= self.moment:
            self._due.append(heapq.heappop(self._agenda))
        if self._due:
            self._make_step(self._due.pop(self._hat.randrange(len(self._due))))
            return
        moment = self._next_moment()
        self._go_to(limit if moment is None or moment > limit else moment)

    def _make_step(self, entry: _Entry) -> None:
        self.step += 1
        if self.scenario.steps is not None and self.step > self.scenario.steps:
            raise StepLimit
        line = f"{self.step} {self.simulated_seconds:.3f} {entry.name}"
        self.last_steps.append(line)
        self._trace.update(line.encode())
        outer, self._touched = self._touched, set(entry.legs)
        try:
            entry.act()
        except (Violation, StepLimit):
            raise
        except Exception as error:
            raise Violation(
                "crash", f"{entry.name}: {error!r}", next(iter(entry.legs), "")
            ) from error
        if self._found is not None:
            raise self._found
        self.network.tick(self.moment)
        self.take_effects()
        if wakeups.bell.is_set():
            wakeups.bell.clear()
            self.clocks.wake()
        self.troubles.raise_what_was_logged()
        self._see_what_was_not_heard()
        touched, self._touched = self._touched, outer | self._touched
        self.watch.after_step(touched)
        if self.step % LOOK_EVERY_STEPS == 0:
            self.watch.everything()
        if self.after_step is not None:
            self.after_step(self)

    def _see_what_was_not_heard(self) -> None:
        """Calls of which no event was published, because of a kill, are judged at once as well."""
        if not self.kills.unheard:
            return
        self.kills.unheard = False
        latest = EventLog.objects.order_by("-pk").values_list("call_id", flat=True)[:20]
        self.touch(*(self.callers.sid_of(call_id) for call_id in latest if call_id))

    def saw(self, what: str, body: bytes) -> None:
        """Take down what came of something, so that two runs can be compared."""
        canonical = _CONFERENCE.sub(b"c-", body)
        self._trace.update(what.encode() + canonical)

    def touch(self, *legs: str | None) -> None:
        """These legs are concerned by the present step."""
        self._touched.update(leg for leg in legs if leg)

    # ---- what befalls processes

    @contextmanager
    def mortal(
        self, process: str, deed: str, most_statements: int, leg_sid: str | None = None
    ) -> Iterator[None]:
        """In the block a process is at work, which may be killed. Raises Killed."""
        faults = self.faults
        kind = f"kill-{process}"
        if faults.strike(kind):
            # Most deeds are short, and who is killed behind their end was at no statement at all.
            statement = faults.choose_early(kind, most_statements)
            self.journal.fault(
                self.moment, f"the {process} process is killed at statement {statement} of {deed}"
            )
            with self.kills.condemned(statements=statement):
                yield
        elif faults.strike("kill-commit"):
            commit = faults.choose("kill-commit", 3)
            self.journal.fault(
                self.moment,
                f"the {process} process is killed right after commit {commit} of {deed}",
            )
            with self.kills.condemned(commits=commit):
                yield
        else:
            yield

    def _lose_wake_up(self) -> bool:
        if not self.faults.strike("wake-up"):
            return False
        self.journal.fault(self.moment, "a wake-up and its pushes are lost")
        return True

    def find(self, found: Violation) -> None:
        """Something must not have been; the present step ends with it."""
        self._found = self._found or found

    def excuse(self, leg_sid: str | None) -> None:
        """The network itself could not reach us for this leg; what it does then is its own."""
        if leg_sid:
            self.excused.add(leg_sid)

    # ---- the network's side

    def take_effects(self) -> None:
        """Do what the network wants done."""
        for effect in self.network.take_effects():
            match effect:
                case SendRequest():
                    self.touch(effect.leg_sid)
                    self.deliveries.send(effect)
                    self.callers.noticed_request(effect)
                case StartAudio():
                    self._start_audio(effect)
                case StopAudio(leg_sid, token):
                    self._audio.pop((leg_sid, token), None)
                case RingFarEnd(leg_sid, to):
                    if not to.startswith("client:"):
                        rung = self.outsiders if to.startswith(OUTSIDE) else self.callers
                        rung.are_rung(leg_sid, to)
                        self.network.ring_outside(leg_sid)
                        self.touch(leg_sid)
                case LegEnded(leg_sid, status):
                    self.ended[leg_sid] = status
                    self.touch(leg_sid)
                    self.callers.leg_ended(leg_sid)
                    self.desks.leg_ended(leg_sid)
                case _:
                    pass

    def _start_audio(self, effect: StartAudio) -> None:
        if isinstance(effect.clip, Speak):
            self.callers.hears_prompt(effect.leg_sid, effect.clip.text)
        if effect.loop:
            return
        key = (effect.leg_sid, effect.token)
        self._audio[key] = True
        lasts: dict[type[Any], float] = {
            Speak: SPOKEN_SECONDS,
            PlayUrl: PLAYED_SECONDS,
            Beep: BEEP_SECONDS,
        }

        def end() -> None:
            if self._audio.pop(key, None):
                self.network.audio_finished(*key)

        seconds = lasts.get(type(effect.clip), 3600.0)
        self.later(seconds, "a clip ends", end, legs=(effect.leg_sid,))

    # ---- pushes

    def hear(self, events: Sequence[Event]) -> None:
        """Events were published after a commit; sockets and awkward callers hear of them."""
        for event in events:
            self.saw(f"{event.name} {event.call_id} {event.offer_id} {event.agent_id}", b"")
            if event.call_id:
                self.touch(self.callers.sid_of(event.call_id))
            self.callers.noticed_event(event)
            self.desks.pushed(event)
