"""What the pages on which queues are set up show: each queue as it is, and who serves it."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from contact_center.domain import calendars as rules
from contact_center.domain.calendars import OpenState
from contact_center.domain.states import Presence
from contact_center.models import Agent, MenuVersion, PhoneNumber, Queue, QueueMember, Tenant
from contact_center.selectors import hours

#: Of agents who could be added so many are shown; whoever looks for another writes the name.
MOST_OTHERS = 30
#: On duty is who is not offline, also on a break or in a call.
_ON_DUTY = ~Q(agent__presence=Presence.OFFLINE)


@dataclass(frozen=True)
class QueueRow:
    """A queue in the list."""

    queue: Queue
    state: OpenState
    members: int
    on_duty: int
    led_by: list[str]


@dataclass(frozen=True)
class MemberRow:
    """An agent who serves a queue, or could."""

    agent: Agent
    is_on_duty: bool
    #: Ticked, but nothing was done yet: a search in between takes no tick away.
    is_chosen: bool


@dataclass(frozen=True)
class Members:
    """Who serves a queue, and who could; both narrowed to those whose name was asked for."""

    serving: list[MemberRow]
    others: list[MemberRow]
    #: Others there are beyond those shown.
    more: int
    count: int
    on_duty: int
    is_narrowed: bool


def queue_rows(tenant: Tenant) -> list[QueueRow]:
    """Return every queue of an organisation: its hours now, who serves it, what leads there."""
    now = timezone.now()
    members = QueueMember.objects.filter(queue__tenant=tenant).order_by().values("queue_id")
    counted = {
        row["queue_id"]: (row["all"], row["on_duty"])
        for row in members.annotate(all=Count("pk"), on_duty=Count("pk", filter=_ON_DUTY))
    }
    led_by = _led_by(tenant)
    rows = []
    for queue in Queue.objects.filter(tenant=tenant).select_related("calendar").order_by("name"):
        calendar = hours.calendar_of_queue(tenant.pk, queue.pk)
        state = rules.state_at(calendar, now) if calendar is not None else rules.ALWAYS_OPEN
        everybody, on_duty = counted.get(queue.pk, (0, 0))
        rows.append(QueueRow(queue, state, everybody, on_duty, led_by.get(queue.pk, [])))
    return rows


def members_of(queue: Queue, *, called: str = "", chosen: Collection[int] = frozenset()) -> Members:
    """Return who serves ``queue`` and who could, of those whose name has ``called`` in it.

    Whoever is among ``chosen`` is shown whatever the name.
    """
    wanted = _called(called)
    if wanted:
        wanted |= Q(pk__in=chosen)
    agents = Agent.objects.filter(tenant=queue.tenant_id).select_related("user", "team")
    agents = agents.order_by("user__first_name", "user__last_name", "user__username", "pk")
    serving = agents.filter(memberships__queue=queue)
    others = agents.filter(wanted, user__is_active=True).exclude(memberships__queue=queue)
    free = others.exclude(pk__in=chosen)
    shown = [*others.filter(pk__in=chosen), *free[:MOST_OTHERS]]
    everybody = queue.members.aggregate(all=Count("pk"), on_duty=Count("pk", filter=_ON_DUTY))
    return Members(
        serving=[_member(agent, chosen) for agent in serving.filter(wanted)],
        others=[_member(agent, chosen) for agent in shown],
        more=max(0, free.count() - MOST_OTHERS),
        count=everybody["all"],
        on_duty=everybody["on_duty"],
        is_narrowed=bool(wanted),
    )


# --- inside --------------------------------------------------------------------------------------


def _member(agent: Agent, chosen: Collection[int]) -> MemberRow:
    return MemberRow(agent, agent.presence != Presence.OFFLINE, agent.pk in chosen)


def _called(words: str) -> Q:
    """Return the condition that every word is in the name of an agent, or of the team."""
    wanted = Q()
    for word in words.split():
        wanted &= (
            Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
            | Q(user__username__icontains=word)
            | Q(team__name__icontains=word)
        )
    return wanted


def _led_by(tenant: Tenant) -> dict[int, list[str]]:
    """Return what leads callers to each queue now: numbers, and menus as they are published."""
    found: dict[int, list[str]] = {}
    numbers = PhoneNumber.objects.filter(tenant=tenant, queue__isnull=False).order_by("e164")
    for queue_id, e164 in numbers.values_list("queue_id", "e164"):
        found.setdefault(queue_id, []).append(e164)
    newest: dict[tuple[int, str], MenuVersion] = {}
    versions = MenuVersion.objects.filter(menu__tenant=tenant, published_at__isnull=False)
    for version in (
        versions.select_related("menu").prefetch_related("choices").order_by("menu_id", "number")
    ):
        newest[version.menu_id, version.language] = version
    for version in newest.values():
        leads_to = {choice.queue_id for choice in version.choices.all()}
        if version.fallback_queue_id is not None:
            leads_to.add(version.fallback_queue_id)
        for queue_id in leads_to:
            names = found.setdefault(queue_id, [])
            if version.menu.name not in names:
                names.append(version.menu.name)
    return found
