"""Run a universe in the present database, and say what came of it."""

import gc
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields

from contact_center import wakeups
from contact_center.simulator.core.readings import Readings
from tests.universe import ears
from tests.universe.draws import stream
from tests.universe.engine import Universe
from tests.universe.opening import open_network
from tests.universe.people import make_people
from tests.universe.rest import UniverseHttpClient
from tests.universe.scenario import Scenario
from tests.universe.story import story_of
from tests.universe.troubles import forget_heavy_work
from tests.universe.violation import Violation


@dataclass
class Outcome:
    """What became of a universe."""

    scenario: Scenario
    violation: Violation | None = None
    #: What led to the violation, for people.
    story: str = ""
    #: The last steps before it.
    last_steps: list[str] = field(default_factory=list)
    trace_digest: str = ""
    calls: int = 0
    steps: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    faults_drawn: int = 0
    simulated_seconds: float = 0.0
    real_seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def calls_per_minute(self) -> float:
        """Calls for each minute of our own time."""
        return 60.0 * self.calls / max(self.real_seconds, 0.001)


def run_universe(
    scenario: Scenario, after_step: Callable[[Universe], None] | None = None
) -> Outcome:
    """Run ``scenario`` in the present database, which must be empty and really commit.

    A violation is returned, not raised.
    """
    seed = scenario.seed
    outcome = Outcome(scenario)
    started, worked = time.perf_counter(), time.process_time()
    people = make_people(seed, scenario.calls)
    # What the product itself draws (how long to wait before it asks again).
    random.seed(seed)
    # What an earlier universe, or an earlier test, has left behind in memory.
    wakeups.bell.clear()
    forget_heavy_work()
    opened = open_network(
        rng=stream(seed, "network"),
        readings=readings_of(seed),
        TELEPHONY_HTTP_CLIENT="tests.universe.rest.UniverseHttpClient",
        EVENT_SUBSCRIBERS=["tests.universe.ears.hear"],
    )
    with opened as (network, traveller), garbage_is_rare():
        universe = Universe(scenario, network, traveller, people)
        UniverseHttpClient.universe = ears.universe = universe
        universe.after_step = after_step
        try:
            universe.run()
        except Violation as violation:
            outcome.violation = violation
        finally:
            UniverseHttpClient.universe = ears.universe = None
            universe.troubles.close()
            universe.watch.close()
        if outcome.violation is not None:
            outcome.story = story_of(outcome.violation.call_sid, universe)
            outcome.last_steps = list(universe.last_steps)
        outcome.trace_digest = universe.trace_digest
        outcome.calls = universe.callers.rang
        outcome.steps = universe.step
        outcome.faults = universe.faults.counts
        outcome.faults_drawn = universe.faults.drawn
        outcome.simulated_seconds = universe.simulated_seconds
    outcome.real_seconds = time.perf_counter() - started
    outcome.processor_seconds = time.process_time() - worked
    return outcome


@contextmanager
def garbage_is_rare() -> Iterator[None]:
    """Look for garbage less often: what lives for as long as a universe is half of its memory."""
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def readings_of(seed: int) -> Readings:
    """Return how this universe's network reads what the documentation leaves open."""
    draw = stream(seed, "readings")
    return Readings(**{reading.name: draw.random() < 0.5 for reading in fields(Readings)})
