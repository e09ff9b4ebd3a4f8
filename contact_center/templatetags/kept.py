"""Pieces of a screen that are drawn once and kept, as the rows of a long list.

A floor is painted up to four times a second, and from one time to the next most of its rows are as
they were. So a row is a value (a frozen dataclass) and all that its template is given: an equal one
looks the same, in the same language. Only how long ago a moment is changes; of that the place is
kept, and it is drawn anew each time.
"""

from collections.abc import Hashable
from functools import lru_cache
from itertools import chain, zip_longest
from secrets import token_hex

from django import template
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from contact_center.templatetags.screen import Moment, drawing_of_moments

register = template.Library()

#: Where a moment stands: what nobody can write into a name.
_PLACE = f"\ue000{token_hex(8)}\ue000"
#: So many pieces a process keeps, the last used: a few screens full of every row there is.
_MOST = 2048


@register.simple_tag
def kept(template_name: str, row: Hashable) -> SafeString:
    """Draw ``template_name`` with ``row``, all that it may show, or show it as it was drawn before.

    The template is nobody's but this tag's: its context has nothing else.
    """
    # The compiled template is a part of the key: a changed one is another.
    compiled = get_template(template_name).template  # type: ignore[attr-defined]  # Django's own
    pieces, moments = _drawn(compiled, row, get_language(), get_script_prefix())
    if not moments:
        return SafeString(pieces[0])
    drawn = [moment.drawn() for moment in moments]
    return SafeString("".join(chain.from_iterable(zip_longest(pieces, drawn, fillvalue=""))))


@lru_cache(maxsize=_MOST)
def _drawn(
    compiled: Template, row: Hashable, language: str | None, prefix: str
) -> tuple[list[str], list[Moment]]:
    """Return the html around the moments, and the moments between."""
    moments: list[Moment] = []

    def leave_its_place(moment: Moment) -> SafeString:
        moments.append(moment)
        return SafeString(_PLACE)

    before = drawing_of_moments.set(leave_its_place)
    try:
        html = compiled.render(Context({"row": row}))
    finally:
        drawing_of_moments.reset(before)
    return html.split(_PLACE), moments
