"""Many pages that need the database for a moment go to its thread together.

The way there and back costs the event loop more than a short statement costs the thread, and after
a restart everybody's page comes back at once. Who asks while a visit is under way takes part in the
next one; who asks alone does not wait.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from contact_center.selectors.access import Person, together
from realtime.entrance import people_of

Answer = TypeVar("Answer")

#: Deeds of one visit: so many short ones that the way counts little, and nobody waits long.
MOST = 64


class Visits:
    """Does what is asked in the thread of the database, for one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[_Asked] = deque()
        self._going: asyncio.Task[None] | None = None
        #: For whoever measures: how many there were.
        self.count = 0

    async def do(self, deed: Callable[[], Answer]) -> Answer:
        """Return what ``deed`` returns there. Raises what it raises."""
        return await self._ask(None, lambda _person: deed())

    async def admit(self, session_key: str, deed: Callable[[Person], Answer]) -> Answer:
        """Return what ``deed`` returns for who has this session. Raises what it raises."""
        return await self._ask(session_key, deed)

    async def _ask(self, session_key: str | None, deed: Callable[[Person], Answer]) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(session_key, deed, answer))
        if self._going is None:
            self._going = asyncio.create_task(self._go())
        return await answer

    async def _go(self) -> None:
        try:
            while self._waiting:
                asked = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                # Who has gone in the meantime is not asked for.
                await self._visit([one for one in asked if not one.answer.done()])
        finally:
            self._going = None

    async def _visit(self, asked: Sequence["_Asked"]) -> None:
        self.count += 1
        try:
            outcomes = await database_sync_to_async(_done)(asked)
        except Exception as error:
            # The visit itself came to nothing, for everybody alike.
            outcomes = [(None, error)] * len(asked)
        for one, (value, problem) in zip(asked, outcomes, strict=True):
            if one.answer.done():
                continue
            if problem is not None:
                one.answer.set_exception(problem)
            else:
                one.answer.set_result(value)


class _Asked(NamedTuple):
    session_key: str | None
    deed: Callable[[Person], Any]
    answer: "asyncio.Future[Any]"


def _done(asked: Sequence[_Asked]) -> list[tuple[Any, Exception | None]]:
    """Do all of them, each for itself: what one raises concerns no other."""
    keys = {one.session_key for one in asked if one.session_key is not None}
    people = people_of(keys) if keys else {}
    with together(people.values()):
        return [_outcome(one, people.get(one.session_key or "")) for one in asked]


def _outcome(one: _Asked, person: Person | None) -> tuple[Any, Exception | None]:
    try:
        return one.deed(person or AnonymousUser()), None
    except Exception as error:
        # Whoever asked for it is told.
        return None, error


_visits: WeakKeyDictionary[asyncio.AbstractEventLoop, Visits] = WeakKeyDictionary()


def visits_here() -> Visits:
    """Return those of the running event loop."""
    loop = asyncio.get_running_loop()
    return _visits.setdefault(loop, Visits())
