"""A supervisor with somebody else's conversation: who listens, who is heard, by whom."""

from django.db import models
from django.db.models import Q

from contact_center.domain.supervising import Mode
from contact_center.models.calls import Call
from contact_center.models.offers import Offer
from contact_center.models.people import User
from contact_center.models.tenants import Tenant


class SupervisionState(models.TextChoices):
    JOINING = "joining"
    LIVE = "live"
    ENDED = "ended"


class Supervision(models.Model):
    """One supervisor's stay with one conversation, from the press of a button to its end."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="supervisions")
    #: Whose conversation it is; after a take-over the new owner's.
    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="supervisions")
    supervisor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=8, choices=SupervisionState.choices, default=SupervisionState.JOINING
    )
    #: Hidden from the agent; never from other supervisors, nor from the log.
    is_private = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    join_spent_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=40, blank=True, default="")
    #: When the supervisor became the one who talks to the customer.
    taken_over_at = models.DateTimeField(null=True)
    # --- asked and happened ---
    #: What the network confirmed; empty until the supervisor's line is in the conference.
    mode = models.CharField(
        max_length=8, choices=[(m.value, m.value) for m in Mode], blank=True, default=""
    )
    mode_since = models.DateTimeField(null=True)
    #: What was asked for while the network has not confirmed it.
    mode_asked = models.CharField(
        max_length=8, choices=[(m.value, m.value) for m in Mode], blank=True, default=""
    )
    mode_asked_at = models.DateTimeField(null=True)
    #: The agent's line that alone hears the supervisor, while coaching.
    coached_sid = models.CharField(max_length=34, blank=True, default="")
    #: The number of the last report of the conference about this line that was applied.
    sequence = models.IntegerField(default=-1)
    #: What last went wrong with something asked: {"asked": …, "reason": …}.
    problem = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supervisor"],
                condition=Q(ended_at__isnull=True),
                name="one_live_supervision_per_supervisor",
            ),
        ]
        indexes = [
            models.Index(
                fields=["offer"], name="supervision_live", condition=Q(ended_at__isnull=True)
            ),
            models.Index(fields=["tenant", "-started_at"], name="supervision_by_start"),
            # Who is with a conversation or was a moment ago, asked each time a bar is painted.
            models.Index(fields=["ended_at"], name="supervision_by_end"),
        ]

    def __str__(self) -> str:
        return f"supervision {self.pk} of offer {self.offer_id}"

    @property
    def label(self) -> str:
        """The label of the supervisor's line in the conference."""
        return f"supervisor-{self.pk}"


class SupervisorPhone(models.Model):
    """Which page is the supervisor's phone. The newest claim holds.

    Nothing rings here, so the page need not show that it is alive, nor that its sound works.
    """

    supervisor = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=32, unique=True)
    claimed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"phone of {self.supervisor_id}"

    @property
    def identity(self) -> str:
        """The Voice SDK identity of this page; it names nobody."""
        return f"s_{self.supervisor_id}_{self.key}_0"
