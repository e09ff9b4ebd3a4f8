"""Panels that are painted together look once.

The panels of a page show the same things from several sides: who waits is a total, a column and a
list. Painted within ``one_look`` they are of one moment, and what several of them need is read
once. Outside each panel looks for itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.utils import timezone

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class _Look:
    as_of: datetime
    seen: dict[Any, Any] = field(default_factory=dict)


_look: ContextVar[_Look | None] = ContextVar("one_look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Let everything that is read within be of the moment in which it begins, or later."""
    before = _look.set(_Look(timezone.now()))
    try:
        yield
    finally:
        _look.reset(before)


def as_of() -> datetime:
    """Return the moment before which nothing was read that is shown with what is read now."""
    look = _look.get()
    return look.as_of if look is not None else timezone.now()


def seen_once(read: Callable[P, T]) -> Callable[P, T]:
    """Let ``read`` look once for the same arguments within ``one_look``; nobody may change it."""

    @wraps(read)
    def seen(*args: P.args, **kwargs: P.kwargs) -> T:
        look = _look.get()
        if look is None:
            return read(*args, **kwargs)
        key = (read, args, tuple(kwargs.items()))
        if key not in look.seen:
            look.seen[key] = read(*args, **kwargs)
        found: T = look.seen[key]
        return found

    return seen
