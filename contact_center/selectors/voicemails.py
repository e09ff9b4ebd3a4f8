"""The list of messages: those that wait, those that an agent has, those that are dealt with."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone

from contact_center.domain.states import CallState
from contact_center.models import Offer, Queue, Voicemail, VoicemailStatus
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


def voicemails_list(scope: Scope, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the messages of the queues of ``scope``, the newest first.

    ``asked`` may name how they stand, a queue and a page; what there is none of is as if it had not
    been asked for.
    """
    as_of = timezone.now()
    queues = list(scope.queues().order_by("name"))
    stands = Stands(asked["stands"]) if asked.get("stands") in set(Stands) else None
    queue = next((q for q in queues if str(q.pk) == asked.get("queue")), None)
    messages = messages_of(scope)
    counts: dict[Stands, int] = {
        each: messages.filter(_STANDS[each]).count() for each in Stands if each is not Stands.DONE
    }
    rows = messages.filter(_STANDS[stands]) if stands else messages.exclude(_NOT_LISTED)
    if queue is not None:
        rows = rows.filter(queue=queue)
    page: Page[Voicemail] = Paginator(rows, PAGE_SIZE).get_page(asked.get("page", ""))
    return {
        "as_of": as_of,
        "queues": queues,
        "wanted": {"stands": stands, "queue": queue},
        "kinds": [(each, counts.get(each)) for each in Stands],
        "page": page,
        "rows": _rows(list(page)),
    }


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
