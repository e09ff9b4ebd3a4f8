"""Places in line that are kept for callers who gave up, should they ring again."""

from django.db import models

from contact_center.models.calls import Call
from contact_center.models.queues import Queue


class KeptPlace(models.Model):
    """The place of somebody who abandoned a queue. Whoever takes it deletes the row, so only one
    can."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="kept_places")
    #: As domain/telephone_numbers.py writes it; who withholds a number has no place kept.
    e164 = models.CharField(max_length=16)
    #: The call that was abandoned, since when it counted as waiting, and when it was given up.
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    placed_at = models.DateTimeField()
    left_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "e164"], name="place_once_per_caller"),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.placed_at:%H:%M}"
