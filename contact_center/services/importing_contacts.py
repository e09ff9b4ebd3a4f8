"""Contacts from a file and into one, by an admin.

The trial is the import itself, taken back: what it says is what would happen. Each line stands or
falls alone, with its reason.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import CharField, Model
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.domain.contact_files import ContactFile, Line, written_file
from contact_center.domain.telephone_numbers import typed_number
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Contact, ContactNumber, ContactTag, Tenant, User
from contact_center.services import keeping_contacts
from contact_center.services.keeping_contacts import LONGEST_NOTES, MOST_NUMBERS


def _longest(table: type[Model], column: str) -> int:
    """Return how many letters a column has room for."""
    field = table._meta.get_field(column)
    assert isinstance(field, CharField)
    assert field.max_length is not None
    return field.max_length


_LONGEST = {column: _longest(Contact, column) for column in ("name", "company", "email")}
_LONGEST_TAG = _longest(ContactTag, "name")
_LONGEST_LABEL = _longest(ContactNumber, "label")


class Fate(StrEnum):
    """What becomes of a line."""

    MADE = "made"
    CHANGED = "changed"
    MERGED = "merged"
    SAME = "same"
    REFUSED = "refused"


@dataclass(frozen=True)
class LineFate:
    """A line, what becomes of it and why."""

    number: int
    name: str
    fate: Fate
    reason: str = ""


class _TakenBack(Exception):
    """The trial is over."""


def try_import(*, file: ContactFile, region: str, actor: User) -> list[LineFate]:
    """Return what an import would do, and do nothing."""
    fates: list[LineFate] = []
    try:
        with transaction.atomic():
            fates = import_contacts(file=file, region=region, actor=actor)
            raise _TakenBack
    except _TakenBack:
        return fates


@transaction.atomic
def import_contacts(*, file: ContactFile, region: str, actor: User) -> list[LineFate]:
    """Write the contacts of a file for everybody, and return what became of each line.

    Who is known by one of the numbers, or without any by the e-mail address, is changed: what the
    file says wins, and what it leaves empty stays. A line that leads to several makes one of them.
    A number without a country is one of ``region``.
    """
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can have contacts."))
    # One import at a time: two would write the same people twice.
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=actor.tenant.pk)
    first_lines: dict[int, int] = {}
    fates = []
    for line in file.lines:
        try:
            with transaction.atomic():
                fates.append(_write(tenant, line, region, actor, first_lines))
        except NotAllowed as refusal:
            fates.append(LineFate(line.number, line.cells["name"], Fate.REFUSED, str(refusal)))
    counts = Counter(fate.fate for fate in fates)
    if counts[Fate.MADE] + counts[Fate.CHANGED] + counts[Fate.MERGED]:
        record(
            ev.ContactsImported(
                tenant_id=tenant.pk,
                actor_id=actor.pk,
                made=counts[Fate.MADE],
                changed=counts[Fate.CHANGED],
                merged=counts[Fate.MERGED],
                refused=counts[Fate.REFUSED],
            )
        )
    return fates


@transaction.atomic
def export_contacts(*, actor: User) -> str:
    """Return everybody's contacts as a file that `import_contacts` reads. Own ones are nobody's."""
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can have contacts."))
    shared = Contact.objects.filter(tenant=actor.tenant, owner=None)
    contacts = list(shared.prefetch_related("numbers", "tags"))
    most = max((len(contact.numbers.all()) for contact in contacts), default=1)
    headings = ["Name", "Company", "E-mail", "Tags", "Notes"]
    for n in range(1, most + 1):
        headings += [f"Number {n}", f"What it is {n}"]
    record(
        ev.ContactsExported(tenant_id=actor.tenant.pk, actor_id=actor.pk, contacts=len(contacts))
    )
    return written_file(headings, (_cells(contact, most) for contact in contacts))


# --- a line --------------------------------------------------------------------------------------


def _write(
    tenant: Tenant, line: Line, region: str, actor: User, first_lines: dict[int, int]
) -> LineFate:
    """Write one line. Raises NotAllowed with the reason why not."""
    cells = line.cells
    _want_sound(line)
    numbers = _numbers(line, region)
    tags = [tag.strip() for tag in cells["tags"].split(",") if tag.strip()]
    if any(len(tag) > _LONGEST_TAG for tag in tags):
        raise NotAllowed(_("A tag has at most %(most)d letters.") % {"most": _LONGEST_TAG})
    known = _known(tenant, numbers, cells["email"])
    if not known:
        made = keeping_contacts.write_contact(
            contact=None,
            name=cells["name"],
            company=cells["company"],
            email=cells["email"],
            notes=cells["notes"],
            tags=tags,
            numbers=numbers,
            is_shared=True,
            actor=actor,
        )
        first_lines[made.pk] = line.number
        return LineFate(line.number, made.name, Fate.MADE)
    contact, others = known[0], known[1:]
    for other in others:
        contact = keeping_contacts.bring_together(kept=contact, dropped=other, actor=actor)
    before = _state(contact)
    after = _together(contact, line, numbers, tags)
    if after != before:
        keeping_contacts.write_contact(
            contact=contact,
            name=after.name,
            company=after.company,
            email=after.email,
            notes=after.notes,
            tags=after.tags,
            numbers=after.numbers,
            is_shared=True,
            actor=actor,
        )
    earlier = first_lines.setdefault(contact.pk, line.number)
    if others:
        names = ", ".join(each.name for each in known)
        reason = _("These are one now: %(names)s.") % {"names": names}
        return LineFate(line.number, after.name, Fate.MERGED, reason)
    if earlier != line.number:
        reason = _("The same as line %(line)d.") % {"line": earlier}
        return LineFate(line.number, after.name, Fate.MERGED, reason)
    if after == before:
        return LineFate(line.number, after.name, Fate.SAME, _("It is known so already."))
    reason = _("Known as %(name)s.") % {"name": before.name}
    return LineFate(line.number, after.name, Fate.CHANGED, reason)


@dataclass(frozen=True)
class _State:
    name: str
    company: str
    email: str
    notes: str
    tags: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]


def _state(contact: Contact) -> _State:
    return _State(
        contact.name,
        contact.company,
        contact.email,
        contact.notes,
        tuple(tag.name for tag in contact.tags.all()),
        tuple((row.number, row.label) for row in contact.numbers.all()),
    )


def _together(
    contact: Contact, line: Line, numbers: Sequence[tuple[str, str]], tags: Sequence[str]
) -> _State:
    """Return a contact as it is with what a line says."""
    had, cells = _state(contact), line.cells
    notes = had.notes
    if cells["notes"] and cells["notes"] not in notes:
        notes = "\n\n".join(filter(None, (notes, cells["notes"])))[:LONGEST_NOTES]
    said = dict(numbers)
    labelled = {number: said.get(number) or label for number, label in had.numbers}
    return _State(
        cells["name"],
        cells["company"] or had.company,
        cells["email"] or had.email,
        notes,
        tuple(dict.fromkeys((*had.tags, *tags))),
        tuple((labelled | {n: labelled.get(n) or label for n, label in numbers}).items()),
    )


def _known(tenant: Tenant, numbers: Sequence[tuple[str, str]], email: str) -> list[Contact]:
    """Return everybody's contacts that a line is about, the oldest first."""
    shared = Contact.objects.filter(tenant=tenant, owner=None).order_by("pk")
    if numbers:
        return list(shared.filter(numbers__number__in=dict(numbers)).distinct())
    return list(shared.filter(email__iexact=email)[:1]) if email else []


