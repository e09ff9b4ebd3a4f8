"""What a supervisor's pages may send, and what is said when they send something else."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from contact_center.domain.line import HIGHEST_PRIORITY, LOWEST_PRIORITY
from contact_center.domain.states import Presence
from contact_center.domain.supervising import Mode
from contact_center.selectors import desk
from contact_center.services.overruling import LONGEST_WHY

_AS_IT_IS = _("Choose a status from the list.")


class _ChosenId(forms.IntegerField):
    """The id of what was chosen from a list; ``otherwise`` is said to anything else."""

    def __init__(self, otherwise: Any) -> None:
        said = dict.fromkeys(("required", "invalid", "min_value", "max_value"), otherwise)
        super().__init__(min_value=1, max_value=2**63 - 1, error_messages=said)


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


class LeaseForm(forms.Form):
    """Which page asks: the key of the supervisor's phone."""

    lease = forms.CharField(
        max_length=32,
        validators=[RegexValidator(r"^[0-9a-z]+$", _("That is not a phone tab of yours."))],
        error_messages={
            "required": _("This tab is not your phone. Reload the page and try again."),
            "max_length": _("That is not a phone tab of yours."),
        },
    )


class ModeForm(forms.Form):
    """Who is to hear the supervisor."""

    mode = forms.ChoiceField(
        choices=[(m.value, m.value) for m in Mode],
        error_messages={
            "required": _("Choose Listen, Coach or Barge."),
            "invalid_choice": _("Choose Listen, Coach or Barge."),
        },
    )

    def clean_mode(self) -> Mode:
        """Return the mode."""
        return Mode(self.cleaned_data["mode"])


class SuperviseForm(ModeForm, LeaseForm):
    """A conversation to come to, and whether the agent is not to be shown it."""

    private = forms.BooleanField(required=False)


class FailureForm(forms.Form):
    """Why the browser's own side did not come about."""

    reason = forms.CharField(
        max_length=200,
        error_messages={
            "required": _("Say what went wrong."),
            "max_length": _("Say in at most 200 characters what went wrong."),
        },
    )


class MoveForm(forms.Form):
    """The queue to which a waiting caller is moved."""

    queue = _ChosenId(_("Choose a queue from the list."))


class GiveForm(forms.Form):
    """The agent for whom a waiting caller is kept."""

    agent = _ChosenId(_("Choose an agent from the list."))


class PriorityForm(forms.Form):
    """The priority of a waiting caller; nothing: the queue's own."""

    priority = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, n) for n in range(LOWEST_PRIORITY, HIGHEST_PRIORITY + 1)],
        error_messages={"invalid_choice": _("Choose a priority from the list.")},
    )


class SaveViewForm(forms.Form):
    """The name of a view, and whether every supervisor is to find it."""

    # What is too long, or empty, is refused by the service, in words for both.
    name = forms.CharField(required=False, max_length=1000)
    shared = forms.BooleanField(required=False)


def sentences(form: forms.Form) -> str:
    """Return everything that is wrong with a form."""
    errors: dict[str, Any] = form.errors
    return " ".join(str(error) for each in errors.values() for error in each)


class CallbackTimeForm(forms.Form):
    """When somebody is to be called back, in the time of the screens."""

    at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={
            "required": _("Choose a day and a time."),
            "invalid": _("Choose a day and a time."),
        },
    )
