"""One piece of heavy work from its row to its end, while its worker is being killed."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.harness.installation import Installation
from tests.harness.processes import Server
from tests.harness.waiting import wait_until
from tests.under_fire.crash.points import Points
from tests.under_fire.every_point import Trial
from tests.under_fire.one_call import Ending

#: What a dead worker had begun is given to another after the time limit and a little more.
LIMITS = {"ASYNC_TASKS": {"TASK_TIME_LIMIT": 2, "TASK_SOFT_TIME_LIMIT": 1}}
#: Answers that nobody can ask for again: three steps of the tidying.
OLD_ANSWERS = 2500
LONGEST_SECONDS = 60.0


@contextmanager
def a_worker(site: Installation) -> Iterator[Server]:
    """A worker of Celery's own, with processes, beside the installation's clocks."""
    server = Server(
        "worker",
        [
            *(sys.executable, "-m", "celery", "-A", "contact_center", "worker"),
            *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
        ],
        log=site.folder / "worker.log",
        environment=site.environment
        | {"CRASH_ROLE": "worker", "DJANGO_TWILIO_CALL_PERFORMANCE": json.dumps(LIMITS)},
    )
    server.start()
    try:
        server.wait_for_words("ready.")
        yield server
    finally:
        server.stop()


def find_points_of_a_job(site: Installation, points: Points) -> list[str]:
    """Return the points that a worker passes, found by a job to which nothing is done."""
    points.arm()
    ending = tidying_up(site, "a calm one")
    passed = points.disarm()
    assert not ending.problems, ending
    return [point for point in passed if point.startswith("worker ")]


def trials_of_a_job(
    site: Installation, points: Points, worker: Server, chosen: Sequence[str]
) -> Iterator[Trial]:
    """Have a job done for each point, at which the process that does it is killed."""
    for point in chosen:
        points.arm(point, "kill")
        ending = tidying_up(site, point)
        happened = points.happened
        points.disarm()
        if not worker.running:
            ending.problems.append("the worker ended with the process it had for the job")
            worker.start()
        yield Trial(point, "kill", happened, ending)


def tidying_up(site: Installation, name: str) -> Ending:
    """Have old answers deleted by a worker; return what became of that."""
    started = time.monotonic()
    site.rows(
        "INSERT INTO contact_center_storedanswer (call_sid, path, body, created_at)"
        " SELECT 'CA' || lpad(n::text, 32, '0'), '/' || %s, '', now() - interval '3 days'"
        " FROM generate_series(1, %s) AS n RETURNING 1",
        name,
        OLD_ANSWERS,
    )
    [(pk,)] = site.rows(
        "INSERT INTO contact_center_job (kind, params, key, asked_at, start_at, runs, failures,"
        " outcome, problem)"
        " VALUES ('tidy_up', '{}', '', now(), now(), 0, 0, 'waiting', '') RETURNING id"
    )

    def is_over() -> bool:
        return site.rows("SELECT outcome FROM contact_center_job WHERE id = %s", pk) != [
            ("waiting",)
        ]

    problems = []
    try:
        wait_until(is_over, LONGEST_SECONDS, what="the end of the job")
    except AssertionError as never:
        problems.append(str(never))
    [(outcome, runs, problem)] = site.rows(
        "SELECT outcome, runs, problem FROM contact_center_job WHERE id = %s", pk
    )
    if outcome != "done":
        problems.append(f"the job is {outcome} after {runs} runs: {problem}")
    if runs > 2:
        problems.append(f"it was begun {runs} times; its process was killed once")
    [(left,)] = site.rows(
        "SELECT count(*) FROM contact_center_storedanswer"
        " WHERE created_at < now() - interval '2 days'"
    )
    if left:
        problems.append(f"{left} old answers are still there")
    return Ending("", time.monotonic() - started, problems)
