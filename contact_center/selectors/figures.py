"""The figures of queues and agents, read from stays, offers and what agents chose.

What is counted. A *stay* is one time in one queue, a segment of kind "queue"; it is what the field
calls one call offered to the queue. It belongs to the period in which the caller entered the line,
and it is counted once it is known how it ended; who still waits is counted nowhere but among those
who wait. A stay ended in one of these ways:

answered    Customer and agent were brought together. The wait is from entering the line to that.
abandoned   The caller hung up, in line or while an agent rang or was being put through.
short       … and had waited less than the queue's short-abandon seconds. Also abandoned.
flowed out  Anything else: it went on to another queue, or the phone network or we ended the call.

A caller who comes back from a conversation whose agent was lost stays in the queue anew, and is
offered to it once more; his first stay remains answered. One whose agent was lost before they had
heard each other has been in line all the time: his two segments are one stay.

*Requeued* is how often an offer to an agent came to nothing and the caller stayed in line, or was
lost and came back to it: declined, not answered, not put through, or lost. An offer of a message
(a voicemail) is no call: it counts as busy time of its agent, and for nothing else.

A *handled* call is an offer that became a conversation and whose wrap-up is over; its handle time
is all of talk, hold and wrap-up. Offers belong to the period in which they began to ring. An
agent is *busy* from the first ring to the end of the wrap-up; *available* while the agent chose so
and did not fail to respond; *idle* is available and not busy; *signed in* is everything but off
duty. These three are cut at both ends of the period.

The waits are read by whole seconds, and thresholds applied afterwards: a threshold that is
changed changes the figures of the past at once, and a statement returns as many rows as there
are different waits, however many calls there were. Which statements there are does not depend on
how many queues and agents there are either.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db.models import (
    Case,
    Count,
    DurationField,
    Expression,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils import timezone

from contact_center.conf import current
from contact_center.domain import service_level
from contact_center.domain.line import Kind
from contact_center.domain.service_level import Counts, Rules, Variant, Waits
from contact_center.domain.states import Presence
from contact_center.models import (
    WORK_EVENTS,
    Agent,
    EventLog,
    OfferOutcome,
    Queue,
    QueueMember,
    Segment,
    SegmentKind,
)
from contact_center.models.prepared import Prepared
from contact_center.selectors.keeping import Kept, kept
from contact_center.selectors.one_look import seen_once
from contact_center.selectors.scopes import SCOPES, Scope

T = TypeVar("T")

#: Why a stay in a queue ended, as the services write it.
ANSWERED = "answered"
ABANDONED = "abandoned"
#: The caller was lost on the way to the agent; his stay goes on in the next segment.
WENT_ON = "lost"

REQUEUED = (
    OfferOutcome.DECLINED,
    OfferOutcome.TIMED_OUT,
    OfferOutcome.FAILED,
    OfferOutcome.LOST,
)
#: No offer lasts longer, from ring to the end of its wrap-up.
LONGEST_OFFER = timedelta(hours=8)


# --- what comes out ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Work:
    """Time of agents, in seconds, and the conversations that are over; two can be added."""

    handled: int = 0
    handle_seconds: float = 0.0
    busy: float = 0.0
    #: Available and not busy.
    idle: float = 0.0
    signed_in: float = 0.0

    @property
    def aht(self) -> float | None:
        """The average handle time."""
        return service_level.average_handle_time(self.handle_seconds, self.handled)

    @property
    def occupancy(self) -> float | None:
        """The share of work in the time of work and of being free for it."""
        return service_level.occupancy(self.busy, self.idle)

    @property
    def utilisation(self) -> float | None:
        """The share of work in the signed-in time."""
        return service_level.utilisation(self.busy, self.signed_in)

    def __add__(self, other: "Work") -> "Work":
        return Work(
            self.handled + other.handled,
            self.handle_seconds + other.handle_seconds,
            self.busy + other.busy,
            self.idle + other.idle,
            self.signed_in + other.signed_in,
        )


@dataclass(frozen=True)
class Figures:
    """What a queue, or all of them, came to in a period."""

    rules: Rules
    counts: Counts = field(default_factory=Counts)
    answered_waits: Waits = field(default_factory=Waits)
    abandoned_waits: Waits = field(default_factory=Waits)
    requeued: int = 0
    #: The conversations of these queues.
    handled: int = 0
    handle_seconds: float = 0.0
    #: The time of the agents who serve these queues, whatever queue they worked for.
    agents: Work = field(default_factory=Work)

    @property
    def service_level(self) -> float | None:
        """The headline, as the rules want it; ``service_levels`` has all of them."""
        return service_level.service_level(self.rules.variant, self.counts)

    @property
    def service_levels(self) -> dict[Variant, float | None]:
        """The service level as each variant counts it."""
        return {each: service_level.service_level(each, self.counts) for each in Variant}

    @property
    def is_under_goal(self) -> bool:
        """Whether there is a service level, and it does not reach the goal."""
        level = self.service_level
        return level is not None and level * 100 < self.rules.goal

    @property
    def abandonment(self) -> float | None:
        """The share of the offered that was abandoned."""
        return service_level.abandonment(self.counts)

    @property
    def asa(self) -> float | None:
        """The average speed of answer, in seconds."""
        return service_level.average_wait(self.answered_waits)

    @property
    def median_wait(self) -> int | None:
        """The wait that half of the answered callers did not exceed."""
        return service_level.percentile_wait(self.answered_waits, 50)

    @property
    def p90_wait(self) -> int | None:
        """The wait that nine of ten answered callers did not exceed."""
        return service_level.percentile_wait(self.answered_waits, 90)

    @property
    def abandoned_wait(self) -> float | None:
        """How long who gave up had waited, on average."""
        return service_level.average_wait(self.abandoned_waits)

    @property
    def aht(self) -> float | None:
        """The average handle time of the conversations of these queues."""
        return service_level.average_handle_time(self.handle_seconds, self.handled)

    @property
    def occupancy(self) -> float | None:
        """The share of work in the time of the agents who serve these queues."""
        return self.agents.occupancy

    @property
    def utilisation(self) -> float | None:
        """The share of work in their signed-in time."""
        return self.agents.utilisation


@dataclass(frozen=True)
class AgentFigures:
    """What one agent did in a period."""

    #: Offers that rang at the agent, and what became of them.
    offered: int = 0
    answered: int = 0
    declined: int = 0
    missed: int = 0
    talk_seconds: float = 0.0
    work: Work = field(default_factory=Work)

    @property
    def answer_rate(self) -> float | None:
        """The share of offers that became a conversation: answered / offered to the agent."""
        return service_level.share(self.answered, self.offered)


@dataclass(frozen=True)
class Report:
    """The queues of a scope in a period."""

    as_of: datetime
    since: datetime
    queues: Mapping[int, Figures]
    total: Figures


# --- asking --------------------------------------------------------------------------------------


def queue_figures(scope: Scope, *, since: datetime, until: datetime) -> dict[int, Figures]:
    """Return the figures of every queue of ``scope``, by its id: of stays begun in the period."""
    return _judged(scope, _read_queues(scope.all_queues, since, until))


def total_figures(scope: Scope, *, since: datetime, until: datetime) -> Figures:
    """Return the figures of all queues together.

    Each queue's calls are judged by its own threshold. The goal and the formula are those of the
    queues where they agree, and the defaults where they do not.
    """
    return report(scope, since=since, until=until).total


def report(scope: Scope, *, since: datetime, until: datetime) -> Report:
    """Return the figures of every queue and of all together, read now."""
    return _report(scope, since, Kept(until, _read_queues(scope.all_queues, since, until)))


def agent_figures(scope: Scope, *, since: datetime, until: datetime) -> dict[int, AgentFigures]:
    """Return the figures of every agent of ``scope`` by id, those with none too."""
    everywhere = scope.all_queues
    return _by_agent(_read_offers(everywhere, since, until), _read_agents(everywhere, since, until))


@seen_once
def todays_figures(scope: Scope) -> Report:
    """Return the queues since midnight, as they were ANALYTICS.REAL_TIME_CACHE seconds ago at most.

    ``as_of`` says when. What a screen shows four times a second must not be added up from every
    call of the day each time; who waits and what agents do now is not in here but read live.
    The thresholds and goals of the queues are those of this moment.
    """
    since = midnight(timezone.now())
    found = _kept(scope, since, "", lambda now: _read_queues(scope.all_queues, since, now))
    return _report(scope, since, found)


def todays_agent_figures(scope: Scope) -> Kept[dict[int, AgentFigures]]:
    """Return the agents since midnight, kept as ``todays_figures`` keeps the queues."""
    since = midnight(timezone.now())
    return _kept(scope, since, ":agents", lambda now: agent_figures(scope, since=since, until=now))


def todays_work(agent: Agent) -> Work:
    """Return the work of one agent since midnight, kept as ``todays_figures`` keeps the queues."""
    scope, since = Scope(agent.tenant_id), midnight(timezone.now())

    def read(now: datetime) -> Work:
        offers = _read_offers(scope, since, now, of_agent=agent.pk)
        works = _works(offers, _read_agents(scope, since, now, of_agent=agent.pk))
        return works.get(agent.pk, Work())

    return _kept(scope, since, f":agent-{agent.pk}", read).value


@seen_once
def queues_of(scope: Scope) -> list[Queue]:
    """Return the queues of ``scope``, as they are now."""
    return _queues(scope).all()


@lru_cache(maxsize=SCOPES)
def _queues(scope: Scope) -> Prepared[Queue]:
    return Prepared(scope.queues())


def rules_of(queue: Queue) -> Rules:
    """Return how ``queue`` is judged; what its fields leave empty the settings say."""
    default = current().queue.default_service_level_threshold
    return Rules(
        threshold=queue.service_level_seconds or default,
        variant=Variant(queue.service_level_formula),
        goal=queue.service_level_goal,
        short=queue.short_abandon_seconds,
    )


def midnight(now: datetime) -> datetime:
    """Return the beginning of the day, in the time zone of the screens."""
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)


# --- stays ---------------------------------------------------------------------------------------


@dataclass
class Stays:
    """How the stays of one queue ended; thresholds are not applied yet."""

    answered: Waits = field(default_factory=Waits)
    abandoned: Waits = field(default_factory=Waits)
    flowed_out: int = 0

    def counts(self, rules: Rules) -> Counts:
        """Return how many came to what, as ``rules`` draw the lines."""
        return Counts(
            answered=self.answered.count,
            answered_in_time=self.answered.within(rules.threshold),
            abandoned=self.abandoned.count,
            abandoned_in_time=self.abandoned.within(rules.threshold),
            short=self.abandoned.under(rules.short),
            flowed_out=self.flowed_out,
        )


class WholeSeconds(Func):
    """A duration as whole seconds, rounded down; ``up=True`` rounds up."""

    output_field = IntegerField()

    def __init__(self, *expressions: Any, up: bool = False) -> None:
        super().__init__(*expressions, up=up)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """PostgreSQL: an interval."""
        rounded = "CEIL" if self.extra["up"] else "FLOOR"
        template = f"{rounded}(EXTRACT(EPOCH FROM (%(expressions)s)))::integer"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite: Django's durations are whole microseconds there."""
        more = " + 999999" if self.extra["up"] else ""
        template = f"((%(expressions)s){more}) / 1000000"
        return super().as_sql(compiler, connection, template=template, **extra)


