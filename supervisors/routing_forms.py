"""What an admin may say about skills and routing, and what is said when it cannot be."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.conf import current
from contact_center.domain.skills import ANY_LEVEL, HIGHEST_LEVEL, LOWEST_LEVEL
from contact_center.models import Agent, Queue, QueueMember, Skill, Tenant
from contact_center.models.routing import LONGEST_STEP_SECONDS
from contact_center.selectors.needs import brought_needs
from contact_center.services.keeping_routing import (
    BEST_LEVEL,
    FIRST_TIER,
    LAST_LEVEL,
    LAST_POSITION,
    LAST_TIER,
    LONGEST_AGEING_MINUTES,
    Place,
)

LONGEST_NAME = 60
#: So many tiers are shown though nobody is in them, for whoever wants to begin with one.
TIERS_SHOWN = 3

_FROM_THE_LIST = gettext_lazy("Choose one from the list.")


class NumberField(forms.IntegerField):
    """A whole number between two others; whatever is none is told so by one sentence."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        said = format_lazy(
            gettext_lazy("Write a whole number from {least} to {most}."), least=least, most=most
        )
        names = ("required", "invalid", "min_value", "max_value")
        super().__init__(
            min_value=least,
            max_value=most,
            error_messages=dict.fromkeys(names, said),
            **kwargs,
        )


def level_choices(lowest: int) -> list[tuple[int, Any]]:
    """Return the levels one may choose from."""
    words = {
        ANY_LEVEL: gettext_lazy("not needed any more"),
        LOWEST_LEVEL: gettext_lazy("1, a little"),
        HIGHEST_LEVEL: gettext_lazy("5, the best"),
    }
    return [(level, words.get(level, str(level))) for level in range(lowest, HIGHEST_LEVEL + 1)]


class LevelField(forms.TypedChoiceField):
    """A level of a skill."""

    def __init__(self, *, lowest: int = LOWEST_LEVEL, **kwargs: Any) -> None:
        super().__init__(
            choices=level_choices(lowest),
            coerce=int,
            error_messages={"invalid_choice": _FROM_THE_LIST, "required": _FROM_THE_LIST},
            **kwargs,
        )


class Form(forms.Form):
    """A form whose fields look like ours, and say which of them is wrong."""

    prefix_of_ids = "id"

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id=f"{self.prefix_of_ids}_%s", **kwargs)

    def dressed(self) -> None:
        """Give every field its looks; called when all of them are there."""
        for name, field in self.fields.items():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    def refuse(self, about: str, sentence: str) -> None:
        """Say beside a field, or beside the first, what the service said."""
        name = about if about in self.fields else next(iter(self.fields))
        self.add_error(name, sentence)
        self.fields[name].widget.attrs["aria-invalid"] = "true"


# --- skills ------------------------------------------------------------------------------------


class SkillForm(Form):
    """What a skill is called, and of which kind it is."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Give this skill a name, like “Spanish”."),
            "max_length": gettext_lazy(
                "A name has at most %(limit_value)d letters; this one has %(show_value)d."
            ),
        },
    )
    category = forms.ChoiceField(label=gettext_lazy("Category"))
    stands_for_category = forms.BooleanField(
        label=gettext_lazy("Stands for the whole category, as “any language” does"),
        required=False,
        help_text=gettext_lazy(
            "Nobody is given it: agents have it as well as their best skill of the category."
        ),
    )

    def __init__(self, data: Any = None, *, skill: Skill | None) -> None:
        said = {"name": skill.name, "category": skill.category} if skill else {}
        super().__init__(data, initial=said)
        if skill is not None:
            del self.fields["stands_for_category"]  # it is one or the other for good
        categories = list(current().agent.skill_categories)
        field = self.fields["category"]
        assert isinstance(field, forms.ChoiceField)
        shown = [(each, each) for each in categories]
        if skill is not None and skill.category not in categories:
            # Shown as it is, and refused until another is chosen.
            shown.insert(0, ("", _("%(category)s (no category any more)") % said))
        field.choices = shown
        field.error_messages["required"] = _("Choose a category.")
        field.error_messages["invalid_choice"] = _(
            "“%(value)s” is no category of skills. There are: {categories}."
        ).format(categories=", ".join(categories))
        self.dressed()


class LevelsForm(Form):
    """How well each agent can do it. Only what was changed on this page is changed."""

    prefix_of_ids = "agent"

    def __init__(self, data: Any = None, *, skill: Skill) -> None:
        super().__init__(data)
        had = dict(skill.agents.values_list("agent_id", "level"))
        agents = Agent.objects.filter(tenant=skill.tenant_id, user__is_active=True)
        people = sorted(agents.select_related("user"), key=lambda each: str(each).casefold())
        none = (0, gettext_lazy("—"))
        for agent in people:
            field = LevelField(
                label=str(agent), initial=had.get(agent.pk, 0), show_hidden_initial=True
            )
            field.choices = [none, *level_choices(LOWEST_LEVEL)]
            field.required = False
            self.fields[f"level_{agent.pk}"] = field
        self.dressed()

    def levels(self) -> dict[int, int]:
        """Return the levels that were changed, by the agent's id."""
        return {
            int(name.removeprefix("level_")): int(self.cleaned_data[name] or 0)
            for name in self.changed_data
        }


