"""What an organisation says about its breaks."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.domain.breaks import AfterBreak
from contact_center.models.tenants import Tenant


class BreakRule(models.Model):
    """How long one type of break may last. A type without a rule lasts as long as it lasts.

    The types themselves are a setting of the site (AGENT.BREAK_TYPES); a rule of a type that is not
    offered any more waits until it is again.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="break_rules")
    code = models.CharField(_("break"), max_length=30)
    most_minutes = models.PositiveSmallIntegerField(
        _("minutes at most"), validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    after = models.CharField(
        _("when it is over"),
        max_length=10,
        choices=[
            (AfterBreak.REMIND.value, _("Remind the agent and the floor")),
            (AfterBreak.RETURN.value, _("Make the agent available")),
            (AfterBreak.OFFLINE.value, _("Take the agent off duty")),
        ],
        default=AfterBreak.REMIND.value,
    )

    class Meta:
        verbose_name = _("break")
        verbose_name_plural = _("breaks")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="break_rule_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, {self.most_minutes} min"
