"""Wherever a process dies in the life of a call, or of heavy work, it goes on to its end.

Here a few of the points; `python -m tests.under_fire` tries every one there is.
"""

import pytest

from tests.harness.installation import Installation
from tests.under_fire.crash.points import Points
from tests.under_fire.every_point import trials
from tests.under_fire.one_job import a_worker, trials_of_a_job

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.alone]

#: As that program names them: the agent has taken the call and was not told; the caller was asked
#: out of the queue and we do not know it.
POINTS = (
    "web commit offers.accept 1",
    "clock after POST Queues-Members connecting.<lambda> 1",
)
#: The first of three steps is done, and nobody was told.
POINT_OF_A_JOB = "worker commit tidying._delete 1"


@pytest.mark.parametrize("point", POINTS)
def test_a_call_goes_on_to_its_end_when_a_process_dies(
    site: Installation, points: Points, point: str
) -> None:
    desk = site.open_desk("alice")
    for trial in trials(site, points, desk, [point]):
        assert trial.happened, f"the call did not come by {point}: choose another"
        assert not trial.ending.problems, f"{trial}\n{site.what_they_wrote()}"


def test_heavy_work_goes_on_to_its_end_when_its_worker_dies(
    site: Installation, points: Points
) -> None:
    with a_worker(site) as worker:
        [trial] = trials_of_a_job(site, points, worker, [POINT_OF_A_JOB])
        assert trial.happened, f"the job did not come by {POINT_OF_A_JOB}: choose another"
        assert not trial.ending.problems, f"{trial}\n{worker.tail()}"
