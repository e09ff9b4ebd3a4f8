"""What a figure means, how it came about, and the calls it was counted from; and one queue."""

import csv
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from contact_center.panels import draw_all, paint_all
from contact_center.selectors import access, figure_rows
from contact_center.selectors.figure_rows import Asked, Row
from contact_center.selectors.one_queue import QUEUE_PANELS
from supervisors.doors import painted
from supervisors.templatetags.figures import figure_outcome


@require_GET
@never_cache
@login_required
def figure(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a figure means and what is behind it. A queue or team of others is a 404."""
    asked = _asked(request, name)
    context = figure_rows.figure_page(asked, request.GET.get("page", ""))
    return render(request, "supervisors/figure.html", context)


@require_GET
@never_cache
@login_required
def calls_csv(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send everything behind a figure as a file, written while it is read."""
    pieces = _pieces(_asked(request, name))
    # Each kind of server is given what it can send piece by piece.
    content: Any = _in_threads(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@require_GET
@never_cache
@login_required
def queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Show one queue: today's figures, who waits, and its agents. Another's queue is a 404."""
    scope = access.scope_of(request.user)
    ours = access.scope_of_queue(request.user, queue_id)
    shown = {
        **figure_rows.queue_page(scope, queue_id),
        "panels": draw_all(QUEUE_PANELS, ours),
        "socket": f"/ws/queues/{queue_id}/",
    }
    return render(request, "supervisors/queue.html", shown)


@require_GET
@never_cache
@login_required
def queue_panels(request: HttpRequest, queue_id: int) -> HttpResponse:
    """The live panels: what the page of a queue asks for while its socket is down."""
    ours = access.scope_of_queue(request.user, queue_id)
    return painted(paint_all(QUEUE_PANELS, ours))


def _asked(request: HttpRequest, name: str) -> Asked:
    return figure_rows.asked_for(access.scope_of(request.user), name, request.GET.dict())


# --- the file ------------------------------------------------------------------------------------


class _Line:
    """A file for csv's writer that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _pieces(asked: Asked) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    yield write(
        [
            _("Call"),
            _("Caller"),
            _("Queue"),
            _("Agent"),
            _("When"),
            _("Seconds"),
            _("What came of it"),
        ]
    )
    for rows in figure_rows.every_row(asked):
        yield "".join(write(_cells(row)) for row in rows)


def _cells(row: Row) -> list[object]:
    return [
        row.call_id or "",
        harmless(row.caller),
        harmless(row.queue),
        harmless(row.agent),
        _moment(row.at),
        "" if row.seconds is None else f"{row.seconds:.1f}",
        harmless(figure_outcome(row.outcome)),
    ]


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text


def _moment(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds") if at is not None else ""


async def _in_threads(pieces: Iterator[str]) -> AsyncIterator[str]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
