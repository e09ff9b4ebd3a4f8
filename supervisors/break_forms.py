"""What an admin may say about breaks, and what is said when it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.breaks import AfterBreak
from contact_center.models import BreakRule, Tenant
from contact_center.services.keeping_breaks import LONGEST_BREAK_MINUTES, Rule
from contact_center.services.presence import break_reasons
from supervisors.routing_forms import Form, NumberField

_FROM_THE_LIST = gettext_lazy("Choose one from the list.")


@dataclass(frozen=True)
class BreakRow:
    """A type of break with its two fields."""

    label: str
    is_offered: bool
    minutes: forms.BoundField
    after: forms.BoundField


class BreaksForm(Form):
    """Every type of break that agents may choose, and those that still have a rule."""

    prefix_of_ids = "break"

    def __init__(self, data: Any = None, *, tenant: Tenant) -> None:
        super().__init__(data)
        self._offered = break_reasons()
        had = {row.code: row for row in BreakRule.objects.filter(tenant=tenant)}
        self._codes = [*self._offered, *(code for code in had if code not in self._offered)]
        choices = BreakRule._meta.get_field("after").choices or []
        for code in self._codes:
            rule = had.get(code)
            label = self._offered.get(code, code)
            self.fields[f"minutes_{code}"] = NumberField(
                label=_("Minutes at most: %(break)s") % {"break": label},
                least=1,
                most=LONGEST_BREAK_MINUTES,
                required=False,
                initial=rule.most_minutes if rule else None,
            )
            self.fields[f"after_{code}"] = forms.ChoiceField(
                label=_("When it is over: %(break)s") % {"break": label},
                choices=choices,
                initial=rule.after if rule else AfterBreak.REMIND.value,
                error_messages={"required": _FROM_THE_LIST, "invalid_choice": _FROM_THE_LIST},
            )
        self.dressed()

    def rows(self) -> Sequence[BreakRow]:
        """Return the types of breaks, those that are offered first."""
        return [
            BreakRow(
                self._offered.get(code, code),
                code in self._offered,
                self[f"minutes_{code}"],
                self[f"after_{code}"],
            )
            for code in self._codes
        ]

    def rules(self) -> dict[str, Rule | None]:
        """Return what was said of each type of break, by its code."""
        said = self.cleaned_data
        return {
            code: Rule(
                most_minutes=said[f"minutes_{code}"], after=AfterBreak(said[f"after_{code}"])
            )
            if said[f"minutes_{code}"]
            else None
            for code in self._codes
        }
