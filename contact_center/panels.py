"""A panel: one element of a live page, drawn by one template from one selector.

Its id is its file name (`_floor_queues.html` is `#floor-queues`). The page includes the template,
polling and the socket send the same one wrapped for htmx: there is one way to draw a thing. Every
piece of a frame is wrapped, because htmx drops a bare table row that follows another element.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

#: The id inside is one of ours, the html comes from a template.
_WRAPPED = '<hx-partial hx-target="#{id}" hx-swap="outerMorph">{html}</hx-partial>'


class AnyPanel(Protocol):
    """What can be painted: a template and whatever gives exactly its context."""

    @property
    def template(self) -> str:
        """The template, one element."""

    @property
    def context(self) -> Callable[[Any], dict[str, Any]]:
        """What reads the context for a subject, an organisation or an agent."""


@dataclass(frozen=True)
class Panel:
    """A part of a page that is painted by itself, from one template and one selector."""

    template: str
    context: Callable[[Any], dict[str, Any]]


def draw(panel: AnyPanel, subject: object) -> SafeString:
    """Return the panel as it looks now for ``subject`` (a tenant or an agent), for its page."""
    return render_to_string(panel.template, panel.context(subject))


def draw_all(panels: Mapping[str, AnyPanel], subject: object) -> dict[str, SafeString]:
    """Return every panel of a page, by the name that its template has for it."""
    return {name.replace("-", "_"): draw(panel, subject) for name, panel in panels.items()}


def paint(panel_id: str, panel: AnyPanel, subject: object) -> str:
    """Return the panel as it looks now for ``subject``, wrapped for htmx to swap in."""
    return _WRAPPED.format(id=panel_id, html=draw(panel, subject))


def paint_all(panels: Mapping[str, AnyPanel], subject: object) -> str:
    """Return every panel of a page in one piece: what a page that polls is answered."""
    return "".join(paint(panel_id, panel, subject) for panel_id, panel in panels.items())
