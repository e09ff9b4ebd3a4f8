"""What waits to be done: timers, commands to the phone network; and the answers we gave it."""

from django.db import models
from django.db.models import Q

from contact_center.models.agents import Agent
from contact_center.models.calls import Call
from contact_center.models.offers import Offer
from contact_center.models.tenants import Tenant


class Timer(models.Model):
    """When, what, about whom. Nothing in this system waits in memory."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    due_at = models.DateTimeField(db_index=True)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, related_name="timers")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, null=True, related_name="timers")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, related_name="timers")
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.kind} at {self.due_at:%H:%M:%S}"


class CommandOutcome(models.TextChoices):
    WAITING = "waiting"
    APPLIED = "applied"
    REFUSED = "refused"
    GAVE_UP = "gave_up"


class Command(models.Model):
    """One thing we ask of the phone network. Sent by the clock, never inside a transaction."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, null=True, related_name="commands")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, null=True, related_name="commands")
    asked_at = models.DateTimeField()
    #: Not sent before this moment (a back-off after a refusal that may be repeated).
    send_at = models.DateTimeField()
    #: After this moment it would come too late and is given up.
    deadline = models.DateTimeField()
    #: While a clock is sending it, nobody else does.
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(
        max_length=10, choices=CommandOutcome.choices, default=CommandOutcome.WAITING
    )
    outcome_at = models.DateTimeField(null=True)
    #: The last thing the network or the line said about it.
    answer = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["send_at"], name="command_waiting", condition=Q(outcome="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class StoredAnswer(models.Model):
    """The instructions given for one request, so that the same request gets the same bytes."""

    call_sid = models.CharField(max_length=34)
    path = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call_sid", "path"], name="one_answer_per_request"),
        ]

    def __str__(self) -> str:
        return f"{self.path} for {self.call_sid}"
