"""Whom a supervisor blocks, and what is said when it cannot be."""

from django import forms
from django.utils.translation import gettext_lazy

from contact_center.domain.blocking import LONGEST_DAYS, LONGEST_REASON
from supervisors.routing_forms import Form, NumberField


class BlockForm(Form):
    """A number, why, and for how long."""

    prefix_of_ids = "block"

    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=40,
        help_text=gettext_lazy("With a plus and its country, as +1 415 555 0142."),
        error_messages={"required": gettext_lazy("Write the number.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_REASON,
        error_messages={
            "required": gettext_lazy("Say why, for whoever reads this list later."),
            "max_length": gettext_lazy("Say it in at most %(limit_value)d letters."),
        },
    )
    days = NumberField(
        label=gettext_lazy("For how many days"),
        least=1,
        most=LONGEST_DAYS,
        required=False,
        help_text=gettext_lazy("Empty: until somebody unblocks it."),
    )
