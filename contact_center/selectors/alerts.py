"""What screens show of alerts: the bell, the strip of the floor, the open ones, and the history."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Q, QuerySet, Value, When
from django.http import Http404
from django.utils import timezone

from contact_center.domain.alerting import (
    WATCHES,
    About,
    AlertKind,
    Level,
    Limits,
    Rule,
    Rules,
    colours_figures,
)
from contact_center.models import (
    Agent,
    Alert,
    AlertMessage,
    AlertRule,
    AlertWebhook,
    KeptMail,
    Queue,
    Team,
    Tenant,
    User,
)
from contact_center.panels import Panel
from contact_center.selectors import alert_words
from contact_center.selectors.scopes import Scope, is_id

#: So many stand on the floor's strip; how many more there are is said.
MOST_ON_STRIP = 3
#: So many open ones are listed.
MOST_OPEN = 100
PAGE_SIZE = 50


def open_alerts(scope: Scope) -> QuerySet[Alert]:
    """Return the open alerts, the most pressing first: nobody's before somebody's, then by age."""
    return (
        scope.alerts()
        .filter(ended_at=None)
        .select_related("queue", "agent__user", "call", "acknowledged_by", "snoozed_by")
        .order_by(
            Case(When(_quiet(timezone.now()), then=Value(1)), default=Value(0)),
            Case(When(level=Level.BREACH, then=Value(0)), default=Value(1)),
            "began_at",
            "pk",
        )
    )


def _loud(scope: Scope) -> QuerySet[Alert]:
    return open_alerts(scope).exclude(_quiet(timezone.now()))


def _quiet(now: datetime) -> Q:
    """Alerts that somebody takes care of, or that were put off."""
    return Q(acknowledged_at__isnull=False) | Q(snoozed_until__isnull=False, snoozed_until__gt=now)


def alert_bell(scope: Scope) -> dict[str, Any]:
    """Return how many alerts nobody has taken up, and the most pressing of them in words."""
    as_of = timezone.now()
    loud = _loud(scope)
    first = list(loud[:1])
    return {
        "as_of": as_of,
        "number": loud.count() if first else 0,
        "first": first[0] if first else None,
    }


def alert_strip(scope: Scope) -> dict[str, Any]:
    """Return the few most pressing alerts that nobody has taken up."""
    as_of = timezone.now()
    rows = list(_loud(scope)[: MOST_ON_STRIP + 1])
    more = 0
    if len(rows) > MOST_ON_STRIP:
        more = _loud(scope).count() - MOST_ON_STRIP
    return {"as_of": as_of, "rows": rows[:MOST_ON_STRIP], "more": more}


def alert_list(scope: Scope) -> dict[str, Any]:
    """Return the open alerts."""
    as_of = timezone.now()
    rows = list(open_alerts(scope)[: MOST_OPEN + 1])
    more = open_alerts(scope).count() if len(rows) > MOST_OPEN else 0
    return {"as_of": as_of, "rows": rows[:MOST_OPEN], "more": max(more - MOST_OPEN, 0)}


#: On every page of a supervisor, and on the floor.
BELL = "alert-bell"
ALERT_PANELS: dict[str, Panel] = {
    BELL: Panel("supervisors/alerts/_alert_bell.html", alert_bell),
    "alert-strip": Panel("supervisors/alerts/_alert_strip.html", alert_strip),
}
#: On the page of alerts.
PAGE_PANELS: dict[str, Panel] = {
    BELL: ALERT_PANELS[BELL],
    "alert-list": Panel("supervisors/alerts/_alert_list.html", alert_list),
}


# --- the history -----------------------------------------------------------------------------


class Period(StrEnum):
    """How far back the history goes."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


_LENGTHS = {
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
    Period.MONTH: timedelta(days=30),
}


