"""What the house has agreed on: who may have whom, and who stands before whom.

Routing once more, written anew from docs/routing.md and with nothing of ``domain/``: the planner is
judged by what is read here, not by itself. Nobody changes the rules while a universe runs, so they
are read once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from contact_center.conf import current
from contact_center.domain.states import Presence
from contact_center.models import (
    AgentSkill,
    CallbackFirst,
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Segment,
)

#: The kinds of stays of those who stand in line: on the line, or to be called back.
KINDS = ("queue", "callback")
#: The one strategy that serves whoever came last.
NEWEST_FIRST = "lifo"


@dataclass(frozen=True)
class Waiting:
    """Who stands in line, and since when."""

    sid: str
    call_id: int
    segment_id: int
    queue_id: int
    placed_at: datetime
    at_head: bool
    preferred_id: int | None
    preferred_until: datetime | None
    kind: str = "live"
    reserved_id: int | None = None
    reserved_until: datetime | None = None

    def is_kept_for(self, now: datetime) -> int | None:
        """Return for whom a person keeps this caller, whatever that agent serves."""
        is_over = self.reserved_until is not None and now >= self.reserved_until
        return None if is_over else self.reserved_id

    def waits_for_another(self, agent_id: int, now: datetime) -> bool:
        """Whether this caller is kept for somebody else for a while."""
        kept_for = self.is_kept_for(now)
        if kept_for is not None:
            return kept_for != agent_id
        if self.preferred_id in (None, agent_id) or self.preferred_until is None:
            return False
        return now < self.preferred_until


class House:
    """The rules of all queues, and what everybody can do."""

    def __init__(self) -> None:
        """Read them."""
        usual, strategy = current().queue.default_priority, current().queue.default_routing_strategy
        self._priority: dict[int, int] = {}
        self._ageing: dict[int, timedelta | None] = {}
        self._newest_first: set[int] = set()
        self.capacity: dict[int, int] = {}
        for queue in Queue.objects.select_related("tenant"):
            self._priority[queue.pk] = queue.priority or usual
            minutes = queue.tenant.ageing_minutes
            self._ageing[queue.pk] = timedelta(minutes=minutes) if minutes else None
            if (queue.strategy or strategy) == NEWEST_FIRST:
                self._newest_first.add(queue.pk)
            if queue.capacity:
                self.capacity[queue.pk] = queue.capacity
        self._needs: dict[int, dict[int, int]] = defaultdict(dict)
        for need in QueueSkill.objects.all():
            self._needs[need.queue_id][need.skill_id] = need.level
        self._steps: dict[int, list[RelaxingStep]] = defaultdict(list)
        for step in RelaxingStep.objects.all():
            self._steps[step.queue_id].append(step)
        self._delays: dict[int, dict[int, int]] = defaultdict(dict)
        for tier in QueueTier.objects.all():
            self._delays[tier.queue_id][tier.tier] = tier.after_seconds
        members = QueueMember.objects.values_list("queue_id", "agent_id", "tier")
        self._tiers = {(queue_id, agent_id): tier for queue_id, agent_id, tier in members}
        self._levels: dict[int, dict[int, int]] = defaultdict(dict)
        for skill in AgentSkill.objects.all():
            self._levels[skill.agent_id][skill.skill_id] = skill.level

    # ---- who may have whom

    def is_able(self, agent_id: int, caller: Waiting, now: datetime) -> bool:
        """Whether nothing but the moment stops this agent from being rung for this caller."""
        kept_for = caller.is_kept_for(now)
        if kept_for is not None:
            return kept_for == agent_id
        tier = self._tiers.get((caller.queue_id, agent_id))
        if tier is None:
            return False
        # Who was promised a call for later and is called now has not waited at all.
        waited = max((now - caller.placed_at).total_seconds(), 0.0)
        levels = self._levels[agent_id]
        skilled = all(
            levels.get(skill, 0) >= self._enough(caller.queue_id, skill, needed, waited)
            for skill, needed in self._needs[caller.queue_id].items()
        )
        return skilled and waited >= self._opens_after(caller.queue_id, tier)

    def _enough(self, queue_id: int, skill: int, needed: int, waited: float) -> int:
        """Return the level of a skill that is enough after such a wait."""
        lowered = [
            step.level
            for step in self._steps[queue_id]
            if waited >= step.after_seconds and step.skill_id in (None, skill)
        ]
        return min([needed, *lowered])

    def _opens_after(self, queue_id: int, tier: int) -> int:
        """Return after how long a wait a tier is rung, too: at once with nobody before it."""
        delays = [after for of, after in self._delays[queue_id].items() if of <= tier]
        if not delays or not any(of < tier for of in _tiers_on_duty(queue_id)):
            return 0
        return max(delays)

    # ---- who stands before whom

    def line(self, callers: Iterable[Waiting]) -> Iterator[Waiting]:
        """Yield them as they stand in line: each queue sends its next, the first of these goes."""
        queues: dict[int, list[Waiting]] = defaultdict(list)
        for caller in callers:
            queues[caller.queue_id].append(caller)
        for queue_id, own in queues.items():
            if queue_id in self._newest_first:
                own.sort(key=lambda one: (one.at_head, one.placed_at, one.segment_id))
            else:
                own.sort(key=self._key, reverse=True)
        while queues:
            queue_id = min(queues, key=lambda each: self._key(queues[each][-1]))
            yield queues[queue_id].pop()
            if not queues[queue_id]:
                del queues[queue_id]

    def _key(self, caller: Waiting) -> tuple[object, ...]:
        priority, ageing = self._priority[caller.queue_id], self._ageing[caller.queue_id]
        if ageing is None:
            return (-priority, not caller.at_head, caller.placed_at, caller.segment_id)
        as_if = caller.placed_at - priority * ageing
        return (not caller.at_head, as_if, caller.placed_at, caller.segment_id)


def _tiers_on_duty(queue_id: int) -> set[int]:
    on_duty = QueueMember.objects.filter(
        queue_id=queue_id,
        agent__presence=Presence.AVAILABLE,
        agent__phone__isnull=False,
        agent__phone__silent_since=None,
    )
    return set(on_duty.values_list("tier", flat=True))


def read_waiting(**those: object) -> list[Waiting]:
    """Return the stays in line that ``those`` describe.

    A customer who is rung before any agent stands in line when he has answered.
    """
    rows = (
        Segment.objects.filter(kind__in=KINDS, **those)
        .exclude(kind="callback", queue__callback_first=CallbackFirst.CUSTOMER)
        .values_list(
            "call__sid", "call_id", "pk", "queue_id", "placed_at", "at_head",
            "preferred_agent_id", "preferred_until", "call__kind", "reserved_for_id",
            "reserved_until",
        )
    )  # fmt: skip
    return [Waiting(*row) for row in rows]


#: Who can be offered: the network has them in its queue, and nobody is rung for them.
IN_LINE: Mapping[str, object] = {
    "ended_at": None,
    "wait_started_at__isnull": False,
    "call__state": "queued",
}
