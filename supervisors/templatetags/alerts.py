"""How screens say what an alert is about, what became of a message, and ring the bell."""

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.alerting import AlertKind, Limits
from contact_center.models import Alert, AlertMessage, Channel, MessageOutcome, User
from contact_center.panels import draw
from contact_center.selectors import access, alert_words
from contact_center.selectors.alerts import ALERT_PANELS, BELL, Period
from contact_center.templatetags.screen import icon

register = template.Library()

PERIODS = {
    Period.DAY: gettext_lazy("Last 24 hours"),
    Period.WEEK: gettext_lazy("Last 7 days"),
    Period.MONTH: gettext_lazy("Last 30 days"),
    Period.ALL: gettext_lazy("All there is"),
}

#: The level and icon of what became of a message.
OUTCOMES = {
    MessageOutcome.WAITING: ("info", "clock"),
    MessageOutcome.DELIVERED: ("ok", "ok"),
    MessageOutcome.GAVE_UP: ("breach", "breach"),
    MessageOutcome.HELD_BACK: ("warn", "warn"),
}

NEWS = {
    "began": gettext_lazy("that it began"),
    "again": gettext_lazy("that it goes on"),
    "ended": gettext_lazy("that it is over"),
}


@register.simple_tag
def bell(user: User) -> SafeString:
    """Draw the bell of a page, for whoever watches the floor; nothing for anybody else."""
    if not access.may_supervise(user):
        return SafeString("")
    return draw(ALERT_PANELS[BELL], access.scope_of(user))


@register.filter
def kind_word(kind: str) -> str:
    """Return what a kind of alert is called."""
    return alert_words.kind_word(kind)


@register.filter
def kind_meaning(kind: str) -> str:
    """Return what is watched."""
    return str(alert_words.KIND_MEANINGS.get(kind, ""))  # type: ignore[call-overload]


@register.filter
def subject_word(alert: Alert) -> str:
    """Return what it is about."""
    return alert_words.subject_word(alert)


@register.filter
def alert_sentence(alert: Alert) -> str:
    """Return what is wrong."""
    return alert_words.sentence(alert)


@register.simple_tag
def figure(kind: str, value: float) -> str:
    """Return a figure of this kind as people read it."""
    return alert_words.figure(kind, value)


@register.simple_tag
def limit(kind: str, limits: Limits) -> str:
    """Return from where on a figure is over its limit; a dash where it never is."""
    return alert_words.figure(kind, limits.threshold) if limits.threshold else "—"


@register.simple_tag
def near(kind: str, limits: Limits) -> str:
    """Return from where on a figure is near its limit; nothing where it is not watched."""
    if kind == AlertKind.SERVICE_LEVEL:
        return _("the goal") if limits.is_on else ""
    return alert_words.figure(kind, limits.near) if limits.is_on else ""


@register.simple_tag
def lasted(alert: Alert) -> str:
    """Return how long an alert has lasted."""
    until = alert.ended_at or timezone.now()
    return alert_words.length((until - alert.began_at).total_seconds())


@register.filter
def period_word(period: Period) -> str:
    """Return a period, in words."""
    return str(PERIODS[period])


@register.simple_tag
def outcome_flag(message: AlertMessage) -> SafeString:
    """Draw what became of a message: word, icon and colour."""
    outcome = MessageOutcome(message.outcome)
    level, drawing = OUTCOMES[outcome]
    return format_html(
        '<span class="flag" data-level="{}">{}{}</span>', level, icon(drawing), outcome.label
    )


@register.filter
def channel_icon(message: AlertMessage) -> SafeString:
    """Draw by what a message went."""
    return icon("mail" if message.channel == Channel.EMAIL else "webhook")


@register.filter
def news_word(message: AlertMessage) -> str:
    """Return what a message said."""
    return str(NEWS.get(message.news, message.news))


@register.filter
def yes_no(value: bool) -> str:
    """Return Yes or No."""
    return _("Yes") if value else _("No")
