"""What is known of the wait in each queue, and how far estimates of it have been off."""

from django.db import models

from contact_center.domain.waits import Predictor
from contact_center.models.queues import Queue


class QueueEstimate(models.Model):
    """One queue's line as the clock saw it last, and its back-test (domain/waits.py).

    A row beside the queue and not columns of it: it is written every few seconds while callers
    wait, and read with every wait document.
    """

    queue = models.OneToOneField(Queue, on_delete=models.CASCADE, related_name="estimate")
    # --- the line (services/estimating.py, every few seconds) ---
    looked_at = models.DateTimeField(null=True)
    #: Nobody waited then: what is written below holds until somebody does.
    is_quiet = models.BooleanField(default=False)
    #: Seconds from one answer to the next; None after too few answers.
    gap = models.FloatField(null=True)
    #: How long the last caller to be answered had waited.
    last_wait = models.FloatField(null=True)
    #: How many give up in a second, of one who waits.
    leaving = models.FloatField(default=0.0)
    # --- the back-test (a job, every quarter of an hour) ---
    measured_at = models.DateTimeField(null=True)
    #: The earliest stay it looked at.
    measured_since = models.DateTimeField(null=True)
    #: The predictor that is believed; empty while the past is too thin.
    predictor = models.CharField(
        max_length=20, choices=[(each.value, each.value) for each in Predictor], blank=True
    )
    #: By predictor: the values of a `Measured`.
    measured = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"estimate of queue {self.queue_id}"
