"""What the phone network reported, as it came, and how far each report got."""

from django.db import models
from django.db.models import Q

from contact_center.models.tenants import Tenant


class SetAside(models.TextChoices):
    """Why a report was put aside instead of being applied; a supervisor sees these."""

    #: Applying it failed, and RETRY_FAILED says that it is not tried again.
    FAILED = "failed"
    #: Applying it failed MAX_RETRIES times.
    ABANDONED = "abandoned"
    #: It can never be applied: it is damaged, or says what nobody knows.
    QUARANTINED = "quarantined"
    #: No call of ours appeared that it could be about.
    UNCLAIMED = "unclaimed"
    #: An admin looked at it and let it go.
    DROPPED = "dropped"


#: Those that somebody should look at; the others are there for who looks for them.
TO_LOOK_AT = (SetAside.FAILED, SetAside.ABANDONED, SetAside.QUARANTINED)


class RawWebhook(models.Model):
    """A report of the network, stored as it came before anything else is done with it.

    It is applied (``applied_at``), or set aside (``set_aside``), or it waits for its next attempt.
    """

    #: Whose call it is about; looked for only when it is set aside.
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=12)
    #: The call or conference it speaks of.
    sid = models.CharField(max_length=34, db_index=True)
    #: Its fields, without what no column takes.
    payload = models.JSONField()
    #: Its very bytes, kept where ``payload`` cannot say them.
    body = models.BinaryField(null=True)
    #: The same bytes to the same path are the same report.
    digest = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    #: Attempts to apply it that failed.
    attempts = models.PositiveSmallIntegerField(default=0)
    #: Not tried before this moment; None: at once.
    next_attempt_at = models.DateTimeField(null=True)
    # The defaults of the database serve processes of the version before, while they are replaced.
    set_aside = models.CharField(
        max_length=12, choices=SetAside.choices, blank=True, default="", db_default=""
    )
    set_aside_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="report_waiting",
                condition=Q(applied_at__isnull=True, set_aside=""),
            ),
            models.Index(
                fields=["tenant", "-set_aside_at"],
                name="report_set_aside",
                condition=~Q(set_aside=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sid}"
