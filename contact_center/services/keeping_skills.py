"""Skills: made, renamed, given to agents and removed by admins.

The very next dispatch goes by what is written here (selectors/lines.py).
"""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.conf import current
from contact_center.domain import events as ev
from contact_center.domain.skills import HIGHEST_LEVEL, LOWEST_LEVEL
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Agent, AgentSkill, Skill, User
from contact_center.selectors.needs import who_needs
from contact_center.wakeups import wake_clock

#: More than any center tells apart.
MOST_SKILLS = 200


@transaction.atomic
def make_skill(
    *, name: str, category: str, actor: User, stands_for_category: bool = False
) -> Skill:
    """Name a skill, or what stands for a whole category, which it does as long as it is there.

    Raises NotAllowed: the name is taken, the category unknown or stood for, or too many.
    """
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can make a skill."))
    if Skill.objects.filter(tenant=actor.tenant).count() >= MOST_SKILLS:
        raise NotAllowed(
            _("There are %(most)s skills already. Remove one first.") % {"most": MOST_SKILLS}
        )
    made = Skill(tenant=actor.tenant, stands_for_category=stands_for_category)
    _write(made, name, category)
    record(ev.SkillMade(tenant_id=made.tenant_id, actor_id=actor.pk, skill_id=made.pk))
    return made


@transaction.atomic
def change_skill(*, skill_id: int, name: str, category: str, actor: User) -> None:
    """Call a skill by another name, or put it in another category. Raises NotAllowed."""
    skill = _skill_of(actor, skill_id)
    if (skill.name, skill.category) == (name, category):
        return
    is_moved = skill.category != category
    _write(skill, name, category)
    record(ev.SkillChanged(tenant_id=skill.tenant_id, actor_id=actor.pk, skill_id=skill.pk))
    if is_moved:
        wake_clock()  # somebody may be able to do what stands for a category now


@transaction.atomic
def give_levels(*, skill_id: int, levels: Mapping[int, int], actor: User) -> int:
    """Say of agents, by id, how well they can do it; 0: not at all. Others keep what they have.

    An agent of another organisation is as good as none. Returns of how many it changed. Raises
    NotAllowed when the skill is gone or stands for a category, or a level is none.
    """
    skill = _skill_of(actor, skill_id)
    if skill.stands_for_category:
        raise NotAllowed(
            _("Nobody is given “%(name)s”: agents have it as well as their best of the category.")
            % {"name": skill.name}
        )
    if any(not 0 <= level <= HIGHEST_LEVEL for level in levels.values()):
        raise NotAllowed(
            _("A level is a number from %(lowest)s to %(highest)s.")
            % {"lowest": LOWEST_LEVEL, "highest": HIGHEST_LEVEL}
        )
    had = dict(AgentSkill.objects.filter(skill=skill).values_list("agent_id", "level"))
    changed = []
    for agent in Agent.objects.filter(tenant=skill.tenant_id, pk__in=levels).order_by("pk"):
        level = levels[agent.pk]
        if level == had.get(agent.pk, 0):
            continue
        if level:
            AgentSkill.objects.update_or_create(agent=agent, skill=skill, defaults={"level": level})
        else:
            AgentSkill.objects.filter(agent=agent, skill=skill).delete()
        changed.append(
            ev.AgentSkillChanged(
                tenant_id=skill.tenant_id,
                actor_id=actor.pk,
                agent_id=agent.pk,
                skill_id=skill.pk,
                level=level,
            )
        )
    if changed:
        record(*changed)
        wake_clock()
    return len(changed)


@transaction.atomic
def remove_skill(*, skill_id: int, actor: User) -> None:
    """Remove a skill, also from agents. Raises NotAllowed when it is gone, or needed somewhere."""
    skill = _skill_of(actor, skill_id, to_remove=True)
    names = who_needs(skill)
    if names:
        raise NotAllowed(
            ngettext(
                "%(names)s needs this skill. Take it from what it needs first.",
                "%(names)s need this skill. Take it from what they need first.",
                len(names),
            )
            % {"names": ", ".join(names)}
        )
    record(ev.SkillRemoved(tenant_id=skill.tenant_id, actor_id=actor.pk, skill_id=skill.pk))
    skill.delete()


# --- inside --------------------------------------------------------------------------------------


def _write(skill: Skill, name: str, category: str) -> None:
    categories = current().agent.skill_categories
    if category not in categories:
        raise NotAllowed(
            _("“%(category)s” is no category of skills. There are: %(categories)s.")
            % {"category": category, "categories": ", ".join(categories)}
        )
    skill.name = name
    skill.category = category
    try:
        with transaction.atomic():
            skill.save()
    except IntegrityError:
        raise NotAllowed(_what_clashes(skill))


def _what_clashes(skill: Skill) -> str:
    others = Skill.objects.filter(tenant=skill.tenant_id).exclude(pk=skill.pk)
    if not skill.stands_for_category or others.filter(name=skill.name).exists():
        return _("Another skill has this name already. Choose a different one.")
    other = others.filter(category=skill.category, stands_for_category=True).first()
    return _("“%(other)s” stands for %(category)s already.") % {
        "other": other,
        "category": skill.category,
    }


def _skill_of(actor: User, skill_id: int, *, to_remove: bool = False) -> Skill:
    """Return the skill, locked. Another organisation's is as good as none."""
    # Who needs it or gives it locks it less, but waits for its removal.
    locked = Skill.objects.select_for_update(no_key=not to_remove)
    skill = locked.filter(pk=skill_id, tenant=actor.tenant).first()
    if skill is None or actor.tenant is None:
        raise NotAllowed(_("This skill is not there any more. Load the page again."))
    return skill
