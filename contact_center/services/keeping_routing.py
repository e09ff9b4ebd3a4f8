"""What routing goes by in an organisation and in each queue, as its admins want it.

The rules are in docs/routing.md. The very next dispatch goes by what is written here; other
processes ask anew within a second (selectors/queue_rules.py). So rows are saved one by one: their
signals drop what this process has kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.skills import ANY_LEVEL, HIGHEST_LEVEL, LOWEST_LEVEL, all_needs
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import (
    Queue,
    QueueMember,
    QueueSkill,
    QueueTier,
    RelaxingStep,
    Skill,
    Tenant,
    User,
)
from contact_center.selectors.needs import brought_needs
from contact_center.wakeups import wake_clock

#: More than anybody can follow.
MOST_NEEDS = 20
MOST_STEPS = 20
FIRST_TIER, LAST_TIER = 1, 9
BEST_LEVEL, LAST_LEVEL = 1, 9
LAST_POSITION = 999
LONGEST_AGEING_MINUTES = 240


class Refused(NotAllowed):
    """What was said about one thing cannot be; ``about`` names it as the parameter is named."""

    def __init__(self, about: str, sentence: str) -> None:
        super().__init__(sentence)
        self.about = about


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a member of a queue stands in it."""

    tier: int
    level: int
    position: int


@transaction.atomic
def set_ageing(*, minutes: int | None, actor: User) -> None:
    """Say what a step of priority is worth; None: a higher one always goes first."""
    if actor.tenant_id is None:
        raise NotAllowed(_("Only somebody of an organisation can set up its routing."))
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant_id)
    if minutes is not None and not 1 <= minutes <= LONGEST_AGEING_MINUTES:
        raise Refused(
            "minutes",
            _("Write a number from %(least)s to %(most)s, or nothing.")
            % {"least": 1, "most": LONGEST_AGEING_MINUTES},
        )
    if tenant.ageing_minutes == minutes:
        return
    tenant.ageing_minutes = minutes
    tenant.save(update_fields=["ageing_minutes"])
    record(ev.AgeingChanged(tenant_id=tenant.pk, actor_id=actor.pk, minutes=minutes))
    wake_clock()


# --- what a queue needs ------------------------------------------------------------------------


@transaction.atomic
def need_skill(*, queue_id: int, skill_id: int, level: int, actor: User) -> None:
    """Let every call of a queue need a skill; needed already, its level is changed."""
    queue = _queue_of(actor, queue_id)
    skill = _skill_of(queue, skill_id)
    if not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        raise Refused(
            "level",
            _("A level is a number from %(lowest)s to %(highest)s.")
            % {"lowest": LOWEST_LEVEL, "highest": HIGHEST_LEVEL},
        )
    need = queue.skills.filter(skill=skill).first()
    if need is None:
        if queue.skills.count() >= MOST_NEEDS:
            raise Refused(
                "skill",
                _("A queue needs at most %(most)s skills. Remove one first.")
                % {"most": MOST_NEEDS},
            )
        need = QueueSkill(queue=queue, skill=skill)
    elif need.level == level:
        return
    need.level = level
    need.save()
    _record_change(queue, "needs", actor)


@transaction.atomic
def need_no_more(*, queue_id: int, skill_id: int, actor: User) -> None:
    """Let a queue do without a skill; what relaxed it goes with it. Raises NotAllowed."""
    queue = _queue_of(actor, queue_id)
    need = queue.skills.filter(skill_id=skill_id).first()
    if need is None:
        raise NotAllowed(_("This queue does not need the skill any more. Load the page again."))
    need.delete()
    if skill_id not in _needed_in(queue):
        for step in queue.relaxing_steps.filter(skill_id=skill_id):
            step.delete()
    _record_change(queue, "needs", actor)


@transaction.atomic
def add_step(
    *, queue_id: int, after_seconds: int, skill_id: int | None, level: int, actor: User
) -> None:
    """Let less be enough after so long a wait; without a skill: of every one that is needed.

    Calls bring needs of their own (keeping_needs.py), which a step lowers, too. Raises Refused when
    it would change nothing, for then something else was meant.
    """
    queue = _queue_of(actor, queue_id)
    steps = queue.relaxing_steps
    if steps.count() >= MOST_STEPS:
        raise Refused(
            "after_seconds",
            _("A queue has at most %(most)s steps. Remove one first.") % {"most": MOST_STEPS},
        )
    skill = None if skill_id is None else _skill_of(queue, skill_id)
    needed = _needed_in(queue)
    if not needed:
        raise Refused("skill", _("No call of this queue needs a skill: nothing to relax."))
    if skill is not None and skill.pk not in needed:
        raise Refused("skill", _("No call of this queue needs %(skill)s.") % {"skill": skill})
    most = max(needed.values()) if skill is None else needed[skill.pk]
    if not ANY_LEVEL <= level < most:
        raise Refused(
            "level",
            _("Level %(level)s is needed in the beginning. Choose a lower one.") % {"level": most},
        )
    if steps.filter(after_seconds=after_seconds, skill=skill).exists():
        raise Refused("after_seconds", _("There is a step at this time already. Remove it first."))
    RelaxingStep.objects.create(queue=queue, after_seconds=after_seconds, skill=skill, level=level)
    _record_change(queue, "steps", actor)


