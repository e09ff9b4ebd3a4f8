"""Delete what has served its purpose: answers nobody can ask for again, old reports, commands."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from contact_center.models import Command, CommandOutcome, RawWebhook, StoredAnswer

#: A stored answer can be asked for while its call lives, which is a day at the very most.
KEEP_ANSWERS = timedelta(days=2)
#: Reports and commands are what support reads to explain a call.
KEEP_REPORTS = timedelta(days=30)
#: Rows deleted in one statement, so that none holds its locks for long.
CHUNK = 1000


def delete_what_is_done() -> dict[str, int]:
    """Delete old rows; return how many of each kind went."""
    now = timezone.now()
    done = Command.objects.exclude(outcome=CommandOutcome.WAITING)
    return {
        "answers": _delete(StoredAnswer.objects.filter(created_at__lt=now - KEEP_ANSWERS)),
        "reports": _delete(RawWebhook.objects.filter(received_at__lt=now - KEEP_REPORTS)),
        "commands": _delete(done.filter(asked_at__lt=now - KEEP_REPORTS)),
    }


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while pks := list(rows.values_list("pk", flat=True)[:CHUNK]):
        deleted += rows.model.objects.filter(pk__in=pks).delete()[0]
    return deleted
