"""What a person is told of a violation, and what is kept of it: the same command shows it again."""

import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contact_center.domain import routing
from tests.universe import scenario as scenarios
from tests.universe.__main__ import _parser, _scenario
from tests.universe.database import empty_database
from tests.universe.faults import kinds_named
from tests.universe.reporting import figures, report
from tests.universe.running import Outcome, run_universe
from tests.universe.scenario import Scenario
from tests.universe.shrinking import shrink
from tests.universe.test_seeded_bugs import by_the_newest, instead
from tests.universe.violation import Violation

#: Something of everything a scenario may say.
WHOLE = Scenario(
    seed=7,
    calls=40,
    faults=kinds_named(["rest", "tabs"]),
    without=frozenset({3, 1}),
    absent=frozenset({0, 12}),
    steps=900,
    about="what it found",
)


def asked_for(command: str) -> Scenario:
    """The scenario that this command line asks for."""
    return _scenario(_parser().parse_args(shlex.split(command)[3:]))


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_a_violation_says_seed_step_invariant_and_story_and_its_command_shows_it_again() -> None:
    def run(scenario: Scenario) -> Outcome:
        empty_database()
        with instead(routing, "line_order", by_the_newest):
            return run_universe(scenario)

    first = run(Scenario(seed=8, calls=40, faults=frozenset()))
    assert first.violation is not None
    said = report(first, first.scenario.command)

    assert f"seed 8, step {first.steps}: I20: " in said
    for kind in ("caller ", "webhook ", "answer ", "we "):
        assert f"  {kind}" in said
    for headline in ("In the network now:", "In our database now:", "The last steps:"):
        assert headline in said
    [command] = [line for line in said.splitlines() if line.startswith("Again: ")]
    again = run(asked_for(command.removeprefix("Again: ")))
    assert (again.steps, str(again.violation)) == (first.steps, str(first.violation))
    assert again.trace_digest == first.trace_digest


def test_several_universes_come_to_calls_steps_faults_hours_calls_a_minute_and_violations() -> None:
    calm = outcome(
        *(WHOLE, None),
        calls=300,
        steps=9000,
        faults=Counter(drop=4, tabs=2),
        simulated_seconds=5400.0,
        real_seconds=20.0,
    )
    broken = outcome(
        *(WHOLE, "I2"),
        calls=100,
        steps=1000,
        faults=Counter(drop=1, clock=1),
        simulated_seconds=1800.0,
        real_seconds=10.0,
    )
    assert figures([calm, broken]).splitlines() == [
        "400 calls in 2 universes, 10000 steps, 2.0 hours simulated, 800 calls a minute",
        "8 faults: 5 drop, 2 tabs, 1 clock",
        "1 violations",
    ]


def test_a_command_says_everything_there_is_to_a_scenario() -> None:
    told = asked_for(f"{WHOLE.command} --about '{WHOLE.about}'")
    assert told == WHOLE


def test_what_is_kept_is_read_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenarios, "SCENARIOS", tmp_path)
    assert Scenario.read(WHOLE.save("a_name")) == WHOLE


def outcome(scenario: Scenario, invariant: str | None, **more: Any) -> Outcome:
    """What became of a universe in which nothing but this was wrong."""
    violation = Violation(invariant, "So it is.") if invariant else None
    return Outcome(scenario, violation, **more)


def test_what_is_not_needed_for_a_violation_is_left_out_of_it() -> None:
    """Callers 3 and 5 and fault 9, a `drop`, are what it takes; without them all is not well."""
    tried = []

    def attempt(wanted: Scenario) -> Outcome:
        tried.append(wanted)
        faults = Counter({"drop": 4, "tabs": 6})
        if wanted.faults is not None:
            faults = Counter({kind: n for kind, n in faults.items() if kind in wanted.faults})
        needed = {3, 5}.isdisjoint(wanted.absent) and 9 not in wanted.without and faults["drop"]
        more = {"calls": 8, "faults": faults, "faults_drawn": 10}
        return outcome(wanted, "I2" if needed else "I19", **more)

    smallest = shrink(attempt(Scenario(seed=1)), attempt, seconds=20, say=lambda text: None)

    assert smallest.violation is not None
    assert smallest.violation.invariant == "I2"
    assert smallest.scenario.calls == 8
    assert smallest.scenario.faults == {"drop"}
    assert set(range(8)) - smallest.scenario.absent == {3, 5}
    assert set(range(1, 11)) - smallest.scenario.without == {9}
    assert smallest.scenario in tried


def test_looking_for_a_smaller_one_ends_when_its_time_is_over() -> None:
    found = outcome(Scenario(seed=1), "I2", calls=200)

    def never(wanted: Scenario) -> Outcome:
        raise AssertionError("there is no time left")

    assert shrink(found, never, seconds=-1, say=lambda text: None) is found
