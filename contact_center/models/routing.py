"""What routing goes by beside the queue itself: skills, who has and who needs them, and tiers.

The rules are in domain/routing.py and drawn in docs/routing.md.
"""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from contact_center.domain.skills import ANY_LEVEL, HIGHEST_LEVEL, LOWEST_LEVEL
from contact_center.models.agents import Agent
from contact_center.models.menus import Menu, PhoneNumber
from contact_center.models.queues import Queue
from contact_center.models.tenants import Tenant

#: Longer no caller waits for less to be asked of an agent, or for a tier.
LONGEST_STEP_SECONDS = 3600


class Skill(models.Model):
    """Something that an agent can do and a call may need: a language, a product."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="skills")
    #: One of AGENT.SKILL_CATEGORIES, as the setting spells it.
    category = models.CharField(_("category"), max_length=40)
    name = models.CharField(_("name"), max_length=60)
    #: An agent has it as well as the best skill of the category; it has no rows of agents.
    stands_for_category = models.BooleanField(
        _("stands for its category"),
        default=False,
        help_text=_("Whoever has any skill of the category has it, as well as the best of them."),
    )

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["category", "name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="skill_name_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "category"],
                condition=models.Q(stands_for_category=True),
                name="one_skill_stands_for_a_category",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgentSkill(models.Model):
    """How well an agent can do something, from 1 to 5."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, related_name="agents")
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=LOWEST_LEVEL,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
    )

    class Meta:
        verbose_name = _("skill of an agent")
        verbose_name_plural = _("skills of an agent")
        constraints = [
            models.UniqueConstraint(fields=["agent", "skill"], name="skill_once_per_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


class QueueSkill(models.Model):
    """What every call of a queue needs of its agent, and how much of it is enough."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="skills")
    # A need that vanished with its skill would send calls to whoever is free.
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="queues")
    level = models.PositiveSmallIntegerField(
        _("level that is enough"),
        default=LOWEST_LEVEL,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
    )

    class Meta:
        verbose_name = _("skill a queue needs")
        verbose_name_plural = _("skills a queue needs")
        constraints = [
            models.UniqueConstraint(fields=["queue", "skill"], name="skill_once_per_queue"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"


class NumberSkill(models.Model):
    """What every call to a number of ours needs of its agent, whichever way it takes from there."""

    number = models.ForeignKey(PhoneNumber, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="numbers")
    level = models.PositiveSmallIntegerField(
        _("level that is enough"),
        default=LOWEST_LEVEL,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
    )

    class Meta:
        verbose_name = _("skill a number asks for")
        verbose_name_plural = _("skills a number asks for")
        constraints = [
            models.UniqueConstraint(fields=["number", "skill"], name="skill_once_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} ≥ {self.level}"


class BranchSkill(models.Model):
    """What a call needs whose caller pressed a key of a menu.

    It belongs to the key, in every version and language of the menu: a version that was published
    is not changed, and a need that stayed behind in an old one would send calls to anybody.
    """

    menu = models.ForeignKey(Menu, on_delete=models.CASCADE, related_name="skills")
    key = models.CharField(
        _("key"),
        max_length=1,
        validators=[RegexValidator(r"^[0-9*#]$", _("A key is 0 to 9, * or #."))],
    )
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="branches")
    level = models.PositiveSmallIntegerField(
        _("level that is enough"),
        default=LOWEST_LEVEL,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
    )

    class Meta:
        verbose_name = _("skill a menu's key asks for")
        verbose_name_plural = _("skills a menu's key asks for")
        ordering = ["menu_id", "key", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["menu", "key", "skill"], name="skill_once_per_branch"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.skill} ≥ {self.level}"


class CallerSkill(models.Model):
    """What a customer needs whenever that number rings: somebody who speaks Spanish."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="caller_skills")
    #: As `domain.telephone_numbers.known_number` writes it.
    e164 = models.CharField(_("number of the customer"), max_length=16)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="callers")
    level = models.PositiveSmallIntegerField(
        _("level that is enough"),
        default=LOWEST_LEVEL,
        validators=[MinValueValidator(LOWEST_LEVEL), MaxValueValidator(HIGHEST_LEVEL)],
    )

    class Meta:
        verbose_name = _("skill a caller asks for")
        verbose_name_plural = _("skills a caller asks for")
        ordering = ["e164", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "e164", "skill"], name="skill_once_per_caller"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.e164}: {self.skill} ≥ {self.level}"


class RelaxingStep(models.Model):
    """After so long a wait less is enough in a queue."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="relaxing_steps")
    after_seconds = models.PositiveSmallIntegerField(
        _("after, seconds"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_STEP_SECONDS)],
    )
    skill = models.ForeignKey(
        Skill,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="relaxing_steps",
        help_text=_("Empty: every skill that the queue needs."),
    )
    level = models.PositiveSmallIntegerField(
        _("level that is enough then"),
        default=ANY_LEVEL,
        validators=[MaxValueValidator(HIGHEST_LEVEL)],
        help_text=_("0: the skill is not needed any more."),
    )

    class Meta:
        verbose_name = _("relaxing step")
        verbose_name_plural = _("relaxing steps")
        ordering = ["after_seconds", "pk"]

    def __str__(self) -> str:
        return f"{self.after_seconds} s"


class QueueTier(models.Model):
    """From when on a caller of a queue rings at the agents of a tier, too."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="tiers")
    tier = models.PositiveSmallIntegerField(
        _("tier"), validators=[MinValueValidator(2), MaxValueValidator(9)]
    )
    after_seconds = models.PositiveSmallIntegerField(
        _("after, seconds"),
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_STEP_SECONDS)],
        help_text=_("Since the caller waits; at once where nobody before it is on duty."),
    )

    class Meta:
        verbose_name = _("tier of a queue")
        verbose_name_plural = _("tiers of a queue")
        ordering = ["tier"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "tier"], name="tier_once_per_queue"),
        ]

    def __str__(self) -> str:
        return str(self.tier)
