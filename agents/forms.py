"""What the desk's page may send, and what is said when it sends something else."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _

from agents.doors import checked
from contact_center.domain.line import Kind
from contact_center.domain.states import Presence
from contact_center.models import Disposition, Offer
from contact_center.selectors import desk
from contact_center.selectors.own_calls import CameTo, Sought
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


class NumberForm(forms.Form):
    """A number as somebody types it; whether anybody may be sent there the service says."""

    number = forms.CharField(
        max_length=40,
        error_messages={
            "required": _("Type the number first."),
            "max_length": _("No number is that long."),
        },
    )


class LanguageForm(forms.Form):
    """A language, and the page on which it was chosen."""

    language = forms.CharField(max_length=8, error_messages={"required": _reload})
    next = forms.CharField(max_length=2000, required=False)


class DialForm(LeaseForm, NumberForm):
    """Whom an agent calls, for which queue, and which number of ours is shown."""

    queue = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, error_messages={"invalid": _reload}
    )
    shown = forms.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, error_messages={"invalid": _reload}
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


class RingForm(forms.Form):
    """Which ring of a consult is declined, where the page says it."""

    fence = forms.IntegerField(required=False, min_value=0, max_value=2_147_483_647)


class FailureForm(forms.Form):
    """Why the browser's own side of a call did not come about."""

    reason = forms.CharField(
        max_length=200,
        error_messages={
            "required": _("Say what went wrong."),
            "max_length": _("Say in at most 200 characters what went wrong."),
        },
    )


#: The fields of a queue's form are called so, with their id behind it.
ANSWER = "answer-"


class WrapUpForm(forms.Form):
    """Notes, what the call came to, and the answers in the queue's form; each may be left out.

    What is not in the form at all is not said: the card of a call sends its notes alone.
    """

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
        # A box without a tick is not sent; the form names the boxes it has.
        boxes = str(self.data.get("checks", ""))[:400].split()
        sent = {name: str(self.data[name]) for name in self.data if name.startswith(ANSWER)}
        for name in {*sent, *(f"{ANSWER}{box}" for box in boxes)}:
            number = name.removeprefix(ANSWER)
            if number.isascii() and number.isdecimal() and len(number) < 19:
                self.fields[name] = forms.CharField(required=False, strip=False)

    def said(self) -> dict[str, Any]:
        """Return what was said, for the service. Raises NonsenseInForm when it is nonsense."""
        clean = checked(self)
        answers = {
            int(name.removeprefix(ANSWER)): clean[name] for name in clean if name.startswith(ANSWER)
        }
        plain = {name: clean[name] for name in ("notes", "disposition") if name in self.data}
        return {**plain, "answers": answers}


#: The days a date may be of; a calendar ends somewhere.
_DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


def _day(label: Any) -> forms.DateField:
    says = _("Write a day as 2026-03-31, or leave this empty.")
    errors = {"invalid": says, "min_value": says, "max_value": says}
    return forms.DateField(
        required=False,
        label=label,
        input_formats=["%Y-%m-%d"],
        validators=_DAYS,
        error_messages=errors,
        widget=forms.DateInput(format="%Y-%m-%d"),
    )


class CallsFilter(forms.Form):
    """Which of one's own calls to list."""

    who = forms.CharField(
        required=False,
        label=_("Number or name"),
        max_length=100,
        error_messages={
            "max_length": _("No name is that long. A few letters or digits will do."),
            "null_characters_not_allowed": _("Write letters or digits, or leave this empty."),
        },
    )
    kind = forms.ChoiceField(
        required=False,
        label=_("Which"),
        choices=[
            ("", _("All")),
            (Kind.LIVE.value, _("They called")),
            (Kind.OUTGOING.value, _("I called")),
            (Kind.CALLBACK.value, _("I called back")),
            (Kind.VOICEMAIL.value, _("Voicemails")),
        ],
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    came_to = forms.ChoiceField(
        required=False,
        label=_("What came of it"),
        choices=[
            ("", _("Anything")),
            (CameTo.HANDLED.value, _("Handled")),
            (CameTo.MISSED.value, _("Not answered in time")),
            (CameTo.DECLINED.value, _("I declined")),
            (CameTo.NOT_REACHED.value, _("Not reached")),
            (CameTo.OTHER.value, _("Gave up, taken back, line lost")),
        ],
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    since = _day(_("From"))
    until = _day(_("To"))

    def clean(self) -> dict[str, Any]:
        """Say so where the days are the wrong way round."""
        asked = super().clean() or {}
        since, until = asked.get("since"), asked.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first. Choose a later one."))
        return asked

    def sought(self) -> Sought:
        """Return what is looked for; of a form that is not valid, nothing: everything is shown."""
        if not self.is_valid():
            return Sought()
        asked = self.cleaned_data
        return Sought(
            who=asked["who"],
            kind=Kind(asked["kind"]) if asked["kind"] else None,
            came_to=CameTo(asked["came_to"]) if asked["came_to"] else None,
            since=asked["since"],
            until=asked["until"],
        )


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
