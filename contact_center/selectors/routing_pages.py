"""What the pages of skills and of routing show, and what a queue's routing means at this moment.

Nothing here decides who may take a call: a call that nobody placed is put before the same
``Eligibility`` that the dispatcher asks, with everybody taken for free.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain.eligibility import Blocked, Eligibility
from contact_center.domain.line import WaitingCall
from contact_center.domain.members import Candidate, Membership
from contact_center.domain.ranking import STRATEGIES
from contact_center.domain.ranking import Strategy as Rule
from contact_center.domain.skills import RelaxingStep as Step
from contact_center.domain.skills import all_needs, best_of_categories, relaxed
from contact_center.models import (
    WHO_CAN_BE_RUNG,
    Agent,
    AgentSkill,
    Queue,
    QueueMember,
    QueueSkill,
    RelaxingStep,
    Skill,
    Tenant,
)
from contact_center.selectors.needs import brought_needs, who_needs
from contact_center.selectors.queue_rules import rules_of_queues

# --- skills ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SkillRow:
    """A skill in the list: how many agents have it, and what needs it, by name."""

    skill: Skill
    agents: int
    needed_by: list[str]


@dataclass(frozen=True)
class SkillGroup:
    """The skills of a category; ``is_known`` is False where the setting has it no more."""

    category: str
    is_known: bool
    rows: list[SkillRow]


def skill_groups(tenant: Tenant) -> list[SkillGroup]:
    """Return an organisation's skills by category, in the order of the setting."""
    known = list(current().agent.skill_categories)
    rows: dict[str, list[SkillRow]] = {category: [] for category in known}
    skills = Skill.objects.filter(tenant=tenant).annotate(having=Count("agents"))
    have_any = dict(
        AgentSkill.objects.filter(skill__tenant=tenant)
        .values_list("skill__category")
        .annotate(Count("agent", distinct=True))
    )
    needed = ("queues__queue", "numbers__number", "branches__menu")
    for skill in skills.prefetch_related(*needed).order_by("category", "name"):
        having = have_any.get(skill.category, 0) if skill.stands_for_category else skill.having
        row = SkillRow(skill, having, who_needs(skill))
        rows.setdefault(skill.category, []).append(row)
    return [SkillGroup(category, category in known, found) for category, found in rows.items()]


@dataclass(frozen=True)
class BestRow:
    """An agent, and the best skill of a category that the agent has."""

    agent: Agent
    best: AgentSkill


def best_rows(skill: Skill) -> list[BestRow]:
    """Return who has what stands for a category, how well and by which skill."""
    rows = AgentSkill.objects.filter(
        skill__tenant=skill.tenant_id, skill__category=skill.category, agent__user__is_active=True
    )
    best: dict[Agent, AgentSkill] = {}
    for row in rows.select_related("agent__user", "skill").order_by("-level", "skill__name"):
        best.setdefault(row.agent, row)
    people = sorted(best, key=lambda agent: str(agent).casefold())
    return [BestRow(agent, best[agent]) for agent in people]


def needs_of_skill(skill: Skill) -> list[QueueSkill]:
    """Return which queues need a skill, and how much of it."""
    return list(skill.queues.select_related("queue").order_by("queue__name"))


# --- queues ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RoutingRow:
    """A queue in the list of routing: what decides in it, and what it needs."""

    queue: Queue
    rule: Rule
    #: The priority that counts, its own or the one of the setting.
    priority: int
    needs: list[QueueSkill]


def routing_rows(tenant: Tenant) -> list[RoutingRow]:
    """Return every queue of an organisation with what it is routed by."""
    queues = Queue.objects.filter(tenant=tenant).order_by("name")
    return [
        RoutingRow(
            queue,
            rule_of(queue),
            queue.priority or current().queue.default_priority,
            sorted(queue.skills.all(), key=lambda need: need.skill.name),
        )
        for queue in queues.prefetch_related("skills__skill")
    ]


def rule_of(queue: Queue) -> Rule:
    """Return which call of a queue is next and which agent gets it, own or by the setting."""
    return STRATEGIES[queue.strategy or current().queue.default_routing_strategy]


def needs_of(queue: Queue) -> list[QueueSkill]:
    """Return what a queue needs, by name."""
    return list(queue.skills.select_related("skill").order_by("skill__name"))


@dataclass(frozen=True)
class StepRow:
    """A relaxing step; ``is_idle`` where as little is asked without it."""

    step: RelaxingStep
    is_idle: bool


def steps_of(queue: Queue) -> list[StepRow]:
    """Return the steps of a queue as they follow each other."""
    rules = rules_of_queues(queue.tenant_id).of(queue.pk)
    needs = all_needs(rules.needs, brought_needs(queue.tenant_id))
    rows = []
    for step in queue.relaxing_steps.select_related("skill"):
        after = timedelta(seconds=step.after_seconds)
        before = [each for each in rules.relaxing if not _is(each, step)]
        asked = relaxed(needs, before, after)
        rows.append(StepRow(step, asked == relaxed(needs, rules.relaxing, after)))
    return rows


