"""Wallboards: what a screen on the wall shows, and the links by which it is opened."""

import hashlib
import secrets

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.people import User
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant

#: Tiles on one page of a board, and on all of its pages.
TILES_PER_PAGE = 4
MOST_TILES = 8
#: Seconds for which a page stands.
SHORTEST_PAGE, LONGEST_PAGE = 5, 600


class Tile(models.TextChoices):
    """A figure over all queues of a board: of this moment, or (the last four) of today."""

    WAITING = "waiting", _("Waiting")
    LONGEST_WAIT = "longest_wait", _("Longest wait")
    FREE_AGENTS = "free_agents", _("Free agents")
    IN_CONVERSATION = "in_conversation", _("In conversation")
    SERVICE_LEVEL = "service_level", _("Service level")
    ABANDONED = "abandoned", _("Abandoned")
    ANSWERED = "answered", _("Answered")
    AVERAGE_WAIT = "average_wait", _("Average wait")


class Ground(models.TextChoices):
    """Light or dark; a screen that says neither is asked what it prefers."""

    AUTO = "", _("As the screen prefers")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Wallboard(models.Model):
    """A board: chosen figures of chosen queues."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="wallboards")
    name = models.CharField(max_length=60)
    #: Values of Tile, in the order in which they stand.
    tiles = models.JSONField(default=list)
    #: Every queue there is and will be; otherwise those chosen, which may be none.
    all_queues = models.BooleanField(default=True)
    queues = models.ManyToManyField(Queue, related_name="+")
    page_seconds = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(SHORTEST_PAGE), MaxValueValidator(LONGEST_PAGE)]
    )
    ground = models.CharField(max_length=5, choices=Ground.choices, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="wallboard_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown_tiles(self) -> list[Tile]:
        """The tiles that this version knows, in their order."""
        return [Tile(tile) for tile in self.tiles if tile in set(Tile)]


class WallboardLink(models.Model):
    """An address that opens one board with nobody signed in. Of its token the digest is kept."""

    wallboard = models.ForeignKey(Wallboard, on_delete=models.CASCADE, related_name="links")
    #: Which screen it is for.
    name = models.CharField(max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: When a screen last showed the board by it.
    seen_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return self.name


def new_token() -> str:
    """Return a token of 256 random bits, which nobody guesses."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is kept of a token. It is as random as the digest is long: no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
