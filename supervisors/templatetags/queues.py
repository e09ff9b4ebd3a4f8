"""How the pages of queues say what a queue has, and what it inherits."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contact_center.models import Queue
from contact_center.templatetags.screen import icon
from supervisors.queue_forms import default_words, value_words

register = template.Library()


@register.simple_tag
def queue_value(queue: Queue, name: str) -> SafeString:
    """Say what a field of a queue comes to: its own value, or what it inherits, muted."""
    value = getattr(queue, name)
    if value in (None, ""):
        return format_html('<span class="muted">{}</span>', default_words(name) or "—")
    return format_html("{}", value_words(name, value))


@register.simple_tag
def duty_flag(is_on_duty: bool) -> SafeString:
    """Draw whether an agent is on duty: icon and word, in a colour."""
    level, drawn, word = (
        ("ok", "available", _("On duty")) if is_on_duty else ("plain", "offline", _("Off duty"))
    )
    return format_html('<span class="flag" data-level="{}">{}{}</span>', level, icon(drawn), word)
