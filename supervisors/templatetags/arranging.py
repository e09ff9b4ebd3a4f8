"""How pages say what a supervisor arranged about a waiting caller, and what could be arranged."""

from collections.abc import Callable, Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contact_center.domain import events as ev
from contact_center.selectors.arranging import AgentChoice, Arranged, Kept, QueueChoice
from contact_center.templatetags.screen import remaining
from supervisors.templatetags.floor import AGENT_WORDS

register = template.Library()


@register.simple_tag
def kept_words(kept: Kept) -> SafeString:
    """Return for whom a caller is kept, by whom and how much longer; the time counts down."""
    agent = kept.agent or _("an agent of another team")
    if not kept.by:
        words = _("Kept for {agent}, for {until} more")
    elif kept.by == kept.agent:
        words = _("{by} takes this call: kept for {until} more")
    else:
        words = _("{by} keeps this call for {agent}, for {until} more")
    return format_html(words, agent=agent, by=kept.by, until=remaining(kept.until))


@register.filter
def queue_choice(choice: QueueChoice) -> str:
    """Return a queue among the choices, with what speaks against it."""
    if not choice.is_open:
        return _("%(queue)s: closed now") % {"queue": choice.name}
    said = _("%(queue)s: %(n)s waiting") % {"queue": choice.name, "n": choice.waiting}
    return _("%(said)s, full") % {"said": said} if choice.is_full else said


@register.filter
def agent_choice(choice: AgentChoice) -> str:
    """Return an agent among the choices, with what they are doing."""
    state = str(AGENT_WORDS[choice.state]).lower()
    said = _("%(agent)s: %(state)s") % {"agent": choice.name, "state": state}
    return said if choice.serves else _("%(said)s, does not serve this queue") % {"said": said}


# --- what was arranged ---------------------------------------------------------------------------

#: How it ended that a caller was kept for an agent; by itself, or by somebody.
ENDED_WORDS = {
    "undone": gettext_lazy("%(supervisor)s let everybody have it again"),
    "given_to_another": gettext_lazy("%(supervisor)s took it from %(agent)s"),
    "moved": gettext_lazy("%(supervisor)s took it from %(agent)s"),
    "time_over": gettext_lazy("It was kept for %(agent)s as long as it may; everybody may have it"),
    "agent_away": gettext_lazy("%(agent)s went away; everybody may have it"),
    "declined": gettext_lazy("%(agent)s declined it; everybody may have it"),
    "timed_out": gettext_lazy("%(agent)s did not answer it; everybody may have it"),
    "failed": gettext_lazy("%(agent)s could not be connected to it; everybody may have it"),
}


def _moved(one: Arranged) -> str:
    said = _("%(supervisor)s moved it here from %(queue)s")
    return _("%(said)s, though this queue was full") % {"said": said} if one.over_capacity else said


def _reserved(one: Arranged) -> str:
    return _("%(supervisor)s took it") if one.pulled else _("%(supervisor)s gave it to %(agent)s")


def _prioritised(one: Arranged) -> str:
    if one.queues_own:
        return _("%(supervisor)s gave it the queue's own priority again: %(priority)s")
    return _("%(supervisor)s gave it priority %(priority)s")


_WORDS: Mapping[str, Callable[[Arranged], str]] = {
    ev.CallMoved.name: _moved,
    ev.CallReserved.name: _reserved,
    ev.ReservationEnded.name: lambda one: str(ENDED_WORDS[one.reason]),
    ev.CallPrioritised.name: _prioritised,
}


@register.filter
def arranged_words(one: Arranged) -> str:
    """Return one thing that was arranged about a call, as a sentence about it."""
    return _WORDS[one.name](one) % {
        "supervisor": one.actor or _("Somebody"),
        "agent": one.agent or _("an agent of another team"),
        "queue": one.queue or _("a queue that was removed"),
        "priority": one.priority,
    }
