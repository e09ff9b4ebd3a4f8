"""The figures a center is judged by: each formula once, with where it comes from.

Names, as the field writes them: of the calls offered to a queue (O) some were answered (A), some
abandoned (B), and the others flowed out (F): O = A + B + F. T is the threshold in seconds, A_T and
B_T are those answered and abandoned within it; S is the short threshold, B_S are the abandons that
waited less than that. The clock of a wait starts when the caller enters the queue, after greeting
and menu. Of nothing there is no share: a formula whose denominator is 0 gives None, never 0 or 1.

Who is counted as what stands in selectors/figures.py; here are numbers only.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil


class Variant(StrEnum):
    """The ways in which the field works out a service level."""

    #: Ours, unless a queue says otherwise.
    WITHOUT_SHORT = "without_short"
    ANSWERED = "answered"
    ASTERISK_2 = "asterisk_2"
    OFFERED = "offered"
    OFFERED_WITHOUT_SHORT = "offered_without_short"
    LATE_ABANDONS = "late_abandons"
    GENESYS = "genesys"
    GENESYS_FLOW_OUTS = "genesys_flow_outs"


#: What holds where a queue says nothing else: the goal in percent, a short abandon in seconds.
DEFAULT_VARIANT = Variant.WITHOUT_SHORT
DEFAULT_GOAL = 80
DEFAULT_SHORT_SECONDS = 5


@dataclass(frozen=True)
class Rules:
    """How a queue is judged."""

    #: T: answered within so many seconds is in time.
    threshold: int
    variant: Variant = DEFAULT_VARIANT
    #: In percent.
    goal: int = DEFAULT_GOAL
    #: S: who hung up before so many seconds may have misdialled.
    short: int = DEFAULT_SHORT_SECONDS


@dataclass(frozen=True)
class Counts:
    """How many calls came to what; two of them can be added."""

    answered: int = 0
    answered_in_time: int = 0
    abandoned: int = 0
    abandoned_in_time: int = 0
    short: int = 0
    flowed_out: int = 0

    @property
    def offered(self) -> int:
        """O = A + B + F."""
        return self.answered + self.abandoned + self.flowed_out

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.answered + other.answered,
            self.answered_in_time + other.answered_in_time,
            self.abandoned + other.abandoned,
            self.abandoned_in_time + other.abandoned_in_time,
            self.short + other.short,
            self.flowed_out + other.flowed_out,
        )


@dataclass(frozen=True)
class Waits:
    """How long many callers waited: how many in each second, and the sum.

    As good as the list of all waits where it matters, however many there are: comparisons with
    whole seconds are exact, so is the average; a percentile is exact to its second.
    """

    #: By the whole second the wait lies in: 4 stands for 4.0 up to, not including, 5.0.
    seconds: Mapping[int, int] = field(default_factory=dict)
    #: Those of them that lasted whole seconds exactly.
    on_the_second: Mapping[int, int] = field(default_factory=dict)
    total: float = 0.0

    @property
    def count(self) -> int:
        """How many waited."""
        return sum(self.seconds.values())

    def under(self, seconds: int) -> int:
        """How many waited less than so many seconds."""
        return sum(number for second, number in self.seconds.items() if second < seconds)

    def within(self, seconds: int) -> int:
        """How many waited so many seconds at most."""
        return self.under(seconds) + self.on_the_second.get(seconds, 0)

    def __add__(self, other: "Waits") -> "Waits":
        return Waits(
            Counter(self.seconds) + Counter(other.seconds),
            Counter(self.on_the_second) + Counter(other.on_the_second),
            self.total + other.total,
        )


# --- service level -------------------------------------------------------------------------------


def service_level(variant: Variant, counts: Counts) -> float | None:
    """Return the share of calls that were answered in time, as ``variant`` counts it; 0 to 1.

    ============================  =============================  ===================================
    Variant                       Formula                        Who
    ============================  =============================  ===================================
    ``WITHOUT_SHORT``             A_T / (A + B - B_S)            our default: flow-outs are left out
                                                                 and shown beside it
    ``ANSWERED``                  A_T / A                        Asterisk's SL; Flex's SLA tile
    ``ASTERISK_2``                (A_T + B_T) / (A + B)          Asterisk's SL2
    ``OFFERED``                   A_T / O                        the strict one; Talkdesk with short
                                                                 abandons counted
    ``OFFERED_WITHOUT_SHORT``     A_T / (O - B_S)                Talkdesk, RingCentral
    ``LATE_ABANDONS``             A_T / (A + B - B_T)            QUEUE.DEFAULT_SERVICE_LEVEL_
                                                                 THRESHOLD's reference; Bright
                                                                 Pattern
    ``GENESYS``                   A_T / (A + B)                  Genesys, all switches off
    ``GENESYS_FLOW_OUTS``         A_T / (A + F)                  Genesys, flow-outs counted,
                                                                 abandons not
    ============================  =============================  ===================================
    """
    c = counts
    in_time, of = {
        Variant.WITHOUT_SHORT: (c.answered_in_time, c.answered + c.abandoned - c.short),
        Variant.ANSWERED: (c.answered_in_time, c.answered),
        Variant.ASTERISK_2: (
            c.answered_in_time + c.abandoned_in_time,
            c.answered + c.abandoned,
        ),
        Variant.OFFERED: (c.answered_in_time, c.offered),
        Variant.OFFERED_WITHOUT_SHORT: (c.answered_in_time, c.offered - c.short),
        Variant.LATE_ABANDONS: (
            c.answered_in_time,
            c.answered + c.abandoned - c.abandoned_in_time,
        ),
        Variant.GENESYS: (c.answered_in_time, c.answered + c.abandoned),
        Variant.GENESYS_FLOW_OUTS: (c.answered_in_time, c.answered + c.flowed_out),
    }[variant]
    return share(in_time, of)


def genesys_service_level(
    counts: Counts,
    *,
    with_flow_outs: bool = False,
    without_short: bool = False,
    without_abandoned: bool = False,
) -> float | None:
    """Return (A - answered late) / (A + B [+ F] [- B_S] [- B]): Genesys with its three switches.

    Where abandons are left out there are no short ones to leave out. Each setting of the switches
    is one of the variants, so a queue can be judged by any of them.
    """
    of = counts.answered
    if not without_abandoned:
        of += counts.abandoned - (counts.short if without_short else 0)
    if with_flow_outs:
        of += counts.flowed_out
    return share(counts.answered_in_time, of)


# --- other shares --------------------------------------------------------------------------------


def abandonment(counts: Counts) -> float | None:
    """Return B / O, as Connect does; who left in the menu was not offered to the queue (Flex)."""
    return share(counts.abandoned, counts.offered)


def occupancy(busy: float, idle: float) -> float | None:
    """Return (talk + hold + ring + wrap-up) / (that + idle available), from seconds.

    Ringing is work here. Amazon Connect counts it neither as work nor as idle.
    """
    return share(busy, busy + idle)


def utilisation(busy: float, signed_in: float) -> float | None:
    """Return (talk + hold + ring + wrap-up) / signed-in time, from seconds."""
    return share(busy, signed_in)


# --- times ---------------------------------------------------------------------------------------


def average_wait(waits: Waits) -> float | None:
    """Return the sum of the waits / their number.

    Of the answered it is the ASA, average speed of answer: sum of the queue waits of answered
    calls / A. Of the abandoned it is how long they waited before they gave up.
    """
    return share(waits.total, waits.count)


def percentile_wait(waits: Waits, percent: int) -> int | None:
    """Return the wait, in whole seconds, that ``percent`` of the callers did not exceed.

    By nearest rank: the wait of caller number ⌈percent / 100 · n⌉ when they stand by their wait.
    50 gives the median, 90 the p90 that are shown beside an average, for a few long waits pull an
    average up and hide in it.
    """
    rank = ceil(percent * waits.count / 100)
    for second in sorted(waits.seconds):
        rank -= waits.seconds[second]
        if rank <= 0:
            return second
    return None


def average_handle_time(handle_seconds: float, handled: int) -> float | None:
    """Return (talk + hold + after-call work) / handled: the AHT.

    Wrap-up belongs to it; some products leave it out.
    """
    return share(handle_seconds, handled)


def share(part: float, of: float) -> float | None:
    """Return ``part`` / ``of``; None where there is nothing to divide by."""
    return part / of if of > 0 else None
