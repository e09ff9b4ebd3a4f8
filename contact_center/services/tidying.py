"""Delete what has served its purpose: answers nobody can ask for again, old reports, commands."""

import logging
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from contact_center.models import (
    Alert,
    Command,
    CommandOutcome,
    Job,
    JobOutcome,
    KeptMail,
    RawWebhook,
    StoredAnswer,
)
from contact_center.services.heavy_work import TimeLeft, on_job

logger = logging.getLogger(__name__)

#: A stored answer can be asked for while its call lives, which is a day at the very most.
KEEP_ANSWERS = timedelta(days=2)
#: Reports and commands are what support reads to explain a call.
KEEP_REPORTS = timedelta(days=30)
#: Alerts, their messages and kept mail are what a supervisor looks back at.
KEEP_ALERTS = timedelta(days=90)
#: Rows deleted in one statement, so that none holds its locks for long.
CHUNK = 1000


@on_job("tidy_up")
def delete_what_is_done(job: Job, time_left: TimeLeft) -> bool:
    """Delete old rows, chunk by chunk; return whether none is left."""
    now = timezone.now()
    old = now - KEEP_REPORTS
    commands = Command.objects.exclude(outcome=CommandOutcome.WAITING)
    jobs = Job.objects.exclude(outcome=JobOutcome.WAITING)
    return all(
        _delete(rows, time_left)
        for rows in (
            StoredAnswer.objects.filter(created_at__lt=now - KEEP_ANSWERS),
            RawWebhook.objects.filter(received_at__lt=old),
            commands.filter(asked_at__lt=old),
            jobs.filter(asked_at__lt=old),
            Alert.objects.filter(ended_at__lt=now - KEEP_ALERTS),
            KeptMail.objects.filter(sent_at__lt=now - KEEP_ALERTS),
        )
    )


def _delete(rows: QuerySet[Any], time_left: TimeLeft) -> bool:
    deleted = 0
    while pks := list(rows.values_list("pk", flat=True)[:CHUNK]):
        if time_left.is_over():
            break
        deleted += rows.model.objects.filter(pk__in=pks).delete()[0]
    if deleted:
        logger.info("%s old rows of %s were deleted", deleted, rows.model.__name__)
    return not pks