# --- routing -----------------------------------------------------------------------------------


class AgeingForm(Form):
    """What a step of priority is worth."""

    minutes = NumberField(
        label=gettext_lazy("A step of priority is worth, minutes of waiting"),
        least=1,
        most=LONGEST_AGEING_MINUTES,
        required=False,
        help_text=gettext_lazy(
            "Empty: a higher priority always goes first, however long others wait."
        ),
    )

    def __init__(self, data: Any = None, *, tenant: Tenant) -> None:
        super().__init__(data, initial={"minutes": tenant.ageing_minutes})
        self.dressed()


class NeedForm(Form):
    """A skill that every call of a queue needs."""

    prefix_of_ids = "need"
    skill = forms.ModelChoiceField(
        label=gettext_lazy("Skill"),
        queryset=Skill.objects.none(),
        empty_label=gettext_lazy("Choose"),
        error_messages={
            "required": gettext_lazy("Choose a skill."),
            "invalid_choice": _FROM_THE_LIST,
        },
    )
    level = LevelField(label=gettext_lazy("Level that is enough"), initial=3)

    def __init__(self, data: Any = None, *, queue: Queue) -> None:
        super().__init__(data)
        _choose_from(self.fields["skill"], Skill.objects.filter(tenant=queue.tenant_id))
        self.dressed()


class StepForm(Form):
    """After so long a wait, less is enough."""

    prefix_of_ids = "step"
    after_seconds = NumberField(
        label=gettext_lazy("After, seconds"), least=1, most=LONGEST_STEP_SECONDS
    )
    skill = forms.ModelChoiceField(
        label=gettext_lazy("Of"),
        queryset=Skill.objects.none(),
        required=False,
        empty_label=gettext_lazy("every skill"),
        error_messages={"invalid_choice": gettext_lazy("Choose a skill that calls need here.")},
    )
    level = LevelField(label=gettext_lazy("This is enough"), lowest=ANY_LEVEL, initial=ANY_LEVEL)

    def __init__(self, data: Any = None, *, queue: Queue) -> None:
        super().__init__(data)
        needed = {*queue.skills.values_list("skill_id", flat=True), *brought_needs(queue.tenant_id)}
        _choose_from(self.fields["skill"], Skill.objects.filter(pk__in=needed))
        self.dressed()


class MembersForm(Form):
    """Where each member stands, and from when on each tier is rung."""

    prefix_of_ids = "place"

    def __init__(self, data: Any = None, *, queue: Queue, members: Sequence[QueueMember]) -> None:
        super().__init__(data)
        self._members = members
        for each in members:
            self._number(f"tier_{each.pk}", _("Tier"), FIRST_TIER, LAST_TIER, each.tier)
            self._number(f"level_{each.pk}", _("Level"), BEST_LEVEL, LAST_LEVEL, each.level)
            self._number(f"position_{each.pk}", _("Place"), 0, LAST_POSITION, each.position)
        delays = dict(queue.tiers.values_list("tier", "after_seconds"))
        used = max([*delays, *(each.tier for each in members), TIERS_SHOWN - 1])
        self.tiers = range(FIRST_TIER + 1, min(used + 1, LAST_TIER) + 1)
        for tier in self.tiers:
            label = _("Tier %(tier)s after, seconds") % {"tier": tier}
            self._number(f"delay_{tier}", label, 1, LONGEST_STEP_SECONDS, delays.get(tier))
            self.fields[f"delay_{tier}"].required = False
        self.dressed()

    def _number(self, name: str, label: str, least: int, most: int, initial: int | None) -> None:
        self.fields[name] = NumberField(
            label=label, least=least, most=most, initial=initial, show_hidden_initial=True
        )

    def rows_by_member(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the id of each member with the fields of its place."""
        return [
            (each.pk, [self[f"{what}_{each.pk}"] for what in ("tier", "level", "position")])
            for each in self._members
        ]

    @property
    def delays(self) -> list[forms.BoundField]:
        """The fields of the tiers."""
        return [self[f"delay_{tier}"] for tier in self.tiers]

    def places(self) -> dict[int, Place]:
        """Return the places of those who were moved, by the member's id."""
        clean, changed = self.cleaned_data, set(self.changed_data)
        return {
            each.pk: Place(
                tier=clean[f"tier_{each.pk}"],
                level=clean[f"level_{each.pk}"],
                position=clean[f"position_{each.pk}"],
            )
            for each in self._members
            if changed & {f"{what}_{each.pk}" for what in ("tier", "level", "position")}
        }

    def changed_delays(self) -> dict[int, int | None]:
        """Return the delays that were changed, by tier."""
        return {
            tier: self.cleaned_data[f"delay_{tier}"]
            for tier in self.tiers
            if f"delay_{tier}" in self.changed_data
        }


def _choose_from(field: forms.Field, skills: Any) -> None:
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = skills.order_by("name")
