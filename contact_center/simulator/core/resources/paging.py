"""Lists, page by page. Source: twilio.com/docs/usage/twilios-response#pagination.

A page token names the last item seen, so that a list which grows at its head between two requests
neither repeats nor skips anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from urllib.parse import urlencode

from contact_center.simulator.core.resources.base import Body, Context, Reply

DEFAULT_SIZE = 50
LARGEST_SIZE = 1000

Item = TypeVar("Item")


def page(
    context: Context,
    key: str,
    items: Sequence[Item],
    sid: Callable[[Item], str],
    render: Callable[[Item], Body],
) -> Reply:
    """One page of a list."""
    size = context.query.integer("PageSize", DEFAULT_SIZE, 1, LARGEST_SIZE)
    number = context.query.integer("Page", 0, 0, 10**9)
    start = _start(context, items, sid, number * size)
    shown = items[start : start + size]
    more = start + size < len(items)
    filters = [
        (name, value)
        for name, value in context.query.pairs
        if name not in ("Page", "PageSize", "PageToken")
    ]

    def uri(of: int, token: str | None = None) -> str:
        pairs = [*filters, ("PageSize", str(size)), ("Page", str(of))]
        if token is not None:
            pairs.append(("PageToken", token))
        return f"{context.path}?{urlencode(pairs)}"

    return Reply(
        200,
        {
            key: [render(item) for item in shown],
            "end": max(start, start + len(shown) - 1),
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1, f"PA{sid(shown[-1])}") if more else None,
            "page": number,
            "page_size": size,
            "previous_page_uri": uri(number - 1) if number > 0 else None,
            "start": start,
            "uri": uri(number, context.query.get("PageToken") or None),
        },
    )


def _start(
    context: Context, items: Sequence[Item], sid: Callable[[Item], str], default: int
) -> int:
    last_seen = context.query.get("PageToken").removeprefix("PA")
    if last_seen:
        for index, item in enumerate(items):
            if sid(item) == last_seen:
                return index + 1
    return default
