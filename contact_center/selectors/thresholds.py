"""How a figure stands to its limit: over it, near it, or well.

The limits are those of the alerts (docs/alerts.md): one place says from where on something is too
much, for everybody, a queue or an agent, and a screen's colour and what people are told follow it.
"""

from dataclasses import replace
from datetime import datetime

from contact_center.domain.alerting import AlertKind, Level, Rules, level_at
from contact_center.models import AlertRule
from contact_center.models.prepared import Given, Prepared
from contact_center.selectors import alert_words
from contact_center.selectors.alerts import rules_from
from contact_center.selectors.one_look import seen_once


class Thresholds:
    """The limits of one organisation, read once for a painting."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def level(
        self,
        kind: AlertKind,
        value: float | None,
        *,
        queue_id: int | None = None,
        agent_id: int | None = None,
    ) -> str:
        """Return "breach", "warn" or "" for a figure; of what cannot be measured nothing is said.

        Without a queue and an agent the limit that holds for everybody counts.
        """
        if value is None:
            return ""
        limits = self.rules.limits(kind, queue_id=queue_id, agent_id=agent_id)
        return level_at(kind, limits, value) or ""

    def waited(self, since: datetime | None, now: datetime, *, queue_id: int | None = None) -> str:
        """Return the level of a caller who has waited since then; "" when nobody waits."""
        waited = (now - since).total_seconds() if since is not None else None
        return self.level(AlertKind.LONGEST_WAIT, waited, queue_id=queue_id)

    def service_level(
        self, percent: float | None, goal: int, *, queue_id: int | None = None
    ) -> str:
        """Return the level of a service level: below its goal it is near the limit."""
        if percent is None:
            return ""
        kind = AlertKind.SERVICE_LEVEL
        limits = replace(self.rules.limits(kind, queue_id=queue_id), near=goal)
        return level_at(kind, limits, percent) or ""

    def limit(self, kind: AlertKind, level: str, *, queue_id: int | None = None) -> str:
        """Return the limit that a figure of this level has passed, as people read it: "2:00"."""
        limits = self.rules.limits(kind, queue_id=queue_id)
        passed = limits.threshold if level == Level.BREACH else limits.near
        return alert_words.figure(kind, passed)


@seen_once
def thresholds_of(tenant_id: int) -> Thresholds:
    """Return the limits that hold in an organisation. One query, and one for rules of teams."""
    return Thresholds(rules_from(_RULES.all(tenant_id=tenant_id)))


_RULES = Prepared(AlertRule.objects.filter(tenant_id=Given("tenant_id")))
