"""How figures are said: shares, times, what came of a call; and the way to what they mean."""

from functools import lru_cache
from urllib.parse import urlencode

from django import template
from django.template import Context
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.status import ShownState
from contact_center.domain.waits import MINUTE, Estimate, Kind
from contact_center.models import OfferOutcome, Queue
from contact_center.selectors.estimates import Silence
from contact_center.selectors.figure_words import DEFINITIONS, Unit, value_of
from contact_center.selectors.figures import Figures
from contact_center.selectors.scopes import Scope
from contact_center.templatetags.screen import clock, icon, percent
from supervisors.templatetags.floor import AGENT_WORDS

register = template.Library()

#: These change by the mere passing of time: they are as of the moment they were counted.
OF_THE_MOMENT = frozenset({"occupancy", "utilisation"})

#: So many points under its goal a service level is no longer near it.
FAR_POINTS = 10

OUTCOME_WORDS = {
    "waiting": gettext_lazy("Waiting"),
    "answered-in-time": gettext_lazy("Answered in time"),
    "answered-late": gettext_lazy("Answered late"),
    "abandoned": gettext_lazy("Abandoned"),
    "short-abandon": gettext_lazy("Short abandon"),
    "flowed-out": gettext_lazy("Flowed out"),
    "going-on": gettext_lazy("Goes on"),
    OfferOutcome.DECLINED.value: gettext_lazy("Declined"),
    OfferOutcome.TIMED_OUT.value: gettext_lazy("Not answered"),
    OfferOutcome.WITHDRAWN.value: gettext_lazy("Withdrawn"),
    OfferOutcome.FAILED.value: gettext_lazy("Not connected"),
    OfferOutcome.LOST.value: gettext_lazy("Agent lost"),
    OfferOutcome.HANDLED.value: gettext_lazy("Handled"),
    OfferOutcome.NOT_REACHED.value: gettext_lazy("Customer not reached"),
}

#: Why callers are told nothing of the wait.
SILENCE_WORDS = {
    Silence.TOO_FEW: gettext_lazy(
        "Too few callers have waited and been answered in the last week to predict anything by."
    ),
    Silence.TOO_WRONG: gettext_lazy(
        "Predictions have been off by more than three quarters of the wait itself."
    ),
    Silence.NOBODY_ON_DUTY: gettext_lazy("Nobody who serves the queue is on duty."),
    Silence.NOT_LOOKED_AT: gettext_lazy("Nobody has looked at this line for a minute."),
    Silence.TOO_LONG: gettext_lazy("It would be more than four hours."),
}

PERIOD_WORDS = {
    "today": gettext_lazy("Today"),
    "hour": gettext_lazy("Last hour"),
    "half-hour": gettext_lazy("Last half hour"),
}


register.filter(percent)


@register.filter
def figure_outcome(outcome: str) -> str:
    """Return what came of a call or an offer, in words; of an agent the state."""
    if outcome in OUTCOME_WORDS:
        return str(OUTCOME_WORDS[outcome])
    return str(AGENT_WORDS[ShownState(outcome)])


