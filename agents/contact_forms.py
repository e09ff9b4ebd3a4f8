"""What is written down of a contact, and what is said when it cannot be understood."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.telephone_numbers import typed_number
from contact_center.models import Contact
from contact_center.services.keeping_contacts import MOST_NUMBERS

#: Empty rows for more numbers.
SPARE_ROWS = 1


class ContactForm(forms.Form):
    """A contact with its numbers."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Write a name, if only “Unknown, asks for Ann”.")},
    )
    company = forms.CharField(label=gettext_lazy("Company"), max_length=120, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=200,
        required=False,
        error_messages={"invalid": gettext_lazy("Write it like ann@example.com, or leave it out.")},
    )
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("Words with commas between them."),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    is_shared = forms.BooleanField(
        label=gettext_lazy("Everybody's"),
        required=False,
        help_text=gettext_lazy("Otherwise only you see this contact."),
    )

    def __init__(
        self, data: Any, *, contact: Contact | None, region: str, number: str = ""
    ) -> None:
        super().__init__(data, initial=_initial(contact))
        self._region = region
        known = list(contact.numbers.all()) if contact is not None else []
        rows = min(max(len(known) + SPARE_ROWS, _rows_sent(data)), MOST_NUMBERS)
        for place in range(rows):
            row = known[place] if place < len(known) else None
            self.fields[f"number_{place}"] = forms.CharField(
                label=_("Number %(n)d") % {"n": place + 1},
                max_length=40,
                required=False,
                initial=row.number if row else (number if place == len(known) else ""),
                widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
            )
            self.fields[f"label_{place}"] = forms.CharField(
                label=_("What it is"),
                max_length=30,
                required=False,
                initial=row.label if row else "",
                widget=forms.TextInput(attrs={"placeholder": _("Mobile, work …")}),
            )
        for name, field in self.fields.items():
            if not isinstance(field, forms.BooleanField):
                field.widget.attrs["class"] = "input"
            if self.is_bound and name in self.errors:
                field.widget.attrs["aria-invalid"] = "true"

    def number_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """Yield each number with what it is."""
        for name in self.fields:
            if name.startswith("number_"):
                yield self[name], self[name.replace("number", "label")]

    def clean(self) -> dict[str, Any]:
        """Want every number to be one."""
        cleaned = super().clean() or {}
        found: list[tuple[str, str]] = []
        for name in [each for each in self.fields if each.startswith("number_")]:
            written = cleaned.get(name, "")
            if not written:
                continue
            number = typed_number(written, self._region)
            if number is None:
                self.add_error(name, _without_country() if not self._region else _no_number())
                continue
            found.append((number, cleaned.get(name.replace("number", "label"), "")))
        cleaned["numbers"] = found
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return what was said, for the service."""
        said = self.cleaned_data
        fields = ("name", "company", "email", "notes", "is_shared", "numbers")
        return {name: said[name] for name in fields} | {"tags": said["tags"].split(",")}


def _initial(contact: Contact | None) -> dict[str, Any]:
    if contact is None:
        return {"is_shared": True}
    return {
        "name": contact.name,
        "company": contact.company,
        "email": contact.email,
        "notes": contact.notes,
        "tags": ", ".join(tag.name for tag in contact.tags.all()),
        "is_shared": contact.owner_id is None,
    }


def _rows_sent(data: Any) -> int:
    return sum(f"number_{place}" in data for place in range(MOST_NUMBERS)) if data else 0


def _no_number() -> str:
    return _("That is no telephone number. Write it as +1 415 555 0142.")


def _without_country() -> str:
    return _("Write the number with its country, as +1 415 555 0142.")