@transaction.atomic
def remove_step(*, queue_id: int, step_id: int, actor: User) -> None:
    """Take a step back. Raises NotAllowed when it is gone."""
    queue = _queue_of(actor, queue_id)
    step = queue.relaxing_steps.filter(pk=step_id).first()
    if step is None:
        raise NotAllowed(_("This step was removed already. Load the page again."))
    step.delete()
    _record_change(queue, "steps", actor)


# --- who serves it, in which order -------------------------------------------------------------


@transaction.atomic
def place_members(
    *, queue_id: int, places: Mapping[int, Place], delays: Mapping[int, int | None], actor: User
) -> None:
    """Say where members stand, and after how many seconds a tier is rung, too; None: no delay.

    What is not named stays as it is. A member of another queue is as good as none. Raises Refused
    about ``delay_<tier>`` where it is shorter than that of a tier before it.
    """
    queue = _queue_of(actor, queue_id)
    if any(not _is_possible(place) for place in places.values()):
        raise NotAllowed(_("There is no such tier, level or place. Load the page again."))
    changed = _write_delays(queue, delays)
    for member in QueueMember.objects.filter(queue=queue, pk__in=places).order_by("pk"):
        place = places[member.pk]
        if place != Place(tier=member.tier, level=member.level, position=member.position):
            member.tier, member.level, member.position = place.tier, place.level, place.position
            member.save(update_fields=["tier", "level", "position"])
            changed = True
    if changed:
        _record_change(queue, "members", actor)


def _is_possible(place: Place) -> bool:
    return (
        FIRST_TIER <= place.tier <= LAST_TIER
        and BEST_LEVEL <= place.level <= LAST_LEVEL
        and 0 <= place.position <= LAST_POSITION
    )


def _write_delays(queue: Queue, delays: Mapping[int, int | None]) -> bool:
    rows = {row.tier: row for row in queue.tiers.all()}
    had = {tier: row.after_seconds for tier, row in rows.items()}
    wanted = {**had, **delays}
    named = [(tier, after) for tier, after in sorted(wanted.items()) if after is not None]
    for (earlier, its), (tier, after) in pairwise(named):
        if after < its:
            raise Refused(
                f"delay_{tier if tier in delays else earlier}",
                _("Tier %(earlier)s is rung after %(n)s s: tier %(tier)s cannot be rung before it.")
                % {"tier": tier, "earlier": earlier, "n": its},
            )
    for tier, delay in delays.items():
        if delay == had.get(tier):
            continue
        if delay is None:
            rows[tier].delete()
        else:
            row = rows.get(tier) or QueueTier(queue=queue, tier=tier)
            row.after_seconds = delay
            row.save()
    return any(delay != had.get(tier) for tier, delay in delays.items())


# --- inside --------------------------------------------------------------------------------------


def _needed_in(queue: Queue) -> dict[int, int]:
    """Return what a call of the queue may need in the beginning, with what calls bring along."""
    own = dict(queue.skills.values_list("skill_id", "level"))
    return all_needs(own, brought_needs(queue.tenant_id))


def _record_change(queue: Queue, what: str, actor: User) -> None:
    record(
        ev.QueueRoutingChanged(
            tenant_id=queue.tenant_id, actor_id=actor.pk, queue_id=queue.pk, what=what
        )
    )
    wake_clock()  # somebody who waits may have an agent by it


def _queue_of(actor: User, queue_id: int) -> Queue:
    """Return the queue, locked. Another organisation's is as good as none."""
    queue = (
        Queue.objects.select_for_update(no_key=True)
        .filter(pk=queue_id, tenant=actor.tenant)
        .first()
    )
    if queue is None or actor.tenant is None:
        raise NotAllowed(_("This queue is not there any more. Load the page again."))
    return queue


def _skill_of(queue: Queue, skill_id: int) -> Skill:
    """Return a skill of the queue's organisation, locked against its removal."""
    skills = Skill.objects.select_for_update(no_key=True).filter(tenant=queue.tenant_id)
    skill = skills.filter(pk=skill_id).first()
    if skill is None:
        raise Refused("skill", _("This skill is not there any more. Load the page again."))
    return skill
