"""Calls that are still to be made, and what was tried to reach whom we call."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contact_center.domain.callbacks import Ended, Tried
from contact_center.models.agents import Agent
from contact_center.models.calls import Call
from contact_center.models.offers import Offer


class Callback(models.Model):
    """What is to be known of a call of kind callback beside the call itself.

    Whom, to which queue and since when stands in the call and its stay; how often and how the
    customer is rung is the queue's to say.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, related_name="callback")
    #: Not before; None while its turn may come at any moment.
    next_at = models.DateTimeField(null=True)
    #: The customer was promised this moment, by whoever scheduled it.
    is_scheduled = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    #: The agent who promised to call, and is tried first.
    owner = models.ForeignKey(
        Agent, on_delete=models.SET_NULL, null=True, blank=True, related_name="callbacks"
    )
    outcome = models.CharField(
        max_length=24,
        blank=True,
        default="",
        choices=[(each.value, each.value) for each in Ended],
    )
    notes = models.CharField(_("what it is about"), max_length=300, blank=True, default="")

    def __str__(self) -> str:
        return f"callback {self.pk} of call {self.call_id}"


class DialAttempt(models.Model):
    """The customer's telephone was rung, or is about to be."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="dialled")
    #: The callback for which it is made; None where an agent calls of their own accord.
    callback = models.ForeignKey(
        Callback, on_delete=models.CASCADE, null=True, blank=True, related_name="tried"
    )
    #: Whose agent waits for the answer; None where the customer is rung first.
    offer = models.ForeignKey(
        Offer, on_delete=models.CASCADE, null=True, related_name="dial_attempts"
    )
    number = models.PositiveSmallIntegerField()
    #: The network's name of the leg, once it is known.
    sid = models.CharField(max_length=34, blank=True, default="", db_index=True)
    begun_at = models.DateTimeField()
    #: What the network thinks has answered: human, machine_start, fax, unknown …
    answered_by = models.CharField(max_length=24, blank=True, default="")
    #: When the customer was reached, or was not.
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=12,
        blank=True,
        default="",
        choices=[(each.value, each.value) for each in Tried],
    )
    #: Why the network would not ring the number, in its own words.
    problem = models.CharField(max_length=300, blank=True, default="", db_default="")
    #: The agent who called has read what came of it.
    is_read = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(ended_at__isnull=True),
                name="one_live_attempt_per_call",
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of call {self.call_id}"


class DialPace(models.Model):
    """When the next call may be begun: one row, shared by all processes."""

    next_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"not before {self.next_at:%H:%M:%S}"
