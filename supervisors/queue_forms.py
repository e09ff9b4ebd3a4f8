"""What an admin may say about a queue, and what is said when it cannot be understood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.conf import current
from contact_center.domain.overflow import Target
from contact_center.domain.sounds import MOST_BYTES
from contact_center.models import Agent, Queue, Tenant
from contact_center.selectors import hours
from contact_center.services.keeping_queues import inherited


@dataclass(frozen=True)
class Group:
    """Some fields of a queue that belong together."""

    key: str
    title: Promise
    fields: tuple[str, ...]


#: Every field that may be set up, in the order in which the page shows them: one line each.
GROUPS = (
    Group(
        "serving",
        gettext_lazy("Serving"),
        (
            "name",
            "priority",
            "strategy",
            "last_agent_seconds",
            "ring_seconds",
            "auto_answer_seconds",
            "wrap_up_seconds",
            "wrap_up_extensions",
        ),
    ),
    Group(
        "waiting",
        gettext_lazy("Waiting"),
        (
            "music_url",
            "announce",
            "announce_first_after",
            "announce_every",
            "announce_only_if_better",
            "comfort_every",
            "comfort_text",
            "leave_key",
            "redial_minutes",
            "voicemail_key",
            "callback_key",
        ),
    ),
    Group(
        "callbacks",
        gettext_lazy("Calling back"),
        (
            "callback_first",
            "callback_attempts",
            "callback_retry_minutes",
            "callback_from_hour",
            "callback_until_hour",
        ),
    ),
    Group(
        "limits",
        gettext_lazy("Limits and overflow"),
        (
            "capacity",
            "max_wait_seconds",
            "overflow_percent",
            "overflow_to",
            "overflow_queue",
            "overflow_number",
            "when_nobody",
            "closing_text",
        ),
    ),
    Group(
        "hours",
        gettext_lazy("Hours"),
        ("calendar", "when_closed"),
    ),
    Group(
        "judged",
        gettext_lazy("How it is judged"),
        (
            "service_level_formula",
            "service_level_seconds",
            "service_level_goal",
            "short_abandon_seconds",
        ),
    ),
)
#: And those that may not, each with the reason.
LEFT_OUT = {
    "tenant": "a queue stays with its organisation",
}
#: These need the whole width of the page.
WIDE = frozenset(
    {
        "strategy",
        "music_url",
        "announce",
        "comfort_text",
        "callback_first",
        "overflow_to",
        "closing_text",
        "service_level_formula",
    }
)

_FROM_THE_LIST = gettext_lazy("Choose one from the list.")
_NO_VOICEMAIL = gettext_lazy(
    "This site takes no messages (CALL.VOICEMAIL_ENABLED is off). Choose something else."
)
_TOO_LATE = gettext_lazy("It rings for %(seconds)d s. Write less than that.")
_TOO_LONG = gettext_lazy("At most %(limit_value)d letters; these are %(show_value)d.")


class QueueForm(forms.ModelForm):  # type: ignore[type-arg]  # not at run time
    """All that can be said of a queue, in groups. What is left empty follows the setting."""

    class Meta:
        model = Queue
        fields = [name for group in GROUPS for name in group.fields]
        error_messages = {
            "name": {"required": gettext_lazy("Give this queue a name, like “Sales”.")},
        }

    def __init__(self, data: Any = None, *, tenant: Tenant, queue: Queue | None) -> None:
        super().__init__(data, instance=queue or Queue(tenant=tenant))
        self._was_called = queue.name if queue else ""
        for name, field in self.fields.items():
            of_model = _of_model(name)
            field.label = str(of_model.verbose_name)[:1].upper() + str(of_model.verbose_name)[1:]
            _speak(field, of_model)
            _show_what_empty_means(field, name)
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.filter(tenant=tenant)
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "input"
        # Looking for mistakes is asked for only now: every field knows its sentences.
        if self.is_bound:
            for name in self.errors.keys() & self.fields.keys():
                self.fields[name].widget.attrs["aria-invalid"] = "true"

    def clean_music_url(self) -> str:
        """Want an address, or a path of ours."""
        said: str = self.cleaned_data["music_url"].strip()
        if said and not said.startswith(("http://", "https://", "/static/")):
            raise ValidationError(
                _("Write an address like https://example.com/music.mp3, or a path below /static/.")
            )
        return said

    def clean(self) -> dict[str, Any]:
        """Want no messages where the site takes none, and no call taken after it has rung."""
        said = super().clean() or {}
        rings = said.get("ring_seconds") or current().call.default_timeout
        if (said.get("auto_answer_seconds") or 0) >= rings:
            self.add_error("auto_answer_seconds", _TOO_LATE % {"seconds": rings})
        if not current().call.voicemail_enabled:
            for name in ("overflow_to", "when_closed"):
                if said.get(name) == Target.VOICEMAIL:
                    self.add_error(name, _NO_VOICEMAIL)
        return said

    def values(self) -> dict[str, Any]:
        """Return what was said by field, for the service."""
        said = {name: self.cleaned_data[name] for name in self.fields}
        # However it was written, it is kept and dialled in one way.
        return said | {"overflow_number": self.instance.overflow_number}

    def groups(self) -> Iterator[tuple[Group, list[tuple[forms.BoundField, bool]]]]:
        """Yield each group with its fields, and of each whether it needs the whole width."""
        for group in GROUPS:
            yield group, [(self[name], name in WIDE) for name in group.fields]


class MusicForm(forms.Form):
    """A sound file that callers of a queue hear while they wait."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,  # it is said in the same place as whatever else may be wrong
        widget=forms.FileInput(
            attrs={
                "accept": ".mp3,.wav,audio/mpeg,audio/wav",
                "aria-describedby": "id_file_helptext",
                "class": "input",
            }
        ),
        error_messages={
            "required": gettext_lazy("Choose a file first."),
            "invalid": gettext_lazy("Choose a file first."),
        },
    )

    def refused(self) -> "MusicForm":
        """Return the form as it looks beside the sentence that says what was wrong."""
        self.fields["file"].widget.attrs["aria-invalid"] = "true"
        return self

    def content(self) -> bytes:
        """Return what was uploaded, up to one byte more than may be."""
        read: bytes = self.cleaned_data["file"].read(MOST_BYTES + 1)
        return read

    def label(self) -> str:
        """Return what the file was called where it comes from."""
        return str(self.cleaned_data["file"].name)