def waited() -> Expression:
    """Return how long a stay that is over has lasted.

    Of a stay that goes on from another segment (see above) from the beginning of the first: from
    the end of the last segment before it that is no such part. Only who came back is looked after.
    """
    before = Segment.objects.filter(call=OuterRef("call"), started_at__lt=OuterRef("started_at"))
    others = before.exclude(kind=SegmentKind.QUEUE, end_reason=WENT_ON)
    entered = Case(
        When(
            at_head=True,
            then=Coalesce(
                Subquery(others.order_by("-started_at").values("ended_at")[:1]),
                Subquery(before.order_by("started_at").values("started_at")[:1]),
                F("started_at"),
            ),
        ),
        default=F("started_at"),
    )
    return ExpressionWrapper(F("ended_at") - entered, output_field=DurationField())


def stays_over(*, since: datetime, until: datetime) -> QuerySet[Segment]:
    """Return the stays of the period that are counted: those that are over."""
    return Segment.objects.filter(
        kind=SegmentKind.QUEUE,
        queue__isnull=False,
        started_at__gte=since,
        started_at__lt=until,
        ended_at__isnull=False,
    ).exclude(end_reason=WENT_ON)


def read_stays(stays: QuerySet[Segment]) -> dict[int, Stays]:
    """Return how ``stays`` ended, by queue. One statement; a row for each different wait."""
    rows = (
        stays.annotate(wait=waited())
        .annotate(second=WholeSeconds("wait"), up=WholeSeconds("wait", up=True))
        .values("queue_id", "end_reason", "second", "up")
        .annotate(number=Count("pk"), total=Sum("wait"))
        .order_by()
        .values_list("queue_id", "end_reason", "second", "up", "number", "total")
    )
    waits: dict[tuple[int, str], list[_Wait]] = defaultdict(list)
    found: dict[int, Stays] = defaultdict(Stays)
    for queue_id, reason, second, up, number, total in rows:
        if reason in (ANSWERED, ABANDONED):
            waits[queue_id, reason].append(_Wait(second, up, number, total))
        else:
            found[queue_id].flowed_out += number
    for (queue_id, reason), its in waits.items():
        if reason == ANSWERED:
            found[queue_id].answered = _waits(its)
        else:
            found[queue_id].abandoned = _waits(its)
    return dict(found)


