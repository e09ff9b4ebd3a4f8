"""Heavy work that was asked for: what, when, how far it got."""

from django.db import models
from django.db.models import Q

from contact_center.models.tenants import Tenant


class JobOutcome(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Job(models.Model):
    """One piece of heavy work. Nobody who is on the phone waits for it.

    The row is written in the transaction that needs the work; a broker only ever carries its id,
    so a broker that is down, emptied or missing loses nothing.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    #: Asked for once only under this name: "tidy_up 2026-03-02T17".
    key = models.CharField(max_length=80, blank=True, default="")
    asked_at = models.DateTimeField()
    #: Not begun before this moment (a back-off after a failure).
    start_at = models.DateTimeField()
    #: Given to the broker; until then nobody gives it again.
    handed_until = models.DateTimeField(null=True)
    #: Somebody is at it; until then nobody else begins.
    running_until = models.DateTimeField(null=True)
    #: Times it was begun; whoever finishes must have begun the last of them.
    runs = models.PositiveIntegerField(default=0)
    #: Runs that failed one after the other.
    failures = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(
        max_length=10, choices=JobOutcome.choices, default=JobOutcome.WAITING
    )
    outcome_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_job_of_a_name", condition=~Q(key="")),
        ]
        indexes = [
            models.Index(fields=["start_at"], name="job_waiting", condition=Q(outcome="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
