"""When somebody is told: what is watched, from where on it is too much, and when it is over.

An alert begins when a figure reaches its threshold and ends when it has been well for a while. Two
things keep it from flapping, as in any Schmitt trigger: it is well only some way on the good side
of the threshold (``is_well``), and only after it stayed there for ``settle_seconds``. In between it
goes on. Nothing here knows a database or a clock; times are passed in.

Every kind has a default for everything, so that an organisation is watched from its first minute
without a single row; a rule says only what differs: for the organisation, one queue, the agents of
one team, or one agent.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class AlertKind(StrEnum):
    """What is watched."""

    LONGEST_WAIT = "longest_wait"
    WAITING = "waiting"
    NOBODY_SIGNED_IN = "nobody_signed_in"
    SERVICE_LEVEL = "service_level"
    ABANDONMENT = "abandonment"
    LONG_CALL = "long_call"
    LONG_HOLD = "long_hold"
    NOT_RESPONDING = "not_responding"
    MISSED_IN_A_ROW = "missed_in_a_row"
    NETWORK_FAILING = "network_failing"
    HEALED = "healed"
    REPORT_ABANDONED = "report_abandoned"
    FREE_AGENTS = "free_agents"


class About(StrEnum):
    """What an alert of a kind is about, and for what a rule of its own can be made."""

    QUEUE = "queue"
    AGENT = "agent"
    SITE = "site"


class Unit(StrEnum):
    """In what a figure is counted."""

    SECONDS = "seconds"
    PIECES = "pieces"
    PERCENT = "percent"


class Level(StrEnum):
    """How pressing it is."""

    WARN = "warn"
    BREACH = "breach"


@dataclass(frozen=True)
class Watch:
    """One thing that is watched, and what holds where no rule says otherwise."""

    about: About
    unit: Unit
    threshold: int
    level: Level
    #: The figure is bad when it is low.
    low_is_bad: bool = False
    #: Sent to people who are not looking at a screen, unless a rule says otherwise.
    by_email: bool = False
    #: A fault of the site and not of the day: told outside only where ALERT_ON_ERROR is on.
    is_fault: bool = False
    #: So long it must be well before the alert ends.
    settle_seconds: int = 10
    #: It colours figures on screens; no alert is made of it.
    only_on_screens: bool = False


#: The figures of a share look back so far, and say nothing about fewer calls than these.
SHARE_WINDOW = timedelta(minutes=30)
SHARE_FEWEST_CALLS = 10
#: Troubles with the network are counted over so long.
TROUBLE_WINDOW = timedelta(minutes=5)

#: So many calls in a row that rang in vain at one desk are told where nobody says otherwise.
MISSES_IN_A_ROW = 3

WATCHES: Mapping[AlertKind, Watch] = {
    AlertKind.LONGEST_WAIT: Watch(
        About.QUEUE, Unit.SECONDS, 120, Level.BREACH, by_email=True, settle_seconds=15
    ),
    AlertKind.WAITING: Watch(About.QUEUE, Unit.PIECES, 10, Level.WARN, settle_seconds=15),
    AlertKind.NOBODY_SIGNED_IN: Watch(
        About.QUEUE, Unit.SECONDS, 10, Level.BREACH, by_email=True, settle_seconds=10
    ),
    AlertKind.SERVICE_LEVEL: Watch(
        About.QUEUE, Unit.PERCENT, 60, Level.WARN, low_is_bad=True, settle_seconds=60
    ),
    AlertKind.ABANDONMENT: Watch(About.QUEUE, Unit.PERCENT, 15, Level.WARN, settle_seconds=60),
    AlertKind.LONG_CALL: Watch(About.AGENT, Unit.SECONDS, 1800, Level.WARN, settle_seconds=0),
    AlertKind.LONG_HOLD: Watch(About.AGENT, Unit.SECONDS, 180, Level.WARN, settle_seconds=0),
    AlertKind.NOT_RESPONDING: Watch(About.AGENT, Unit.SECONDS, 30, Level.BREACH, settle_seconds=5),
    AlertKind.MISSED_IN_A_ROW: Watch(
        About.AGENT, Unit.PIECES, MISSES_IN_A_ROW, Level.WARN, settle_seconds=0
    ),
    AlertKind.NETWORK_FAILING: Watch(
        About.SITE, Unit.PIECES, 5, Level.BREACH, by_email=True, is_fault=True, settle_seconds=30
    ),
    AlertKind.HEALED: Watch(
        About.SITE, Unit.PIECES, 5, Level.WARN, is_fault=True, settle_seconds=30
    ),
    AlertKind.REPORT_ABANDONED: Watch(
        About.SITE, Unit.PIECES, 1, Level.WARN, by_email=True, is_fault=True, settle_seconds=0
    ),
    # Judged while somebody waits, which is when nobody is free: near the limit, and not over it.
    AlertKind.FREE_AGENTS: Watch(
        About.QUEUE, Unit.PIECES, 0, Level.WARN, low_is_bad=True, only_on_screens=True
    ),
}

#: What a figure must come down to before it is well: a share of the threshold …
WELL_SHARE = 0.8
#: … or, where low is bad, so many points above it.
WELL_POINTS = 5
#: Minutes after which an alert that goes on and that nobody has taken up is sent again; 0: never.
REPEAT_MINUTES = 30
#: What began again so soon after it ended is shown, and nobody is sent a message anew.
QUIET_AFTER = timedelta(minutes=5)
#: Who is told more often than this within an hour is told no more until it has passed.
MOST_AN_HOUR = 30


@dataclass(frozen=True)
class Rule:
    """What an organisation said about a kind; None follows the next more general word."""

    kind: AlertKind
    queue_id: int | None = None
    agent_id: int | None = None
    team_id: int | None = None
    is_on: bool | None = None
    threshold: int | None = None
    level: Level | None = None
    by_email: bool | None = None
    by_webhook: bool | None = None
    repeat_minutes: int | None = None
    #: From where on a screen says that the figure is near its limit.
    near: int | None = None


@dataclass(frozen=True)
class Limits:
    """What holds for one subject."""

    is_on: bool
    threshold: int
    near: int
    level: Level
    by_email: bool
    by_webhook: bool
    repeat_minutes: int


class Rules:
    """The rules of one organisation: the special word before the general, before the default.

    ``team_of`` says in which team an agent is; of agents in none it says nothing.
    """

    def __init__(
        self, rules: Iterable[Rule] = (), *, team_of: Mapping[int, int] | None = None
    ) -> None:
        self._rules = {
            (rule.kind, rule.queue_id, rule.agent_id, rule.team_id): rule for rule in rules
        }
        self._team_of = team_of or {}

    def limits(
        self,
        kind: AlertKind,
        *,
        queue_id: int | None = None,
        agent_id: int | None = None,
        team_id: int | None = None,
    ) -> Limits:
        """Return what holds for a queue, an agent, a team, or (none named) the organisation."""
        watch = WATCHES[kind]
        words = self._words(kind, queue_id, agent_id, team_id)
        threshold = _said([one.threshold for one in words], watch.threshold)
        return Limits(
            is_on=_said([one.is_on for one in words], True),
            threshold=threshold,
            near=_said([_near(words)], near_by_default(kind, threshold)),
            level=_said([one.level for one in words], watch.level),
            by_email=_said([one.by_email for one in words], watch.by_email),
            by_webhook=_said([one.by_webhook for one in words], True),
            repeat_minutes=_said([one.repeat_minutes for one in words], REPEAT_MINUTES),
        )

    def _words(
        self, kind: AlertKind, queue_id: int | None, agent_id: int | None, team_id: int | None
    ) -> list[Rule]:
        """Return the rules that hold, the most special first."""
        if team_id is None and agent_id is not None:
            team_id = self._team_of.get(agent_id)
        is_about_one = queue_id is not None or agent_id is not None
        words = (
            self._rules.get((kind, queue_id, agent_id, None)) if is_about_one else None,
            self._rules.get((kind, None, None, team_id)) if team_id is not None else None,
            self._rules.get((kind, None, None, None)),
        )
        return [word for word in words if word is not None]

    def nearest(self, kind: AlertKind) -> int:
        """Return the threshold of ``kind`` that anybody reaches first."""
        said = [
            rule.threshold
            for rule in self._rules.values()
            if rule.kind == kind and rule.threshold is not None
        ]
        return min([*said, WATCHES[kind].threshold])


def _said(words: Iterable[T | None], default: T) -> T:
    return next((word for word in words if word is not None), default)


def _near(words: Iterable[Rule]) -> int | None:
    """Return what is near the limit, if anybody says so.

    Who says a limit and not what is near it does not mean what is near another limit.
    """
    for word in words:
        if word.near is not None or word.threshold is not None:
            return word.near
    return None


def colours_figures(kind: AlertKind) -> bool:
    """Whether figures of this kind stand on screens, coloured when they come near their limit."""
    return WATCHES[kind].about is About.QUEUE and kind is not AlertKind.NOBODY_SIGNED_IN


def near_by_default(kind: AlertKind, threshold: int) -> int:
    """Return from where on a figure is near its limit where nobody says so.

    Half of the limit; where low is bad halfway from the limit to 100 %, or one piece more.
    """
    watch = WATCHES[kind]
    if watch.low_is_bad:
        return (threshold + 100) // 2 if watch.unit is Unit.PERCENT else threshold + 1
    return max(threshold // 2, 1)


def level_at(kind: AlertKind, limits: Limits, value: float) -> Level | None:
    """Return how a figure stands to its limit: over it, near it, or (None) well.

    Of what is not watched nothing is said.
    """
    if not limits.is_on:
        return None
    if is_bad(kind, limits.threshold, value):
        return Level.BREACH
    return Level.WARN if is_bad(kind, limits.near, value) else None


class Step(StrEnum):
    """What one look at a figure means for the alert about it."""

    NOTHING = "nothing"
    BEGIN = "begin"
    #: It is open and bad, or nearly: it goes on.
    GO_ON = "go_on"
    #: It is open and well since ``now``: it ends unless it becomes bad again.
    SETTLE = "settle"
    END = "end"


def is_bad(kind: AlertKind, threshold: int, value: float) -> bool:
    """Whether the figure has reached its threshold."""
    return value < threshold if WATCHES[kind].low_is_bad else value >= threshold


def is_well(kind: AlertKind, threshold: int, value: float) -> bool:
    """Whether the figure is far enough on the good side for an open alert to end."""
    if WATCHES[kind].low_is_bad:
        return value >= min(threshold + WELL_POINTS, 100)
    return value < threshold * WELL_SHARE


def look(
    kind: AlertKind,
    limits: Limits,
    value: float | None,
    now: datetime,
    *,
    is_open: bool = False,
    well_since: datetime | None = None,
) -> Step:
    """Return what ``value`` means now; None is that there is nothing to measure (any more).

    ``is_open`` and ``well_since`` are the alert as it stands.
    """
    if not is_open:
        bad = limits.is_on and value is not None and is_bad(kind, limits.threshold, value)
        return Step.BEGIN if bad else Step.NOTHING
    if not limits.is_on:
        return Step.END
    if value is not None and not is_well(kind, limits.threshold, value):
        return Step.GO_ON
    settle = timedelta(seconds=WATCHES[kind].settle_seconds)
    if not settle or (well_since is not None and now - well_since >= settle):
        return Step.END
    return Step.SETTLE


def is_told_again(
    limits: Limits,
    now: datetime,
    *,
    told_at: datetime | None,
    is_acknowledged: bool,
    snoozed_until: datetime | None,
) -> bool:
    """Whether people are to be told once more of an alert that goes on."""
    if is_acknowledged or told_at is None or not limits.repeat_minutes:
        return False
    if snoozed_until is not None and snoozed_until > now:
        return False
    return now - told_at >= timedelta(minutes=limits.repeat_minutes)


def pause_seconds(attempts: int) -> int:
    """Return how long to wait after so many attempts (one at least) that came to nothing.

    10 s, 40 s, 160 s, 640 s, then every 40 minutes: what is away for a lunch is still reached.
    """
    return int(min(10 * 4 ** (attempts - 1), 2400))


#: Attempts after which a message is given up: about an hour and a half after the first.
MOST_ATTEMPTS = 6
