"""How long a caller will still wait: predicted, measured on the queue's own past, said in steps.

Nobody can know. What can be known is how far each way to predict has been off in this very queue,
and that decides which one is believed, how wide the answer is, and whether one is given at all.

The predictors are those of the literature on telephone queues, each with its source below. What
they look at is the line itself: how many are before the caller, how long the others have waited,
how fast the line has moved of late. Agents are in none of them. Free agents are none whenever a
caller has to wait, so nothing can be divided by them; agents at work may be at work for any queue.
The pace of the line has all of that in it.

The back-test replays the past in the order in which it happened. Each caller who still waits
ASKED_AFTER seconds after entering is predicted with what was known at that moment, and compared
when the wait is over. What is compared:

*Mean error*, the mean of |predicted - waited| in seconds, chooses the predictor. It is in the unit
callers feel, and one caller who waited an hour does not decide alone, as with squares.
*Late share*, the share of callers who waited longer than they would have been told, is what makes
an answer honest. Who gave up after the promised time was promised too little as well.
*Ratio*, waited to predicted: its median says whether a predictor flatters, and its spread is what
makes an answer "about", "between" or "less than".

Moments are seconds since any beginning, lengths are seconds.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil, inf
from statistics import fmean

#: Callers who are answered at once are not told anything worth measuring; nor do they show whether
#: the agents are busy.
ASKED_AFTER = 10.0
#: Answers by which the pace of a line is measured, and below which there is none.
PACE_ANSWERS = 20
LEAST_ANSWERS = 5
#: Stays by which it is measured how soon callers give up.
LEAVING_STAYS = 200
#: Comparisons below which no predictor is believed.
LEAST_COMPARED = 30
#: A predictor is given up for another only when that is better by more than so much.
BETTER_BY = 0.10
#: Where waits are off by more than this share of their own length, nothing is said …
GREATEST_ERROR = 0.75
#: … unless it is a matter of so many seconds, which vanish in the rounding anyway.
SMALL_ERROR = 30.0
#: The part of past callers that waited less than the low end, and the part that waited no longer
#: than the high end.
LOW_SHARE = 0.2
HIGH_SHARE = 0.8
#: Added to both sides of a ratio, so that it means something for waits of a few seconds.
GRACE = 30.0
#: The comparisons by which an answer is widened or narrowed: the newest.
MOST_RATIOS = 1000
MINUTE = 60
#: Longer than this nobody is told anything: what is said of so long a wait helps nobody.
LONGEST_SAID = 4 * 60 * MINUTE


class Ending(StrEnum):
    """How a stay in line ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    #: It went on somewhere else, or the network or we ended it.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Stay:
    """One caller's time in the line of a queue."""

    entered: float
    left: float
    how: Ending
    #: Came back to the head of the line: is in everybody's way, and no example of a wait.
    at_head: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known at a moment of a line and of one caller in it: all a predictor may look at."""

    #: Callers before this one, and all others in line.
    ahead: int
    others: int
    #: How long the caller at the head of the line has waited.
    head_wait: float
    #: How long the caller had waited who was the last to be answered.
    last_wait: float
    #: Seconds from one answer to the next while somebody waits; what the pace of the line is.
    gap: float
    #: How many callers give up in a second, of one who waits.
    leaving: float = 0.0


# --- the predictors -------------------------------------------------------------------------------


class Predictor(StrEnum):
    """The ways to predict a wait."""

    QUEUE_LENGTH = "queue_length"
    HEAD_OF_LINE = "head_of_line"
    LAST_ANSWERED = "last_answered"


def queue_length(known: Known) -> float:
    """Return the wait by the length of the line, in which some give up before their turn.

    One after the other those ahead leave the line, answered at the pace of the line or because
    they gave up: the sum of 1 / (1/gap + i * leaving) for i from 0 to ahead. QLm of Ibrahim &
    Whitt, "Real-Time Delay Estimation in Overloaded Multiserver Queues with Abandonments",
    Management Science 55(10), 2009; without abandonment it is (ahead + 1) * gap, QL of Whitt,
    "Predicting Queueing Delays", Management Science 45(6), 1999.
    """
    if known.gap <= 0:
        return 0.0
    answered = 1 / known.gap
    return sum(1 / (answered + i * known.leaving) for i in range(known.ahead + 1))


def head_of_line(known: Known) -> float:
    """Return the wait by how long the head of the line has waited so far.

    HOL of Ibrahim & Whitt, "Real-Time Delay Estimation Based on Delay History", Manufacturing &
    Service Operations Management 11(3), 2009, doi:10.1287/msom.1080.0223. It is made
    for who has just entered; who has moved up waits for that part of the line that is still ahead.
    """
    return known.head_wait * _part_ahead(known)


def last_answered(known: Known) -> float:
    """Return the wait by how long the caller had waited who was the last to be answered.

    LES, "last to enter service", of the same paper as `head_of_line`, and cut to the part of the
    line that is still ahead in the same way.
    """
    return known.last_wait * _part_ahead(known)


def _part_ahead(known: Known) -> float:
    return (known.ahead + 1) / (known.others + 1)


PREDICTORS = {
    Predictor.QUEUE_LENGTH: queue_length,
    Predictor.HEAD_OF_LINE: head_of_line,
    Predictor.LAST_ANSWERED: last_answered,
}


# --- a line, as it moves --------------------------------------------------------------------------


@dataclass
class Line:
    """A line told what happens in it, in the order in which it happens."""

    #: Who waits, in the order of the line: those who came back first, then as they entered.
    _waiting: list[tuple[bool, float, int]] = field(default_factory=list)
    _last_wait: float | None = None
    _last_answer: float | None = None
    #: Whether somebody has waited all the time since the last answer.
    _never_empty: bool = False
    #: Gaps between two answers in between which somebody waited all the time …
    _gaps: deque[float] = field(default_factory=lambda: deque(maxlen=PACE_ANSWERS))
    #: … and how long somebody waited before each answer, whether or not all the time.
    _waited_for: deque[float] = field(default_factory=lambda: deque(maxlen=PACE_ANSWERS))
    _waited: float = 0.0
    _since: float = 0.0
    #: Of the last stays: how long, and whether the caller gave up.
    _stays: deque[tuple[float, bool]] = field(default_factory=lambda: deque(maxlen=LEAVING_STAYS))

    def enters(self, key: int, at: float, *, at_head: bool = False) -> None:
        """Somebody enters the line."""
        self._pass_to(at)
        insort(self._waiting, (not at_head, at, key))

    def leaves(self, key: int, at: float, stay: Stay) -> None:
        """Somebody leaves it."""
        self._pass_to(at)
        self._waiting.remove((not stay.at_head, stay.entered, key))
        waited = at - stay.entered
        if not stay.at_head:
            self._stays.append((waited, stay.how is Ending.ABANDONED))
        if stay.how is Ending.ANSWERED:
            if not stay.at_head:
                self._last_wait = waited
            if self._never_empty and self._last_answer is not None:
                self._gaps.append(at - self._last_answer)
            self._waited_for.append(self._waited)
            self._waited = 0.0
            self._last_answer, self._never_empty = at, True
        if not self._waiting:
            self._never_empty = False

    def known(self, at: float, *, key: int | None = None, entered: float = 0.0) -> Known | None:
        """Return what is known at a moment of the caller ``key``; None of a line too little seen.

        Without ``key`` of somebody who would enter now.
        """
        gap, last_wait = self.gap(at), self._last_wait
        if gap is None or last_wait is None:
            return None
        if key is None:
            ahead = others = len(self._waiting)
        else:
            ahead = bisect_left(self._waiting, (True, entered, key))
            others = len(self._waiting) - 1
        head_wait = at - min(self._waiting)[1] if self._waiting else 0.0
        return Known(ahead, others, head_wait, last_wait, gap, self.leaving())

    def gap(self, at: float) -> float | None:
        """Return the seconds from one answer to the next; None after too few answers.

        A pause that is already longer than usual counts: the agents may have gone.
        """
        gaps = self._gaps if len(self._gaps) >= LEAST_ANSWERS else self._waited_for
        if len(gaps) < LEAST_ANSWERS:
            return None
        usual = fmean(gaps)
        pause = self._waited + (max(at - self._since, 0.0) if self._waiting else 0.0)
        return (usual * len(gaps) + pause) / (len(gaps) + 1) if pause > usual else usual

    def leaving(self) -> float:
        """Return how many callers give up in a second, of one who waits."""
        waited = sum(length for length, _left in self._stays)
        return sum(left for _length, left in self._stays) / waited if waited else 0.0

    @property
    def last_wait(self) -> float | None:
        """How long the last caller to be answered had waited."""
        return self._last_wait

    def _pass_to(self, at: float) -> None:
        if self._waiting:
            self._waited += at - self._since
        self._since = at


def line_of(stays: Sequence[Stay], *, first: float | None = None) -> Line:
    """Return a line in which ``stays`` are over.

    ``first`` is when the caller came who waits now and came first. Those behind do not matter:
    because of that one the line has not been empty since.
    """
    line = Line()
    if first is not None:
        stays = [*stays, Stay(first, inf, Ending.OTHER)]
    for at, what, key in _in_order(stays):
        if what == _ENTERS:
            line.enters(key, at, at_head=stays[key].at_head)
        elif what == _LEAVES and at < inf:
            line.leaves(key, at, stays[key])
    return line


# --- the back-test --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A caller of the past, what each predictor said at that moment, and what would be told."""

    at: float
    stay: Stay
    predicted: Mapping[Predictor, float]
    #: The longest wait the caller would have been told; None where nothing would have been.
    promised: Mapping[Predictor, int | None]

    @property
    def waited(self) -> float:
        """How long the caller waited from that moment on."""
        return self.stay.left - self.at


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a predictor has done in a queue."""

    #: Callers who were predicted and answered.
    compared: int
    mean_error: float
    #: The mean error as a share of the mean wait.
    relative_error: float
    #: Waited to predicted, GRACE added to both: the median, and the ends of what is said.
    median_ratio: float
    low_ratio: float
    high_ratio: float
    #: The share of callers who waited longer than they would have been told; None: nobody would.
    late_share: float | None = None

    @property
    def is_believed(self) -> bool:
        """Whether callers are told what comes of it."""
        is_right = self.mean_error <= SMALL_ERROR or self.relative_error <= GREATEST_ERROR
        return self.compared >= LEAST_COMPARED and is_right


class _Ratios:
    """The newest ratios of a predictor, and their spread."""

    def __init__(self) -> None:
        self._in_time: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, ratio: float) -> None:
        insort(self._sorted, ratio)
        self._in_time.append(ratio)
        if len(self._in_time) > MOST_RATIOS:
            del self._sorted[bisect_left(self._sorted, self._in_time.popleft())]

    def __len__(self) -> int:
        return len(self._sorted)

    def at(self, share: float) -> float:
        """Return the ratio that ``share`` of them do not exceed (nearest rank)."""
        return self._sorted[max(ceil(share * len(self._sorted)) - 1, 0)]


_ENTERS, _IS_ASKED, _LEAVES = range(3)


def replay(stays: Sequence[Stay]) -> list[Asked]:
    """Return what each predictor would have said to whom, in the order of time.

    Nothing that happens at or after a moment is known to what is predicted at it, except how the
    line stands: who leaves in the very moment has left.
    """
    line = Line()
    ratios = {predictor: _Ratios() for predictor in PREDICTORS}
    asked: dict[int, Asked] = {}
    for at, what, key in _in_order(stays):
        stay = stays[key]
        if what == _ENTERS:
            line.enters(key, at, at_head=stay.at_head)
        elif what == _LEAVES:
            line.leaves(key, at, stay)
            if key in asked and stay.how is Ending.ANSWERED:
                for predictor, its in ratios.items():
                    its.add(_ratio(asked[key], predictor))
        else:
            known = line.known(at, key=key, entered=stay.entered)
            if known is not None:
                predicted = {each: predict(known) for each, predict in PREDICTORS.items()}
                promised = {each: _promise(predicted[each], ratios[each]) for each in PREDICTORS}
                asked[key] = Asked(at, stay, predicted, promised)
    return list(asked.values())


def _in_order(stays: Sequence[Stay]) -> list[tuple[float, int, int]]:
    """Return what happened, in its order; of what happens at one moment, leaving comes first.

    Only who leaves in the moment of entering enters before.
    """
    happened = []
    for key, stay in enumerate(stays):
        left = max(stay.left, stay.entered)
        happened.append((stay.entered, 1, _ENTERS, key))
        happened.append((left, 0 if left > stay.entered else 2, _LEAVES, key))
        if left > stay.entered + ASKED_AFTER and not stay.at_head:
            happened.append((stay.entered + ASKED_AFTER, 3, _IS_ASKED, key))
    return [(at, what, key) for at, _order, what, key in sorted(happened)]


def _ratio(asked: Asked, predictor: Predictor) -> float:
    return (asked.waited + GRACE) / (asked.predicted[predictor] + GRACE)


def _promise(predicted: float, ratios: _Ratios) -> int | None:
    if len(ratios) < LEAST_COMPARED:
        return None
    said = in_steps(
        _stretched(predicted, ratios.at(LOW_SHARE)), _stretched(predicted, ratios.at(HIGH_SHARE))
    )
    return said.high if said else None


def _stretched(predicted: float, ratio: float) -> float:
    return max((predicted + GRACE) * ratio - GRACE, 0.0)


def measure(stays: Sequence[Stay]) -> dict[Predictor, Measured]:
    """Return how well each predictor would have done on the past of a queue.

    All are compared on the same callers. A predictor that nobody could be compared with is left
    out.
    """
    asked = replay(stays)
    answered = [each for each in asked if each.stay.how is Ending.ANSWERED]
    if not answered:
        return {}
    mean_wait = fmean(each.waited for each in answered)
    found = {}
    for predictor in PREDICTORS:
        error = fmean(abs(each.predicted[predictor] - each.waited) for each in answered)
        ratios = _Ratios()
        for each in answered:
            ratios.add(_ratio(each, predictor))
        found[predictor] = Measured(
            compared=len(answered),
            mean_error=error,
            relative_error=error / mean_wait if mean_wait else 0.0,
            median_ratio=ratios.at(0.5),
            low_ratio=ratios.at(LOW_SHARE),
            high_ratio=ratios.at(HIGH_SHARE),
            late_share=_late_share(asked, predictor),
        )
    return found


def _late_share(asked: Iterable[Asked], predictor: Predictor) -> float | None:
    """Return the share of broken promises, of those of which it is known.

    Who gave up before the promised time was over never learnt whether it was kept.
    """
    late = kept = 0
    for each in asked:
        promised = each.promised[predictor]
        if promised is None:
            continue
        if each.waited > promised:
            late += each.stay.how is not Ending.OTHER
        elif each.stay.how is Ending.ANSWERED:
            kept += 1
    return late / (late + kept) if late + kept else None


def choose(
    measured: Mapping[Predictor, Measured], present: Predictor | None = None
) -> Predictor | None:
    """Return the predictor with the smallest mean error; None where too few were compared.

    The ``present`` one stays unless another is better by more than BETTER_BY: on nearly equal
    errors a queue would otherwise change its mind every time it is measured.
    """
    able = {
        each: its.mean_error for each, its in measured.items() if its.compared >= LEAST_COMPARED
    }
    if not able:
        return None
    best = min(able, key=lambda each: (able[each], each))
    if present in able and able[present] * (1 - BETTER_BY) <= able[best]:
        return present
    return best


# --- what is said ---------------------------------------------------------------------------------


class Kind(StrEnum):
    """How an estimate is put."""

    ABOUT = "about"
    LESS_THAN = "less_than"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A wait as it is said, in seconds that are whole minutes. ``low`` is said of BETWEEN only."""

    kind: Kind
    low: int
    high: int


