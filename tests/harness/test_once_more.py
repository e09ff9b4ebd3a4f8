"""What `make test` does about a test that failed: it is tried once more, and never hushed up."""

import sys
from pathlib import Path

import pytest

from tests.harness.__main__ import MOST_ONCE_MORE, Run

pytestmark = pytest.mark.once

FAILS_ONCE = """
from pathlib import Path

def test_is_moody():
    seen = Path(__file__).with_suffix(".seen")
    first = not seen.exists()
    seen.touch()
    assert not first
"""
ALWAYS_FAILS = "def test_is_broken():\n    assert False, 'as it was meant'\n"
PASSES = "def test_is_well():\n    pass\n"


def run_of(folder: Path, **tests: str) -> Run:
    """`make test` of one part that consists of `tests`, run to its end."""
    for name, source in tests.items():
        (folder / f"test_{name}.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    apart = [sys.executable, "-m", "pytest", "-p", "no:django", "-p", "no:asyncio"]
    run = Run(
        ["servers"],
        command=lambda _part: ["env", f"--chdir={folder}", *apart],
        memory=folder / "failed",
    )
    run.all()
    return run


def test_a_test_that_passes_at_the_second_try_fails_nothing_and_is_named(tmp_path: Path) -> None:
    run = run_of(tmp_path, moody=FAILS_ONCE)
    assert run.failed == []
    assert len(run.unsteady) == 1
    assert "test_moody.py::test_is_moody" in run.unsteady[0]


def test_a_test_that_fails_again_fails_the_run_and_is_not_called_unsteady(tmp_path: Path) -> None:
    run = run_of(tmp_path, moody=FAILS_ONCE, broken=ALWAYS_FAILS)
    assert run.failed == ["servers"]
    assert run.unsteady == []


def test_many_that_fail_are_not_tried_again(tmp_path: Path) -> None:
    moody = {f"moody{number}": FAILS_ONCE for number in range(MOST_ONCE_MORE + 1)}
    run = run_of(tmp_path, **moody)
    assert run.failed == ["servers"]
    assert run.unsteady == []


def test_a_run_in_which_all_is_well_names_nobody(tmp_path: Path) -> None:
    run = run_of(tmp_path, well=PASSES)
    assert (run.failed, run.unsteady) == ([], [])


def test_a_run_that_came_to_no_end_is_not_saved_by_a_second_one(tmp_path: Path) -> None:
    run = run_of(tmp_path, ends="import os\n\ndef test_ends():\n    os._exit(3)\n")
    assert (run.failed, run.unsteady) == (["servers"], [])
