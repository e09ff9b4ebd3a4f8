"""Run a coroutine now, as far as it comes without waiting.

A task costs more than most of what a live page is sent, and nearly always the server below takes a
text without making anybody wait. (Python 3.12 has tasks that begin eagerly; this is for 3.11.)
"""

import asyncio
import types
from collections.abc import Coroutine, Generator
from typing import Any


def begun(work: Coroutine[Any, Any, None]) -> asyncio.Task[None] | None:
    """Run ``work`` until it first waits; return a task for the rest, or None when it is done.

    Raises whatever it raises before it waits.
    """
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return asyncio.ensure_future(_rest(work, waits_for))


async def _rest(work: Coroutine[Any, Any, None], waits_for: Any) -> None:
    await _continue(work, waits_for)


@types.coroutine
def _continue(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Hand on what ``work`` waits for, and to it what comes of that."""
    try:
        while True:
            try:
                came = yield waits_for
            except BaseException as error:
                waits_for = work.throw(error)
            else:
                waits_for = work.send(came)
    except StopIteration:
        return
