"""How a callback is said: what was tried, and what came of it."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain.callbacks import Ended, Tried
from contact_center.models import DialAttempt
from contact_center.services import calling_back

register = template.Library()

TRIED_WORDS = {
    Tried.REACHED: gettext_lazy("Reached"),
    Tried.BUSY: gettext_lazy("Busy"),
    Tried.NO_ANSWER: gettext_lazy("No answer"),
    Tried.FAILED: gettext_lazy("Not reachable"),
    Tried.MACHINE: gettext_lazy("Machine"),
    Tried.FAX: gettext_lazy("Fax"),
    Tried.HUNG_UP: gettext_lazy("Hung up at once"),
    Tried.CANCELLED: gettext_lazy("Cancelled by the agent"),
    Tried.BROKEN_OFF: gettext_lazy("Broken off, not counted"),
}

ENDED_WORDS = {
    Ended.REACHED: gettext_lazy("Reached"),
    Ended.NOT_REACHED: gettext_lazy("Not reached"),
    Ended.EXPIRED: gettext_lazy("Too late"),
    Ended.CANCELLED: gettext_lazy("Cancelled"),
    Ended.CALLED_AGAIN: gettext_lazy("Rang again first"),
    Ended.LEFT: gettext_lazy("Hung up while waiting"),
}


@register.simple_tag
def callbacks_on() -> bool:
    """Whether anybody is called back (CALL.CALLBACK_ENABLED)."""
    return calling_back.is_enabled()


@register.filter
def tried_word(attempt: DialAttempt) -> str:
    """Return what came of an attempt."""
    if not attempt.outcome:
        return _("Ringing")
    return str(TRIED_WORDS[Tried(attempt.outcome)])


@register.filter
def ended_word(outcome: str) -> str:
    """Return how a callback ended."""
    return str(ENDED_WORDS[Ended(outcome)]) if outcome in set(Ended) else _("Over")
