"""What a dispatch goes by in each queue of an organisation: strategy, needs, relaxing, tiers.

Every dispatch asks, so each process keeps an organisation's rules for KEEP_SECONDS; whatever is
saved in this process drops them at once. Who is on duty is not among them (selectors/lines.py).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.signals import setting_changed
from django.db.models.signals import post_delete, post_save

from contact_center.conf import current
from contact_center.domain.ranking import STRATEGIES, Ranking
from contact_center.domain.routing import QueueRules
from contact_center.domain.skills import RelaxingStep as Step
from contact_center.models import (
    CallbackFirst,
    Queue,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
    Tenant,
)
from contact_center.selectors.routes import Kept

#: Rankings that compare what agents have done since they went on duty.
COUNTING = frozenset({Ranking.LEAST_BUSY, Ranking.FEWEST_CALLS, Ranking.LEAST_TALK})


@dataclass(frozen=True)
class RulesOfQueues:
    """The rules of an organisation, and what of an agent they compare."""

    by_queue: Mapping[int, QueueRules]
    #: The wait that a step of priority is worth; None: priority is absolute.
    ageing: timedelta | None
    #: The skills there are, and whether any ranking counts calls.
    skills: frozenset[int]
    counts_calls: bool
    #: The queues in which who is called back is rung before any agent is.
    customer_first: Collection[int] = frozenset()
    #: By skill, the one that stands for its category, where there is one.
    standing_for: Mapping[int, int] = field(default_factory=dict)

    @property
    def needs_skills(self) -> bool:
        """Whether a call may need a skill; which ones do is known when their line is read."""
        return bool(self.skills)

    def of(self, queue_id: int) -> QueueRules:
        """Return the rules of a queue; of one that was made this moment the ordinary ones."""
        return self.by_queue.get(queue_id) or QueueRules(
            ranking=STRATEGIES[current().queue.default_routing_strategy].ranking,
            order=STRATEGIES[current().queue.default_routing_strategy].order,
        )


def rules_of_queues(tenant_id: int) -> RulesOfQueues:
    """Return what routing goes by in the queues of an organisation."""
    return _rules.get(tenant_id)


def _read(tenant_id: int) -> RulesOfQueues:
    ours = {"queue__tenant_id": tenant_id}
    needs: dict[int, dict[int, int]] = defaultdict(dict)
    for queue_id, skill_id, level in QueueSkill.objects.filter(**ours).values_list(
        "queue_id", "skill_id", "level"
    ):
        needs[queue_id][skill_id] = level
    steps: dict[int, list[Step]] = defaultdict(list)
    for queue_id, after, level, skill_id in RelaxingStep.objects.filter(**ours).values_list(
        "queue_id", "after_seconds", "level", "skill_id"
    ):
        steps[queue_id].append(Step(after=timedelta(seconds=after), level=level, skill=skill_id))
    delays: dict[int, dict[int, timedelta]] = defaultdict(dict)
    for queue_id, tier, after in QueueTier.objects.filter(**ours).values_list(
        "queue_id", "tier", "after_seconds"
    ):
        delays[queue_id][tier] = timedelta(seconds=after)
    usual = current().queue.default_routing_strategy
    rules = {}
    customer_first = set()
    queues = Queue.objects.filter(tenant_id=tenant_id)
    for queue_id, name, first in queues.values_list("pk", "strategy", "callback_first"):
        if first == CallbackFirst.CUSTOMER:
            customer_first.add(queue_id)
        strategy = STRATEGIES[name or usual]
        rules[queue_id] = QueueRules(
            ranking=strategy.ranking,
            order=strategy.order,
            needs=needs[queue_id],
            relaxing=tuple(steps[queue_id]),
            tier_delays=delays[queue_id],
        )
    skills = list(
        Skill.objects.filter(tenant_id=tenant_id).values_list(
            "pk", "category", "stands_for_category"
        )
    )
    whole = {category: pk for pk, category, stands in skills if stands}
    minutes = Tenant.objects.filter(pk=tenant_id).values_list("ageing_minutes", flat=True).first()
    return RulesOfQueues(
        by_queue=rules,
        ageing=timedelta(minutes=minutes) if minutes else None,
        skills=frozenset(pk for pk, *_rest in skills),
        counts_calls=any(one.ranking in COUNTING for one in rules.values()),
        customer_first=customer_first,
        standing_for={
            pk: whole[category]
            for pk, category, stands in skills
            if not stands and category in whole
        },
    )


_rules: Kept[int, RulesOfQueues] = Kept(_read)


def forget(**_: Any) -> None:
    """Drop what is kept: a row it was read from has changed, or a setting."""
    _rules.forget()


for _model in (Queue, QueueSkill, QueueTier, RelaxingStep, Skill, Tenant):
    post_save.connect(forget, sender=_model, dispatch_uid=f"queue_rules.saved.{_model.__name__}")
    post_delete.connect(
        forget, sender=_model, dispatch_uid=f"queue_rules.deleted.{_model.__name__}"
    )
# Settings move only in tests.
setting_changed.connect(forget, dispatch_uid="queue_rules.settings")