def alert_history(scope: Scope, chosen: Mapping[str, str]) -> dict[str, Any]:
    """Return the alerts that are over, the newest first, narrowed by what the address says.

    ``kind`` is a kind of alert, ``q`` part of the name of a queue or an agent, ``period`` how far
    back, ``page`` which page. What there is none of narrows nothing.
    """
    as_of = timezone.now()
    kind, period = chosen.get("kind", ""), chosen.get("period", "")
    kind = kind if kind in set(AlertKind) else ""
    period = period if period in set(Period) else Period.DAY
    words = chosen.get("q", "").strip()[:60]
    rows = scope.alerts().filter(ended_at__isnull=False)
    if period in _LENGTHS:
        rows = rows.filter(began_at__gt=as_of - _LENGTHS[Period(period)])
    if kind:
        rows = rows.filter(kind=kind)
    if words:
        rows = rows.filter(
            Q(queue__name__icontains=words)
            | Q(agent__user__first_name__icontains=words)
            | Q(agent__user__last_name__icontains=words)
            | Q(agent__user__username__icontains=words)
        )
    rows = rows.select_related("queue", "agent__user", "call", "acknowledged_by").order_by(
        "-began_at", "-pk"
    )
    page: Page[Alert] = Paginator(rows, PAGE_SIZE).get_page(chosen.get("page"))
    return {
        "as_of": as_of,
        "page": page,
        "kinds": [
            (one.value, alert_words.kind_word(one))
            for one in AlertKind
            if not WATCHES[one].only_on_screens
        ],
        "periods": list(Period),
        "kind": kind,
        "period": period,
        "q": words,
        "is_narrowed": bool(kind or words),
    }


def messages_of(alert: Alert) -> QuerySet[AlertMessage]:
    """Return who was told of an alert, and what became of it, in the order it was asked."""
    return AlertMessage.objects.filter(alert=alert).order_by("asked_at", "pk")


# --- the rules -------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleRow:
    """What holds for a queue, an agent, or everybody; and whether somebody said so."""

    kind: AlertKind
    limits: Limits
    is_default: bool
    queue: Queue | None = None
    agent: Agent | None = None
    team: Team | None = None


@dataclass(frozen=True)
class KindRow:
    """One kind: what holds in general, and the exceptions from it."""

    kind: AlertKind
    general: RuleRow
    exceptions: list[RuleRow]

    @property
    def about(self) -> About:
        """What exceptions can be made for."""
        return WATCHES[self.kind].about

    @property
    def has_colours(self) -> bool:
        """Whether screens show figures of it, and colour them near the limit."""
        return colours_figures(self.kind)

    @property
    def is_told(self) -> bool:
        """Whether there are alerts of it."""
        return not WATCHES[self.kind].only_on_screens


def rule_of(row: AlertRule) -> Rule:
    """Return what a row says, as the rules know it."""
    return Rule(
        kind=AlertKind(row.kind),
        queue_id=row.queue_id,
        agent_id=row.agent_id,
        team_id=row.team_id,
        is_on=row.is_on,
        threshold=row.threshold,
        level=Level(row.level) if row.level else None,
        by_email=row.by_email,
        by_webhook=row.by_webhook,
        repeat_minutes=row.repeat_minutes,
        near=row.near,
    )


def members_of_teams(rows: Iterable[AlertRule]) -> dict[int, int]:
    """Return the team of each agent in a team for which one of these rules is."""
    teams = {row.team_id for row in rows if row.team_id is not None}
    if not teams:
        return {}
    return {
        agent_id: team_id
        for agent_id, team_id in Agent.objects.filter(team__in=teams).values_list("pk", "team_id")
        if team_id is not None
    }


def rules_from(rows: Iterable[AlertRule]) -> Rules:
    """Return what these rows of one organisation say together."""
    rows = list(rows)
    return Rules(map(rule_of, rows), team_of=members_of_teams(rows))


