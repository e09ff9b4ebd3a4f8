"""What an admin may say about desks: outcomes, and the fields that are asked after a call.

A list is one form with a row for each of its entries and some empty ones. A row whose name is taken
away is removed; the places decide about the order.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.call_variables import LONGEST_LINK
from contact_center.domain.form_fields import FieldKind
from contact_center.models import KIND_CHOICES, LONGEST_SCRIPT, AskedField, Disposition, QueueDesk
from contact_center.services.keeping_desks import LONGEST_LABEL as LONGEST_LINK_LABEL
from contact_center.services.keeping_forms import (
    LONGEST_CHOICE,
    MOST_CHOICES,
    MOST_FIELDS,
    MOST_OUTCOMES,
    Field,
    Outcome,
)
from supervisors.routing_forms import Form, NumberField

#: Empty rows for new entries.
SPARE_ROWS = 3
LONGEST_LABEL = 60
LAST_PLACE = 999

_TOO_LONG = gettext_lazy("At most %(limit_value)d letters; these are %(show_value)d.")
_NAME_FIRST = gettext_lazy("Give it a name first.")


class RowsForm(Form):
    """A list of entries, each with its cells; the first of them is its name."""

    #: The cells of a row, in the order of the columns.
    cells: tuple[str, ...] = ()
    #: What a person writes of a new entry beside its name.
    written: tuple[str, ...] = ()
    most = 0

    def __init__(self, data: Any, rows: Sequence[Any]) -> None:
        super().__init__(data)
        self._rows = list(rows)
        self._count = min(len(self._rows) + SPARE_ROWS, self.most)
        for index in range(self._count):
            row = self._rows[index] if index < len(self._rows) else None
            for name, field in self.cells_of(row).items():
                self.fields[f"{name}_{index}"] = field
            self.fields[f"place_{index}"] = NumberField(
                label=_("Place"),
                least=1,
                most=LAST_PLACE,
                required=False,
                initial=index + 1 if row is not None else None,
            )
            self.fields[f"id_{index}"] = forms.IntegerField(
                required=False,
                widget=forms.HiddenInput,
                initial=row.pk if row is not None else None,
                min_value=1,
                max_value=2**62,
            )
        self.fields |= self.beside()
        self.dressed()
        for field in self.fields.values():
            if isinstance(field, forms.BooleanField):
                field.widget.attrs.pop("class", None)

    def cells_of(self, row: Any) -> dict[str, forms.Field]:
        """Return the fields of a row, of an empty one for None."""
        raise NotImplementedError

    def beside(self) -> dict[str, forms.Field]:
        """Return the fields of the form that belong to no row."""
        return {}

    def table(self) -> Iterator[tuple[list[forms.BoundField], forms.BoundField]]:
        """Yield the cells of each row, and the field with its id."""
        for index in range(self._count):
            names = (*self.cells, "place")
            yield [self[f"{name}_{index}"] for name in names], self[f"id_{index}"]

    def clean(self) -> dict[str, Any]:
        """Want a name wherever anything else is said of a new entry."""
        clean = super().clean() or {}
        for index in range(self._count):
            said = [clean.get(f"{name}_{index}") for name in self.written]
            if any(said) and not clean.get(f"label_{index}") and not clean.get(f"id_{index}"):
                self.add_error(f"label_{index}", _NAME_FIRST)
        return clean

    def said(self) -> Iterator[dict[str, Any]]:
        """Yield what is said of each entry with a name, in the order of their places."""
        clean = self.cleaned_data
        placed = sorted(
            (clean[f"place_{index}"] or LAST_PLACE + 1, index) for index in range(self._count)
        )
        for _place, index in placed:
            if clean[f"label_{index}"]:
                names = (*self.cells, "id")
                yield {name: clean[f"{name}_{index}"] for name in names}


class OutcomesForm(RowsForm):
    """What a call can come to."""

    prefix_of_ids = "outcome"
    cells = ("label", "group", "is_active")
    written = ("group",)
    most = MOST_OUTCOMES

    def __init__(
        self, data: Any = None, *, outcomes: Sequence[Disposition], required: bool | None
    ) -> None:
        self._required = required
        super().__init__(data, outcomes)

    def beside(self) -> dict[str, forms.Field]:
        """Whether an outcome is wanted; of every queue together that is not said."""
        if self._required is None:
            return {}
        wanted = forms.BooleanField(
            label=_("An agent finishes a call only with an outcome"),
            required=False,
            initial=self._required,
            help_text=_(
                "When the time of wrap-up is over, it ends all the same, and the call says "
                "that its outcome is missing."
            ),
        )
        return {"required": wanted}

    def cells_of(self, row: Disposition | None) -> dict[str, forms.Field]:
        """Name, group, offered."""
        return {
            "label": _text(_("Outcome"), row.label if row else ""),
            "group": _text(_("Group"), row.group if row else ""),
            "is_active": _tick(_("Offered"), row.is_active if row else True),
        }

    def values(self) -> dict[str, Any]:
        """Return what was said, for the service."""
        outcomes = [Outcome(**row) for row in self.said()]
        return {"outcomes": outcomes, "required": self.cleaned_data.get("required")}


class FieldsForm(RowsForm):
    """Fields that are asked, each with the kind of answer it wants."""

    prefix_of_ids = "field"
    cells = ("label", "kind", "choices", "is_required", "is_active")
    written = ("choices", "is_required")
    most = MOST_FIELDS

    def __init__(self, data: Any = None, *, fields: Sequence[AskedField]) -> None:
        super().__init__(data, fields)

    def cells_of(self, row: AskedField | None) -> dict[str, forms.Field]:
        """Name, kind, choices, required, asked."""
        choices = ", ".join(row.choices) if row else ""
        return {
            "label": _text(_("Question"), row.label if row else ""),
            "kind": forms.ChoiceField(
                label=_("Kind"),
                choices=KIND_CHOICES,
                initial=row.kind if row else FieldKind.TEXT.value,
                required=False,
                error_messages={"invalid_choice": _("Choose one from the list.")},
            ),
            "choices": _text(_("Choices"), choices, most=MOST_CHOICES * (LONGEST_CHOICE + 2)),
            "is_required": _tick(_("Required"), row.is_required if row else False),
            "is_active": _tick(_("Asked"), row.is_active if row else True),
        }

    def written_fields(self) -> list[Field]:
        """Return what was said, for the service."""
        return [
            Field(
                **{
                    **row,
                    "kind": FieldKind(row["kind"] or FieldKind.TEXT),
                    "choices": row["choices"].split(","),
                }
            )
            for row in self.said()
        ]


class BesideForm(Form):
    """What stands beside calls of a queue: a script and a link into another system."""

    prefix_of_ids = "beside"
    script = forms.CharField(
        label=gettext_lazy("Script"),
        required=False,
        max_length=LONGEST_SCRIPT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"max_length": _TOO_LONG},
        help_text=gettext_lazy(
            "Plain words. A line with “# ” before it is a heading, with “1. ” a step, with “- ” a "
            "point; an empty line parts them."
        ),
    )
    link_label = forms.CharField(
        label=gettext_lazy("What the link says"),
        required=False,
        max_length=LONGEST_LINK_LABEL,
        error_messages={"max_length": _TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("On its button, like “Customer file”."),
    )
    link_url = forms.CharField(
        label=gettext_lazy("Address of the link"),
        required=False,
        max_length=LONGEST_LINK,
        error_messages={"max_length": _TOO_LONG},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"}),
        help_text=gettext_lazy(
            "https or http; opened in a new tab. What is known of the caller stands in it, "
            "encoded: whoever runs the other system reads it. Empty: no link."
        ),
    )

    def __init__(self, data: Any = None, *, desk: QueueDesk | None) -> None:
        said = ("script", "link_label", "link_url")
        super().__init__(
            data, initial={name: getattr(desk, name) for name in said} if desk is not None else {}
        )
        self.dressed()


def _text(label: str, initial: str, *, most: int = LONGEST_LABEL) -> forms.CharField:
    return forms.CharField(
        label=label,
        initial=initial,
        max_length=most,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _TOO_LONG},
    )


def _tick(label: str, initial: bool) -> forms.BooleanField:
    return forms.BooleanField(label=label, initial=initial, required=False)