class MembersForm(forms.Form):
    """Which agents are meant, to be added to a queue or taken from it."""

    # Compared with the ids there are, whatever was sent: no number is too long for a database.
    agents = forms.TypedMultipleChoiceField(
        coerce=int,
        error_messages={
            "required": gettext_lazy("Choose at least one agent first."),
            "invalid_choice": gettext_lazy("One of these agents is gone. Load the page again."),
        },
    )

    def __init__(self, data: Any, *, tenant: Tenant) -> None:
        super().__init__(data)
        field = self.fields["agents"]
        assert isinstance(field, forms.ChoiceField)  # as declared above
        ids = Agent.objects.filter(tenant=tenant).order_by().values_list("pk", flat=True)
        field.choices = [(pk, str(pk)) for pk in ids]

    def agent_ids(self) -> list[int]:
        """Return the agents, for the service."""
        found: list[int] = self.cleaned_data["agents"]
        return found


# --- what a field says ---------------------------------------------------------------------------


def value_words(name: str, value: Any) -> str:
    """Return a value of a queue's field in words: of a choice its label, of a time its unit."""
    labels = dict(_of_model(name).flatchoices)
    return f"{labels.get(value, value)}{_unit(name)}"


def default_words(name: str) -> str:
    """Return "default (20 s)" for what an empty field means today; "" where empty means empty."""
    if name == "calendar":
        setting = hours.calendar_of_settings() is not None
        said = _("the setting BUSINESS_HOURS") if setting else _("open all the time")
    elif name == "music_url":
        said = current().conference.wait_url or _("silence")
    elif name in inherited():
        said = value_words(name, inherited()[name])
    else:
        return ""
    return _("default (%(said)s)") % {"said": said}


def _of_model(name: str) -> "models.Field[Any, Any]":
    found = Queue._meta.get_field(name)
    assert isinstance(found, models.Field)  # no group names anything else
    return found


def _unit(name: str) -> str:
    if name.endswith("_seconds"):
        return " s"
    return " %" if name.endswith(("_percent", "_goal")) else ""


def _show_what_empty_means(field: forms.Field, name: str) -> None:
    words = default_words(name)
    if not words:
        return
    if isinstance(field, forms.ModelChoiceField):
        field.empty_label = words
    elif isinstance(field, forms.ChoiceField):
        field.choices = [("", words), *(each for each in _choices(field) if each[0] != "")]
    else:
        field.widget.attrs["placeholder"] = words


def _choices(field: forms.ChoiceField) -> list[tuple[Any, Any]]:
    return list(field.choices)  # type: ignore[arg-type]  # ours have no groups


def _speak(field: forms.Field, of_model: "models.Field[Any, Any]") -> None:
    """Let a field say what is wrong in sentences, whatever it is about."""
    for code, sentence in (("invalid_choice", _FROM_THE_LIST), ("max_length", _TOO_LONG)):
        field.error_messages[code] = sentence
    if isinstance(field, forms.ChoiceField):
        field.error_messages["required"] = _FROM_THE_LIST
    if isinstance(field, forms.IntegerField):
        for code in ("required", "invalid", "min_value", "max_value"):
            field.error_messages[code] = _number_wanted(of_model)
        # A field for numbers sends nothing where it holds no number, and nothing means the setting.
        field.widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})


def _number_wanted(of_model: "models.Field[Any, Any]") -> str:
    limits: dict[type, list[int]] = {MinValueValidator: [0], MaxValueValidator: []}
    for validator in of_model.validators:
        for kind, found in limits.items():
            if type(validator) is kind:
                found.append(int(validator.limit_value))  # type: ignore[attr-defined]
    said = _("Write a whole number from %(least)s to %(most)s.") % {
        "least": max(limits[MinValueValidator]),
        "most": min(limits[MaxValueValidator], default=0),
    }
    if not of_model.null:
        return said
    if default_words(of_model.name):
        return f"{said} {_('Left empty it follows the setting.')}"
    return f"{said} {_('Or leave it empty.')}"
