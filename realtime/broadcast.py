"""Tell the open pages what happened: the subscriber of every recorded event.

``push_to_browsers`` is called after commit, in whatever thread did the work, and returns in
microseconds: it puts the facts in a bounded queue. One drain at a time empties the queue into the
channel layer, in the event loop that serves live pages when this process has one (the layer in
memory is heard at once only from there), otherwise in a loop of our own in a daemon thread, with
one connection. When the queue is full or the layer fails, facts are dropped and every hub is told,
as soon as it can be, to repaint everything.
"""

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Sequence

from channels.layers import get_channel_layer

from contact_center.domain.events import Event
from realtime import hub
from realtime.groups import GROUP, Fact, events_message, facts_of

logger = logging.getLogger(__name__)

#: Facts that wait to be sent. More than that only happens while the layer fails.
MAX_WAITING = 10_000
#: Facts in one message.
BATCH = 200
#: Seconds between two messages of a process. What happens meanwhile goes together in the next one:
#: sending costs a webhook as much as two of its statements.
PAUSE = 0.02
#: Seconds between two attempts while the layer fails, and the most one attempt may take.
RETRY = 1.0
PATIENCE = 5.0


class Publisher:
    """The one sender of this process. Every public method may be called from any thread."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._waiting: deque[Fact] = deque()
        self._lost = False
        #: Where a drain is at work; None while none is.
        self._drains_in: asyncio.AbstractEventLoop | None = None
        self._own_loop: asyncio.AbstractEventLoop | None = None
        self._own_thread: threading.Thread | None = None

    def put(self, facts: Sequence[Fact]) -> None:
        """Queue ``facts`` and see to it that somebody sends them. Never waits, never fails."""
        if self._pid != os.getpid():
            # A fork copies us but not our thread.
            self._begin()
        with self._lock:
            if len(self._waiting) + len(facts) > MAX_WAITING:
                self._waiting.clear()
                self._lost = True
            else:
                self._waiting.extend(facts)
            if self._drains_in is not None and self._drains_in.is_running():
                return
            loop = hub.serving_loop() or self._loop_of_our_own()
            self._drains_in = loop
        try:
            asyncio.run_coroutine_threadsafe(self._drain(), loop)
        except RuntimeError:
            # The server's loop was closed between our looking and our asking: a page that opens
            # again is painted from the database, and the next facts find another loop.
            logger.info("live updates: the event loop of this process has ended")

    def close(self) -> None:
        """End the loop of our own and its connection, and forget what waits.

        The next ``put`` starts another.
        """
        loop, thread = self._own_loop, self._own_thread
        if loop is not None and thread is not None and loop.is_running():
            # Closing the loop closes the connections that the channel layer made in it.
            loop.call_soon_threadsafe(loop.stop)
            thread.join(PATIENCE)
            self._own_loop = self._own_thread = None
        # Last of all: a drain that ends with its loop takes what it carried for lost.
        with self._lock:
            self._waiting.clear()
            self._lost = False

    def _loop_of_our_own(self) -> asyncio.AbstractEventLoop:
        if self._own_loop is None:
            self._own_loop = asyncio.new_event_loop()
            started = threading.Event()
            self._own_thread = threading.Thread(
                target=_run, args=(self._own_loop, started), name="publisher", daemon=True
            )
            self._own_thread.start()
            started.wait(PATIENCE)
        return self._own_loop

    async def _drain(self) -> None:
        try:
            while (batch := self._next_batch()) is not None:
                facts, lost = batch
                try:
                    async with asyncio.timeout(PATIENCE):
                        await _send(facts, some_were_lost=lost)
                    await asyncio.sleep(PAUSE)
                except Exception as error:
                    # Whatever the layer's backend raises: every hub repaints when it is back.
                    if not lost:
                        logger.warning("live updates are not sent: %s", error)
                    self._note_loss()
                    await asyncio.sleep(RETRY)
        except asyncio.CancelledError:
            # The loop that carried us ends; the next facts find another.
            self._let_go()
            raise

    def _next_batch(self) -> tuple[list[Fact], bool] | None:
        """Return what to send next; None, and the drain is over, when there is nothing."""
        with self._lock:
            if not self._waiting and not self._lost:
                self._drains_in = None
                return None
            facts = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            lost, self._lost = self._lost, False
            return facts, lost

    def _note_loss(self) -> None:
        with self._lock:
            self._lost = True

    def _let_go(self) -> None:
        with self._lock:
            self._lost = True
            self._drains_in = None


async def _send(facts: Sequence[Fact], *, some_were_lost: bool) -> None:
    layer = get_channel_layer()
    await layer.group_send(GROUP, events_message(facts, some_were_lost=some_were_lost))


def _run(loop: asyncio.AbstractEventLoop, started: threading.Event) -> None:
    asyncio.set_event_loop(loop)
    loop.call_soon(started.set)
    try:
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    finally:
        loop.close()


publisher = Publisher()


def push_to_browsers(events: Sequence[Event]) -> None:
    """Tell every open page which facts happened. Called after commit; takes microseconds."""
    publisher.put([one for event in events for one in facts_of(event)])
