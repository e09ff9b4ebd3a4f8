"""Pieces of a screen that are drawn once and kept, as the rows of a long list.

A floor is painted up to four times a second, and from one time to the next most of its rows are as
they were. So a row is a value (a frozen dataclass) and all that its template is given: an equal one
looks the same, in the same language. Of what changes all the time, how long ago a moment is and
what is given beside the row, the place is kept, and it is drawn anew each time: when the first of a
line leaves it, everybody's place in it is another and nothing else of their rows.
"""

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain, zip_longest
from secrets import token_hex

from django import template
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from contact_center.templatetags.screen import Moment, drawing_of_moments

register = template.Library()

#: What is drawn anew each time: a moment, or the name of what is given beside the row.
Hole = Moment | str

#: What leaves the place of a hole in the piece that is being drawn.
_leave_its_place: ContextVar[Callable[[Hole], SafeString]] = ContextVar("leave_its_place")

#: Where a hole is: what nobody can write into a name.
_PLACE = f"\ue000{token_hex(8)}\ue000"
#: So many pieces a process keeps, the last used: a few screens full of every row there is.
_MOST = 2048


@register.simple_tag(takes_context=True)
def kept(context: Context, template_name: str, row: Hashable, **late: object) -> SafeString:
    """Draw ``template_name`` with ``row``, all that it may show, or show it as it was drawn before.

    The template is nobody's but this tag's: its context has nothing else. What ``late`` names
    stands where it says ``{% late "name" %}``; it is not asked what it is, only shown.
    """
    seen = context.render_context
    if template_name not in seen:
        # A rendering has one language. To ask for it at each of hundreds of rows takes longer than
        # to put together a row that is kept.
        seen[template_name] = _how_to_draw(template_name)
    pieces, holes = _drawn(*seen[template_name], row)
    if not holes:
        return SafeString(pieces[0])
    drawn = [
        conditional_escape(str(late[hole])) if isinstance(hole, str) else hole.drawn()
        for hole in holes
    ]
    return SafeString("".join(chain.from_iterable(zip_longest(pieces, drawn, fillvalue=""))))


@register.simple_tag(name="late")
def late_value(name: str) -> SafeString:
    """Leave the place of what ``kept`` is given beside the row under this name.

    Raises LookupError in a template that ``kept`` does not draw.
    """
    return _leave_its_place.get()(name)


def _how_to_draw(template_name: str) -> tuple[Template, str | None, str]:
    # The compiled template is a part of the key: a changed one is another.
    compiled = get_template(template_name).template  # type: ignore[attr-defined]  # Django's own
    return compiled, get_language(), get_script_prefix()


@lru_cache(maxsize=_MOST)
def _drawn(
    compiled: Template, language: str | None, prefix: str, row: Hashable
) -> tuple[list[str], list[Hole]]:
    """Return the html around the holes, and the holes between."""
    holes: list[Hole] = []

    def leave_its_place(hole: Hole) -> SafeString:
        holes.append(hole)
        return SafeString(_PLACE)

    moments, lates = drawing_of_moments.set(leave_its_place), _leave_its_place.set(leave_its_place)
    try:
        html = compiled.render(Context({"row": row}))
    finally:
        drawing_of_moments.reset(moments)
        _leave_its_place.reset(lates)
    return html.split(_PLACE), holes