class _Wait(NamedTuple):
    """So many callers waited between these two whole seconds, or exactly one: then they agree."""

    second: int
    up: int
    number: int
    total: timedelta


def _waits(rows: Sequence[_Wait]) -> Waits:
    seconds: Counter[int] = Counter()
    for row in rows:
        seconds[row.second] += row.number
    return Waits(
        seconds=dict(seconds),
        on_the_second={row.second: row.number for row in rows if row.second == row.up},
        total=sum((row.total for row in rows), timedelta()).total_seconds(),
    )


# --- offers, and what agents chose ---------------------------------------------------------------


@dataclass
class _Agent:
    """What is known of an agent's time, in seconds."""

    available: float = 0.0
    signed_in: float = 0.0


@dataclass(frozen=True)
class _Offers:
    """The offers of one queue to one agent."""

    queue_id: int
    agent_id: int
    offered: int
    answered: int
    declined: int
    missed: int
    requeued: int
    handled: int
    talk_seconds: float
    handle_seconds: float
    busy: float


@dataclass(frozen=True)
class _Raw:
    """What was read of the queues of a scope; nobody's thresholds are in it."""

    stays: Mapping[int, Stays]
    #: The conversations of each queue, and how often its callers were put back in line.
    handled: Mapping[int, Work]
    requeued: Mapping[int, int]
    #: The time of the agents who serve each queue, and of all agents.
    serving: Mapping[int, Work]
    everybody: Work


