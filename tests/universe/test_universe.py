"""The machine that finds bugs, tested itself: one seed is one history, and faults are done."""

from dataclasses import asdict, fields

import pytest

from contact_center.simulator.core.readings import Readings
from tests.universe.database import empty_database
from tests.universe.faults import kinds_named
from tests.universe.running import Outcome, readings_of, run_universe
from tests.universe.scenario import Scenario

pytestmark = pytest.mark.django_db(transaction=True, reset_sequences=True)


def _run(scenario: Scenario) -> Outcome:
    empty_database()
    return run_universe(scenario)


def test_the_same_seed_twice_gives_the_same_trace() -> None:
    # test_keeping.py compares one to its end; so many steps see everybody and everything at work.
    first = _run(Scenario(seed=5, calls=12, steps=1200))
    again = _run(Scenario(seed=5, calls=12, steps=1200))
    other = _run(Scenario(seed=6, calls=12, steps=100))

    assert (first.trace_digest, first.steps) == (again.trace_digest, again.steps)
    assert first.calls > 5
    assert first.faults
    assert first.faults == again.faults
    assert first.trace_digest != other.trace_digest


def test_everybody_is_served_or_leaves_when_nothing_goes_wrong() -> None:
    outcome = _run(Scenario(seed=1, calls=15, faults=kinds_named(["none"])))

    assert outcome.violation is None, outcome.story
    assert outcome.calls >= 15
    assert not outcome.faults


def test_universes_are_drawn_under_both_readings_of_whatever_is_open() -> None:
    drawn = {item for seed in range(20) for item in asdict(readings_of(seed)).items()}
    assert drawn == {(one.name, value) for one in fields(Readings) for value in (True, False)}