def _is(rule: Step, step: RelaxingStep) -> bool:
    return (rule.after, rule.skill) == (timedelta(seconds=step.after_seconds), step.skill_id)


def members_of(queue: Queue) -> list[QueueMember]:
    """Return who serves a queue, as they are rung."""
    members = queue.members.filter(agent__user__is_active=True).select_related("agent__user")
    return sorted(
        members,
        key=lambda each: (each.tier, each.level, each.position, str(each.agent).casefold()),
    )


# --- what it means -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """A part of a caller's wait in which the same agents could take the call."""

    since: timedelta
    #: None: to the end.
    until: timedelta | None
    #: What is still needed, by the skill's name.
    needs: Sequence[tuple[str, int]]
    #: Which tiers are rung by then, of those there are.
    tiers: Sequence[int]
    #: How many of those on duty could take it, free or not.
    able: int


@dataclass(frozen=True, kw_only=True)
class MemberNow:
    """What keeps a member from a call that arrives now, were all of them free."""

    member: QueueMember
    is_on_duty: bool
    #: Nothing, or the first thing that is in the way, and after how long a wait it is not any more.
    blocked: Blocked | None
    skill: str
    after: timedelta | None


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What the routing of a queue means for a call that arrives now."""

    on_duty: int
    #: All tiers that there are.
    tiers: Sequence[int]
    stretches: Sequence[Stretch]
    members: Sequence[MemberNow]


def meaning_of(queue: Queue, members: Sequence[QueueMember]) -> Meaning:
    """Return who could take a call of a queue from when on, of those who are on duty now."""
    now = timezone.now()
    present = set(
        QueueMember.objects.filter(
            WHO_CAN_BE_RUNG, pk__in=[each.pk for each in members]
        ).values_list("pk", flat=True)
    )
    rules = replace(
        rules_of_queues(queue.tenant_id).of(queue.pk),
        on_duty=len(present),
        tiers_on_duty=frozenset(each.tier for each in members if each.pk in present),
    )
    eligibility = Eligibility(queue.pk, rules)
    call = WaitingCall(segment_id=0, call_id=0, queue_id=queue.pk, priority=1, placed_at=now)
    candidates = _candidates(queue, members, now)
    names = dict(Skill.objects.filter(tenant=queue.tenant_id).values_list("pk", "name"))
    moments = _moments(eligibility, call)
    tiers = sorted({each.tier for each in members})
    stretches = [
        Stretch(
            since=moment - now,
            until=following - now if following else None,
            needs=[(names[pk], n) for pk, n in eligibility.needs_of(call, moment).items()],
            tiers=[n for n in tiers if eligibility.tier_opens_at(call, n) <= moment],
            able=sum(
                eligibility.blocked(call, candidates[each.pk], moment) is None
                for each in members
                if each.pk in present
            ),
        )
        for moment, following in zip(moments, [*moments[1:], None], strict=True)
    ]
    return Meaning(
        on_duty=len(present),
        tiers=tiers,
        stretches=stretches,
        members=[
            _standing(eligibility, call, candidates[each.pk], each, each.pk in present, names)
            for each in members
        ],
    )


def _moments(eligibility: Eligibility, call: WaitingCall) -> list[datetime]:
    """Return from when on it is different who could take the call, though nobody does a thing."""
    moments = [call.placed_at]
    while (opening := eligibility.opening_at(call, moments[-1])) is not None:
        moments.append(opening)
    return moments


def _standing(
    eligibility: Eligibility,
    call: WaitingCall,
    candidate: Candidate,
    member: QueueMember,
    is_on_duty: bool,
    names: dict[int, str],
) -> MemberNow:
    first = blocked = eligibility.blocked(call, candidate, call.placed_at)
    until = call.placed_at
    # The next obstacle shows when the one before it is out of the way.
    while blocked is not None and blocked.until is not None:
        until = blocked.until
        blocked = eligibility.blocked(call, candidate, until)
    reason = blocked or first
    return MemberNow(
        member=member,
        is_on_duty=is_on_duty,
        blocked=reason,
        skill=names.get(reason.skill or 0, "") if reason else "",
        after=None if blocked is not None else until - call.placed_at,
    )


def _candidates(
    queue: Queue, members: Iterable[QueueMember], now: datetime
) -> dict[int, Candidate]:
    """Return the members as routing sees them, each as if free."""
    members = list(members)
    levels: dict[int, dict[int, int]] = {each.agent_id: {} for each in members}
    for agent_id, skill_id, level in AgentSkill.objects.filter(agent__in=levels).values_list(
        "agent_id", "skill_id", "level"
    ):
        levels[agent_id][skill_id] = level
    standing_for = rules_of_queues(queue.tenant_id).standing_for
    return {
        each.pk: Candidate(
            agent_id=each.agent_id,
            slot_id=0,
            idle_since=now,
            queues={queue.pk: None},
            memberships={
                queue.pk: Membership(tier=each.tier, level=each.level, position=each.position)
            },
            skills=levels[each.agent_id],
            categories=best_of_categories(levels[each.agent_id], standing_for),
        )
        for each in members
    }
