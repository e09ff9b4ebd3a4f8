"""How the list of messages says how each stands: a word with its icon, never colour alone."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from contact_center.selectors.voicemails import Stands
from contact_center.templatetags.screen import icon

register = template.Library()

#: The word, the level of its colour, the icon.
STANDS_WORDS = {
    Stands.NEW: (gettext_lazy("New"), "info", "voicemail"),
    Stands.OFFERED: (gettext_lazy("With an agent"), "plain", "user"),
    Stands.MISSING: (gettext_lazy("Without its sound"), "warn", "warn"),
    Stands.DONE: (gettext_lazy("Done"), "ok", "ok"),
}


@register.filter
def stands_word(stands: Stands) -> str:
    """Return how a message stands, in words."""
    return str(STANDS_WORDS[stands][0])


@register.simple_tag
def stands_flag(stands: Stands) -> SafeString:
    """Draw how a message stands."""
    word, level, drawing = STANDS_WORDS[stands]
    return format_html('<span class="flag" data-level="{}">{}{}</span>', level, icon(drawing), word)
