"""Storms small enough for every run of the tests, and what storms once found, again."""

from pathlib import Path

import pytest

from tests.universe.database import empty_database
from tests.universe.faults import KINDS, kinds_named
from tests.universe.reporting import report
from tests.universe.running import run_universe
from tests.universe.scenario import SCENARIOS, Scenario

pytestmark = [
    pytest.mark.django_db(transaction=True, reset_sequences=True),
    pytest.mark.long,
]


# 500 calls are what a run of all tests has time for; `make soak` has many more, and PostgreSQL.
@pytest.mark.parametrize("seed", [7, 13, 15, 21])
def test_nobody_is_lost_whatever_goes_wrong(seed: int) -> None:
    empty_database()

    outcome = run_universe(Scenario(seed=seed, calls=125))

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.calls >= 125
    assert outcome.faults


def test_every_kind_of_fault_is_done_and_nobody_is_lost() -> None:
    empty_database()
    kinds = frozenset(KINDS) - {"blackout"}

    outcome = run_universe(Scenario(seed=73, calls=80, faults=kinds))

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.faults.keys() == kinds


def test_without_a_single_report_the_center_works_slower() -> None:
    empty_database()

    outcome = run_universe(Scenario(seed=3, calls=40, faults=kinds_named(["blackout"])))

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.faults["blackout"] > 100
    assert outcome.faults.keys() == {"blackout"}


@pytest.mark.parametrize("kept", sorted(SCENARIOS.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_once_is_not_there_any_more(kept: Path) -> None:
    scenario = Scenario.read(kept)
    empty_database()

    outcome = run_universe(scenario)

    assert outcome.violation is None, report(outcome, scenario.command)
