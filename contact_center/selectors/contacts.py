"""Who is known by a number, and the pages that list them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from contact_center.domain.telephone_numbers import region_of
from contact_center.models import (
    Agent,
    Contact,
    ContactNumber,
    Offer,
    OfferOutcome,
    PhoneNumber,
    User,
)
from contact_center.models.prepared import Given, Prepared

#: Contacts on a page of the list.
PER_PAGE = 50
#: Whom an agent spoke with in so many days is recent.
RECENT = timedelta(days=30)
#: Conversations beside a contact.
HISTORY = 20

WHICH = ("all", "shared", "own", "recent")

# The desk asks while it rings. One's own goes before everybody's.
_KNOWN = Prepared(
    ContactNumber.objects.select_related("contact")
    .filter(
        Q(owner_id__isnull=True) | Q(owner_id=Given("user_id")),
        tenant_id=Given("tenant_id"),
        number=Given("number"),
    )
    .order_by("owner_id")
)


def contact_with(user: User, number: str) -> Contact | None:
    """Return whom ``user`` knows by ``number`` (E.164): their own contact, else everybody's."""
    if not number.startswith("+") or user.tenant_id is None:
        return None
    found = _KNOWN.all(user_id=user.pk, tenant_id=user.tenant_id, number=number)
    own = [row for row in found if row.owner_id is not None]
    return (own or found)[0].contact if found else None


def contacts_of(user: User) -> QuerySet[Contact]:
    """Return the contacts that ``user`` may see: everybody's and their own."""
    rows = Contact.objects.filter(Q(owner=None) | Q(owner=user), tenant=user.tenant)
    return rows.select_related("owner").prefetch_related("numbers", "tags")


def named(rows: QuerySet[Contact], words: str) -> QuerySet[Contact]:
    """Return those of ``rows`` whose name, company, tag or number has all of ``words``."""
    for word in words.split()[:6]:
        digits = "".join(sign for sign in word if sign.isdigit())
        found = Q(name__icontains=word) | Q(company__icontains=word) | Q(tags__name__icontains=word)
        if len(digits) >= 3:
            found |= Q(numbers__number__contains=digits)
        rows = rows.filter(pk__in=Contact.objects.filter(found).values("pk"))
    return rows


def names_for(user: User, numbers: Iterable[str]) -> dict[str, str]:
    """Return by what name ``user`` knows each of ``numbers`` (E.164): their own before everybody's.

    A number of nobody they know is not in it.
    """
    found = ContactNumber.objects.select_related("contact").filter(
        Q(owner=None) | Q(owner=user), tenant=user.tenant, number__in=set(numbers)
    )
    names: dict[str, str] = {}
    for row in sorted(found, key=lambda row: row.owner_id is not None):
        names[row.number] = row.contact.name
    return names


def contacts_page(user: User, *, words: str = "", which: str = "all", page: str = "") -> Page[Any]:
    """Return a page of contacts whose name, company, tag or number has all of ``words``."""
    rows = contacts_of(user)
    if which == "shared":
        rows = rows.filter(owner=None)
    elif which == "own":
        rows = rows.filter(owner=user)
    elif which == "recent":
        rows = rows.filter(pk__in=_recent(user))
    return Paginator(named(rows, words), PER_PAGE).get_page(page)


def history_of(contact: Contact) -> list[Offer]:
    """Return the last conversations with any of the contact's numbers, and who had them."""
    numbers = [row.number for row in contact.numbers.all()]
    return list(
        Offer.objects.filter(
            tenant_id=contact.tenant_id,
            call__from_number__in=numbers,
            outcome=OfferOutcome.HANDLED,
        )
        .select_related("call", "agent__user", "queue", "disposition")
        .order_by("-offered_at")[:HISTORY]
    )


def home_region(tenant_id: int) -> str:
    """Return the region whose numbers people may type without a plus: that of our own numbers.

    "" when they are of several, or there is none.
    """
    regions = {
        region_of(number)
        for number in PhoneNumber.objects.filter(tenant_id=tenant_id).values_list("e164", flat=True)
    }
    return regions.pop() if len(regions) == 1 else ""


def _recent(user: User) -> list[int]:
    agent = Agent.objects.filter(user=user).first()
    if agent is None:
        return []
    spoken = (
        Offer.objects.filter(
            agent=agent,
            outcome=OfferOutcome.HANDLED,
            offered_at__gte=timezone.now() - RECENT,
        )
        .values("call__from_number")
        .annotate(last=Max("offered_at"))
    )
    numbers = [row["call__from_number"] for row in spoken]
    rows = ContactNumber.objects.filter(tenant=user.tenant, number__in=numbers)
    return list(rows.values_list("contact_id", flat=True))