def _kept(scope: Scope, since: datetime, what: str, read: Callable[[datetime], T]) -> Kept[T]:
    """Keep what is read of a scope; what is read is the same whatever queue is looked at."""
    settings = current()
    whose = "-".join(map(str, (scope.tenant_id, *scope.seen_teams)))
    key = f"{settings.cache_keys.real_time}:{whose}:{since.timestamp():.0f}{what}"
    return kept(key, settings.analytics.real_time_cache, read)


def _read_queues(scope: Scope, since: datetime, until: datetime) -> _Raw:
    """Read a period in five statements: stays, offers, who serves what, and what agents chose."""
    ours = scope.queues().order_by()
    stays = read_stays(stays_over(since=since, until=until).filter(queue__in=ours))
    handled: dict[int, Work] = defaultdict(Work)
    requeued: Counter[int] = Counter()
    offers = _read_offers(scope, since, until)
    for row in offers:
        handled[row.queue_id] += Work(row.handled, row.handle_seconds)
        requeued[row.queue_id] += row.requeued
    works = _works(offers, _read_agents(scope, since, until))
    serving: dict[int, Work] = defaultdict(Work)
    members = QueueMember.objects.filter(queue__tenant_id=scope.tenant_id)
    for queue_id, agent_id in members.values_list("queue_id", "agent_id"):
        serving[queue_id] += works.get(agent_id, Work())
    everybody = sum(works.values(), Work())
    return _Raw(stays, dict(handled), dict(requeued), dict(serving), everybody)


