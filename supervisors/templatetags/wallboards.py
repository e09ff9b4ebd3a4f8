"""How a wallboard says its figures: a number, a word and an icon, never colour alone."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contact_center.domain.status import ShownState
from contact_center.models import Tile
from contact_center.selectors.wallboards import ShownTile
from contact_center.templatetags.screen import clock, icon
from supervisors.templatetags.floor import AGENT_WORDS

register = template.Library()

_NONE = SafeString('<span class="faint">—</span>')


@register.simple_tag
def count(number: int) -> SafeString:
    """Draw a count; nought stands back."""
    if number:
        return format_html("{}", number)
    return SafeString('<span class="faint">0</span>')


@register.simple_tag
def tile_figure(tile: ShownTile) -> SafeString:
    """Draw the figure of a tile; a dash where there is nothing to count, or no share of it."""
    if tile.percent is not None:
        return percent(tile.percent)
    if tile.seconds is not None:
        return format_html("{}", clock(tile.seconds))
    return _NONE if tile.number is None else format_html("{}", tile.number)


@register.simple_tag
def percent(share: float | None) -> SafeString:
    """Draw a share; a dash where there is nothing of which it would be one.

    Cut and not rounded: what is below its goal must not read as if it had reached it.
    """
    if share is None:
        return _NONE
    shown = int(share) if share >= 10 else int(share * 10) / 10
    return format_html("{} %", f"{shown:g}")


@register.simple_tag
def tile_note(tile: ShownTile) -> str:
    """Return what stands under a figure: which queue is over which limit, or of what it is part."""
    said = {"queue": tile.queue, "limit": tile.limit, "part": tile.part, "n": tile.of}
    match tile.tile:
        case Tile.WAITING if tile.level:
            return _("%(queue)s, %(limit)s or more") % said
        case Tile.WAITING:
            return (
                ngettext("in %(part)s of %(n)s queue", "in %(part)s of %(n)s queues", tile.of)
                % said
            )
        case Tile.LONGEST_WAIT if tile.level:
            return _("%(queue)s, over %(limit)s") % said
        case Tile.LONGEST_WAIT:
            return tile.queue or _("Nobody waits")
        case Tile.FREE_AGENTS if tile.level:
            return _("%(queue)s: %(part)s free") % said
        case Tile.FREE_AGENTS:
            return _("of %(n)s on duty") % said
        case Tile.IN_CONVERSATION:
            return _("%(part)s on hold") % said if tile.part else _("none on hold")
        case Tile.SERVICE_LEVEL:
            return _("goal %(n)s %%") % said
        case Tile.ABANDONED if tile.level:
            return _("%(part)s of %(n)s, over %(limit)s") % said
        case Tile.ABANDONED | Tile.ANSWERED if not tile.of:
            return _("nobody yet today")
        case Tile.ABANDONED:
            return _("%(part)s of %(n)s today") % said
        case Tile.ANSWERED:
            return _("of %(n)s today") % said
        case Tile.AVERAGE_WAIT:
            return _("until answered, today")
    return ""


@register.simple_tag
def level_mark(level: str) -> SafeString:
    """Draw the icon of a level, and say it to who does not see it; nothing for a good figure."""
    if not level:
        return SafeString("")
    word = _("over the limit") if level == "breach" else _("near the limit")
    return format_html('{}<span class="said-only">{}</span>', icon(level), word)


@register.simple_tag
def wall_state(state: ShownState, number: int) -> SafeString:
    """Draw how many agents are in a state."""
    return format_html(
        '<li data-state="{}"{}>{}<span>{}</span><b>{}</b></li>',
        state.value,
        SafeString("") if number else SafeString(" data-none"),
        icon(state.value, "solid" if state is ShownState.HOLD else ""),
        AGENT_WORDS[state],
        number,
    )
