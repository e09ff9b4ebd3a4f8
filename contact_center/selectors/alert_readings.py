"""The figures that alerts go by: what is so now, of every organisation at once.

Each function is one statement, however many organisations, queues and agents there are, and what
comes back is what may matter: calls and holds only from ``nearest`` seconds on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Min, Q

from contact_center.domain.alerting import (
    SHARE_FEWEST_CALLS,
    SHARE_WINDOW,
    TROUBLE_WINDOW,
    WELL_SHARE,
    AlertKind,
)
from contact_center.domain.events import CommandFailed, RealityHealed
from contact_center.domain.service_level import abandonment, service_level
from contact_center.domain.states import Activity, Presence
from contact_center.models import (
    TO_LOOK_AT,
    AgentSlot,
    EventLog,
    Offer,
    OfferState,
    Queue,
    QueueMember,
    RawWebhook,
    Segment,
    SegmentKind,
)
from contact_center.selectors.figures import read_stays, rules_of, stays_over

#: Reports that were set aside longer ago are no news.
REPORTS_SINCE = timedelta(days=1)


@dataclass(frozen=True)
class Reading:
    """One figure about one subject."""

    tenant_id: int
    kind: AlertKind
    subject: str
    value: float
    queue_id: int | None = None
    agent_id: int | None = None
    call_id: int | None = None
    #: Since when, of what is counted in seconds.
    since: datetime | None = None


def readings(now: datetime, nearest: Mapping[AlertKind, int]) -> list[Reading]:
    """Return every figure that may matter; ``nearest`` is the lowest threshold of each kind."""
    return [
        *lines(now),
        *shares(now),
        *conversations(now, nearest),
        *silent_agents(now),
        *troubles(now),
    ]


def lines(now: datetime) -> Iterable[Reading]:
    """Who waits, for how long, and whether anybody is signed in for them. Two statements."""
    waiting = list(
        Segment.objects.filter(kind=SegmentKind.QUEUE, ended_at=None, queue__isnull=False)
        .values("queue_id", tenant=F("call__tenant_id"))
        .annotate(callers=Count("pk"), first=Min("placed_at"))
        .order_by("queue_id")
    )
    served = (
        set(
            QueueMember.objects.filter(queue_id__in=[row["queue_id"] for row in waiting])
            .filter(agent__user__is_active=True)
            .exclude(agent__presence=Presence.OFFLINE)
            .values_list("queue_id", flat=True)
            .distinct()
        )
        if waiting
        else set()
    )
    for row in waiting:
        tenant_id, queue_id, first = row["tenant"], row["queue_id"], row["first"]
        subject = f"queue {queue_id}"
        waited = _seconds(first, now)
        yield Reading(
            tenant_id, AlertKind.LONGEST_WAIT, subject, waited, queue_id=queue_id, since=first
        )
        yield Reading(tenant_id, AlertKind.WAITING, subject, row["callers"], queue_id=queue_id)
        if queue_id not in served:
            yield Reading(
                tenant_id,
                AlertKind.NOBODY_SIGNED_IN,
                subject,
                waited,
                queue_id=queue_id,
                since=first,
            )


def shares(now: datetime) -> Iterable[Reading]:
    """Of the stays of the last half hour: how many answered in time, how many abandoned.

    The service level is the headline of the queue, by its own threshold; a queue to which too few
    calls came says nothing. Two statements.
    """
    stays = read_stays(stays_over(since=now - SHARE_WINDOW, until=now))
    for queue in Queue.objects.filter(pk__in=list(stays)).order_by("pk") if stays else []:
        rules = rules_of(queue)
        counts = stays[queue.pk].counts(rules)
        if counts.offered < SHARE_FEWEST_CALLS:
            continue
        for kind, share in (
            (AlertKind.SERVICE_LEVEL, service_level(rules.variant, counts)),
            (AlertKind.ABANDONMENT, abandonment(counts)),
        ):
            if share is not None:
                yield Reading(
                    queue.tenant_id,
                    kind,
                    f"queue {queue.pk}",
                    round(100 * share, 1),
                    queue_id=queue.pk,
                )


def conversations(now: datetime, nearest: Mapping[AlertKind, int]) -> Iterable[Reading]:
    """Conversations and holds that last long."""

    def before(kind: AlertKind) -> datetime:
        return now - timedelta(seconds=nearest[kind] * WELL_SHARE)

    rows = Offer.objects.filter(
        Q(connected_at__lte=before(AlertKind.LONG_CALL))
        | Q(held_at__lte=before(AlertKind.LONG_HOLD)),
        ended_at=None,
        state=OfferState.CONNECTED,
    ).order_by("pk")
    for offer in rows:
        for kind, since in (
            (AlertKind.LONG_CALL, offer.connected_at),
            (AlertKind.LONG_HOLD, offer.held_at),
        ):
            if since is not None:
                yield Reading(
                    offer.tenant_id,
                    kind,
                    f"offer {offer.pk}",
                    _seconds(since, now),
                    queue_id=offer.queue_id,
                    agent_id=offer.agent_id,
                    call_id=offer.call_id,
                    since=since,
                )


def silent_agents(now: datetime) -> Iterable[Reading]:
    """Agents who did not respond and have not come back, and those who missed their last calls.

    Of who is off duty the latter is no news. One statement.
    """
    rows = AgentSlot.objects.filter(
        Q(activity=Activity.NOT_RESPONDING, activity_since__isnull=False)
        | Q(missed_in_a_row__gt=0),
        agent__user__is_active=True,
    )
    first: dict[tuple[int, int], datetime] = {}
    most: dict[tuple[int, int], int] = {}
    for tenant_id, agent_id, presence, activity, since, missed in rows.values_list(
        "agent__tenant_id",
        "agent_id",
        "agent__presence",
        "activity",
        "activity_since",
        "missed_in_a_row",
    ):
        who = (tenant_id, agent_id)
        if activity == Activity.NOT_RESPONDING and since is not None:
            first[who] = min(since, first.get(who, since))
        if missed and presence != Presence.OFFLINE:
            most[who] = max(missed, most.get(who, 0))
    for (tenant_id, agent_id), since in first.items():
        yield Reading(
            tenant_id,
            AlertKind.NOT_RESPONDING,
            f"agent {agent_id}",
            _seconds(since, now),
            agent_id=agent_id,
            since=since,
        )
    for (tenant_id, agent_id), missed in most.items():
        yield Reading(
            tenant_id,
            AlertKind.MISSED_IN_A_ROW,
            f"agent {agent_id}",
            missed,
            agent_id=agent_id,
        )


def troubles(now: datetime) -> Iterable[Reading]:
    """What the network refused, what was put right, and what was given up. Three statements."""
    counts: dict[AlertKind, dict[int, int]] = defaultdict(dict)
    for kind, name in (
        (AlertKind.NETWORK_FAILING, CommandFailed.name),
        (AlertKind.HEALED, RealityHealed.name),
    ):
        rows = EventLog.objects.filter(name=name, at__gt=now - TROUBLE_WINDOW)
        counts[kind] = dict(rows.values_list("tenant_id").annotate(n=Count("pk")).order_by())
    reports = RawWebhook.objects.filter(
        set_aside__in=TO_LOOK_AT, set_aside_at__gt=now - REPORTS_SINCE, tenant__isnull=False
    ).exclude(set_aside="")  # said as the partial index says it
    counts[AlertKind.REPORT_ABANDONED] = dict(
        reports.values_list("tenant_id").annotate(n=Count("pk")).order_by()
    )
    for kind, by_tenant in counts.items():
        for tenant_id, number in by_tenant.items():
            yield Reading(tenant_id, kind, "site", number)


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)
