"""Contacts: written, brought together and removed by the people who speak with them."""

from collections.abc import Iterable, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from contact_center.domain import events as ev
from contact_center.errors import NotAllowed
from contact_center.event_stream import record
from contact_center.models import Contact, ContactNumber, ContactTag, Role, User

#: A contact has so many numbers and tags at most; more is a mistake of an import.
MOST_NUMBERS = 10
MOST_TAGS = 20
#: Of the notes, as the table has it.
LONGEST_NOTES = 4000


class NumberTaken(NotAllowed):
    """A number leads to another contact already; the two may be one."""

    def __init__(self, number: str, other: Contact) -> None:
        super().__init__(
            _(
                "%(number)s is the number of %(name)s already. "
                "Bring the two together, or leave it out."
            )
            % {"number": number, "name": other.name}
        )
        self.other = other


@transaction.atomic
def write_contact(
    *,
    contact: Contact | None,
    name: str,
    company: str,
    email: str,
    notes: str,
    tags: Iterable[str],
    numbers: Sequence[tuple[str, str]],
    is_shared: bool,
    actor: User,
) -> Contact:
    """Write a contact, a new one for None; ``numbers`` are pairs of E.164 and label.

    ``is_shared``: everybody's from now on, else the actor's own. What is everybody's no agent takes
    alone: nobody else would have it any more. Raises NumberTaken, and NotAllowed for that and for a
    contact that is gone or somebody else's own.
    """
    if actor.tenant is None:
        raise NotAllowed(_("Only somebody of an organisation can have contacts."))
    is_new = contact is None
    row = Contact(tenant=actor.tenant) if contact is None else _locked(actor, contact.pk)
    was_everybodys = not is_new and row.owner_id is None
    if was_everybodys and not is_shared:
        _require_supervisor(actor)
    row.owner = None if is_shared else actor
    row.name, row.company, row.email, row.notes = name, company, email, notes
    row.save()
    _write_numbers(row, numbers)
    _write_tags(row, tags)
    event = ev.ContactMade if is_new else ev.ContactChanged
    record(event(tenant_id=row.tenant_id, actor_id=actor.pk, contact_id=row.pk))
    return row


@transaction.atomic
def bring_together(*, kept: Contact, dropped: Contact, actor: User) -> Contact:
    """Make one contact of two: what ``kept`` leaves empty comes from ``dropped``, which is removed.

    Numbers, tags and notes of both are kept. Raises NotAllowed when one of them is gone, when they
    are the same, or when only one of them is everybody's.
    """
    if kept.pk == dropped.pk:
        raise NotAllowed(_("This is one contact already."))
    # In one order, for somebody may bring the same two together the other way round.
    rows = {pk: _locked(actor, pk) for pk in sorted((kept.pk, dropped.pk))}
    into, other = rows[kept.pk], rows[dropped.pk]
    if into.owner_id != other.owner_id:
        raise NotAllowed(_("One of them is yours alone. Share it with everybody first."))
    into.company = into.company or other.company
    into.email = into.email or other.email
    into.notes = "\n\n".join(filter(None, (into.notes, other.notes)))[:LONGEST_NOTES]
    numbers = [(each.number, each.label) for row in (into, other) for each in row.numbers.all()]
    tags = {tag.name for row in (into, other) for tag in row.tags.all()}
    other.delete()
    into.save()
    _write_numbers(into, numbers)
    _write_tags(into, tags)
    record(
        ev.ContactsBroughtTogether(
            tenant_id=into.tenant_id,
            actor_id=actor.pk,
            contact_id=into.pk,
            dropped_contact_id=dropped.pk,
        )
    )
    return into


@transaction.atomic
def remove_contact(*, contact: Contact, actor: User) -> None:
    """Remove a contact; calls stay as they are. Raises NotAllowed.

    What is everybody's a supervisor or an admin removes.
    """
    row = _locked(actor, contact.pk)
    if row.owner_id is None:
        _require_supervisor(actor)
    record(ev.ContactRemoved(tenant_id=row.tenant_id, actor_id=actor.pk, contact_id=row.pk))
    row.delete()


# --- inside --------------------------------------------------------------------------------------


def _locked(actor: User, contact_id: int) -> Contact:
    """Return a contact that ``actor`` may change, locked."""
    rows = Contact.objects.select_for_update(no_key=True, of=("self",))
    row = rows.filter(pk=contact_id, tenant=actor.tenant).first()
    if row is None or row.owner_id not in (None, actor.pk):
        raise NotAllowed(_("This contact is not there any more. Load the page again."))
    return row


def _require_supervisor(actor: User) -> None:
    """Raise NotAllowed where an agent would take from everybody what is everybody's."""
    if actor.role == Role.AGENT:
        raise NotAllowed(
            _("This contact is everybody's. A supervisor can remove it; you can change it.")
        )


def _write_numbers(contact: Contact, numbers: Sequence[tuple[str, str]]) -> None:
    if len(dict(numbers)) > MOST_NUMBERS:
        raise NotAllowed(_("A contact has %(most)d numbers at most.") % {"most": MOST_NUMBERS})
    contact.numbers.all().delete()
    seen: set[str] = set()
    for number, label in numbers:
        if number in seen:
            continue
        seen.add(number)
        row = ContactNumber(
            contact=contact,
            tenant_id=contact.tenant_id,
            owner_id=contact.owner_id,
            number=number,
            label=label,
            position=len(seen),
        )
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            taken = ContactNumber.objects.select_related("contact").filter(
                tenant_id=contact.tenant_id, owner_id=contact.owner_id, number=number
            )
            raise NumberTaken(number, taken.get().contact)


def _write_tags(contact: Contact, names: Iterable[str]) -> None:
    wanted = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    if len(wanted) > MOST_TAGS:
        raise NotAllowed(_("A contact has %(most)d tags at most.") % {"most": MOST_TAGS})
    contact.tags.set(
        [
            ContactTag.objects.get_or_create(tenant_id=contact.tenant_id, name=name)[0]
            for name in wanted
        ]
    )
