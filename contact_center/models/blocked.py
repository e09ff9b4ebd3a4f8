"""Whom an organisation does not take calls from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.people import User
from contact_center.models.tenants import Tenant


class BlockedCaller(models.Model):
    """Whoever calls with this number is refused, until it expires or is unblocked."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="blocked_callers")
    #: As `domain.telephone_numbers.known_number` writes it.
    number = models.CharField(_("number"), max_length=16)
    reason = models.CharField(_("why"), max_length=200)
    blocked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    blocked_at = models.DateTimeField()
    #: None for until somebody unblocks it.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("blocked caller")
        verbose_name_plural = _("blocked callers")
        ordering = ["-blocked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="blocked_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.number
