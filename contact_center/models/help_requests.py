"""An agent in a conversation asks for help, and a supervisor comes."""

from django.db import models
from django.db.models import Q

from contact_center.models.offers import Offer
from contact_center.models.people import User
from contact_center.models.tenants import Tenant


class HelpOutcome(models.TextChoices):
    WITHDRAWN = "withdrawn"
    CALL_ENDED = "call_ended"


class HelpRequest(models.Model):
    """Asked for in one conversation. Live until it is withdrawn or the conversation is over."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="help_requests")
    asked_at = models.DateTimeField()
    #: Who comes; with the answer nobody else is called any more.
    answered_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=HelpOutcome.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["offer"], condition=Q(ended_at__isnull=True), name="one_live_help_per_offer"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "asked_at"], name="help_live", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"help asked in {self.offer_id} at {self.asked_at:%H:%M:%S}"
