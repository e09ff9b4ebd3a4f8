"""The page behind a figure: what it means, the sum that gave it, and the calls it was counted from.

The calls are those the figure counts, by the same definitions (selectors/figures.py); read at the
moment the page is, so that sum and list agree.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.paginator import Page, Paginator
from django.db.models import Model, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from contact_center.domain.service_level import Rules, Variant
from contact_center.domain.states import Activity, Presence
from contact_center.domain.status import ShownState, shown_status
from contact_center.models import Agent, Offer, Queue, Segment, SegmentKind, Team
from contact_center.selectors import estimates, figures
from contact_center.selectors.figure_words import (
    DEFINITIONS,
    ESTIMATE_FIGURES,
    PREDICTOR_WORDS,
    VARIANT_FORMULAS,
    VARIANT_SOURCES,
    Behind,
    Definition,
    formula_of,
    in_numbers,
    in_words,
    value_of,
)
from contact_center.selectors.figures import ABANDONED, ANSWERED, OTHER_WORK, REQUEUED, Figures
from contact_center.selectors.scopes import Scope, is_id

Found = TypeVar("Found", bound=Model)

PAGE_SIZE = 50
#: A file is written in pieces of so many rows.
PIECE = 500
#: Nobody looks further back here; reports go further.
FURTHEST = timedelta(days=31)

#: Periods that the address can name; anything else is a moment (ISO 8601) or today.
PERIODS = ("today", "hour", "half-hour")


@dataclass(frozen=True)
class Row:
    """One thing behind a figure: a stay in a queue, an offer to an agent, or an agent."""

    call_id: int | None
    caller: str
    queue: str
    #: None also for an agent whom whoever looks may not see.
    agent_id: int | None
    agent: str
    at: datetime | None
    seconds: float | None
    #: One of the words of the template tag ``figure_outcome``.
    outcome: str
    #: Of a caller in line: the place and the longest wait, in seconds, that were told last.
    told_place: int | None = None
    told_wait: int | None = None


@dataclass(frozen=True)
class Asked:
    """What an address asks for."""

    figure: str
    definition: Definition
    #: What may be seen, and the one team that is looked at; the queue is by itself.
    scope: Scope
    team: Team | None
    queue: Queue | None
    period: str
    since: datetime
    until: datetime


def asked_for(scope: Scope, figure: str, address: Mapping[str, str]) -> Asked:
    """Return what an address asks for; a queue or a team that may not be seen is a Http404."""
    if figure not in DEFINITIONS:
        raise Http404
    scope = scope.widest
    queue = _one_of(scope.queues(), address.get("queue", ""))
    team = _one_of(scope.teams(), address.get("team", ""))
    if team is not None:
        scope = replace(scope, team_id=team.pk)
    now = timezone.now()
    period, since = _since(address.get("since", ""), now)
    return Asked(figure, DEFINITIONS[figure], scope, team, queue, period, since, now)


def _one_of(rows: QuerySet[Found], wanted: str) -> Found | None:
    """Return the row with this id; None when none is wanted. Raises Http404 for any other."""
    if not wanted:
        return None
    found = rows.filter(pk=int(wanted)).first() if is_id(wanted) else None
    if found is None:
        raise Http404
    return found


def figure_page(asked: Asked, page: str) -> dict[str, Any]:
    """Return what the page of a figure shows."""
    shown: Page[Any] = Paginator(_behind(asked), PAGE_SIZE).get_page(page)
    context: dict[str, Any] = {
        "asked": asked,
        "definition": asked.definition,
        "as_of": asked.until,
        "teams": list(asked.scope.widest.teams()),
        "queues": list(asked.scope.queues()),
        "periods": PERIODS,
        "page": shown,
        "rows": _rows(asked, list(shown)),
    }
    if not asked.definition.is_live:
        context |= _sum(asked)
    elif asked.figure == "longest-wait":
        first = _behind(asked).order_by("placed_at").first()
        context["value"] = (asked.until - first.placed_at).total_seconds() if first else None
    else:
        context["value"] = shown.paginator.count
    return context


def queue_page(scope: Scope, queue_id: int) -> dict[str, Any]:
    """Return what the page of a queue shows beside what is live (one_queue.py).

    Raises Http404 for a queue that may not be seen.
    """
    asked = asked_for(scope, "waiting", {"queue": str(queue_id)})
    assert asked.queue is not None
    report = figures.report(asked.scope, since=asked.since, until=asked.until)
    return {
        "as_of": asked.until,
        "since": asked.since,
        "queue": asked.queue,
        "figures": report.queues[asked.queue.pk],
        "names": [(name, one) for name, one in DEFINITIONS.items() if not one.is_live],
        **_wait(asked.queue, asked.until),
        "estimate_figures": ESTIMATE_FIGURES,
    }


def _wait(queue: Queue, now: datetime) -> dict[str, Any]:
    wait = estimates.queue_wait(queue, now)
    return {
        "wait": wait,
        "predictors": [
            {"words": PREDICTOR_WORDS[each], "is_believed": each is wait.predictor, "its": its}
            for each, its in wait.measured.items()
        ],
        "estimate_figures": ESTIMATE_FIGURES,
    }


def every_row(asked: Asked) -> Iterator[list[Row]]:
    """Return all rows behind a figure, the newest first, in pieces: for a file of any length."""
    behind = _behind(asked)
    if isinstance(behind, list):
        yield _rows(asked, behind)
        return
    last: int | None = None
    while True:
        some = behind.order_by("-pk")
        piece = list((some if last is None else some.filter(pk__lt=last))[:PIECE])
        if not piece:
            return
        last = piece[-1].pk
        yield _rows(asked, piece)


def _since(said: str, now: datetime) -> tuple[str, datetime]:
    if said in ("hour", "half-hour"):
        return said, now - timedelta(minutes=60 if said == "hour" else 30)
    try:
        moment = parse_datetime(said)
    except ValueError:
        moment = None
    if moment is None:
        return "today", figures.midnight(now)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    return "", min(max(moment, now - FURTHEST), now)


def _sum(asked: Asked) -> dict[str, Any]:
    report = figures.report(asked.scope, since=asked.since, until=asked.until)
    found = report.total
    if asked.queue is not None:
        found = report.queues.get(asked.queue.pk) or Figures(figures.rules_of(asked.queue))
    formula = formula_of(asked.figure, found)
    context: dict[str, Any] = {
        "figures": found,
        "value": value_of(asked.figure, found),
        "formula": in_words(formula),
        "numbers": in_numbers(formula, found),
        # Of several queues each is judged by its own threshold.
        "each_its_own": asked.queue is None
        and len({each.rules.threshold for each in report.queues.values()}) > 1,
    }
    if asked.figure == "service-level":
        context["variants"] = [_variant(each, found) for each in Variant]
    return context


def _variant(variant: Variant, found: Figures) -> dict[str, Any]:
    formula = VARIANT_FORMULAS[variant]
    return {
        "is_headline": variant is found.rules.variant,
        "formula": in_words(formula),
        "numbers": in_numbers(formula, found),
        "source": VARIANT_SOURCES[variant],
        "value": found.service_levels[variant],
    }


# --- what is behind it ---------------------------------------------------------------------------


def _behind(asked: Asked) -> Any:
    """Return the rows of the database behind a figure, or the agents."""
    queues = list(asked.scope.queues())
    if asked.queue is not None:
        # None where nobody of the team serves it.
        queues = [queue for queue in queues if queue == asked.queue]
    match asked.definition.behind:
        case Behind.WAITING:
            return _with_agents(
                Segment.objects.filter(queue__in=queues, kind=SegmentKind.QUEUE, ended_at=None)
            ).order_by("placed_at", "pk")
        case Behind.STAYS:
            return _with_agents(_stays(asked, queues)).order_by("-started_at", "-pk")
        case Behind.OFFERS:
            return _offers(asked, queues).order_by("-offered_at", "-pk")
        case Behind.AGENTS:
            return _agents(asked)


def _with_agents(stays: QuerySet[Segment]) -> QuerySet[Segment]:
    taken = Offer.objects.exclude(connected_at=None).select_related("agent__user")
    return stays.select_related("call", "queue").prefetch_related(
        Prefetch("offers", taken, to_attr="taken")
    )


def _stays(asked: Asked, queues: list[Queue]) -> QuerySet[Segment]:
    stays = (
        figures.stays_over(since=asked.since, until=asked.until)
        .filter(queue__in=queues)
        .annotate(wait=figures.waited())
    )
    match asked.definition.outcomes:
        case ("answered",):
            return stays.filter(end_reason=ANSWERED)
        case ("abandoned",):
            return stays.filter(end_reason=ABANDONED)
        case ("flowed-out",):
            return stays.exclude(end_reason__in=(ANSWERED, ABANDONED))
        case ("short",):
            short = Q(pk__in=[])
            for queue in queues:
                under = timedelta(seconds=queue.short_abandon_seconds)
                short |= Q(queue=queue, wait__lt=under)
            return stays.filter(short, end_reason=ABANDONED)
        case _:
            return stays


def _offers(asked: Asked, queues: list[Queue]) -> QuerySet[Offer]:
    begun = (
        asked.scope.offers()
        .filter(offered_at__gte=asked.since, offered_at__lt=asked.until)
        .select_related("call", "queue", "agent__user")
    )
    match asked.figure:
        case "requeued":
            return begun.filter(queue__in=queues, outcome__in=REQUEUED)
        case "aht":
            return begun.exclude(call__kind__in=OTHER_WORK).filter(
                queue__in=queues, connected_at__isnull=False, ended_at__isnull=False
            )
        case _:
            # Work of those who serve the queue counts for it whatever they worked for.
            if asked.queue is None:
                return begun
            return begun.filter(agent__in=asked.queue.agents.all())


def _agents(asked: Asked) -> list[Agent]:
    agents = asked.scope.agents().filter(user__is_active=True)
    if asked.queue is not None:
        agents = agents.filter(queues=asked.queue)
    found = agents.select_related("user").prefetch_related("slots").order_by("user__first_name")
    return [agent for agent in found if _state(agent) is asked.definition.state]


def _state(agent: Agent) -> ShownState:
    doing = [Activity(slot.activity) for slot in agent.slots.all()]
    state = shown_status(Presence(agent.presence), doing).state
    return ShownState.ON_CALL if state is ShownState.CONNECTING else state


# --- as rows -------------------------------------------------------------------------------------


def _rows(asked: Asked, found: list[Any]) -> list[Row]:
    match asked.definition.behind:
        case Behind.AGENTS:
            return [_agent_row(agent) for agent in found]
        case Behind.OFFERS:
            return [_offer_row(asked, offer) for offer in found]
        case _:
            # Somebody of another team may have answered in a queue that both serve.
            covered = asked.scope.covered(offer.agent_id for stay in found for offer in stay.taken)
            return [_stay_row(asked, stay, covered) for stay in found]


def _stay_row(asked: Asked, stay: Any, covered: Collection[int]) -> Row:
    taken: Offer | None = next(iter(stay.taken), None)
    is_over = stay.ended_at is not None
    wait = stay.wait if is_over else asked.until - (stay.placed_at or stay.started_at)
    return Row(
        call_id=stay.call_id,
        caller=stay.call.from_number,
        queue=stay.queue.name,
        agent_id=taken.agent_id if taken and taken.agent_id in covered else None,
        agent=taken.agent.user.display_name if taken else "",
        at=stay.started_at,
        seconds=wait.total_seconds(),
        outcome=_outcome(stay, wait, figures.rules_of(stay.queue)) if is_over else "waiting",
        told_place=stay.told_place,
        told_wait=stay.told_wait,
    )


def _outcome(stay: Segment, wait: timedelta, rules: Rules) -> str:
    if stay.end_reason == ANSWERED:
        in_time = wait <= timedelta(seconds=rules.threshold)
        return "answered-in-time" if in_time else "answered-late"
    if stay.end_reason == ABANDONED:
        return "short-abandon" if wait < timedelta(seconds=rules.short) else "abandoned"
    return "flowed-out"


def _offer_row(asked: Asked, offer: Offer) -> Row:
    if asked.figure == "aht" and offer.connected_at is not None:
        begin = offer.connected_at
    else:
        begin = offer.offered_at
    return Row(
        call_id=offer.call_id,
        caller=offer.call.from_number,
        queue=offer.queue.name,
        agent_id=offer.agent_id,
        agent=offer.agent.user.display_name,
        at=offer.offered_at,
        seconds=((offer.ended_at or asked.until) - begin).total_seconds(),
        outcome=offer.outcome or "going-on",
    )


def _agent_row(agent: Agent) -> Row:
    state = _state(agent)
    moments = [slot.activity_since for slot in agent.slots.all() if slot.activity_since]
    if state in (ShownState.AVAILABLE, ShownState.BREAK) and agent.presence_since:
        moments = [agent.presence_since, *(moments if state is ShownState.AVAILABLE else [])]
    return Row(
        call_id=None,
        caller="",
        queue="",
        agent_id=agent.pk,
        agent=agent.user.display_name,
        at=max(moments, default=None),
        seconds=None,
        outcome=state.value,
    )
