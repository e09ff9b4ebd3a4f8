"""The grid of 2,000 agents, sorted and filtered in every way, against reading their bare rows.

On PostgreSQL. Each way of looking is read and painted as the page, the poll and the socket have it;
the bare query fetches the same agents and does nothing with them.
"""

import json
import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory

from tests.benchmarks.measures import Measure, percentile
from tests.harness.processes import ROOT, bare_environment
from tests.harness.services import TemporaryPostgres

#: What people feel as at once.
AT_MOST_MS = 100
#: A machine with other work on it slows both alike.
MOST_TIMES_BARE = 6


def run() -> dict[str, object]:
    """Measure it on a cluster of its own."""
    with TemporaryPostgres() as postgres, TemporaryDirectory() as data:
        environment = bare_environment() | {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DJANGO_SETTINGS_MODULE": "contact_center.settings",
            "DATABASE_URL": postgres.url,
            "DATA_DIR": data,
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"],
            env=environment,
            cwd=ROOT,
            check=True,
        )
        measured = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.grid_floor"],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    figures = json.loads(measured.stdout)
    bare = statistics.median(figures["bare"])
    results: dict[str, object] = {}
    worst = max(statistics.median(seconds) for seconds in figures["seconds"].values())
    results["the slowest, against the bare rows"] = Measure(
        worst / bare, at_most=MOST_TIMES_BARE, note=f"bare {bare * 1000:.0f} ms"
    )
    for name, seconds in figures["seconds"].items():
        median = statistics.median(seconds)
        results[name] = Measure(
            median * 1000,
            "ms",
            at_most=AT_MOST_MS,
            note=f"{median / bare:.1f} x bare, p95 {percentile(seconds, 95) * 1000:.0f} ms",
        )
    return results