#: Work of agents that is no call which a queue offered them.
OTHER_WORK = (Kind.VOICEMAIL.value, Kind.OUTGOING.value)


def _read_offers(
    scope: Scope, since: datetime, until: datetime, *, of_agent: int | None = None
) -> list[_Offers]:
    """Return the offers of the period by queue and agent, with the time that lies in it.

    Work on a message is work, and busy time; but it is no call, and none of the figures of calls.
    Nor was a call that an agent makes offered to anybody.
    """
    begun = Q(offered_at__gte=since) & ~Q(call__kind__in=OTHER_WORK)
    spoke = begun & Q(connected_at__isnull=False)
    over = spoke & Q(ended_at__isnull=False)
    offers = scope.offers() if of_agent is None else scope.offers().filter(agent_id=of_agent)
    rows = (
        offers.filter(
            Q(ended_at=None) | Q(ended_at__gt=since),
            offered_at__gte=since - LONGEST_OFFER,
            offered_at__lt=until,
        )
        .values("queue_id", "agent_id")
        .annotate(
            offered=Count("pk", filter=begun),
            answered=Count("pk", filter=spoke),
            declined=Count("pk", filter=begun & Q(outcome=OfferOutcome.DECLINED)),
            missed=Count("pk", filter=begun & Q(outcome=OfferOutcome.TIMED_OUT)),
            requeued=Count("pk", filter=begun & Q(outcome__in=REQUEUED)),
            handled=Count("pk", filter=over),
            talked=Sum(F("conversation_ended_at") - F("connected_at"), filter=over),
            handling=Sum(F("ended_at") - F("connected_at"), filter=over),
            busy=Sum(
                Least(Coalesce(F("ended_at"), Value(until)), Value(until))
                - Greatest(F("offered_at"), Value(since)),
                output_field=DurationField(),
            ),
        )
        .order_by()
    )
    return [
        _Offers(
            queue_id=row["queue_id"],
            agent_id=row["agent_id"],
            offered=row["offered"],
            answered=row["answered"],
            declined=row["declined"],
            missed=row["missed"],
            requeued=row["requeued"],
            handled=row["handled"],
            talk_seconds=_seconds(row["talked"]),
            handle_seconds=_seconds(row["handling"]),
            busy=_seconds(row["busy"]),
        )
        for row in rows
    ]


def _seconds(length: timedelta | None) -> float:
    return length.total_seconds() if length is not None else 0.0


#: From these on an agent does not respond, until AGENT_IS_BACK.
_SILENCED = ("offer.timed_out", "offer.failed", "agent.lost")
_IS_BACK = "agent.returned"
_CHOSE = "presence.changed"


def _read_agents(
    scope: Scope, since: datetime, until: datetime, *, of_agent: int | None = None
) -> dict[int, _Agent]:
    """Return how long each agent was signed in, and available and responding, in the period.

    Walks the log of what agents chose from how they were at its beginning. One of whom the log says
    nothing at all is as the row says, since it says so.
    """
    agents = scope.agents() if of_agent is None else scope.agents().filter(pk=of_agent)
    before = EventLog.objects.filter(agent_id=OuterRef("pk"), at__lte=since).order_by("-at", "-pk")
    chose = before.filter(name=_CHOSE).values("details__presence")[:1]
    answers = before.filter(name__in=(*_SILENCED, _IS_BACK)).values("name")[:1]
    happened: dict[int, list[tuple[datetime, str, str]]] = defaultdict(list)
    for agent_id, at, name, presence in (
        EventLog.objects.filter(
            tenant_id=scope.tenant_id,
            agent_id__in=agents.values("pk"),
            name__in=WORK_EVENTS,
            at__gt=since,
            at__lte=until,
        )
        .order_by("at", "pk")
        .values_list("agent_id", "at", "name", "details__presence")
    ):
        if agent_id is not None:
            happened[agent_id].append((at, name, presence or ""))
    found: dict[int, _Agent] = {}
    rows = agents.annotate(chose=Subquery(chose))
    for pk, chosen, last, presence, presence_since in rows.annotate(
        last=Subquery(answers)
    ).values_list("pk", "chose", "last", "presence", "presence_since"):
        its = happened[pk]
        at = since
        if chosen is None and not any(name == _CHOSE for _at, name, _to in its):
            chosen, at = presence, max(presence_since or since, since)
        found[pk] = _time_of(its, chosen or Presence.OFFLINE, last in _SILENCED, at, until)
    return found


