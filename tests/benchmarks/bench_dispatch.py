"""One dispatch among 500 agents and 200 waiting callers, against a bare locked round trip.

On PostgreSQL. Everybody talks; one agent becomes free and is offered one caller. The bare round
trip locks the dispatch row, updates it and commits.
"""

import json
import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory

from tests.benchmarks.measures import Measure, percentiles
from tests.harness.processes import ROOT, bare_environment
from tests.harness.services import TemporaryPostgres


def run() -> dict[str, object]:
    """Measure it on a cluster of its own."""
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
        measured = subprocess.run(
            [*python, "-m", "tests.benchmarks.dispatch_floor"],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    figures = json.loads(measured.stdout)
    ours, bare = figures["dispatch_s"], figures["bare_s"]
    return {
        "one dispatch, one offer": Measure(
            statistics.median(ours) / statistics.median(bare),
            at_most=6,
            note=f"{percentiles(ours)} against {percentiles(bare)}",
        ),
        "statements": figures["statements"],
    }
