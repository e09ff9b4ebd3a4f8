"""Heavy work: what takes long and nobody on the phone waits for. Rows that say what; no memory.

A service asks for it in the transaction that needs it. The clock takes what is due and gives it
to Celery, or does it in a thread of its own where ASYNC_TASKS.USE_CELERY is off. A broker only
ever carries the number of a row: while it is down, or after it forgot everything, the row is
still there and is given again. So no webhook and no page ever speaks to a broker.

A run may last TASK_SOFT_TIME_LIMIT seconds; then it stops where it can go on later. One that has
not ended after TASK_TIME_LIMIT is ended by Celery's worker (a thread cannot be ended from outside;
its work then counts for nothing), and the row is given to somebody else. Whoever begins says so
before, on the condition that nobody else has, and a run that took its process down counts as one
that failed.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.event_stream import record
from contact_center.models import Job, JobOutcome, Tenant
from contact_center.wakeups import wake_clock

logger = logging.getLogger(__name__)

#: The task that does one job (contact_center/tasks.py), by its name: a service imports no door.
TASK = "contact_center.tasks.do_job"
#: What a broker was given and no worker began is given again after so long; by then the first
#: copy has expired.
HAND_AGAIN = timedelta(minutes=2)
#: While the broker does not answer.
BROKER_PAUSE = timedelta(seconds=10)
#: Runs that fail one after the other before a job is given up, and the pauses between them.
MOST_FAILURES = 5
FIRST_PAUSE_SECONDS = 10
PAUSE_GROWS = 3
#: So much of the soft time limit a job may use before it stops by itself; the rest is for the
#: step it is at. Only a step longer than that is interrupted by Celery's worker.
SHARE = 0.9
#: After the time limit, until the row is given to somebody else.
GRACE = timedelta(seconds=10)

#: Set while a worker runs in this very process: only then is a broker in memory heard by anybody.
worker_is_here = threading.Event()


@dataclass(frozen=True)
class TimeLeft:
    """Asked by a job between its steps: whether it is to stop and go on later."""

    until: datetime
    is_stopping: Callable[[], bool] = lambda: False

    def is_over(self) -> bool:
        """Whether the soft time limit has passed, or the process is about to end."""
        return self.is_stopping() or timezone.now() >= self.until


#: Does one kind of job; returns whether nothing is left to do. False: it goes on in another run.
Deed = Callable[[Job, TimeLeft], bool]
DEEDS: dict[str, Deed] = {}


def on_job(kind: str) -> Callable[[Deed], Deed]:
    """Name the function as what a job of ``kind`` does. It runs outside any transaction."""

    def register(deed: Deed) -> Deed:
        DEEDS[kind] = deed
        return deed

    return register


def ask(kind: str, *, tenant: Tenant | None = None, key: str = "", **params: Any) -> bool:
    """Ask for heavy work; it begins after the present transaction commits.

    What was asked for under the same ``key`` before is not asked for again: returns False then.
    ``params`` are JSON. Raises KeyError for a kind that nobody does.
    """
    DEEDS[kind]
    now = timezone.now()
    row = Job(kind=kind, tenant=tenant, key=key, params=params, asked_at=now, start_at=now)
    if key and Job.objects.filter(key=key).exists():
        return False
    # Should another ask at this very moment, the index keeps one of the two.
    Job.objects.bulk_create([row], ignore_conflicts=bool(key))
    wake_clock()
    return True


def due_jobs(now: datetime, *, most: int = 20) -> Sequence[int]:
    """Return the ids of jobs to be begun now, the oldest first."""
    return list(_free(now).order_by("start_at", "pk").values_list("pk", flat=True)[:most])


def _free(now: datetime) -> Any:
    return Job.objects.filter(
        Q(handed_until=None) | Q(handed_until__lte=now),
        Q(running_until=None) | Q(running_until__lte=now),
        outcome=JobOutcome.WAITING,
        start_at__lte=now,
    )


def take_up(pk: int, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Have one job done: by a worker, or here and now, as the settings say."""
    if current().performance.async_tasks.use_celery and _somebody_listens():
        _hand_over(pk)
    else:
        do_job(pk, is_stopping)


def _somebody_listens() -> bool:
    return worker_is_here.is_set() or not settings.CELERY_BROKER_URL.startswith("memory:")


