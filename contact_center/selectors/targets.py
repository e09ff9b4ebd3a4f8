"""Where an agent can send a caller, or ask somebody in: colleagues and queues, as they are now.

What is not to be had is listed too, and says why: who is missing from a list is looked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.members import Standing
from contact_center.domain.routing import Candidate
from contact_center.domain.states import Presence
from contact_center.domain.telephone_numbers import Unfit, outside_number
from contact_center.domain.waits import Estimate
from contact_center.models import Agent, Queue, QueueMember, Segment, SegmentKind, Tenant
from contact_center.selectors import hours
from contact_center.selectors.calling_out import countries_called
from contact_center.selectors.contacts import home_region
from contact_center.selectors.estimates import queue_wait
from contact_center.selectors.reasons import candidates_of

Context = dict[str, Any]

#: Of each so many are shown; whoever looks for another types a part of the name.
MOST_SHOWN = 8

#: Why a colleague cannot be rung, as the end of a line in the list.
STANDING_WORDS = {
    Standing.FREE: gettext_lazy("free"),
    Standing.SIGNED_OUT: gettext_lazy("off duty"),
    Standing.ON_BREAK: gettext_lazy("on a break"),
    Standing.PHONE_AWAY: gettext_lazy("no desk is open"),
    Standing.NOT_RESPONDING: gettext_lazy("does not respond"),
    Standing.RINGING: gettext_lazy("is being rung"),
    Standing.ON_CALL: gettext_lazy("on a call"),
    Standing.WRAPPING_UP: gettext_lazy("wrapping up"),
    Standing.LEAVING: gettext_lazy("takes no further call"),
}

_SENTENCES = {
    Standing.SIGNED_OUT: gettext_lazy("%(agent)s is off duty and would not be rung."),
    Standing.ON_BREAK: gettext_lazy("%(agent)s is on a break and would not be rung."),
    Standing.PHONE_AWAY: gettext_lazy("%(agent)s has no desk open that could ring."),
    Standing.NOT_RESPONDING: gettext_lazy("%(agent)s did not answer the last call."),
    Standing.RINGING: gettext_lazy("%(agent)s is being rung for another call."),
    Standing.ON_CALL: gettext_lazy("%(agent)s is on a call."),
    Standing.WRAPPING_UP: gettext_lazy("%(agent)s is wrapping up a call."),
    Standing.LEAVING: gettext_lazy("%(agent)s takes no further call."),
}


@dataclass(frozen=True)
class Colleague:
    """An agent whom a caller can be sent to, or not."""

    agent_id: int
    name: str
    standing: Standing
    since: datetime | None

    @property
    def is_free(self) -> bool:
        """Whether a call would ring there now."""
        return self.standing is Standing.FREE

    @property
    def word(self) -> str:
        """What the colleague is doing."""
        return str(STANDING_WORDS[self.standing])


@dataclass(frozen=True)
class QueueLine:
    """A queue that a caller can be sent to, or not."""

    queue: Queue
    is_open: bool
    waiting: int
    first_since: datetime | None
    #: How many of its agents could be rung now, and how many are on duty.
    free: int
    on_duty: int
    #: Whether anybody but the agent who looks could be rung: whom that agent could consult.
    has_others: bool
    #: What a caller would be told; of those that are shown, where nobody is free.
    estimate: Estimate | None = None


def targets_of(agent: Agent, offer_id: int, words: str) -> Context:
    """Return whom the caller of an agent's conversation can be sent to, narrowed by ``words``.

    Those who can answer come first.
    """
    now = timezone.now()
    words = words.strip()
    candidates = candidates_of(agent.tenant_id, now)
    colleagues = _colleagues(agent, words, candidates)
    queues = _queues(agent, words, candidates, now)
    number = number_typed(words, agent.tenant) if words else Unfit.NOT_ONE
    return {
        "as_of": now,
        "offer_id": offer_id,
        "words": words,
        "colleagues": colleagues[:MOST_SHOWN],
        "further_colleagues": max(len(colleagues) - MOST_SHOWN, 0),
        "queues": [replace(line, estimate=_estimate(line, now)) for line in queues[:MOST_SHOWN]],
        "further_queues": max(len(queues) - MOST_SHOWN, 0),
        "number": "" if isinstance(number, Unfit) else number,
        "unfit": _why_it_is_missing(number, agent.tenant),
    }


def number_typed(written: str, tenant: Tenant) -> str | Unfit:
    """Return a number that an agent typed as E.164 has it, or why nobody is sent there."""
    return outside_number(written, home_region(tenant.pk), countries=countries_called(tenant))


def why_unfit(unfit: Unfit, tenant: Tenant) -> str:
    """Return in a sentence why nobody is sent to a number, nor asked there."""
    countries = ", ".join(sorted(countries_called(tenant)))
    return str(_UNFIT[unfit]) % {"countries": countries}


def _why_it_is_missing(number: str | Unfit, tenant: Tenant) -> str:
    """Return why a number that was typed is not in the list; "" of what is none, or is there."""
    if not isinstance(number, Unfit) or number is Unfit.NOT_ONE:
        return ""
    return why_unfit(number, tenant)


_UNFIT = {
    Unfit.NOT_ONE: gettext_lazy(
        "There is no such number. Write it as you would dial it, or with a plus and its country."
    ),
    Unfit.EMERGENCY: gettext_lazy("Nobody is sent to an emergency number."),
    Unfit.PREMIUM: gettext_lazy("This number costs extra. Nobody is sent there."),
    Unfit.ABROAD: gettext_lazy(
        "Your organisation does not call this country. It calls: %(countries)s."
    ),
    Unfit.NOT_ORDINARY: gettext_lazy("This is no telephone that people have."),
}


def what_keeps(agent: Agent, now: datetime) -> Standing | None:
    """Return what keeps an agent from being rung for a call now; None for nothing."""
    # Of this agent alone: it is asked while a call is locked.
    standing = standing_of(candidates_of(agent.tenant_id, now, only=agent.pk).get(agent.pk))
    return None if standing is Standing.FREE else standing


def why_nobody_comes(queue: Queue, agent: Agent, now: datetime) -> str:
    """Return why nobody of ``queue`` could answer ``agent``; "" where somebody could."""
    if not hours.hours_of(queue.tenant_id, queue.pk, now).is_open:
        return _("%(queue)s is closed now: nobody would answer there.") % {"queue": queue.name}
    others = QueueMember.objects.filter(
        queue=queue,
        agent__presence=Presence.AVAILABLE,
        agent__phone__isnull=False,
        agent__phone__silent_since=None,
    ).exclude(agent=agent)
    if others.exists():
        return ""
    return _("Nobody else of %(queue)s is on duty now.") % {"queue": queue.name}


def standing_of(candidate: Candidate | None) -> Standing:
    """Return what keeps an agent from a call; who has as many as there may be is on a call."""
    if candidate is None:
        return Standing.SIGNED_OUT
    if candidate.standing is Standing.FREE and candidate.in_use >= candidate.capacity:
        return Standing.ON_CALL
    return candidate.standing


def sentence(agent: Agent, standing: Standing) -> str:
    """Return why a call would not ring at this agent's desk."""
    return str(_SENTENCES[standing]) % {"agent": agent.user.display_name}


