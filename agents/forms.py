"""What the desk's page may send, and what is said when it sends something else."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from contact_center.domain.states import Presence
from contact_center.models import Disposition, Offer
from contact_center.selectors import desk
from contact_center.services.wrapping_up import LONGEST_NOTES

_reload = _("Reload the page and try again.")


class LeaseForm(forms.Form):
    """Which tab asks: the key of its lease."""

    lease = forms.CharField(
        max_length=32,
        validators=[RegexValidator(r"^[0-9a-z]+$", _("That is not a phone tab of yours."))],
        error_messages={
            "required": _("This tab is not your phone. Use it as your phone first."),
            "max_length": _("That is not a phone tab of yours."),
        },
    )


class OptionalLeaseForm(forms.Form):
    """The same where a tab that is not the phone may ask, too."""

    lease = forms.CharField(
        required=False,
        max_length=32,
        error_messages={"max_length": _("That is not a phone tab of yours.")},
    )


class ReportForm(LeaseForm):
    """What the phone tab found out about its sound; what is left out stays as it was."""

    ring_heard = forms.NullBooleanField(required=False)
    microphone_ok = forms.NullBooleanField(required=False)


class TokenForm(LeaseForm):
    """For which slot of this tab a token is wanted."""

    slot = forms.IntegerField(
        min_value=0,
        max_value=20,
        error_messages={
            "required": _("Say which line the token is for."),
            "invalid": _("A line is a small whole number."),
            "min_value": _("There is no such line."),
            "max_value": _("There is no such line."),
        },
    )


class PresenceForm(OptionalLeaseForm):
    """A presence, and for a break the kind of break."""

    presence = forms.ChoiceField(
        choices=[(p.value, p.value) for p in Presence],
        error_messages={
            "required": _("Choose a status from the list."),
            "invalid_choice": _("There is no such status. Choose one from the list."),
        },
    )
    reason = forms.CharField(
        required=False,
        max_length=30,
        error_messages={"max_length": _("Choose one of the breaks in the list.")},
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a kind of break exactly where there is a break. Raises ValidationError."""
        values = super().clean() or {}
        on_break = values.get("presence") == Presence.BREAK
        offered = {code for code, _label in desk.break_types()}
        if on_break and values.get("reason") not in offered:
            raise forms.ValidationError(_("Choose one of the breaks in the list."))
        if not on_break and values.get("reason"):
            raise forms.ValidationError(_("Only a break has a reason."))
        return values


class NextPresenceForm(PresenceForm):
    """What comes after the call; nothing takes the choice back."""

    presence = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((p.value, p.value) for p in Presence)],
        error_messages={
            "invalid_choice": _("There is no such status. Choose one from the list."),
        },
    )


class AcceptForm(LeaseForm):
    """The answer to an offer names the fence it was read with."""

    fence = forms.IntegerField(
        min_value=0,
        max_value=2_147_483_647,
        error_messages={"required": _reload, "invalid": _reload, "max_value": _reload},
    )


class DeclineForm(forms.Form):
    """Declining may come from any tab."""

    fence = AcceptForm.base_fields["fence"]


class FailureForm(forms.Form):
    """Why the browser's own side of a call did not come about."""

    reason = forms.CharField(
        max_length=200,
        error_messages={
            "required": _("Say what went wrong."),
            "max_length": _("Say in at most 200 characters what went wrong."),
        },
    )


class WrapUpForm(forms.Form):
    """Notes, and what the call came to."""

    notes = forms.CharField(
        required=False,
        strip=False,
        max_length=LONGEST_NOTES,
        error_messages={
            "max_length": _(
                "Notes can have %(limit_value)d characters; these have %(show_value)d. "
                "Shorten them and they are saved."
            ),
        },
    )
    disposition = forms.ModelChoiceField(
        required=False,
        queryset=Disposition.objects.none(),
        error_messages={
            "invalid_choice": _("That outcome is not in the list any more. Choose another one."),
        },
    )

    def __init__(self, data: Any, *, offer: Offer) -> None:
        super().__init__(data)
        choice = self.fields["disposition"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = desk.dispositions_for(offer)


class CallsFilter(forms.Form):
    """Which caller's calls to list."""

    number = forms.CharField(
        required=False,
        max_length=40,
        validators=[
            RegexValidator(
                r"^[+0-9 ()./-]*$",
                _("A number has digits only. Write it as +1 415 555 0142, or leave this empty."),
            )
        ],
        error_messages={
            "max_length": _("No number is that long. Write it as +1 415 555 0142."),
        },
    )

    def clean_number(self) -> str:
        """Return the number as it is kept: a plus and digits."""
        digits = "".join(c for c in self.cleaned_data["number"] if c.isdigit() or c == "+")
        return digits if not digits or digits.startswith("+") else f"+{digits}"


class PromiseForm(forms.Form):
    """When the customer is to be called back, and by whom first."""

    at = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={
            "required": _("Choose a day and a time."),
            "invalid": _("Choose a day and a time."),
        },
    )
    mine = forms.BooleanField(required=False)
    about = forms.CharField(
        required=False,
        max_length=300,
        error_messages={"max_length": _("Say in at most 300 characters what it is about.")},
    )
