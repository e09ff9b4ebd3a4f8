"""The phone menu, kept in versions, and the numbers that lead to it."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant


class Menu(models.Model):
    """A menu a caller hears. What it says stands in its versions."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="menus")
    name = models.CharField(_("name"), max_length=60)
    asks_language = models.BooleanField(
        _("asks for the language first"),
        default=False,
        help_text=_("The caller hears the newest published version in the language chosen."),
    )

    class Meta:
        verbose_name = _("menu")
        verbose_name_plural = _("menus")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="menu_name_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class MenuVersion(models.Model):
    """One state of a menu. A call keeps the version it arrived in for its whole life."""

    menu = models.ForeignKey(Menu, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    language = models.CharField(
        _("language"),
        max_length=12,
        blank=True,
        default="",
        help_text=_("As in en-US. Empty follows the setting. It must be one of those supported."),
    )
    greeting = models.TextField(_("greeting"), max_length=1000)
    no_input_text = models.CharField(
        _("said when nothing was pressed"),
        max_length=500,
        default="I did not hear a key.",
    )
    wrong_key_text = models.CharField(
        _("said when the key means nothing"),
        max_length=500,
        default="That key is not in the menu.",
    )
    retries = models.PositiveSmallIntegerField(
        _("rounds before the fallback"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10)],
        help_text=_("Empty follows the setting."),
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("seconds to wait for a key"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Empty follows the setting."),
    )
    fallback_queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("queue after the last round"),
        help_text=_("Empty: the caller hears a goodbye."),
    )
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("menu version")
        verbose_name_plural = _("menu versions")
        ordering = ["menu_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["menu", "number"], name="version_once_per_menu"),
        ]

    def __str__(self) -> str:
        return f"{self.menu} v{self.number}"


class MenuChoice(models.Model):
    """One key of a menu and the queue it leads to."""

    version = models.ForeignKey(MenuVersion, on_delete=models.CASCADE, related_name="choices")
    key = models.CharField(
        _("key"),
        max_length=1,
        validators=[RegexValidator(r"^[0-9*#]$", _("A key is 0 to 9, * or #."))],
    )
    label = models.CharField(_("said as"), max_length=60)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("menu choice")
        verbose_name_plural = _("menu choices")
        ordering = ["version_id", "key"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="key_once_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.label}"


class PhoneNumber(models.Model):
    """A number of ours that customers ring."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="numbers")
    e164 = models.CharField(
        _("number"),
        max_length=16,
        unique=True,
        validators=[RegexValidator(r"^\+[1-9]\d{6,14}$", _("Write it as +14155550100."))],
    )
    label = models.CharField(_("label"), max_length=60, blank=True, default="")
    menu = models.ForeignKey(
        Menu, on_delete=models.PROTECT, null=True, blank=True, related_name="numbers"
    )
    queue = models.ForeignKey(
        Queue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="numbers",
        help_text=_("Where a call goes when the number has no menu."),
    )
    is_room = models.BooleanField(
        _("conference room"),
        default=False,
        help_text=_("Whoever rings this number meets the others who do; no menu, no queue."),
    )
    may_be_shown = models.BooleanField(
        _("shown to whom agents call"),
        default=True,
        db_default=True,
        help_text=_("Agents may call with this number: it is what the customer sees."),
    )

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        ordering = ["e164"]

    def __str__(self) -> str:
        return self.e164
