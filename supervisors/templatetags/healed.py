"""How screens say what the reconciler found and did."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from contact_center.domain.healing import Done, Found
from contact_center.selectors.healed import Period
from contact_center.templatetags.screen import icon

register = template.Library()

#: What was found: the short word, the whole sentence, and the icon of what it is about.
FOUND = {
    Found.CALL_WAS_OVER: (
        gettext_lazy("Call was over"),
        gettext_lazy("The caller's line had ended and nobody had told us."),
        "hang-up",
    ),
    Found.CALL_STILL_THERE: (
        gettext_lazy("Call was still up"),
        gettext_lazy("We had ended the call and the caller's line was still up."),
        "on-call",
    ),
    Found.AGENT_LEG_GONE: (
        gettext_lazy("Agent's line was gone"),
        gettext_lazy("The agent's line had ended during a call and nobody had told us."),
        "lost",
    ),
    Found.LEG_WAS_OVER: (
        gettext_lazy("Agent's line had ended"),
        gettext_lazy("The end of an agent's line was never reported. The call was over already."),
        "hang-up",
    ),
    Found.LEG_WITHOUT_OFFER: (
        gettext_lazy("Agent's line left over"),
        gettext_lazy("An agent's line was up without a call to be in."),
        "connecting",
    ),
    Found.CONFERENCE_WITHOUT_OFFER: (
        gettext_lazy("Conference left over"),
        gettext_lazy("A conference went on although its conversation was over."),
        "voice",
    ),
    Found.CONFERENCE_WAS_OVER: (
        gettext_lazy("Conversation was over"),
        gettext_lazy("The caller was on the line, and no longer in the conversation."),
        "voice",
    ),
    Found.JOINED_UNREPORTED: (
        gettext_lazy("Joined unseen"),
        gettext_lazy("Somebody had joined the conversation and nobody had told us."),
        "answered",
    ),
    Found.AGENT_NOT_THERE: (
        gettext_lazy("Agent was not there"),
        gettext_lazy("The caller was in the conversation alone."),
        "lost",
    ),
    Found.HOLD_DIFFERS: (
        gettext_lazy("Hold differed"),
        gettext_lazy("The caller was on hold, or off it, and we had it the other way round."),
        "hold",
    ),
    Found.MUTE_DIFFERS: (
        gettext_lazy("Mute differed"),
        gettext_lazy("The agent was muted, or not, and we had it the other way round."),
        "mic-off",
    ),
    Found.SUPERVISOR_GONE: (
        gettext_lazy("Supervisor was gone"),
        gettext_lazy("A supervisor's line was not in the conversation any more."),
        "lost",
    ),
    Found.SUPERVISOR_DIFFERS: (
        gettext_lazy("Supervisor heard otherwise"),
        gettext_lazy("A supervisor was heard by others than was asked for."),
        "warn",
    ),
    Found.IN_QUEUE: (
        gettext_lazy("Held in a queue"),
        gettext_lazy("The network kept the caller waiting although the call was elsewhere."),
        "queue",
    ),
    Found.NOT_IN_QUEUE: (
        gettext_lazy("In no queue"),
        gettext_lazy("We had the caller in line, and the network had the caller in no queue."),
        "queue",
    ),
    Found.GOODBYE_OVERDUE: (
        gettext_lazy("Goodbye did not end"),
        gettext_lazy("The caller should have heard the goodbye long ago and was still there."),
        "clock",
    ),
}

DONE = {
    Done.NOTED: gettext_lazy("We follow the network."),
    Done.CALL_ENDED: gettext_lazy("The call was ended here; its agent is free or in wrap-up."),
    Done.HUNG_UP: gettext_lazy("The network was asked to hang up."),
    Done.CONFERENCE_ENDED: gettext_lazy("The network was asked to end it."),
    Done.ASKED_AGAIN: gettext_lazy("The network was asked once more for what is right."),
    Done.TOLD_AGAIN: gettext_lazy("The caller was sent where the call belongs."),
    Done.BACK_TO_LINE: gettext_lazy("The caller went back to the line, place kept."),
}

PERIODS = {
    Period.HOUR: gettext_lazy("Last hour"),
    Period.DAY: gettext_lazy("Last 24 hours"),
    Period.WEEK: gettext_lazy("Last 7 days"),
    Period.MONTH: gettext_lazy("Last 30 days"),
}


@register.filter
def found_word(found: str) -> str:
    """Return what was found, in a word or two; what this version does not know, by its name."""
    return str(FOUND[Found(found)][0]) if found in set(Found) else _spaced(found)


@register.filter
def found_sentence(found: str) -> str:
    """Return what was found, as a sentence."""
    return str(FOUND[Found(found)][1]) if found in set(Found) else ""


@register.filter
def done_sentence(done: str) -> str:
    """Return what was done about it."""
    return str(DONE[Done(done)]) if done in set(Done) else _spaced(done)


@register.filter
def period_word(period: str) -> str:
    """Return a period, in words."""
    return str(PERIODS[Period(period)])


@register.simple_tag
def found_icon(found: str) -> SafeString:
    """Draw what a finding is about."""
    drawing = FOUND[Found(found)][2] if found in set(Found) else "info"
    return icon(drawing, "solid" if drawing == "hold" else "")


@register.simple_tag
def chosen_by(name: str, value: str, chosen: str | None) -> SafeString:
    """Return the attribute that marks the link of what is chosen, if this is it."""
    is_chosen = value == (chosen or "")
    return format_html(' aria-current="{}"', name) if is_chosen else SafeString("")


def _spaced(name: str) -> str:
    return name.replace("_", " ").capitalize() or "—"