def _colleagues(agent: Agent, words: str, candidates: Mapping[int, Candidate]) -> list[Colleague]:
    others = Agent.objects.filter(tenant_id=agent.tenant_id, user__is_active=True)
    rows = [
        Colleague(
            other.pk,
            other.user.display_name,
            standing_of(candidates.get(other.pk)),
            candidates[other.pk].standing_since if other.pk in candidates else None,
        )
        for other in others.exclude(pk=agent.pk).select_related("user")
    ]
    rows = [row for row in rows if words.casefold() in row.name.casefold()]
    return sorted(rows, key=lambda row: (not row.is_free, _AWAY.get(row.standing, 0), row.name))


#: Who is at work stands before who is not.
_AWAY = {Standing.PHONE_AWAY: 1, Standing.ON_BREAK: 1, Standing.SIGNED_OUT: 2}


def _queues(
    agent: Agent, words: str, candidates: Mapping[int, Candidate], now: datetime
) -> list[QueueLine]:
    tenant_id = agent.tenant_id
    waiting = {
        queue_id: (number, first)
        for queue_id, number, first in Segment.objects.filter(
            kind=SegmentKind.QUEUE, ended_at=None, queue__tenant_id=tenant_id
        )
        .order_by()
        .values_list("queue_id")
        .annotate(number=Count("pk"), first=Min("placed_at"))
    }
    rows: list[QueueLine] = []
    for queue in Queue.objects.filter(tenant_id=tenant_id, name__icontains=words):
        members = [one for one in candidates.values() if queue.pk in one.queues]
        number, first = waiting.get(queue.pk, (0, None))
        rows.append(
            QueueLine(
                queue=queue,
                is_open=hours.hours_of(tenant_id, queue.pk, now).is_open,
                waiting=number,
                first_since=first,
                free=sum(standing_of(one) is Standing.FREE for one in members),
                on_duty=sum(standing_of(one) not in _NOT_THERE for one in members),
                has_others=any(
                    standing_of(one) not in _NOT_THERE
                    for one in members
                    if one.agent_id != agent.pk
                ),
            )
        )
    return sorted(rows, key=lambda row: (not row.is_open, not row.on_duty, row.queue.name))


def _estimate(line: QueueLine, now: datetime) -> Estimate | None:
    """Return what a caller would be told there; nobody has to be told where somebody is free."""
    return None if line.free or not line.is_open else queue_wait(line.queue, now).estimate


_NOT_THERE = frozenset({Standing.SIGNED_OUT, Standing.ON_BREAK, Standing.PHONE_AWAY})
