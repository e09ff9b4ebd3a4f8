"""A worker of Celery's own, over a real Redis: it does what it is given, within its time."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from contact_center.models import Job
from contact_center.services import heavy_work
from tests.contact_center import long_jobs as long_jobs  # known here, too: they are asked for
from tests.harness.processes import ROOT, Server, bare_environment
from tests.harness.services import TemporaryRedis
from tests.harness.waiting import wait_until

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]

SOFT, HARD = 1, 2

#: What gives work to the broker, with the settings' own patience.
app: Any = None


def database_url() -> str:
    """Where this test's database is, for another process."""
    there = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{there['NAME']}"
    return f"postgres://{there['USER']}@{there['HOST']}:{there['PORT']}/{there['NAME']}"


@pytest.fixture
def worker(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """A worker with processes, as in production, that listens to a Redis of this test's own."""
    limits = {"TASK_TIME_LIMIT": HARD, "TASK_SOFT_TIME_LIMIT": SOFT}
    performance = {"ASYNC_TASKS": limits}
    with TemporaryRedis() as redis:
        settings.DJANGO_TWILIO_CALL_PERFORMANCE = performance
        settings.CELERY_BROKER_URL = redis.url
        settings.CELERY_APP = f"{__name__}.app"
        globals()["app"] = Celery("of this test", broker=redis.url, set_as_current=False)
        app.conf.broker_transport_options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        started = Server(
            "worker",
            [
                *(sys.executable, "-m", "celery", "-A", "contact_center", "worker"),
                *("--include", "tests.contact_center.long_jobs"),
                *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
            ],
            log=tmp_path / "worker.log",
            environment=bare_environment()
            | {
                "ENV_FILE": str(ROOT / "tests/test.env"),
                "DATABASE_URL": database_url(),
                "REDIS_URL": redis.url,
                "DATA_DIR": str(tmp_path),
                "DJANGO_TWILIO_CALL_PERFORMANCE": json.dumps(performance),
            },
        )
        started.start()
        started.wait_for_words("ready.")
        yield started
        started.stop()
        app.close()


def give(kind: str, **params: Any) -> int:
    """Ask for a job and give it to the broker, as the clock does; returns its number."""
    heavy_work.ask(kind, **params)
    pk = Job.objects.get(kind=kind).pk
    heavy_work.take_up(pk)
    return pk


def until(pk: int, worker: Server, **expected: Any) -> Job:
    """Return the job when it is as expected; whatever is due is given out meanwhile."""

    def is_so() -> bool:
        for due in heavy_work.due_jobs(timezone.now()):
            heavy_work.take_up(due)
        return Job.objects.filter(pk=pk, **expected).exists()

    wait_until(is_so, 30, what=f"the job being {expected}", describe=worker.tail)
    return Job.objects.get(pk=pk)


def test_work_goes_through_the_broker_and_each_job_ends_in_its_own_way(worker: Server) -> None:
    # One worker for all of it: starting one takes longer than what it does here.
    pk = give("short", caller="+14155550142")
    job = until(pk, worker, outcome="done")
    assert (job.params, job.runs) == ({"seen": {"caller": "+14155550142"}}, 1)
    # The row's number is all that travelled.
    assert "+14155550142" not in worker.log.read_text()

    # It stops by itself where it can go on, and goes on.
    job = until(give("step_by_step"), worker, outcome="done")
    assert (job.runs, job.failures) == (3, 0)

    # It has to be told, and is tried again later.
    job = until(give("one_long_step"), worker, failures=1, running_until=None)
    assert (job.outcome, job.runs) == ("waiting", 1)
    assert "TASK_SOFT_TIME_LIMIT" in job.problem
    assert job.start_at > timezone.now()

    # It hears nothing: its process is ended, and the worker has another.
    pk = give("deaf")
    worker.wait_for_words("Hard time limit (2s) exceeded")
    job = Job.objects.get(pk=pk)
    assert (job.outcome, job.runs, job.failures) == ("waiting", 1, 1)
    assert job.running_until is not None
    heavy_work.ask("short", after="all that")
    last = Job.objects.filter(kind="short").latest("pk").pk
    assert until(last, worker, outcome="done").runs == 1


def test_what_a_killed_worker_had_begun_is_done_once_more_and_only_once(worker: Server) -> None:
    pk = give("long_the_first_time")
    wait_until(lambda: Job.objects.get(pk=pk).runs == 1, 20, what="its beginning")
    worker.kill_family()
    assert heavy_work.due_jobs(timezone.now()) == [], "the first might still be at it"

    worker.start()
    job = until(pk, worker, outcome="done")
    assert (job.runs, job.failures, job.running_until) == (2, 0, None)
    heavy_work.take_up(pk)
    until(give("short"), worker, outcome="done")
    assert Job.objects.get(pk=pk).runs == 2
