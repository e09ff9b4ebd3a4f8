"""What an admin may say about what calls need, and what is said when it cannot be."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.skills import Asker
from contact_center.models import PhoneNumber, Skill, Tenant, User
from contact_center.selectors import needs
from contact_center.services import keeping_needs
from supervisors.routing_forms import Form, LevelField

_FROM_THE_LIST = gettext_lazy("Choose one from the list.")


class NeedForm(Form):
    """A skill, and how much of it is enough; each kind adds who asks for it."""

    #: A choice from the ids there are, whatever was sent: no number is too long for a database.
    skill = forms.TypedChoiceField(
        label=gettext_lazy("Skill"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose a skill."),
            "invalid_choice": _FROM_THE_LIST,
        },
    )
    level = LevelField(label=gettext_lazy("Level that is enough"), initial=3)

    def __init__(self, data: Any = None, *, tenant: Tenant) -> None:
        super().__init__(data)
        skills = Skill.objects.filter(tenant=tenant).order_by("name").values_list("pk", "name")
        self.choose("skill", list(skills))
        self.prepare(tenant)
        self.dressed()

    def choose(self, name: str, choices: list[tuple[Any, str]]) -> None:
        """Offer these, and nothing chosen yet."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *choices]

    def prepare(self, tenant: Tenant) -> None:
        """Offer who may ask."""

    def write(self, actor: User) -> None:
        """Have it so. Raises NotAllowed."""
        raise NotImplementedError


class NumberNeedForm(NeedForm):
    """What calls to a number need."""

    prefix_of_ids = "number"
    field_order = ("number", "skill", "level")
    number = forms.TypedChoiceField(
        label=gettext_lazy("Number"),
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose a number."),
            "invalid_choice": _FROM_THE_LIST,
        },
    )

    def prepare(self, tenant: Tenant) -> None:
        """Offer the numbers that lead to an agent."""
        numbers = PhoneNumber.objects.filter(tenant=tenant, is_room=False).order_by("e164")
        self.choose("number", [(each.pk, called(each)) for each in numbers])

    def write(self, actor: User) -> None:
        """Have it so. Raises NotAllowed."""
        keeping_needs.let_number_need(
            number_id=self.cleaned_data["number"],
            skill_id=self.cleaned_data["skill"],
            level=self.cleaned_data["level"],
            actor=actor,
        )


class BranchNeedForm(NeedForm):
    """What whoever presses a key of a menu needs."""

    prefix_of_ids = "branch"
    field_order = ("branch", "skill", "level")
    branch = forms.ChoiceField(
        label=gettext_lazy("Key"),
        error_messages={
            "required": gettext_lazy("Choose a key."),
            "invalid_choice": _FROM_THE_LIST,
        },
    )

    def prepare(self, tenant: Tenant) -> None:
        """Offer the keys that callers hear of."""
        self.choose(
            "branch",
            [
                (
                    f"{row.menu.pk}-{row.key}",
                    _("%(menu)s: %(key)s, %(label)s")
                    % {"menu": row.menu, "key": row.key, "label": row.choice.label},
                )
                for row in needs.branches_of(tenant)
                if row.choice is not None
            ],
        )

    def write(self, actor: User) -> None:
        """Have it so. Raises NotAllowed."""
        menu_id, _dash, key = self.cleaned_data["branch"].partition("-")
        keeping_needs.let_branch_need(
            menu_id=int(menu_id),
            key=key,
            skill_id=self.cleaned_data["skill"],
            level=self.cleaned_data["level"],
            actor=actor,
        )


class CallerNeedForm(NeedForm):
    """What a customer needs whenever that number rings."""

    prefix_of_ids = "caller"
    field_order = ("number", "skill", "level")
    number = forms.CharField(
        label=gettext_lazy("Number of the customer"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "inputmode": "tel", "placeholder": "+1 415 555 0142"}
        ),
        error_messages={
            "required": gettext_lazy("Write the number with its country, as in +14155550142."),
            "max_length": gettext_lazy("Write the number with its country, as in +14155550142."),
            "null_characters_not_allowed": gettext_lazy(
                "Write the number with its country, as in +14155550142."
            ),
        },
    )

    def write(self, actor: User) -> None:
        """Have it so. Raises NotAllowed."""
        keeping_needs.let_caller_need(
            number=self.cleaned_data["number"],
            skill_id=self.cleaned_data["skill"],
            level=self.cleaned_data["level"],
            actor=actor,
        )


FORMS: dict[Asker, type[NeedForm]] = {
    Asker.NUMBER: NumberNeedForm,
    Asker.BRANCH: BranchNeedForm,
    Asker.CALLER: CallerNeedForm,
}


def called(number: PhoneNumber) -> str:
    """Return what a number of ours is called in a list."""
    return f"{number.e164}, {number.label}" if number.label else number.e164
