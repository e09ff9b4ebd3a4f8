"""The organisation everything belongs to."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Tenant(models.Model):
    """An organisation. One by default; every root table names it."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("short name"), unique=True)
    #: Otherwise whoever listens to an agent is shown to that agent.
    private_listening = models.BooleanField(
        _("private listening"),
        default=False,
        db_default=False,
        help_text=_(
            "Supervisors may listen without being shown to the agent. They are always shown to "
            "other supervisors and in the log."
        ),
    )
    ageing_minutes = models.PositiveSmallIntegerField(
        _("a step of priority is worth, minutes of waiting"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(240)],
        help_text=_(
            "Whoever has waited so much longer goes before a caller of the next higher priority. "
            "Empty: a higher priority always goes first, however long others wait."
        ),
    )
    calls_to = models.JSONField(
        _("countries that agents may call"),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("ISO codes, like US. Empty: the countries of the organisation's own numbers."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class DispatchLock(models.Model):
    """The row that whoever pairs callers with agents locks first.

    One lock an organisation makes the fair order true: with row locks on the waiting calls a
    second dispatcher would skip the oldest caller whenever the first one holds him.
    """

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="dispatch_lock")
