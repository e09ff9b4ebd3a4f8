"""Teams of agents, who supervises them, and the ways of looking at the floor that people keep."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.people import User
from contact_center.models.tenants import Tenant


class Team(models.Model):
    """Some agents of an organisation; an agent belongs to one team at most.

    One, so that the figures of the teams add up to those of the organisation, and so that everybody
    knows who comes when an agent asks for help. Which calls an agent takes is said by queues.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="team_name_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class TeamSupervisor(models.Model):
    """Who supervises a team. A supervisor of some team sees what concerns these teams alone."""

    # Protected: with the team gone, who supervised only this one would see the whole organisation.
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="supervisors")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="supervised_teams")

    class Meta:
        verbose_name = _("supervisor of a team")
        verbose_name_plural = _("supervisors of a team")
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="supervises_a_team_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user.display_name} · {self.team}"


class SavedView(models.Model):
    """A way of looking at the floor that somebody gave a name: what stands in its address."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    #: As selectors/looks.py writes it: only what differs from the plain floor.
    query = models.CharField(max_length=300, blank=True, default="")
    #: Offered to every supervisor of the organisation; each sees by it what they may see.
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_view_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
