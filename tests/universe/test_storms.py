"""Storms small enough for every run of the tests, and what storms once found, again."""

from pathlib import Path

import pytest

from tests.universe.database import empty_database
from tests.universe.faults import KINDS, kinds_named
from tests.universe.house_rules import HOW_OFTEN, rules_of
from tests.universe.reporting import report
from tests.universe.running import run_universe
from tests.universe.scenario import SCENARIOS, Scenario

pytestmark = [
    pytest.mark.django_db(transaction=True, reset_sequences=True),
    pytest.mark.long,
]


#: So many callers at least ring in every run of all tests; `make soak` has many more, on both
#: databases. Many small floors see more than one large one: each has other rules and other weather.
FEWEST_CALLS = 1_000
SEEDS = (2, 3, 5, 7, 8, 13, 15, 21)
CALLS = 110
EVERY_KIND = Scenario(seed=25, calls=80, faults=frozenset(KINDS) - {"blackout"})
NO_REPORTS = Scenario(seed=3, calls=40, faults=kinds_named(["blackout"]))


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_lost_whatever_goes_wrong(seed: int) -> None:
    empty_database()

    outcome = run_universe(Scenario(seed=seed, calls=CALLS))

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.calls >= CALLS
    assert outcome.faults


def test_a_thousand_callers_ring_in_every_run_of_the_tests() -> None:
    assert len(SEEDS) * CALLS + EVERY_KIND.calls + NO_REPORTS.calls >= FEWEST_CALLS


def test_the_storms_of_every_run_have_every_rule_of_a_house() -> None:
    assert frozenset().union(*(rules_of(seed) for seed in SEEDS)) == HOW_OFTEN.keys()


def test_every_kind_of_fault_is_done_and_nobody_is_lost() -> None:
    empty_database()

    outcome = run_universe(EVERY_KIND)

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.faults.keys() == EVERY_KIND.faults


def test_without_a_single_report_the_center_works_slower() -> None:
    empty_database()

    outcome = run_universe(NO_REPORTS)

    assert outcome.violation is None, report(outcome, outcome.scenario.command)
    assert outcome.faults["blackout"] > 100
    assert outcome.faults.keys() == {"blackout"}


@pytest.mark.parametrize("kept", sorted(SCENARIOS.glob("*.json")), ids=lambda path: path.stem)
def test_what_was_found_once_is_not_there_any_more(kept: Path) -> None:
    scenario = Scenario.read(kept)
    empty_database()

    outcome = run_universe(scenario)

    assert outcome.violation is None, report(outcome, scenario.command)