def _time_of(
    happened: Iterable[tuple[datetime, str, str]],
    presence: str,
    is_silent: bool,
    begin: datetime,
    until: datetime,
) -> _Agent:
    time = _Agent()
    at = begin
    for moment, name, to in [*happened, (until, "", "")]:
        passed = max((moment - at).total_seconds(), 0.0)
        if presence != Presence.OFFLINE:
            time.signed_in += passed
        if presence == Presence.AVAILABLE and not is_silent:
            time.available += passed
        at = max(moment, at)
        if name == _CHOSE:
            presence = to
        elif name:
            is_silent = name in _SILENCED
    return time


# --- putting it together -------------------------------------------------------------------------


def _judged(scope: Scope, raw: _Raw) -> dict[int, Figures]:
    """Return the figures of each queue, judged by what its fields say now. One statement."""
    found = {}
    for queue in queues_of(scope):
        rules = rules_of(queue)
        stays = raw.stays.get(queue.pk, Stays())
        handled = raw.handled.get(queue.pk, Work())
        found[queue.pk] = Figures(
            rules=rules,
            counts=stays.counts(rules),
            answered_waits=stays.answered,
            abandoned_waits=stays.abandoned,
            requeued=raw.requeued.get(queue.pk, 0),
            handled=handled.handled,
            handle_seconds=handled.handle_seconds,
            agents=raw.serving.get(queue.pk, Work()),
        )
    return found


def _report(scope: Scope, since: datetime, found: Kept[_Raw]) -> Report:
    raw = found.value
    queues = _judged(scope, raw)
    rules = {each.rules for each in queues.values()}
    common = Rules(threshold=current().queue.default_service_level_threshold)
    total = Figures(
        rules=rules.pop() if len(rules) == 1 else common,
        counts=sum((each.counts for each in queues.values()), Counts()),
        answered_waits=sum((each.answered_waits for each in queues.values()), Waits()),
        abandoned_waits=sum((each.abandoned_waits for each in queues.values()), Waits()),
        requeued=sum(each.requeued for each in queues.values()),
        handled=sum(each.handled for each in queues.values()),
        handle_seconds=sum(each.handle_seconds for each in queues.values()),
        agents=raw.serving.get(scope.queue_id, Work()) if scope.queue_id else raw.everybody,
    )
    return Report(found.as_of, since, queues, total)


def _by_agent(offers: Sequence[_Offers], agents: Mapping[int, _Agent]) -> dict[int, AgentFigures]:
    rows: dict[int, list[_Offers]] = defaultdict(list)
    for row in offers:
        rows[row.agent_id].append(row)
    return {
        agent_id: AgentFigures(
            offered=sum(row.offered for row in rows[agent_id]),
            answered=sum(row.answered for row in rows[agent_id]),
            declined=sum(row.declined for row in rows[agent_id]),
            missed=sum(row.missed for row in rows[agent_id]),
            talk_seconds=sum(row.talk_seconds for row in rows[agent_id]),
            work=work,
        )
        for agent_id, work in _works(offers, agents).items()
    }


def _works(offers: Sequence[_Offers], agents: Mapping[int, _Agent]) -> dict[int, Work]:
    """Return the time of each agent; work outside of availability can take up idle time."""
    busy: dict[int, Work] = defaultdict(Work)
    for row in offers:
        busy[row.agent_id] += Work(row.handled, row.handle_seconds, row.busy)
    return {
        agent_id: busy[agent_id]
        + Work(idle=max(time.available - busy[agent_id].busy, 0.0), signed_in=time.signed_in)
        for agent_id, time in agents.items()
    }
