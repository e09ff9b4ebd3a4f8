"""A board on the wall: opened by its link, with nobody signed in.

Whoever has the link sees that one board, read-only, and nothing else. No session is opened and no
cookie is set; the address, which holds the token, is given to no other site and to no log.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contact_center.models import Wallboard
from contact_center.panels import draw, paint_all
from contact_center.selectors import wallboards
from contact_center.services import displaying
from supervisors.doors import painted


@require_safe
@never_cache
def wall(request: HttpRequest, token: str) -> HttpResponse:
    """The board that the link opens. A link that is none, or is no more, is a 404."""
    link = wallboards.link_with(token)
    displaying.note_seen(link=link)
    return draw_page(
        request,
        link.wallboard,
        socket=f"/ws/wall/{token}/",
        panels=reverse("wall-panels", args=[token]),
        at_the_end=reverse("wall-ended"),
    )


@require_safe
@never_cache
def panels(request: HttpRequest, token: str) -> HttpResponse:
    """The board's panel: what the screen asks for while its socket is down."""
    link = wallboards.link_with(token)
    displaying.note_seen(link=link)
    return _kept_to_itself(painted(paint_all(wallboards.WALL_PANELS, link.wallboard)))


@require_safe
@never_cache
def ended(request: HttpRequest) -> HttpResponse:
    """Where a screen goes whose link was withdrawn: it says so, and shows no figure any more."""
    return render(request, "supervisors/wallboards/ended.html")


def draw_page(
    request: HttpRequest, board: Wallboard, *, socket: str, panels: str, at_the_end: str
) -> HttpResponse:
    """Return the page of a board, kept up to date by ``socket`` or else by ``panels``."""
    return _kept_to_itself(
        render(
            request,
            "supervisors/wallboards/wall.html",
            {
                "board": board,
                "panel": draw(wallboards.WALL_PANELS[wallboards.WALL], board),
                "as_of": timezone.now(),
                "socket": socket,
                "panels": panels,
                "at_the_end": at_the_end,
            },
        )
    )


def _kept_to_itself(response: HttpResponse) -> HttpResponse:
    """Let nothing that the page asks for name its address, and no search engine keep it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
