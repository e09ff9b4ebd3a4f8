"""Who signs in."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.tenants import Tenant


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


class User(AbstractUser):
    """A person who signs in. What an agent is doing stands in ``Agent``."""

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        help_text=_("Only the person who installed the site may be without one."),
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.AGENT)

    @property
    def display_name(self) -> str:
        """The full name, or the user name where none was given."""
        return self.get_full_name() or self.username
