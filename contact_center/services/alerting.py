"""Look at the figures every few seconds: alerts begin, go on, settle and end by themselves.

1. Every figure is read, of all organisations at once (selectors/alert_readings.py).
2. domain/alerting.py says what each means for the alert about it, if there is one.
3. What changes is written alert by alert, each in its own transaction, with its event and the
   messages to be sent (services/telling.py).

Any number of clocks may look at the same time: the database lets one open alert be for one thing,
and whoever writes second has written nothing.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from contact_center.domain import alerting as rules
from contact_center.domain import events as ev
from contact_center.domain.alerting import AlertKind, Level, Rule, Rules, Step
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Agent, Alert, AlertRule, Queue, Team, User
from contact_center.selectors.alert_readings import Reading, readings
from contact_center.selectors.alerts import members_of_teams, rule_of
from contact_center.services import telling
from contact_center.services.facts import Concerned

#: What may be chosen when an alert is put off, in minutes.
SNOOZES = (5, 15, 60)

Key = tuple[int, AlertKind, str]


def look(now: datetime) -> None:
    """Look at every figure once and let alerts begin and end."""
    by_tenant = _rules()
    nearest = {
        kind: min((one.nearest(kind) for one in by_tenant.values()), default=watch.threshold)
        for kind, watch in rules.WATCHES.items()
    }
    everybodys = Rules()
    found: dict[Key, Reading] = {
        (one.tenant_id, one.kind, one.subject): one for one in readings(now, nearest)
    }
    is_open: set[Key] = set()
    for alert in Alert.objects.filter(ended_at=None).order_by("pk"):
        key = (alert.tenant_id, AlertKind(alert.kind), alert.subject)
        is_open.add(key)
        said = by_tenant.get(alert.tenant_id, everybodys)
        limits = said.limits(key[1], **_about(alert.queue_id, alert.agent_id, key[1]))
        _go_on(alert, limits, found.get(key), now)
    for key, reading in found.items():
        if key in is_open:
            continue
        said = by_tenant.get(reading.tenant_id, everybodys)
        limits = said.limits(reading.kind, **_about(reading.queue_id, reading.agent_id, key[1]))
        if rules.look(reading.kind, limits, reading.value, now) is Step.BEGIN:
            _begin(reading, limits, now)


def _about(queue_id: int | None, agent_id: int | None, kind: AlertKind) -> dict[str, int | None]:
    """Return whose rules hold: a long call is the agent's affair although it is in a queue."""
    match rules.WATCHES[kind].about:
        case rules.About.QUEUE:
            return {"queue_id": queue_id}
        case rules.About.AGENT:
            return {"agent_id": agent_id}
    return {}


def _rules() -> dict[int, Rules]:
    by_tenant: dict[int, list[Rule]] = defaultdict(list)
    rows = list(AlertRule.objects.all())
    for row in rows:
        by_tenant[row.tenant_id].append(rule_of(row))
    members = members_of_teams(rows)
    return {tenant_id: Rules(of, team_of=members) for tenant_id, of in by_tenant.items()}


# --- one alert -------------------------------------------------------------------------------


