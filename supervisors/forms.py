"""What a supervisor's pages may send, and what is said when they send something else."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contact_center.domain.states import Presence
from contact_center.selectors import desk
from contact_center.services.overruling import LONGEST_WHY

_AS_IT_IS = _("Choose a status from the list.")


class WhyForm(forms.Form):
    """Why a supervisor does something to an agent; the agent reads it."""

    why = forms.CharField(
        required=False,
        max_length=LONGEST_WHY,
        error_messages={
            "max_length": _("Say why in at most %(limit_value)d letters; these are %(show_value)d.")
        },
    )


class ChangePresenceForm(WhyForm):
    """A status as one choice: available, offline, or `break:` and the kind of break."""

    to = forms.CharField(
        max_length=60, error_messages={"required": _AS_IT_IS, "max_length": _AS_IT_IS}
    )

    def clean_to(self) -> tuple[Presence, str]:
        """Return the presence and the reason. Raises ValidationError for what is not offered."""
        presence, _colon, reason = self.cleaned_data["to"].partition(":")
        offered = {code for code, _label in desk.break_types()}
        if presence not in set(Presence) or (
            reason not in offered if presence == Presence.BREAK else bool(reason)
        ):
            raise forms.ValidationError(_AS_IT_IS)
        return Presence(presence), reason


class SignOutForm(WhyForm):
    """Sign somebody out: after the call, or now, naming the call that ends with it."""

    cut = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        error_messages={
            "invalid": _("Choose when, from the list."),
            "min_value": _("Choose when, from the list."),
            "max_value": _("Choose when, from the list."),
        },
    )


def sentences(form: forms.Form) -> str:
    """Return everything that is wrong with a form."""
    errors: dict[str, Any] = form.errors
    return " ".join(str(error) for each in errors.values() for error in each)