def _want_sound(line: Line) -> None:
    """Raise NotAllowed for what no contact can be."""
    cells = line.cells
    if not cells["name"]:
        raise NotAllowed(_("There is no name."))
    for kind, most in _LONGEST.items():
        if len(cells[kind]) > most:
            raise NotAllowed(
                _("“%(cell)s…” has more than %(most)d letters.")
                % {"cell": cells[kind][:20], "most": most}
            )
    if len(cells["notes"]) > LONGEST_NOTES:
        raise NotAllowed(_("Notes have at most %(most)d letters.") % {"most": LONGEST_NOTES})
    if cells["email"]:
        try:
            validate_email(cells["email"])
        except ValidationError:
            raise NotAllowed(
                _("“%(email)s” is no e-mail address.") % {"email": cells["email"][:60]}
            )


def _numbers(line: Line, region: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for written, label in line.numbers:
        number = typed_number(written, region)
        if number is None:
            said = (
                _("“%(number)s” is no telephone number. Write it as +1 415 555 0142.")
                if region
                else _("“%(number)s” is no number with its country, as +1 415 555 0142.")
            )
            raise NotAllowed(said % {"number": written[:40]})
        found.setdefault(number, label[:_LONGEST_LABEL])
    if len(found) > MOST_NUMBERS:
        raise NotAllowed(_("A contact has %(most)d numbers at most.") % {"most": MOST_NUMBERS})
    return list(found.items())


def _cells(contact: Contact, most: int) -> list[str]:
    numbers = [cell for row in contact.numbers.all() for cell in (row.number, row.label)]
    tags = ", ".join(tag.name for tag in contact.tags.all())
    written = [contact.name, contact.company, contact.email, tags, contact.notes, *numbers]
    return written + [""] * (5 + 2 * most - len(written))
