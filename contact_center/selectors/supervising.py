"""Who is with which conversation, and how; and what a supervisor's own bar shows."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from contact_center.conf import current
from contact_center.models import Agent, Offer, Supervision, SupervisionState, User
from contact_center.models.prepared import Given, Prepared
from contact_center.panels import Panel

Context = dict[str, Any]

#: How long the bar says why a stay ended by itself.
END_STANDS = timedelta(minutes=2)


@dataclass(frozen=True)
class Presence:
    """A supervisor who is with a conversation."""

    supervision_id: int
    user_id: int
    name: str
    #: Who hears them: "listen", "coach" or "barge"; empty until their line is in.
    mode: str
    #: What was asked for and has not happened yet.
    mode_asked: str
    since: datetime
    #: The agent is not shown this one.
    is_private: bool
    #: This one has taken the call over.
    is_owner: bool


def own_supervision(user: User, supervision_id: int) -> Supervision:
    """Return a stay of this very supervisor. Raises Http404 for anybody else's."""
    supervision = _OWN.first(pk=supervision_id, user_id=user.pk, tenant_id=user.tenant_id)
    if supervision is None:
        raise Http404
    return supervision


def own_conversation(user: User, supervision_id: int) -> tuple[Offer, Agent]:
    """Return what this supervisor has taken over, and the agent they are in it.

    Raises Http404 for anything else.
    """
    supervision = own_supervision(user, supervision_id)
    offer = supervision.offer
    if supervision.taken_over_at is None or offer.agent.user_id != user.pk:
        raise Http404
    return offer, offer.agent


def present_supervisors(offer: Offer, *, for_agent: bool = False) -> list[Presence]:
    """Return who is with the conversation of ``offer``, the first to come first.

    The agent is not told of who listens in private, nor of who has only asked to come.
    """
    return [
        _presence(one)
        for one in _PRESENT.all(offer_id=offer.pk)
        if not for_agent or not (one.is_private or one.state == SupervisionState.JOINING)
    ]


def present_by_offer(offer_ids: Iterable[int]) -> dict[int, list[Presence]]:
    """Return who is with which of these conversations, by offer."""
    found: dict[int, list[Presence]] = defaultdict(list)
    asked = list(offer_ids)
    for one in _all_present().filter(offer__in=asked) if asked else ():
        found[one.offer_id].append(_presence(one))
    return found


def may_coach() -> bool:
    """Whether this site lets supervisors coach (CONFERENCE.COACH_MODE_ENABLED)."""
    return current().conference.coach_mode_enabled


def supervision_bar(user: User) -> Context:
    """Return what a supervisor is with at the moment, and who else is; or why it ended just now."""
    return supervision_bars([user.pk])[user.pk]


def supervision_bars(user_ids: Collection[int]) -> dict[int, Context]:
    """Return the same for each of these supervisors; most are with nobody, and cost no more."""
    as_of = timezone.now()
    asked = {user_id for (user_id,) in _IN_THE_NEWS.all(after=as_of - END_STANDS)} & set(user_ids)
    newest = {user_id: _NEWEST_OF.first(user_id=user_id) for user_id in asked}
    return {user_id: _bar(user_id, newest.get(user_id), as_of) for user_id in user_ids}


def _bar(user_id: int, newest: Supervision | None, as_of: datetime) -> Context:
    live = newest if newest is not None and newest.ended_at is None else None
    return {
        "as_of": as_of,
        "supervision": live,
        "offer": live.offer if live is not None else None,
        "is_owner": live is not None and live.taken_over_at is not None,
        "others": [
            one
            for one in (present_supervisors(live.offer) if live is not None else ())
            if one.user_id != user_id
        ],
        "may_coach": may_coach(),
        "over": newest if _is_news(newest, as_of) else None,
    }


def _is_news(newest: Supervision | None, now: datetime) -> bool:
    """Whether a stay ended by itself a short while ago."""
    if newest is None or newest.ended_at is None:
        return False
    return newest.end_reason not in ("left", "moved") and newest.ended_at > now - END_STANDS


SUPERVISION_PANELS: dict[str, Panel] = {
    "supervision-bar": Panel("supervisors/_supervision_bar.html", supervision_bar),
}


def _stays() -> QuerySet[Supervision]:
    return Supervision.objects.select_related(
        "supervisor", "offer__call", "offer__queue", "offer__agent__user"
    )


_OWN = Prepared(
    _stays().filter(supervisor_id=Given("user_id"), tenant_id=Given("tenant_id"), pk=Given("pk"))
)
_NEWEST_OF = Prepared(_stays().filter(supervisor=Given("user_id")).order_by("-pk")[:1])
#: Who is with a conversation, or was a moment ago: a few, of the thousand who may ask at once.
_IN_THE_NEWS = Prepared(
    Supervision.objects.filter(Q(ended_at=None) | Q(ended_at__gt=Given("after"))).values_list(
        "supervisor_id"
    )
)


def _all_present() -> QuerySet[Supervision]:
    """Return who is with a conversation, and no more than is told of them."""
    return (
        Supervision.objects.filter(ended_at=None)
        .select_related("supervisor")
        .only(
            "offer",
            "state",
            "mode",
            "mode_asked",
            "joined_at",
            "started_at",
            "is_private",
            "taken_over_at",
            "supervisor__first_name",
            "supervisor__last_name",
            "supervisor__username",
        )
        .order_by("pk")
    )


_PRESENT = Prepared(_all_present().filter(offer_id=Given("offer_id")))


def _presence(one: Supervision) -> Presence:
    return Presence(
        supervision_id=one.pk,
        user_id=one.supervisor_id,
        name=one.supervisor.display_name,
        mode=one.mode,
        mode_asked=one.mode_asked,
        since=one.joined_at or one.started_at,
        is_private=one.is_private,
        is_owner=one.taken_over_at is not None,
    )