@register.filter
def estimate_said(estimate: Estimate) -> str:
    """Return an estimate as a screen says it; callers hear domain/sentences.py."""
    words = {"low": estimate.low // MINUTE, "high": estimate.high // MINUTE}
    match estimate.kind:
        case Kind.ABOUT:
            return _("about %(high)s min") % words
        case Kind.BETWEEN:
            return _("%(low)s to %(high)s min") % words
        case Kind.LESS_THAN:
            return _("less than %(high)s min") % words


@register.filter
def silence_said(silence: Silence) -> str:
    """Return why callers are told nothing of the wait."""
    return str(SILENCE_WORDS[silence])


@register.filter
def minutes_told(seconds: int) -> str:
    """Return the longest wait that a caller was told."""
    return _("up to %(minutes)s min") % {"minutes": seconds // MINUTE}


@register.filter
def period_word(period: str) -> str:
    """Return what a period is called."""
    return str(PERIOD_WORDS[period])


@register.simple_tag(takes_context=True)
def figure_url(context: Context, figure: str, queue: Queue | None = None) -> str:
    """Return where a figure is explained, of one queue if given. Raises KeyError for none.

    Of a floor that is narrowed to a team or a queue it is that team's and that queue's figure.
    """
    scope: Scope | None = context.get("scope")
    team_id = scope.team_id if scope is not None else 0
    queue_id = queue.pk if queue is not None else scope.queue_id if scope is not None else 0
    return _address(figure, team_id, queue_id, get_script_prefix())


@lru_cache(maxsize=8192)
def _address(figure: str, team_id: int, queue_id: int, prefix: str) -> str:
    # A floor leads to a dozen figures of every queue, each time it is painted.
    DEFINITIONS[figure]
    said = {"team": team_id, "queue": queue_id}
    asked = urlencode({name: value for name, value in said.items() if value})
    address = reverse("supervisors:figure", args=[figure])
    return f"{address}?{asked}" if asked else address


@register.simple_tag
def figure_value(figure: str, value: float | None) -> str:
    """Return a figure as it is shown; a dash where there is none."""
    if value is None:
        return "—"
    match DEFINITIONS[figure].unit:
        case Unit.SHARE:
            return percent(value, 0 if figure == "service-level" else 1)
        case Unit.SECONDS:
            return clock(value)
        case _:
            return f"{value:g}"


@register.simple_tag(takes_context=True)
def figure_link(
    context: Context, figure: str, figures: Figures, queue: Queue | None = None
) -> SafeString:
    """Draw a figure that leads to what it means. What is nothing is faint."""
    value = value_of(figure, figures)
    url = figure_url(context, figure, queue)
    return _link(figure, figure_value(figure, value), url, is_faint=not value)


@register.simple_tag(takes_context=True)
def count_link(
    context: Context, figure: str, number: int, queue: Queue | None = None
) -> SafeString:
    """Draw a number that is counted live and leads to what it means."""
    url = figure_url(context, figure, queue)
    return _link(figure, str(number), url, is_faint=not number)


def _link(figure: str, said: str, url: str, *, is_faint: bool) -> SafeString:
    faint = SafeString(' class="faint"') if is_faint else ""
    moment = SafeString(" data-as-of-counted") if figure in OF_THE_MOMENT else ""
    return format_html('<a href="{}"{}{}>{}</a>', url, faint, moment, said)


@register.filter
def goal_level(figures: Figures) -> str:
    """Return how a service level stands to its goal: ok, warn (under it), breach (far under)."""
    level = figures.service_level
    if level is None:
        return ""
    if not figures.is_under_goal:
        return "ok"
    return "breach" if level * 100 < figures.rules.goal - FAR_POINTS else "warn"


@register.simple_tag
def goal_bar(figures: Figures) -> SafeString:
    """Draw a service level against its goal; it says nothing that the number does not say."""
    if figures.service_level is None:
        return SafeString("")
    return format_html(
        '<svg class="goal" aria-hidden="true"><rect class="bed" width="100%" height="100%"/>'
        '<rect class="now" width="{}%" height="100%"/>'
        '<rect class="at" x="{}%" width="2" height="100%"/></svg>',
        f"{figures.service_level * 100:.1f}",
        min(figures.rules.goal, 98),
    )


@register.simple_tag
def state_head(state: ShownState) -> SafeString:
    """Draw the head of a column of agents in a state: its icon, and its word."""
    return format_html(
        '<span class="pill bare" data-state="{}">{}{}</span>',
        state.value,
        icon(state.value, "solid" if state is ShownState.HOLD else ""),
        SHORT_WORDS.get(state, AGENT_WORDS[state]),
    )


@register.filter
def in_state(agents: dict[ShownState, int], state: ShownState) -> int:
    """Return how many of the agents are in a state."""
    return agents[state]


@register.filter
def agents_figure(state: ShownState) -> str:
    """Return the name of the figure that counts the agents in a state."""
    return f"agents-{state.value}"


#: Heads of narrow columns.
SHORT_WORDS = {
    ShownState.AVAILABLE: gettext_lazy("Free"),
    ShownState.HOLD: gettext_lazy("Hold"),
    ShownState.NOT_RESPONDING: gettext_lazy("No resp."),
}
