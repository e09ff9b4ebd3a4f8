"""What an admin may say about calls that agents make, and what is said when it cannot be."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.telephone_numbers import is_country
from contact_center.models import PhoneNumber, Tenant
from contact_center.templatetags.screen import phone
from supervisors.routing_forms import Form

LONGEST_LIST = 1000


class CallingOutForm(Form):
    """Into which countries agents call, and which numbers they may show."""

    prefix_of_ids = "calling"

    countries = forms.CharField(
        label=gettext_lazy("Countries that agents may call"),
        required=False,
        max_length=LONGEST_LIST,
        help_text=gettext_lazy(
            "Two letters each, as in US, CA, DE. Empty: the countries of your own numbers."
        ),
    )
    shown = forms.MultipleChoiceField(
        label=gettext_lazy("Numbers that agents may show"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
    )

    def __init__(self, data: Any = None, *, tenant: Tenant) -> None:
        super().__init__(data)
        # Nobody speaks at the number of a conference room.
        numbers = PhoneNumber.objects.filter(tenant=tenant, is_room=False).order_by("e164")
        self.fields["countries"].initial = ", ".join(tenant.calls_to)
        choices = self.fields["shown"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(str(one.pk), _label(one)) for one in numbers]
        choices.initial = [str(one.pk) for one in numbers if one.may_be_shown]
        self.dressed()
        del choices.widget.attrs["class"]  # boxes, not lines to write in

    def clean_countries(self) -> list[str]:
        """Return the codes. Raises ValidationError for what is no country."""
        codes = self.cleaned_data["countries"].replace(",", " ").upper().split()
        unknown = [code for code in codes if not is_country(code)]
        if unknown:
            raise forms.ValidationError(
                _("There is no country %(codes)s. Write two letters each, as in US or DE.")
                % {"codes": ", ".join(unknown)}
            )
        return list(codes)

    def clean_shown(self) -> list[int]:
        """Return the ids of the numbers that may be shown."""
        return [int(pk) for pk in self.cleaned_data["shown"]]


def _label(number: PhoneNumber) -> str:
    written = phone(number.e164)
    return f"{written}, {number.label}" if number.label else written
