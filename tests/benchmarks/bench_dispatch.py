"""One dispatch among 50 to 2,000 agents and 10 to 2,000 waiting callers, against a bare row pick.

On PostgreSQL, all floors in one database. Everybody talks; one agent becomes free and is offered
one caller. The bare pick locks the oldest caller (`FOR UPDATE SKIP LOCKED`), writes him and the
agent, and commits: no line across queues, no reason, no timer, no event. The bar of old is kept at
500 by 200, against a locked round trip that picks nobody. A growth is the exponent by which time
grows with one of the two: 0 is not at all, 1 is in proportion.
"""

import json
import math
import statistics
import subprocess
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.measures import Measure, percentiles
from tests.harness.processes import ROOT, bare_environment
from tests.harness.services import TemporaryPostgres

AGENTS = (50, 500, 2_000)
WAITING = (10, 200, 2_000)
USUAL = (500, 200)
#: A dispatch whose cost does not grow with the floor may be this far from 0 on a busy machine.
MOST_GROWTH = 0.3

Floor = Mapping[str, Any]


def run() -> dict[str, object]:
    """Measure it on a cluster of its own."""
    floors = _measured()
    usual = floors[USUAL]
    results: dict[str, object] = {
        "one dispatch, one offer": Measure(
            _median(usual, "ours") / _median(usual, "round_trip"),
            at_most=6,
            note=f"{percentiles(usual['ours'])} against {percentiles(usual['round_trip'])}",
        )
    }
    for (agents, waiting), floor in floors.items():
        results[f"{agents:,} agents, {waiting:,} waiting"] = (
            f"{percentiles(floor['ours'])}, {floor['statements']} statements, "
            f"{_median(floor, 'ours') / _median(floor, 'pick'):.2g} x a bare pick of "
            f"{_median(floor, 'pick') * 1000:.2g} ms"
        )
    few, _some, most = AGENTS
    results["growth with the agents"] = _growth(
        floors[few, USUAL[1]], floors[most, USUAL[1]], most / few
    )
    few, _some, most = WAITING
    results["growth with who waits"] = _growth(
        floors[USUAL[0], few], floors[USUAL[0], most], most / few
    )
    for agents in AGENTS:
        floor = floors[agents, USUAL[1]]
        results[f"one caller, {agents:,} agents free"] = (
            f"{percentiles(floor['all_free'])}, {floor['all_free_statements']} statements"
        )
    return results


def _growth(small: Floor, large: Floor, factor: float) -> Measure:
    exponent = math.log(_median(large, "ours") / _median(small, "ours")) / math.log(factor)
    return Measure(exponent, "", at_most=MOST_GROWTH)


def _median(floor: Floor, what: str) -> float:
    return statistics.median(floor[what])


def _measured() -> dict[tuple[int, int], Floor]:
    with TemporaryPostgres() as postgres, TemporaryDirectory() as data:
        environment = bare_environment() | {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
            "DATABASE_URL": postgres.url,
            "DATA_DIR": data,
            # As in production: under DEBUG Django writes every statement down.
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost",
        }
        python = [sys.executable]
        subprocess.run(
            [*python, "manage.py", "migrate", "--verbosity=0", "--skip-checks"],
            env=environment,
            cwd=ROOT,
            check=True,
        )
        sizes = [f"{agents}x{waiting}" for agents in AGENTS for waiting in WAITING]
        measured = subprocess.run(
            [*python, "-m", "tests.benchmarks.dispatch_floor", *sizes],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return {(floor["agents"], floor["waiting"]): floor for floor in json.loads(measured.stdout)}
