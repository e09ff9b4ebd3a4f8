"""The list of calls to come from: those that go on and today's that ended, narrowed in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from contact_center.domain import calling_out
from contact_center.domain.blocking import BLOCKED
from contact_center.domain.calendars import CLOSED, EMERGENCY_CLOSED
from contact_center.domain.callbacks import Ended
from contact_center.domain.line import Kind
from contact_center.domain.overflow import Outside, Reason
from contact_center.domain.voicemails import LEFT, NOTHING_SAID
from contact_center.models import Agent, Call, EndedBy, Offer, Queue
from contact_center.selectors.scopes import Scope

PAGE_SIZE = 50
#: Nobody searches for more; a longer word finds nothing and costs nothing.
LONGEST_NUMBER = 20


class Outcome(StrEnum):
    """What came of a call."""

    LIVE = "live"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    LEFT_IN_MENU = "left-in-menu"
    CLOSED = "closed"
    EMERGENCY_CLOSED = "emergency-closed"
    FULL = "full"
    OVERFLOWED = "overflowed"
    WAITED_TOO_LONG = "waited-too-long"
    NOBODY_SIGNED_IN = "nobody-signed-in"
    LEFT_BY_KEY = "left-by-key"
    OUTSIDE = "outside"
    OUTSIDE_NOT_REACHED = "outside-not-reached"
    VOICEMAIL = "voicemail"
    EMPTY_MESSAGE = "empty-message"
    CALLED_BACK = "called-back"
    CALLBACK_NOT_REACHED = "callback-not-reached"
    CALLBACK_EXPIRED = "callback-expired"
    CALLBACK_CANCELLED = "callback-cancelled"
    NOT_REACHED = "not-reached"
    BLOCKED = "blocked"
    OTHER = "other"


_ABANDONED = Q(
    answered_at=None, queue__isnull=False, ended_by=EndedBy.CUSTOMER, kind=Kind.LIVE.value
)
_LEFT_IN_MENU = Q(answered_at=None, queue=None, ended_by=EndedBy.CUSTOMER)
_ENDED = Q(ended_at__isnull=False)
#: How calls end in which agents reached nobody.
_UNREACHED = tuple(calling_out.REASONS.values())

_CAME_TO: Mapping[Outcome, Q] = {
    Outcome.LIVE: Q(ended_at=None),
    Outcome.ANSWERED: _ENDED & Q(answered_at__isnull=False),
    Outcome.ABANDONED: _ENDED & _ABANDONED,
    Outcome.LEFT_IN_MENU: _ENDED & _LEFT_IN_MENU,
    Outcome.CLOSED: _ENDED & Q(end_reason=CLOSED),
    Outcome.EMERGENCY_CLOSED: _ENDED & Q(end_reason=EMERGENCY_CLOSED),
    Outcome.FULL: _ENDED & Q(end_reason=Reason.FULL),
    Outcome.OVERFLOWED: _ENDED & Q(end_reason=Reason.OVERFLOWED),
    # Who was answered before and lost again counts as answered.
    Outcome.WAITED_TOO_LONG: _ENDED & Q(answered_at=None, end_reason=Reason.WAITED_TOO_LONG),
    Outcome.NOBODY_SIGNED_IN: _ENDED & Q(end_reason=Reason.NOBODY_SIGNED_IN),
    Outcome.LEFT_BY_KEY: _ENDED & Q(answered_at=None, end_reason=Reason.LEFT_BY_KEY),
    Outcome.OUTSIDE: _ENDED & Q(end_reason=Outside.SENT),
    Outcome.OUTSIDE_NOT_REACHED: _ENDED & Q(end_reason=Outside.NOT_REACHED),
    Outcome.VOICEMAIL: _ENDED & Q(answered_at=None, end_reason=LEFT),
    Outcome.EMPTY_MESSAGE: _ENDED & Q(answered_at=None, end_reason=NOTHING_SAID),
    Outcome.CALLED_BACK: _ENDED & Q(answered_at=None, end_reason=Reason.CALLED_BACK),
    Outcome.CALLBACK_NOT_REACHED: _ENDED & Q(end_reason=Ended.NOT_REACHED),
    Outcome.CALLBACK_EXPIRED: _ENDED & Q(end_reason=Ended.EXPIRED),
    # Nobody had to make it: cancelled, or the customer was helped in another way.
    Outcome.CALLBACK_CANCELLED: _ENDED
    & Q(answered_at=None, end_reason__in=(Ended.CANCELLED, Ended.CALLED_AGAIN, Ended.LEFT)),
    Outcome.NOT_REACHED: _ENDED & Q(end_reason__in=_UNREACHED),
    Outcome.BLOCKED: _ENDED & Q(end_reason=BLOCKED),
    Outcome.OTHER: (
        _ENDED
        & Q(answered_at=None)
        & ~Q(ended_by=EndedBy.CUSTOMER)
        & ~Q(
            end_reason__in=(
                *(CLOSED, EMERGENCY_CLOSED, LEFT, NOTHING_SAID, BLOCKED),
                *Reason,
                *Outside,
                *Ended,
                *_UNREACHED,
            )
        )
    ),
}


@dataclass(frozen=True)
class Row:
    """One call."""

    call: Call
    #: The agent who has it or had it last, through the offer.
    offer: Offer | None
    #: Whether whoever looks may see that agent's page.
    leads_to_agent: bool
    lasted: timedelta


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; what it asks for in vain is left out."""

    number: str
    queue: Queue | None
    agent: Agent | None
    outcome: Outcome | None


