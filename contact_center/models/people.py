"""Who signs in."""

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.tenants import Tenant


class Role(models.TextChoices):
    AGENT = "agent", _("Agent")
    SUPERVISOR = "supervisor", _("Supervisor")
    ADMIN = "admin", _("Admin")


class People(UserManager["User"]):
    """Makes users; whoever installs the site (createsuperuser) also founds its organisation."""

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> "User":
        """Make an administrator of the organisation, which is made when there is none yet."""
        if extra_fields.get("tenant") is None:
            tenant = Tenant.objects.order_by("pk").first()
            extra_fields["tenant"] = tenant or Tenant.objects.create(name="Default", slug="default")
        extra_fields.setdefault("role", Role.ADMIN)
        return super().create_superuser(username, email, password, **extra_fields)


def shown_name(first_name: str, last_name: str, username: str) -> str:
    """Return what somebody is called: the full name, or the user name where none was given."""
    return f"{first_name} {last_name}".strip() or username


class User(AbstractUser):
    """A person who signs in. What an agent is doing stands in ``Agent``."""

    objects: ClassVar[People] = People()

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.PROTECT,
        related_name="users",
        null=True,
        blank=True,
        help_text=_("Only the person who installed the site may be without one."),
    )
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.AGENT)

    #: In which the desk speaks to them; empty: the site's own. `language_of` says which that is.
    language = models.CharField(max_length=8, blank=True, default="", db_default="", editable=False)

    #: How often somebody else ended all sessions of this person: each session is bound to it.
    sign_outs = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    def get_session_auth_hash(self) -> str:
        """Return what every session of this person is bound to."""
        return self._bound_to_sign_outs(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same under each of SECRET_KEY_FALLBACKS."""
        for one in super().get_session_auth_fallback_hash():
            yield self._bound_to_sign_outs(one)

    def _bound_to_sign_outs(self, plain: str) -> str:
        # Who was never signed out keeps the sessions that the version before has made.
        if not self.sign_outs:
            return plain
        # Keyed already, with the secret of its time: another key here would not know a fallback's.
        return hashlib.sha256(f"{plain}:{self.sign_outs}".encode()).hexdigest()

    @property
    def display_name(self) -> str:
        """The full name, or the user name where none was given."""
        return shown_name(self.first_name, self.last_name, self.username)
