"""Wherever a process dies in the life of a call, the call goes on to its end.

Here a few points of each process; `python -m tests.under_fire` tries every one there is.
"""

import pytest

from tests.harness.installation import Installation
from tests.under_fire.crash.points import Points
from tests.under_fire.every_point import find_points, trials

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

#: So many points of each process, spread over the call's life.
SAMPLE = 1


def a_few_of(points: list[str]) -> list[str]:
    """Return some points of each role (the first word of its name), from all over the list."""
    chosen: list[str] = []
    for role in ("web", "clock"):
        of_role = [point for point in points if point.startswith(f"{role} ")]
        step = max(1, len(of_role) // SAMPLE)
        chosen += of_role[step // 2 :: step][:SAMPLE]
    return chosen


def test_a_call_goes_on_to_its_end_wherever_a_process_dies(
    site: Installation, points: Points
) -> None:
    desk = site.open_desk("alice")
    found = find_points(site, points, desk)
    assert len(found) > 20
    tried = list(trials(site, points, desk, a_few_of(found)))
    assert any(trial.happened for trial in tried)
    wrong = [trial for trial in tried if trial.ending.problems]
    assert not wrong, "\n".join(f"{trial}" for trial in wrong) + site.what_they_wrote()
