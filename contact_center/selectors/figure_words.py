"""What each figure is called, what it counts, and its formula: for whoever asks what it means.

A formula is written with names; filled with words it explains, filled with numbers it is the sum
that gave the figure. It names the very counts that domain/service_level.py divides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contact_center.domain.service_level import Variant
from contact_center.domain.status import ShownState
from contact_center.domain.waits import Predictor
from contact_center.selectors.figures import Figures

Words = str | Promise


class Unit(StrEnum):
    """In what a figure is said."""

    PIECES = "pieces"
    SHARE = "share"
    SECONDS = "seconds"


class Behind(StrEnum):
    """What a figure is counted from, and what is listed behind it."""

    WAITING = "waiting"
    STAYS = "stays"
    OFFERS = "offers"
    AGENTS = "agents"


@dataclass(frozen=True)
class Definition:
    """One figure."""

    name: Words
    sentence: Words
    source: Words
    unit: Unit
    behind: Behind
    #: Empty for what is simply counted.
    formula: str = ""
    #: The stays of these outcomes are listed; empty: all of them (selectors/figure_rows.py).
    outcomes: tuple[str, ...] = ()
    #: Of agents: the state they are in.
    state: ShownState | None = None
    #: Read at this moment and not added up over a period.
    is_live: bool = False


FIELD = _("Usual in the field: offered = answered + abandoned + flowed out.")

#: What stands for the names in a formula, for people.
NAMES: Mapping[str, Words] = {
    "in_time": _("answered in time"),
    "answered": _("answered"),
    "abandoned": _("abandoned"),
    "abandoned_in_time": _("abandoned in time"),
    "short": _("short abandons"),
    "flowed_out": _("flowed out"),
    "offered": _("offered"),
    "answered_waits": _("seconds that answered callers waited"),
    "abandoned_waits": _("seconds that abandoned callers waited"),
    "handle_seconds": _("seconds of talk, hold and wrap-up"),
    "handled": _("handled calls"),
    "busy": _("seconds of ringing, talk, hold and wrap-up"),
    "idle": _("seconds free for a call"),
    "signed_in": _("signed-in seconds"),
}

VARIANT_FORMULAS: Mapping[Variant, str] = {
    Variant.WITHOUT_SHORT: "{in_time} / ({answered} + {abandoned} - {short})",
    Variant.ANSWERED: "{in_time} / {answered}",
    Variant.ASTERISK_2: "({in_time} + {abandoned_in_time}) / ({answered} + {abandoned})",
    Variant.OFFERED: "{in_time} / {offered}",
    Variant.OFFERED_WITHOUT_SHORT: "{in_time} / ({offered} - {short})",
    Variant.LATE_ABANDONS: "{in_time} / ({answered} + {abandoned} - {abandoned_in_time})",
    Variant.GENESYS: "{in_time} / ({answered} + {abandoned})",
    Variant.GENESYS_FLOW_OUTS: "{in_time} / ({answered} + {flowed_out})",
}

VARIANT_SOURCES: Mapping[Variant, Words] = {
    Variant.WITHOUT_SHORT: _("Our default; flow-outs stand beside it."),
    Variant.ANSWERED: _("Asterisk's SL, the tile of Twilio Flex."),
    Variant.ASTERISK_2: _("Asterisk's SL2."),
    Variant.OFFERED: _("The strict one; Talkdesk with short abandons counted."),
    Variant.OFFERED_WITHOUT_SHORT: _("Talkdesk without short abandons, RingCentral."),
    Variant.LATE_ABANDONS: _("The reference of our settings; Bright Pattern."),
    Variant.GENESYS: _("Genesys with its switches off."),
    Variant.GENESYS_FLOW_OUTS: _("Genesys with flow-outs counted and abandons not."),
}

DEFINITIONS: Mapping[str, Definition] = {
    "waiting": Definition(
        _("Waiting"),
        _("Callers who are in line now, those for whom an agent rings included."),
        _("Counted live."),
        Unit.PIECES,
        Behind.WAITING,
        is_live=True,
    ),
    "longest-wait": Definition(
        _("Longest wait"),
        _("How long the caller who came first has been in line, an age that was kept included."),
        _("Counted live."),
        Unit.SECONDS,
        Behind.WAITING,
        is_live=True,
    ),
    "offered": Definition(
        _("Offered"),
        _("Calls that entered the queue in the period and whose wait is over, however it ended."),
        FIELD,
        Unit.PIECES,
        Behind.STAYS,
        "{answered} + {abandoned} + {flowed_out}",
    ),
    "answered": Definition(
        _("Answered"),
        _("Calls for which caller and agent were brought together."),
        FIELD,
        Unit.PIECES,
        Behind.STAYS,
        outcomes=("answered",),
    ),
    "abandoned": Definition(
        _("Abandoned"),
        _("Calls whose caller hung up in line, or while an agent rang or was being put through."),
        _("A hang-up while an agent rings is the queue's abandon and nobody's missed call."),
        Unit.PIECES,
        Behind.STAYS,
        outcomes=("abandoned",),
    ),
    "short-abandons": Definition(
        _("Short abandons"),
        _("Abandoned calls whose caller hung up before the queue's short-abandon time was over."),
        _("Talkdesk, RingCentral, Genesys: who hangs up at once may have misdialled."),
        Unit.PIECES,
        Behind.STAYS,
        outcomes=("short",),
    ),
    "flowed-out": Definition(
        _("Flowed out"),
        _(
            "Calls that left the queue neither answered nor abandoned: moved on, or ended by the "
            "phone network or by us."
        ),
        FIELD,
        Unit.PIECES,
        Behind.STAYS,
        outcomes=("flowed-out",),
    ),
    "requeued": Definition(
        _("Requeued"),
        _(
            "How often a caller was back in line because an agent declined, did not answer, could "
            "not be connected or was lost."
        ),
        _("Counted from the offers that began to ring in the period."),
        Unit.PIECES,
        Behind.OFFERS,
    ),
    "service-level": Definition(
        _("Service level"),
        _("The share of calls that were answered in time, by the formula of the queue."),
        _("The clock starts when the caller enters the queue, after greeting and menu."),
        Unit.SHARE,
        Behind.STAYS,
    ),
    "abandonment": Definition(
        _("Abandonment"),
        _("The share of offered calls whose caller gave up."),
        _("Amazon Connect. Who leaves in the menu was not offered to a queue."),
        Unit.SHARE,
        Behind.STAYS,
        "{abandoned} / {offered}",
        outcomes=("abandoned",),
    ),
    "asa": Definition(
        _("Speed of answer"),
        _("How long answered callers waited in the queue, on average (ASA)."),
        _("Usual in the field; median and ninth decile by nearest rank."),
        Unit.SECONDS,
        Behind.STAYS,
        "{answered_waits} / {answered}",
        outcomes=("answered",),
    ),
    "abandoned-wait": Definition(
        _("Wait before giving up"),
        _("How long callers who gave up had waited, on average."),
        _("Usual in the field."),
        Unit.SECONDS,
        Behind.STAYS,
        "{abandoned_waits} / {abandoned}",
        outcomes=("abandoned",),
    ),
    "aht": Definition(
        _("Handle time"),
        _("How long talk, hold and wrap-up of a call take together, on average (AHT)."),
        _("Usual in the field; some products leave the wrap-up out."),
        Unit.SECONDS,
        Behind.OFFERS,
        "{handle_seconds} / {handled}",
    ),
    "occupancy": Definition(
        _("Occupancy"),
        _(
            "The share of work in the time that the agents who serve the queue were at work or "
            "free for it, whatever queue they worked for."
        ),
        _("Usual in the field. Ringing is work; breaks and not responding are neither."),
        Unit.SHARE,
        Behind.OFFERS,
        "{busy} / ({busy} + {idle})",
    ),
    "utilisation": Definition(
        _("Utilisation"),
        _("The share of work in the time that the agents who serve the queue were signed in."),
        _("Usual in the field."),
        Unit.SHARE,
        Behind.OFFERS,
        "{busy} / {signed_in}",
    ),
} | {
    f"agents-{state.value}": Definition(
        name,
        sentence,
        _("What an agent chose and what the agent is doing, counted live."),
        Unit.PIECES,
        Behind.AGENTS,
        state=state,
        is_live=True,
    )
    for state, name, sentence in (
        (
            ShownState.AVAILABLE,
            _("Free agents"),
            _("Agents who can be offered a call now, and are not offered one."),
        ),
        (ShownState.RINGING, _("Ringing agents"), _("Agents to whom a call is being offered.")),
        (
            ShownState.ON_CALL,
            _("Agents on a call"),
            _("Agents who talk with a caller, or with whom one is being connected."),
        ),
        (ShownState.HOLD, _("Agents with a caller on hold"), _("Agents whose caller is on hold.")),
        (
            ShownState.WRAP_UP,
            _("Agents in wrap-up"),
            _("Agents whose call is over and who have not finished its wrap-up."),
        ),
        (ShownState.BREAK, _("Agents on a break"), _("Agents who chose a break.")),
        (
            ShownState.NOT_RESPONDING,
            _("Agents not responding"),
            _("Agents who did not answer or were lost, and have not said that they are back."),
        ),
    )
}


@dataclass(frozen=True)
class Said:
    """What is measured of estimates (docs/waiting.md), and what it means."""

    name: Words
    sentence: Words


#: How well a predictor of waits has done, by the names of domain/waits.py's `Measured`.
ESTIMATE_FIGURES: Mapping[str, Said] = {
    "mean_error": Said(
        _("Off by"),
        _("How far predicted and real wait were apart, on average. The smallest is believed."),
    ),
    "late_share": Said(
        _("Waited longer than told"),
        _("The share of callers who waited longer than they would have been told."),
    ),
    "median_ratio": Said(
        _("Waited to predicted"),
        _("Half of the callers waited more than so many times the prediction."),
    ),
    "compared": Said(
        _("Callers"),
        _("Answered callers of the last week who had waited ten seconds, replayed in order."),
    ),
}

PREDICTOR_WORDS: Mapping[Predictor, Said] = {
    Predictor.QUEUE_LENGTH: Said(
        _("Length of the line"),
        _("How many are ahead, at the pace of the line, some of whom give up."),
    ),
    Predictor.HEAD_OF_LINE: Said(
        _("First in line"), _("How long the first in line has waited so far.")
    ),
    Predictor.LAST_ANSWERED: Said(
        _("Last answered"), _("How long the caller had waited who was answered last.")
    ),
}


def value_of(figure: str, figures: Figures) -> float | None:
    """Return what a figure that is added up over a period comes to; None where there is none."""
    counts = figures.counts
    values: dict[str, float | None] = {
        "offered": counts.offered,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        "short-abandons": counts.short,
        "flowed-out": counts.flowed_out,
        "requeued": figures.requeued,
        "service-level": figures.service_level,
        "abandonment": figures.abandonment,
        "asa": figures.asa,
        "abandoned-wait": figures.abandoned_wait,
        "aht": figures.aht,
        "occupancy": figures.occupancy,
        "utilisation": figures.utilisation,
    }
    return values[figure]


def formula_of(figure: str, figures: Figures) -> str:
    """Return the formula of a figure, with names; that of the service level is the queue's."""
    if figure == "service-level":
        return VARIANT_FORMULAS[figures.rules.variant]
    return DEFINITIONS[figure].formula


def in_words(formula: str) -> str:
    """Return a formula as people read it."""
    return formula.format_map(NAMES)


def in_numbers(formula: str, figures: Figures) -> str:
    """Return a formula with the numbers of ``figures`` in it."""
    counts = figures.counts
    return formula.format_map(
        {
            "in_time": counts.answered_in_time,
            "answered": counts.answered,
            "abandoned": counts.abandoned,
            "abandoned_in_time": counts.abandoned_in_time,
            "short": counts.short,
            "flowed_out": counts.flowed_out,
            "offered": counts.offered,
            "answered_waits": round(figures.answered_waits.total, 1),
            "abandoned_waits": round(figures.abandoned_waits.total, 1),
            "handle_seconds": round(figures.handle_seconds, 1),
            "handled": figures.handled,
            "busy": round(figures.agents.busy, 1),
            "idle": round(figures.agents.idle, 1),
            "signed_in": round(figures.agents.signed_in, 1),
        }
    )