def _begin(reading: Reading, limits: rules.Limits, now: datetime) -> None:
    alert = Alert(
        tenant_id=reading.tenant_id,
        kind=reading.kind,
        subject=reading.subject,
        queue_id=reading.queue_id,
        agent_id=reading.agent_id,
        call_id=reading.call_id,
        level=limits.level,
        threshold=limits.threshold,
        value=reading.value,
        worst=reading.value,
        since=reading.since,
        began_at=now,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                alert.save(force_insert=True)
        except IntegrityError:
            # Another clock saw it first, or what it is about is gone.
            return
        record(
            ev.AlertBegan(
                **_concerned(alert),
                alert_id=alert.pk,
                kind=alert.kind,
                level=alert.level,
                value=alert.value,
                threshold=alert.threshold,
            )
        )
        telling.tell(alert, "began", limits)


def _go_on(alert: Alert, limits: rules.Limits, reading: Reading | None, now: datetime) -> None:
    kind = AlertKind(alert.kind)
    value = reading.value if reading is not None else None
    step = rules.look(kind, limits, value, now, is_open=True, well_since=alert.well_since)
    still = Alert.objects.filter(pk=alert.pk, ended_at=None)
    match step:
        case Step.END:
            _end(alert, limits, now)
        case Step.SETTLE if alert.well_since is None:
            still.update(well_since=now, worst=_worst(alert, None, now))
        case Step.GO_ON:
            since = reading.since if reading is not None else None
            worst = _worst(alert, value, now) if since is None or since != alert.since else None
            if alert.well_since is not None or since != alert.since:
                still.update(well_since=None, since=since, worst=worst or alert.worst)
            elif worst is not None and worst != alert.worst:
                still.update(worst=worst)
            if rules.is_told_again(
                limits,
                now,
                told_at=alert.told_at,
                is_acknowledged=alert.acknowledged_at is not None,
                snoozed_until=alert.snoozed_until,
            ):
                with transaction.atomic():
                    telling.tell(alert, "again", limits)


def _worst(alert: Alert, value: float | None, now: datetime) -> float:
    """Return the worst figure so far; what is counted in seconds has grown by itself."""
    figures = [alert.worst]
    if value is not None:
        figures.append(value)
    if alert.since is not None:
        figures.append(((alert.well_since or now) - alert.since).total_seconds())
    return min(figures) if rules.WATCHES[AlertKind(alert.kind)].low_is_bad else max(figures)


def _end(alert: Alert, limits: rules.Limits, now: datetime) -> None:
    worst = _worst(alert, None, now)
    with transaction.atomic():
        still = Alert.objects.filter(pk=alert.pk, ended_at=None)
        if not still.update(ended_at=now, worst=worst):
            return
        alert.ended_at, alert.worst = now, worst
        record(ev.AlertEnded(**_concerned(alert), alert_id=alert.pk, kind=alert.kind))
        if alert.told_times:
            telling.tell(alert, "ended", limits)


def _concerned(alert: Alert, actor: User | None = None) -> Concerned:
    return Concerned(
        tenant_id=alert.tenant_id,
        call_id=alert.call_id,  # type: ignore[typeddict-item]
        queue_id=alert.queue_id,
        agent_id=alert.agent_id,  # type: ignore[typeddict-item]
        actor_id=actor.pk if actor is not None else None,
    )


# --- what people do --------------------------------------------------------------------------


@transaction.atomic
def acknowledge(*, alert_id: int, actor: User) -> None:
    """Say that ``actor`` takes care of it; it stays on the list and nobody is told again.

    Raises NotAllowed when it is not open (any more) in the actor's organisation, or somebody
    else has said so already.
    """
    alert = _open_for(actor, alert_id)
    if alert.acknowledged_at is not None:
        raise NotAllowed(_("Somebody takes care of it already. Load the page again."))
    alert.acknowledged_at, alert.acknowledged_by = timezone.now(), actor
    alert.save(update_fields=["acknowledged_at", "acknowledged_by"])
    record(ev.AlertAcknowledged(**_concerned(alert, actor), alert_id=alert.pk, kind=alert.kind))


@transaction.atomic
def snooze(*, alert_id: int, minutes: int, actor: User) -> None:
    """Let it be quiet for so many minutes of ``SNOOZES``; 0 takes that back.

    Raises NotAllowed when it is not open (any more) in the actor's organisation.
    """
    if minutes and minutes not in SNOOZES:
        raise NotAllowed(_("An alert can be put off for 5, 15 or 60 minutes."))
    alert = _open_for(actor, alert_id)
    until = timezone.now() + timedelta(minutes=minutes)
    alert.snoozed_until = until if minutes else None
    alert.snoozed_by = actor if minutes else None
    alert.save(update_fields=["snoozed_until", "snoozed_by"])
    record(
        ev.AlertSnoozed(
            **_concerned(alert, actor), alert_id=alert.pk, kind=alert.kind, minutes=minutes
        )
    )


def _open_for(actor: User, alert_id: int) -> Alert:
    """Return the alert, locked. Another organisation's is as good as none."""
    alert = (
        Alert.objects.select_for_update(no_key=True)
        .filter(pk=alert_id, tenant=actor.tenant, ended_at=None)
        .first()
    )
    if alert is None or actor.tenant is None:
        raise NotAllowed(_("This alert is over. Load the page again."))
    return alert


# --- the rules -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """What an admin says about a kind; None follows the more general word."""

    is_on: bool | None = None
    threshold: int | None = None
    level: Level | None = None
    by_email: bool | None = None
    by_webhook: bool | None = None
    repeat_minutes: int | None = None
    near: int | None = None


@transaction.atomic
def set_rule(
    *,
    kind: AlertKind,
    said: Said,
    actor: User,
    queue: Queue | None = None,
    agent: Agent | None = None,
    team: Team | None = None,
) -> None:
    """Let ``said`` hold for the organisation, one of its queues, teams or agents.

    Who says nothing about everything has no rule any more. Raises NotAllowed for a kind that is
    not about queues, or agents.
    """
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can set its alerts."))
    about = rules.WATCHES[kind].about
    if (queue is not None and about is not rules.About.QUEUE) or (
        (agent or team) is not None and about is not rules.About.AGENT
    ):
        raise NotAllowed(_("This alert has one limit for everybody."))
    subject = {"queue": queue, "agent": agent, "team": team}
    own = AlertRule.objects.filter(tenant=actor.tenant, kind=kind, **subject)
    values = {**asdict(said), "level": said.level or ""}
    if said == Said():
        own.delete()
    elif not own.update(**values):
        AlertRule.objects.create(tenant=actor.tenant, kind=kind, **subject, **values)
    record(
        ev.AlertRuleChanged(
            tenant_id=actor.tenant.pk,
            queue_id=queue.pk if queue is not None else None,
            agent_id=agent.pk if agent is not None else None,
            actor_id=actor.pk,
            kind=kind,
            team_id=team.pk if team is not None else 0,
        )
    )