def alert_rules(scope: Scope) -> list[KindRow]:
    """Return every kind with what holds, and the exceptions for agents and queues of ``scope``."""
    rules_there = AlertRule.objects.filter(tenant_id=scope.tenant_id)
    if not scope.is_whole:
        rules_there = rules_there.filter(
            Q(agent=None) | Q(agent__in=scope.agents()),
            Q(queue=None) | Q(queue__in=scope.queues()),
            Q(team=None) | Q(team__in=scope.teams()),
        )
    rows = list(rules_there.select_related("queue", "agent__user", "team"))
    rules = rules_from(rows)
    general = {row.kind for row in rows if _subject(row) is None}
    return [
        KindRow(
            kind,
            RuleRow(kind, rules.limits(kind), kind not in general),
            sorted(
                (
                    RuleRow(
                        kind,
                        rules.limits(
                            kind,
                            queue_id=row.queue_id,
                            agent_id=row.agent_id,
                            team_id=row.team_id,
                        ),
                        False,
                        row.queue,
                        row.agent,
                        row.team,
                    )
                    for row in rows
                    if row.kind == kind and _subject(row) is not None
                ),
                key=lambda row: str(row.queue or row.team or row.agent),
            ),
        )
        for kind in AlertKind
    ]


def _subject(row: AlertRule) -> Queue | Agent | Team | None:
    return row.queue or row.agent or row.team


def holds_above(tenant: Tenant, kind: AlertKind, subject: Queue | Agent | Team) -> RuleRow:
    """Return what holds for something as long as there is no rule for it alone."""
    team_id = subject.team_id if isinstance(subject, Agent) else None
    rules = rules_from(AlertRule.objects.filter(tenant=tenant, kind=kind))
    return RuleRow(kind, rules.limits(kind, team_id=team_id), False)


def exception_subject(
    tenant: Tenant, kind: AlertKind, address: Mapping[str, str]
) -> Queue | Agent | Team | None:
    """Return for what a rule is, as the address says. Raises Http404 for what is not there."""
    asked = [(word, address[word]) for word in ("queue", "agent", "team") if address.get(word)]
    if not asked:
        return None
    rows: Mapping[tuple[str, About], QuerySet[Any]] = {
        ("queue", About.QUEUE): Queue.objects.filter(tenant=tenant),
        ("agent", About.AGENT): Agent.objects.filter(tenant=tenant).select_related("user"),
        ("team", About.AGENT): Team.objects.filter(tenant=tenant),
    }
    (word, number), *more = asked
    there = rows.get((word, WATCHES[kind].about))
    found: Queue | Agent | Team | None = None
    if there is not None and is_id(number) and not more:
        found = there.filter(pk=int(number)).first()
    if found is None:
        raise Http404
    return found


def subjects(tenant: Tenant, about: About) -> list[tuple[int, str]]:
    """Return for what an exception can be made: number and name."""
    if about is About.QUEUE:
        return [(queue.pk, queue.name) for queue in Queue.objects.filter(tenant=tenant)]
    if about is About.AGENT:
        agents = Agent.objects.filter(tenant=tenant, user__is_active=True).select_related("user")
        return sorted(
            ((agent.pk, agent.user.display_name) for agent in agents), key=lambda row: row[1]
        )
    return []


def teams(tenant: Tenant, about: About) -> list[tuple[int, str]]:
    """Return the teams for which an exception can be made: number and name."""
    if about is not About.AGENT:
        return []
    return [(team.pk, team.name) for team in Team.objects.filter(tenant=tenant)]


def webhooks(tenant: Tenant) -> QuerySet[AlertWebhook]:
    """Return the addresses that are told."""
    return AlertWebhook.objects.filter(tenant=tenant).order_by("created_at", "pk")


def people_told(tenant: Tenant) -> list[str]:
    """Return who gets e-mail: everybody who supervises and has an address."""
    people = User.objects.filter(
        tenant=tenant, role__in=("supervisor", "admin"), is_active=True
    ).exclude(email="")
    return sorted(person.display_name for person in people)


def kept_mail(tenant: Tenant, page: str) -> Page[KeptMail]:
    """Return the e-mail that was kept instead of sent, the newest first."""
    rows = KeptMail.objects.filter(tenant=tenant).order_by("-sent_at", "-pk")
    shown: Page[KeptMail] = Paginator(rows, PAGE_SIZE).get_page(page)
    return shown