def estimate(
    predictor: Predictor, measured: Measured, known: Known, *, on_duty: int
) -> Estimate | None:
    """Return what a caller is told of the wait that is still to come; None to say nothing.

    Nothing is said while nobody is on duty who could answer, and nothing that has been too wrong
    too often, or on too few calls to tell.
    """
    if on_duty <= 0 or not measured.is_believed:
        return None
    predicted = PREDICTORS[predictor](known)
    return in_steps(
        _stretched(predicted, measured.low_ratio), _stretched(predicted, measured.high_ratio)
    )


def in_steps(low: float, high: float) -> Estimate | None:
    """Return a wait between ``low`` and ``high`` seconds as people say it; None of one too long.

    Both are rounded up. Of a minute at most only "less than" is said. Neighbouring steps are
    "about" the greater; a high end of no more than three times the low one is "between"; and of
    what is vaguer only the high end is said.
    """
    low, high = min(low, high), max(low, high)
    if high > LONGEST_SAID:
        return None
    least, most = rounded_up(low), rounded_up(high)
    if most == MINUTE:
        return Estimate(Kind.LESS_THAN, 0, MINUTE)
    if least == most or rounded_up(least + 1) == most:
        return Estimate(Kind.ABOUT, least, most)
    if most <= 3 * least:
        return Estimate(Kind.BETWEEN, least, most)
    return Estimate(Kind.LESS_THAN, 0, most)


#: Up to so many minutes waits are said in steps of so many. Each step divides where it begins.
STEPS = ((10, 1), (30, 5), (60, 10), (10**9, 30))


def rounded_up(seconds: float) -> int:
    """Return ``seconds`` rounded up to how people speak of it: never less than a minute.

    To the minute up to 10 minutes, to 5 minutes up to 30, to 10 up to the hour, then half hours.
    """
    minutes = max(ceil(seconds / MINUTE), 1)
    step = next(step for upto, step in STEPS if minutes <= upto)
    return ceil(minutes / step) * step * MINUTE
