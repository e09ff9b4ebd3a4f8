"""Alerts: begun, ended, and what people did about them."""

from dataclasses import dataclass

from contact_center.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class AlertBegan(Event):
    """Something came to be too much; ``kind`` is one of domain/alerting.py."""

    name = "alert.began"
    alert_id: int = 0
    kind: str = ""
    level: str = ""
    value: float = 0.0
    threshold: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertEnded(Event):
    """It is well again, or nobody wants to hear of it any more."""

    name = "alert.ended"
    alert_id: int = 0
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertAcknowledged(Event):
    """Somebody takes care of it."""

    name = "alert.acknowledged"
    alert_id: int = 0
    kind: str = ""


@dataclass(frozen=True, kw_only=True)
class AlertSnoozed(Event):
    """Nobody is to be told of it for so many minutes; 0 takes that back."""

    name = "alert.snoozed"
    alert_id: int = 0
    kind: str = ""
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertRuleChanged(Event):
    """An admin said from where on people are told, or whom."""

    name = "alert_rule.changed"
    kind: str = ""
    team_id: int = 0


@dataclass(frozen=True, kw_only=True)
class AlertWebhookChanged(Event):
    """An admin added, stopped or removed an address that is told of alerts."""

    name = "alert_webhook.changed"
    webhook_id: int = 0
    deed: str = ""
