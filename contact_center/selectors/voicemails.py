"""The list of messages: those that wait, those that an agent has, those that are dealt with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from contact_center.domain.states import CallState
from contact_center.models import Offer, Queue, Voicemail, VoicemailStatus
from contact_center.panels import Panel
from contact_center.selectors.looks import page_in, queue_in
from contact_center.selectors.one_look import as_of
from contact_center.selectors.scopes import Scope

PAGE_SIZE = 50


class Stands(StrEnum):
    """How a message stands, and what the list can be narrowed to."""

    NEW = "new"
    OFFERED = "offered"
    #: It is on its way, or its recording never came.
    MISSING = "missing"
    DONE = "done"


_WITH_AN_AGENT = (CallState.OFFERED, CallState.CONNECTING, CallState.CONNECTED)

_STANDS: Mapping[Stands, Q] = {
    Stands.NEW: Q(done_at=None, call__state=CallState.QUEUED),
    Stands.OFFERED: Q(done_at=None, call__state__in=_WITH_AN_AGENT),
    Stands.MISSING: Q(done_at=None, status__in=(VoicemailStatus.ARRIVED, VoicemailStatus.ABSENT)),
    Stands.DONE: Q(done_at__isnull=False),
}


@dataclass(frozen=True)
class Row:
    """One message."""

    message: Voicemail
    stands: Stands
    #: The agent who has it, or had it last, through the offer.
    offer: Offer | None


@dataclass(frozen=True, order=True)
class MessagesLook:
    """Which messages are listed: plain values, so all who look alike share one painting."""

    #: As far as somebody may see, with the queue that is looked at.
    scope: Scope
    #: A Stands; empty for all.
    stands: str = ""
    page: int = 1

    @property
    def query(self) -> str:
        """What stands in the address; empty for the whole list."""
        said = {
            "stands": self.stands,
            "queue": self.scope.queue_id,
            "page": 0 if self.page == 1 else self.page,
        }
        return urlencode({name: value for name, value in said.items() if value})

    def at_page(self, page: int) -> "MessagesLook":
        """The same, another page of it."""
        return replace(self, page=page)


def look_at_messages(scope: Scope, asked: Mapping[str, str]) -> MessagesLook:
    """Return what an address asks for; what there is none of is as if it had not been."""
    stands = asked.get("stands", "")
    return MessagesLook(
        replace(scope, queue_id=queue_in(scope, asked)),
        stands if stands in set(Stands) else "",
        page_in(asked),
    )


def choices(look: MessagesLook) -> dict[str, Any]:
    """Return what the list can be narrowed to, and what it is."""
    queues = list(look.scope.all_queues.queues().order_by("name"))
    return {"look": look, "queues": queues, "kinds": list(Stands)}


def voicemails_list(look: MessagesLook) -> dict[str, Any]:
    """Return the messages of the queues that are looked at, the newest first."""
    now = as_of()
    messages = messages_of(look.scope)
    counts = [(each, messages.filter(_STANDS[each]).count()) for each in _COUNTED]
    stands = Stands(look.stands) if look.stands else None
    rows = messages.filter(_STANDS[stands]) if stands else messages.exclude(_NOT_LISTED)
    page: Page[Voicemail] = Paginator(rows, PAGE_SIZE).get_page(look.page)
    return {
        "as_of": now,
        "look": look,
        "stands": stands,
        "counts": [(each, number) for each, number in counts if number],
        "page": page,
        "newer": look.at_page(page.previous_page_number()) if page.has_previous() else None,
        "older": look.at_page(page.next_page_number()) if page.has_next() else None,
        "rows": _rows(list(page)),
    }


VOICEMAIL_PANELS: dict[str, Panel] = {
    "voicemails-list": Panel("supervisors/_voicemails_list.html", voicemails_list),
}

#: Of those that are done nobody has to know how many there are.
_COUNTED = [each for each in Stands if each is not Stands.DONE]
#: Of these nothing was left, or nothing is known yet.
_NOT_LISTED = Q(status__in=(VoicemailStatus.EXPECTED, VoicemailStatus.EMPTY))


def messages_of(scope: Scope) -> QuerySet[Voicemail]:
    """Return every message that ``scope`` covers: those for its queues, and those of its calls."""
    rows = Voicemail.objects.filter(tenant_id=scope.tenant_id)
    if not scope.is_whole or scope.queue_id:
        ours: QuerySet[Queue] = scope.queues()
        rows = rows.filter(queue__in=ours.order_by().values("pk"))
    return rows.select_related("queue", "left_in", "call", "done_by").order_by("-asked_at", "-pk")


def message_left_in(call_id: int) -> Voicemail | None:
    """Return the message that was left in a call, or as what a call stands in line; None: none."""
    about = Voicemail.objects.filter(Q(left_in_id=call_id) | Q(call_id=call_id))
    return (
        about.exclude(_NOT_LISTED)
        .select_related("queue", "left_in", "call", "done_by")
        .order_by("-pk")
        .first()
    )


def _rows(messages: list[Voicemail]) -> list[Row]:
    calls = [message.call_id for message in messages if message.call_id is not None]
    # The newest offer is the last, and stays.
    offers = {
        offer.call_id: offer
        for offer in Offer.objects.filter(call__in=calls)
        .exclude(accepted_at=None)
        .select_related("agent__user")
        .order_by("pk")
    }
    return [
        Row(message, _stands(message), offers.get(message.call_id or 0)) for message in messages
    ]


def _stands(message: Voicemail) -> Stands:
    if message.done_at is not None:
        return Stands.DONE
    if message.call is None:
        return Stands.MISSING
    return Stands.OFFERED if message.call.state in _WITH_AN_AGENT else Stands.NEW


def sound_of(name: str) -> Voicemail | None:
    """Return the message whose sound has this name."""
    return Voicemail.objects.filter(sound=name).exclude(sound="").first()
