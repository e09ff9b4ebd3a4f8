"""Celery's doors. A task calls a service; what it is to do stands in a row (models/jobs.py)."""

from celery import Task, shared_task

from contact_center.conf import current
from contact_center.services import estimating as estimating  # its jobs are known then
from contact_center.services import heavy_work
from contact_center.services import setting_aside as setting_aside  # likewise
from contact_center.services import taking_messages as taking_messages  # likewise
from contact_center.services import telling as telling  # likewise
from contact_center.services import tidying as tidying  # likewise


class HeavyTask(Task):  # type: ignore[misc]  # Celery has no types
    """A task that is held to the time limits of PERFORMANCE.ASYNC_TASKS."""

    @property
    def time_limit(self) -> int:
        """Seconds after which a worker ends it."""
        return current().performance.async_tasks.task_time_limit

    @property
    def soft_time_limit(self) -> int:
        """Seconds after which it is told to come to a stop."""
        return current().performance.async_tasks.task_soft_time_limit


@shared_task(base=HeavyTask)  # type: ignore[untyped-decorator]
def do_job(pk: int) -> str:
    """Do one job, or a part of it; return what became of it."""
    return heavy_work.do_job(pk)


@shared_task(base=HeavyTask)  # type: ignore[untyped-decorator]
def ask_for(kind: str) -> bool:
    """Ask for what is done by the hour; return whether nobody had before."""
    return heavy_work.ask_hourly(kind)
