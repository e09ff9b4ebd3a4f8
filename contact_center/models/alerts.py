"""Alerts: what was too much, since when, who took it up, and who was told of it."""

import secrets
import uuid

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from contact_center.domain.alerting import AlertKind, Level
from contact_center.models.agents import Agent
from contact_center.models.calls import Call
from contact_center.models.people import User
from contact_center.models.queues import Queue
from contact_center.models.teams import Team
from contact_center.models.tenants import Tenant

_KINDS = [(kind.value, kind.value) for kind in AlertKind]
_LEVELS = [(Level.WARN.value, _("Warning")), (Level.BREACH.value, _("Over the limit"))]


class AlertRule(models.Model):
    """What differs from the default of a kind. An empty field follows the more general word."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="alert_rules")
    kind = models.CharField(max_length=20, choices=_KINDS)
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, null=True, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, null=True, related_name="+")
    #: For every agent of it.
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    is_on = models.BooleanField(null=True)
    #: Seconds, pieces or percent, as domain/alerting.py says of the kind.
    threshold = models.PositiveIntegerField(null=True)
    #: From where on screens call the figure near its limit, in the same unit.
    near = models.PositiveIntegerField(null=True)
    level = models.CharField(max_length=10, choices=_LEVELS, blank=True, default="")
    by_email = models.BooleanField(null=True)
    by_webhook = models.BooleanField(null=True)
    repeat_minutes = models.PositiveSmallIntegerField(
        null=True, validators=[MaxValueValidator(1440)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind"],
                condition=Q(queue__isnull=True, agent__isnull=True, team__isnull=True),
                name="one_general_alert_rule",
            ),
            models.UniqueConstraint(
                fields=["kind", "queue"],
                condition=Q(queue__isnull=False),
                name="one_alert_rule_per_queue",
            ),
            models.UniqueConstraint(
                fields=["kind", "agent"],
                condition=Q(agent__isnull=False),
                name="one_alert_rule_per_agent",
            ),
            models.UniqueConstraint(
                fields=["kind", "team"],
                condition=Q(team__isnull=False),
                name="one_alert_rule_per_team",
            ),
            models.CheckConstraint(
                condition=Q(queue__isnull=True, agent__isnull=True)
                | Q(queue__isnull=True, team__isnull=True)
                | Q(agent__isnull=True, team__isnull=True),
                name="alert_rule_is_about_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.queue_id or self.agent_id or self.team_id or 'all'}"


class Alert(models.Model):
    """One thing that was too much, from when it began until it was well again."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=20, choices=_KINDS)
    #: What it is about, for the one open alert there may be: "queue 3", "offer 12", "site".
    subject = models.CharField(max_length=40)
    queue = models.ForeignKey(Queue, on_delete=models.SET_NULL, null=True, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.SET_NULL, null=True, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.SET_NULL, null=True, related_name="+")
    level = models.CharField(max_length=10, choices=_LEVELS)
    threshold = models.PositiveIntegerField()
    #: The figure when it began, and the worst there was.
    value = models.FloatField()
    worst = models.FloatField()
    #: Since when what is counted in seconds goes on; a screen counts from there.
    since = models.DateTimeField(null=True)
    began_at = models.DateTimeField()
    #: Since when it has been well, while it is not over yet.
    well_since = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True)
    snoozed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    #: When people were last told outside of the screens, and how often.
    told_at = models.DateTimeField(null=True)
    told_times = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            # However many clocks look: one open alert for one thing.
            models.UniqueConstraint(
                fields=["tenant", "kind", "subject"],
                condition=Q(ended_at__isnull=True),
                name="one_open_alert",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "-began_at"], name="alert_by_beginning")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"


def new_secret() -> str:
    """Return a secret that nobody guesses."""
    return secrets.token_urlsafe(32)


class AlertWebhook(models.Model):
    """An address of a site elsewhere that is told of alerts, each message signed."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="alert_webhooks")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=64, default=new_secret)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "url"], name="alert_webhook_once"),
        ]

    def __str__(self) -> str:
        return self.url


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Webhook")


class MessageOutcome(models.TextChoices):
    WAITING = "waiting", _("On its way")
    DELIVERED = "delivered", _("Delivered")
    GAVE_UP = "gave_up", _("Given up")
    HELD_BACK = "held_back", _("Held back")


class AlertMessage(models.Model):
    """One message about one alert to one address: what became of it, attempt by attempt."""

    #: Travels with the message, so that a receiver who gets it twice can tell.
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="messages")
    #: "began", "again" or "ended".
    news = models.CharField(max_length=8)
    #: How often people had been told before.
    number = models.PositiveSmallIntegerField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    #: The e-mail address, or the webhook's.
    target = models.CharField(max_length=500)
    webhook = models.ForeignKey(AlertWebhook, on_delete=models.SET_NULL, null=True)
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    outcome = models.CharField(
        max_length=10, choices=MessageOutcome.choices, default=MessageOutcome.WAITING
    )
    outcome_at = models.DateTimeField(null=True)
    #: What the other side said last, or why it was not reached.
    answer = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "news", "number", "channel", "target"], name="alert_told_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="alert_message_waiting",
                condition=Q(outcome="waiting"),
            ),
            models.Index(fields=["channel", "target", "-asked_at"], name="alert_message_target"),
        ]

    def __str__(self) -> str:
        return f"{self.news} by {self.channel} {self.outcome}"


class KeptMail(models.Model):
    """An e-mail that was kept instead of sent, where no mail server is set up (the demo)."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField()
    recipients = models.TextField()
    sender = models.CharField(max_length=200)
    subject = models.CharField(max_length=300)
    body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "-sent_at"], name="kept_mail_by_time")]

    def __str__(self) -> str:
        return self.subject