def _hand_over(pk: int) -> None:
    now = timezone.now()
    if not _free(now).filter(pk=pk).update(handed_until=now + HAND_AGAIN):
        return
    app = import_string(settings.CELERY_APP)
    try:
        # Without the client's own patience: the row waits better than this process.
        app.send_task(
            TASK,
            args=[pk],
            expires=HAND_AGAIN.total_seconds(),
            retry=False,
            ignore_result=True,  # what became of it stands in the row
        )
    except Exception as error:
        # Brokers and their libraries fail in many ways; each means that nobody was told.
        logger.warning("The broker took no work (%s); job %s waits for it.", error, pk)
        Job.objects.filter(pk=pk, handed_until=now + HAND_AGAIN).update(
            handed_until=now + BROKER_PAUSE
        )


def do_job(pk: int, is_stopping: Callable[[], bool] = lambda: False) -> str:
    """Begin or go on with one job unless somebody else is at it; return what became of it.

    ``done``, ``waiting`` (another run follows), ``failed``, or "" when it was not ours to do.
    """
    limits = current().performance.async_tasks
    now = timezone.now()
    job = Job.objects.filter(pk=pk, outcome=JobOutcome.WAITING, start_at__lte=now).first()
    if job is None:
        return ""
    if job.failures >= MOST_FAILURES:
        return _give_up(job)
    claimed = (
        Job.objects.filter(Q(running_until=None) | Q(running_until__lte=now), pk=pk, runs=job.runs)
        .filter(outcome=JobOutcome.WAITING)
        .update(
            runs=job.runs + 1,
            failures=job.failures + 1,
            running_until=now + timedelta(seconds=limits.task_time_limit) + GRACE,
            handed_until=None,  # begun: should this process die, nobody waits for the broker's copy
        )
    )
    if not claimed:
        return ""
    job.refresh_from_db()
    until = now + timedelta(seconds=limits.task_soft_time_limit * SHARE)
    try:
        is_done = DEEDS[job.kind](job, TimeLeft(until, is_stopping))
    except SoftTimeLimitExceeded:
        logger.warning("Job %s (%s) was stopped at its soft time limit.", pk, job.kind)
        return _failed(job, "It was stopped at TASK_SOFT_TIME_LIMIT and had come to no rest.")
    except Exception as error:
        # Whatever it stumbled over: it is tried again, and in the end somebody is told.
        logger.exception("Job %s (%s) failed", pk, job.kind)
        return _failed(job, repr(error))
    if is_done:
        return _finish(job, JobOutcome.DONE, outcome_at=timezone.now(), problem="")
    wake_clock()
    return _finish(job, JobOutcome.WAITING, start_at=timezone.now())


def _failed(job: Job, problem: str) -> str:
    if job.failures >= MOST_FAILURES:
        job.problem = problem[:2000]
        return _give_up(job)
    pause = FIRST_PAUSE_SECONDS * PAUSE_GROWS ** (job.failures - 1)
    return _finish(
        job,
        JobOutcome.WAITING,
        failures=job.failures,
        start_at=timezone.now() + timedelta(seconds=pause),
        problem=problem[:2000],
    )


def _give_up(job: Job) -> str:
    problem = job.problem or "The process that did it ended, each time."
    with transaction.atomic():
        became = _finish(job, JobOutcome.FAILED, outcome_at=timezone.now(), problem=problem)
        if became and job.tenant_id is not None:
            record(ev.JobFailed(tenant_id=job.tenant_id, kind=job.kind, job_id=job.pk))
    if became:
        logger.error("Job %s (%s) was given up: %s", job.pk, job.kind, problem)
    return became


def _finish(job: Job, outcome: JobOutcome, **changes: Any) -> str:
    """Write what became of a run; "" when it took so long that another began meanwhile."""
    still_ours = Job.objects.filter(pk=job.pk, runs=job.runs, outcome=JobOutcome.WAITING)
    changes = {"failures": 0, "running_until": None, "handed_until": None, **changes}
    return outcome.value if still_ours.update(outcome=outcome, **changes) else ""


# --- by the hour ----------------------------------------------------------------------------------

#: Asked for once an hour, whoever asks: any number of beats, or the clock where there is none.
HOURLY = ("tidy_up",)
#: The minute of the hour, which is nobody's favourite.
MINUTE = 17


def ask_hourly(kind: str) -> bool:
    """Ask for this hour's ``kind``; returns False when somebody did before."""
    return ask(kind, key=f"{kind} {timezone.now():%Y-%m-%dT%H}")


def ask_by_the_clock(now: datetime) -> None:
    """Ask for what is due by the hour, where no beat of Celery's does."""
    if now.minute < MINUTE:
        return
    if current().performance.async_tasks.use_celery and _somebody_listens():
        return
    for kind in HOURLY:
        ask_hourly(kind)
