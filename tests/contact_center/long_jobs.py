"""Jobs for a real worker of Celery's, which imports this (tests/contact_center/test_workers.py)."""

import threading

from celery.exceptions import SoftTimeLimitExceeded

from contact_center.models import Job
from contact_center.services.heavy_work import TimeLeft, on_job

LONG = 60


@on_job("short")
def short(job: Job, time_left: TimeLeft) -> bool:
    """Done at once."""
    Job.objects.filter(pk=job.pk).update(params={"seen": job.params})
    return True


@on_job("step_by_step")
def step_by_step(job: Job, time_left: TimeLeft) -> bool:
    """Stops by itself when its time is over; three runs are enough."""
    threading.Event().wait(0.1)
    if job.runs < 3:
        while not time_left.is_over():
            threading.Event().wait(0.05)
        return False
    return True


@on_job("one_long_step")
def one_long_step(job: Job, time_left: TimeLeft) -> bool:
    """Never looks at the time: Celery tells it."""
    threading.Event().wait(LONG)
    return True


@on_job("long_the_first_time")
def long_the_first_time(job: Job, time_left: TimeLeft) -> bool:
    """Takes long in the run in which its worker is killed, and no time in the next."""
    if job.runs == 1:
        threading.Event().wait(LONG)
    return True


@on_job("deaf")
def deaf(job: Job, time_left: TimeLeft) -> bool:
    """Hears nothing, not even Celery."""
    while True:
        try:
            threading.Event().wait(LONG)
        except SoftTimeLimitExceeded:
            continue
