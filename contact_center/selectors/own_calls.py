"""An agent's own calls: those that a search finds, the newest first, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils import timezone

from contact_center.domain.line import Kind
from contact_center.models import Agent, ContactNumber, Offer, OfferOutcome
from contact_center.selectors.contacts import contacts_of, named, names_for
from contact_center.selectors.desk import note_callbacks

PER_PAGE = 50
_SIGNS_OF_NUMBERS = frozenset("+0123456789 ()./-")


class CameTo(StrEnum):
    """What became of a call at this agent's desk, as an agent looks for it."""

    HANDLED = "handled"
    MISSED = "missed"
    DECLINED = "declined"
    NOT_REACHED = "not-reached"
    OTHER = "other"


_OUTCOMES: Mapping[CameTo, tuple[OfferOutcome, ...]] = {
    CameTo.HANDLED: (OfferOutcome.HANDLED,),
    CameTo.MISSED: (OfferOutcome.TIMED_OUT,),
    CameTo.DECLINED: (OfferOutcome.DECLINED,),
    CameTo.NOT_REACHED: (OfferOutcome.NOT_REACHED,),
    CameTo.OTHER: (OfferOutcome.WITHDRAWN, OfferOutcome.FAILED, OfferOutcome.LOST),
}


@dataclass(frozen=True)
class Sought:
    """What is looked for; empty for everything. Days are those of the site's time zone."""

    who: str = ""
    kind: Kind | None = None
    came_to: CameTo | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Row:
    """One call, and by what name the agent knows the caller ("" for none)."""

    offer: Offer
    name: str


def own_calls(agent: Agent, sought: Sought, page: str = "") -> dict[str, Any]:
    """Return a page of the calls that ``agent`` had or was offered and that are over."""
    as_of = timezone.now()
    shown: Page[Offer] = Paginator(
        Offer.objects.exclude(ended_at=None)
        .filter(_meant(agent, sought), agent=agent)
        .select_related("call", "queue", "disposition")
        .order_by("-offered_at", "-pk"),
        PER_PAGE,
    ).get_page(page)
    offers = list(shown)
    note_callbacks(offers)
    names = names_for(agent.user, (offer.call.from_number for offer in offers))
    rows = [Row(offer, names.get(offer.call.from_number, "")) for offer in offers]
    return {"as_of": as_of, "page": shown, "rows": rows, "is_narrowed": sought != Sought()}


def _meant(agent: Agent, sought: Sought) -> Q:
    meant = Q()
    if sought.who:
        meant &= _whose(agent, sought.who)
    if sought.kind is not None:
        meant &= Q(call__kind=sought.kind)
    if sought.came_to is not None:
        meant &= Q(outcome__in=_OUTCOMES[sought.came_to])
    if sought.since is not None:
        meant &= Q(offered_at__gte=_midnight(sought.since))
    if sought.until is not None:
        meant &= Q(offered_at__lt=_midnight(sought.until + timedelta(days=1)))
    return meant


def _whose(agent: Agent, who: str) -> Q:
    """Any part of a number, however it is written; or somebody whom the agent may look up."""
    digits = "".join(sign for sign in who if sign in "0123456789")
    if digits and _SIGNS_OF_NUMBERS.issuperset(who):
        return Q(call__from_number__contains=digits)
    people = named(contacts_of(agent.user), who).order_by()
    numbers = ContactNumber.objects.filter(contact__in=people.values("pk")).order_by()
    return Q(call__from_number__in=numbers.values("number"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
