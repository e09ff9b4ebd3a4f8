"""Two hundred agents, two thousand callers and eight clocks at the same moment, on PostgreSQL."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from tests.harness.processes import ROOT, bare_environment

pytestmark = [pytest.mark.postgres, pytest.mark.alone]


def address_of_this_database() -> str:
    """The URL by which another process finds the database of this test."""
    said = connection.settings_dict
    user = quote(said["USER"]) + (f":{quote(said['PASSWORD'])}" if said["PASSWORD"] else "")
    return f"postgres://{user}@{said['HOST']}:{said['PORT']}/{said['NAME']}"


def let_loose(folder: Path, **scale: int) -> dict[str, Any]:
    """Run the crowd as a program of its own, for it forks; return what it reports."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.under_fire.crowd"]
        + [f"--{name}={number}" for name, number in scale.items()],
        cwd=ROOT,
        env=bare_environment()
        | {
            "ENV_FILE": str(ROOT / "tests/test.env"),
            "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE,
            "DATABASE_URL": address_of_this_database(),
            "DATA_DIR": str(folder),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.mark.usefixtures("transactional_db")
def test_in_a_crowd_nobody_is_rung_twice_passed_over_or_forgotten(tmp_path: Path) -> None:
    report = let_loose(tmp_path, callers=2000, agents=200, seed=7)
    assert report["problems"] == []
    # It was a crowd: desks rang, people declined, gave up and talked.
    assert report["offers"] > 400
    assert {"declined", "withdrawn", "handled"} <= report["outcomes"].keys()