def calls_list(scope: Scope, asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the calls that go on and those that rang in today, the newest first.

    ``asked`` may name a number (any part of it), a queue, an agent, an outcome and a page; what
    there is none of is as if it had not been asked for.
    """
    as_of = timezone.now()
    queues = list(scope.queues().order_by("name"))
    agents = list(
        scope.agents()
        .select_related("user")
        .order_by("user__first_name", "user__last_name", "user__username")
    )
    wanted = Wanted(
        number="".join(c for c in asked.get("number", "")[:LONGEST_NUMBER] if c.isdecimal()),
        queue=next((q for q in queues if str(q.pk) == asked.get("queue")), None),
        agent=next((a for a in agents if str(a.pk) == asked.get("agent")), None),
        outcome=Outcome(asked["outcome"]) if asked.get("outcome") in set(Outcome) else None,
    )
    rows = _wanted(_todays(scope, as_of), wanted)
    shown: Page[Call] = Paginator(rows, PAGE_SIZE).get_page(asked.get("page", ""))
    return {
        "as_of": as_of,
        "wanted": wanted,
        "queues": queues,
        "agents": agents,
        "outcomes": list(Outcome),
        "page": shown,
        "rows": _rows(list(shown), scope, as_of),
    }


def _todays(scope: Scope, now: datetime) -> QuerySet[Call]:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        scope.calls()
        .filter(Q(arrived_at__gte=midnight) | Q(ended_at=None))
        # They have a list of their own.
        .exclude(kind=Kind.VOICEMAIL)
        .select_related("queue")
        .prefetch_related(
            Prefetch(
                "offers",
                Offer.objects.exclude(accepted_at=None)
                .select_related("agent__user")
                .order_by("-accepted_at"),
                to_attr="taken",
            )
        )
        .order_by("-arrived_at", "-pk")
    )


def _wanted(calls: QuerySet[Call], wanted: Wanted) -> QuerySet[Call]:
    if wanted.number:
        calls = calls.filter(from_number__contains=wanted.number)
    if wanted.queue is not None:
        calls = calls.filter(queue=wanted.queue)
    if wanted.agent is not None:
        took = Offer.objects.filter(call=OuterRef("pk"), agent=wanted.agent)
        calls = calls.filter(Exists(took.exclude(accepted_at=None)))
    if wanted.outcome is not None:
        calls = calls.filter(_CAME_TO[wanted.outcome])
    return calls


def _rows(calls: list[Any], scope: Scope, now: datetime) -> list[Row]:
    had: list[Offer | None] = [next(iter(call.taken), None) for call in calls]
    covered = scope.covered(offer.agent_id for offer in had if offer is not None)
    return [
        Row(
            call,
            offer,
            offer is not None and offer.agent_id in covered,
            (call.ended_at or now) - call.arrived_at,
        )
        for call, offer in zip(calls, had, strict=True)
    ]
