"""How the page of set-aside reports says what came and why it was not applied."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from contact_center.models import SetAside
from contact_center.selectors.set_aside import Row
from contact_center.templatetags.screen import icon

register = template.Library()

#: The word, its level and icon, and what it means.
WHY = {
    SetAside.FAILED: (
        gettext_lazy("Failed"),
        "breach",
        gettext_lazy("Could not be applied, and the settings say not to try again."),
    ),
    SetAside.ABANDONED: (
        gettext_lazy("Given up"),
        "breach",
        gettext_lazy("Could not be applied, however often we tried."),
    ),
    SetAside.QUARANTINED: (
        gettext_lazy("Not understood"),
        "warn",
        gettext_lazy("Can never be applied: damaged, or in words this version does not know."),
    ),
    SetAside.UNCLAIMED: (
        gettext_lazy("Nobody's"),
        "info",
        gettext_lazy("No call of ours appeared within an hour that it is about."),
    ),
    SetAside.DROPPED: (
        gettext_lazy("Let go"),
        "info",
        gettext_lazy("An admin looked at it and let it go."),
    ),
}

_ABOUT = {
    "status": gettext_lazy("Status of a line"),
    "conference": gettext_lazy("Event of a conference"),
    "recording": gettext_lazy("Recording"),
}


@register.simple_tag
def why_flag(why: SetAside) -> SafeString:
    """Draw why a report was set aside: word, icon and colour."""
    word, level, _meaning = WHY[why]
    return format_html('<span class="flag" data-level="{}">{}{}</span>', level, icon(level), word)


@register.filter
def why_word(why: SetAside) -> str:
    """Return why, in a word."""
    return str(WHY[why][0])


@register.filter
def why_meaning(why: SetAside) -> str:
    """Return what that means, as a sentence."""
    return str(WHY[why][2])


@register.filter
def about(row: Row) -> str:
    """Return what a report is about, in words."""
    return str(_ABOUT.get(row.report.kind, row.report.kind))
