"""The live pages of one process, painted together.

Theory of operation. A web process subscribes once to the events of the site. An event marks the
views that show it dirty (``rendering.REPAINTS``). A tick, at most every 250 ms and only when
there is something to do, paints each dirty view once, in a thread, and sends each socket one frame
with what is new in the dirty views it shows (realtime/changes.py). What concerns an agent's ringing
phone does not wait for the tick. Cost: the channel layer carries each event once per process,
painting is per view, a socket is sent four frames a second at most; nothing grows with events times
viewers.

An event is a hint. Whatever may have been lost is painted again from the database: everything
after the subscription failed, or when the probe that a hub sends itself every few seconds does
not come back (Redis forgets groups without a word when it is emptied), everything every few
seconds while there is no subscription, and what time alone changes every few seconds always.

The hub lives while a page is open. Everything here runs in one event loop; only painting leaves it.
"""

import asyncio
import logging
from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from channels.layers import get_channel_layer
from django.utils import timezone

from contact_center.domain.events import AgentSignedOut
from realtime.changes import Drawing
from realtime.groups import GROUP, Fact, facts_in, probe_message
from realtime.rendering import (
    CHANGED_BY_TIME,
    ENDS_WALLS,
    MANY,
    Audience,
    Desk,
    Floor,
    OneAgent,
    OneCall,
    OneSupervisor,
    View,
    Wall,
    paint_views,
    views_changed_by,
)
from realtime.sockets import SIGNED_OUT, TOO_SLOW, LiveSocket, frame
from realtime.straight import Body

logger = logging.getLogger(__name__)

#: Views painted in one go of a painter: many together where a thousand pages come back, and so few
#: that an offer never waits long for its turn.
CHUNK = 16
PAINTERS = 3
#: The serial number of what a frame brings of each panel.
Serials = dict[str, int]
#: So many pages that come at once are a crowd.
CROWD = 64
#: In so many turns all pages are sent a heartbeat.
TURNS = 20
#: In so many turns what time alone changes is looked at. All at once kept a tick, and everybody who
#: waited for it, three times as long as any other. A panel always has the same turn.
LOOKS = 4
_TURN_OF = {panel: place % LOOKS for place, panel in enumerate(sorted(CHANGED_BY_TIME))}


@dataclass(frozen=True)
class Pace:
    """How often, in seconds."""

    #: Between two frames to the same socket.
    tick: float = 0.25
    #: After a quiet time: how long to wait for what usually comes along with a first event.
    gather: float = 0.05
    #: Between two looks at what no event tells: what time alone changes, what could not be painted.
    look: float = 5.0
    heartbeat: float = 10.0
    #: Between two probes of the subscription, each of which renews it.
    probe: float = 2.0
    #: How long a probe may take to come back.
    echo: float = 1.0
    #: How long a request to the channel layer may take before it counts as failed.
    patience: float = 5.0
    #: After the channel layer failed.
    retry: float = 1.0
    #: How old a painting may be that is given to a page that asks for a snapshot.
    snapshot_age: float = 1.0
    #: CROWD pages that come within so long are a crowd. While there is one, this is the time
    #: between two frames to the same socket, and a page that asks for a snapshot may be given a
    #: painting that is so old, whatever has happened since: the next frame brings that.
    crowd: float = 1.0
    #: A page that has answered no heartbeat for so long has stalled.
    silence: float = 30.0


@dataclass(frozen=True)
class Painted:
    """A view as it was last painted."""

    drawing: Drawing
    as_of: datetime
    #: When it was begun and done, by the clock of the event loop, in seconds.
    begun: float
    at: float


class Hub:
    """Paints what the sockets of this event loop show, and sends it to them."""

    def __init__(self, pace: Pace | None = None, painters: Executor | None = None) -> None:
        self.pace = pace or Pace()
        self.loop = asyncio.get_running_loop()
        #: Set while there is a subscription; without one, what happens is found out by painting.
        self.subscribed = asyncio.Event()
        #: For whoever measures: how many views were painted, how many frames sent.
        self.paintings = 0
        self.frames = 0
        self._own_painters = painters is None
        self._painters = painters or ThreadPoolExecutor(PAINTERS, thread_name_prefix="painter")
        self._layer = get_channel_layer()
        self._channel = ""
        self._echo = asyncio.Event()
        self._sockets: set[LiveSocket] = set()
        self._viewers: dict[View, set[LiveSocket]] = defaultdict(set)
        #: The audiences of MANY among them; None when somebody has come or gone since it was known.
        self._many: set[Audience] | None = None
        #: Whom a view is read for: the organisation, or an agent of the audience.
        self._subjects: dict[View, int] = {}
        self._painted: dict[View, Painted] = {}
        #: What waits for a painter, in its turn, and what is with one; done when it is painted.
        self._ordered: OrderedDict[View, asyncio.Future[None]] = OrderedDict()
        self._painting: dict[View, asyncio.Future[None]] = {}
        self._at_work = 0
        self._dirty: set[View] = set()
        #: Painted, and not yet sent to everybody who shows it.
        self._fresh: set[View] = set()
        self._broken: set[View] = set()
        self._serial = 0
        self._as_of = timezone.now()
        #: When the last pages came.
        self._came: deque[float] = deque(maxlen=CROWD)
        self._something_to_do = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    # --- sockets come and go ---

    def start(self) -> None:
        """Subscribe, and begin to tick."""
        for work in (self._listen(), self._tick(), self._keep_house(), self._beat()):
            self._spawn(work)

    async def stop(self) -> None:
        """End the subscription and everything that runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._own_painters:
            self._painters.shutdown(wait=False)
        if self._channel and self.subscribed.is_set() and self._layer is not None:
            try:
                async with asyncio.timeout(self.pace.echo):
                    await self._layer.group_discard(GROUP, self._channel)
            except Exception as error:
                # Whatever the layer's backend raises: the subscription expires by itself.
                logger.info("the live subscription was left to expire: %s", error)

    def show(
        self, socket: LiveSocket, views: frozenset[View], subject_ids: dict[View, int]
    ) -> None:
        """Let ``socket`` show ``views`` from now on; each is read for its subject."""
        # A page that has just opened asks for its snapshot; one that is open is sent what is new.
        if socket in self._sockets:
            new = views - socket.views
        else:
            new = frozenset()
            self._came.append(self.loop.time())
        for view in socket.views - views:
            self._forget(socket, view)
        socket.views = views
        socket.shared = frozenset(view for view in views if isinstance(view.audience, MANY))
        self._sockets.add(socket)
        for view in views:
            if view not in self._viewers and isinstance(view.audience, MANY):
                self._many = None
            self._viewers[view].add(socket)
            self._subjects[view] = subject_ids[view]
        self._mark(new)

    def leave(self, socket: LiveSocket) -> None:
        """Forget ``socket``, and what nobody shows any more."""
        self._sockets.discard(socket)
        for view in socket.views:
            self._forget(socket, view)

    @property
    def is_crowded(self) -> bool:
        """Whether many pages come at once, as after a restart."""
        came = self._came
        return len(came) == CROWD and came[0] > self.loop.time() - self.pace.crowd

    @property
    def is_idle(self) -> bool:
        """Whether no page is open here."""
        return not self._sockets

    def _forget(self, socket: LiveSocket, view: View) -> None:
        socket.shown.pop(view.panel, None)
        self._viewers[view].discard(socket)
        if not self._viewers[view]:
            del self._viewers[view]
            if isinstance(view.audience, MANY):
                self._many = None
            for kept in (self._subjects, self._painted):
                kept.pop(view, None)
            for marked in (self._dirty, self._fresh, self._broken):
                marked.discard(view)

    # --- events come in ---

    def take(self, facts: Iterable[Fact]) -> None:
        """Mark what shows these facts; paint at once what may not wait."""
        shown = self._audiences()
        urgent: set[View] = set()
        for fact in facts:
            if fact.name == AgentSignedOut.name and fact.agent_id is not None:
                self._sign_out(fact.agent_id)
            if fact.name in ENDS_WALLS:
                self._look_again_at_walls(fact.tenant_id)
            later, now = views_changed_by(fact, shown)
            self._mark(later)
            urgent |= now & self._viewers.keys()
        if urgent:
            self._mark(urgent, wake=False)
            self._spawn(self._paint_and_send(urgent, at_once=True))

    def _audiences(self) -> Collection[Audience]:
        """Return as whom somebody looks, of those whom an event does not name."""
        if self._many is None:
            audiences = (view.audience for view in self._viewers)
            self._many = {one for one in audiences if isinstance(one, MANY)}
        return self._many

    def _sign_out(self, agent_id: int) -> None:
        """Close the desks of an agent whose sessions were ended: the pages go to sign in."""
        desks = [view for view in self._viewers if view.audience == Desk(agent_id)]
        for socket in {socket for view in desks for socket in self._viewers[view]}:
            socket.drop(SIGNED_OUT)

    def _look_again_at_walls(self, tenant_id: int) -> None:
        """Have the boards of an organisation look now whether they may still be shown."""
        for view, sockets in self._viewers.items():
            if isinstance(view.audience, Wall) and view.audience.tenant_id == tenant_id:
                for socket in sockets:
                    socket.look_again.set()

    def repaint_everything(self) -> None:
        """Mark every view that is shown: events may have been missed."""
        self._mark(self._viewers.keys())

    def _mark(self, views: Collection[View], *, wake: bool = True) -> None:
        marked = self._viewers.keys() & views
        self._dirty |= marked
        if marked and wake:
            self._something_to_do.set()

    # --- painting and sending ---

    async def snapshot(self, socket: LiveSocket) -> bool:
        """Send ``socket`` everything it shows. False when a part of it cannot be painted.

        However many ask at once, each view is painted once: a painting that is younger than a
        second and that no event has touched is as good as a new one. In a crowd it may have been
        touched: else something would be painted all the time that the crowd is served.
        """
        now = self.loop.time()
        oldest = now - self.pace.snapshot_age
        aged = {v for v in socket.views if v in self._painted and self._painted[v].at < oldest}
        self._dirty |= aged & self._viewers.keys()
        enough = now - self.pace.crowd if self.is_crowded else now
        await self._paint({v for v in socket.views if not self._was_begun_since(enough, v)})
        views = sorted(v for v in socket.views if v in self._painted)
        if views and socket in self._sockets:
            # Nothing is awaited from here on: what is sent is the newest there is, so an older
            # painting never follows a newer one.
            body, serials = self._frame(dict.fromkeys(views), snapshot=True)
            socket.shown.update(serials)
            socket.is_painted = True
            socket.deliver(body)
            self.frames += 1
        return len(views) == len(socket.views)

    async def _paint_and_send(self, views: Collection[View], *, at_once: bool = False) -> None:
        await self._paint(views, at_once=at_once)
        self._deliver(self._fresh & set(views))

    async def _paint(self, views: Collection[View], *, at_once: bool = False) -> None:
        """Paint those of ``views`` that are dirty or were never painted.

        A view is painted by one painter at a time: who finds it being painted waits for that. What
        was begun since we asked is as good as a painting of our own, whatever has happened since:
        else a thousand who ask would paint one after the other while there is always something new.
        """
        asked = self.loop.time()
        wanted = set(views)
        while wanted := {view for view in wanted if not self._was_begun_since(asked, view)}:
            ours = wanted - self._painting.keys()
            ours = {v for v in ours if v in self._ordered or self._needs_paint(v)}
            self._order(sorted(ours), at_once=at_once)
            awaited = [
                self._ordered.get(view) or self._painting[view]
                for view in wanted
                if view in ours or view in self._painting
            ]
            if not awaited:
                return
            await asyncio.wait(awaited)
            # What could not be painted now is tried again by the housekeeping.
            wanted -= ours

    def _order(self, views: Sequence[View], *, at_once: bool) -> None:
        for view in views:
            if view not in self._ordered:
                self._ordered[view] = self.loop.create_future()
            if at_once:
                self._ordered.move_to_end(view, last=False)
        idle = PAINTERS - self._at_work
        for _ in range(min(idle, -(-len(self._ordered) // CHUNK))):
            self._at_work += 1
            self._spawn(self._work())

    async def _work(self) -> None:
        """Paint what is ordered, as one of the painters, until there is nothing left."""
        try:
            while self._ordered:
                some = min(CHUNK, len(self._ordered))
                orders = dict(self._ordered.popitem(last=False) for _ in range(some))
                await self._paint_chunk(orders)
        finally:
            self._at_work -= 1

    def _needs_paint(self, view: View) -> bool:
        return view in self._viewers and (view in self._dirty or view not in self._painted)

    def _was_begun_since(self, moment: float, view: View) -> bool:
        painted = self._painted.get(view)
        return painted is not None and painted.begun >= moment

    async def _paint_chunk(self, orders: dict[View, asyncio.Future[None]]) -> None:
        self._painting.update(orders)
        # Whoever showed it may have gone since it was ordered.
        views = [view for view in orders if view in self._viewers]
        # Taken off before painting: what changes while we paint is marked again.
        self._dirty.difference_update(views)
        as_of, begun = timezone.now(), self.loop.time()
        try:
            results: Sequence[str | None] = await self.loop.run_in_executor(
                self._painters, paint_views, [(view, self._subjects[view]) for view in views]
            )
        except Exception:
            logger.exception("live updates: %s panels could not be painted", len(views))
            results = [None] * len(views)
        except BaseException:
            # Cancelled: the views are as dirty as before.
            self._dirty.update(views)
            raise
        finally:
            for view, done in orders.items():
                del self._painting[view]
                if not done.done():
                    done.set_result(None)
        # Nothing was awaited since: who waits finds what is kept here.
        for view, html in zip(views, results, strict=True):
            self._keep(view, html, as_of, begun)

    def _keep(self, view: View, html: str | None, as_of: datetime, begun: float) -> None:
        if view not in self._viewers:
            return
        if html is None:
            # Tried again by the housekeeping, not four times a second.
            self._broken.add(view)
            return
        self.paintings += 1
        self._serial += 1
        before = self._painted.get(view)
        drawing = Drawing(html, self._serial, before.drawing if before is not None else None)
        self._painted[view] = Painted(drawing, as_of, begun, self.loop.time())
        self._fresh.add(view)
        self._broken.discard(view)

    def _deliver(self, views: Collection[View]) -> None:
        """Send each socket one frame with what it has not got of those ``views`` that it shows.

        Nearly all of a thousand show the same and have the same of it, so what a page is owed is
        found out once for all who are alike, and a frame is put together once for all who are owed
        the same.
        """
        due = sorted(views)
        self._fresh.difference_update(due)
        shared = [view for view in due if isinstance(view.audience, MANY)]
        panels = [view.panel for view in shared]
        own: dict[LiveSocket, list[tuple[View, int | None]]] = defaultdict(list)
        for view in due:
            if not isinstance(view.audience, MANY):
                for socket in self._viewers[view]:
                    own[socket].append((view, socket.shown.get(view.panel)))
        alike: dict[tuple[Any, ...], list[LiveSocket]] = defaultdict(list)
        for socket in set[LiveSocket]().union(*(self._viewers[view] for view in due)):
            if socket.is_painted:
                mine = tuple(own[socket]) if socket in own else ()
                alike[socket.shared, mine, *map(socket.shown.get, panels)].append(socket)
        frames: dict[tuple[tuple[View, int | None], ...], tuple[Body, Serials]] = {}
        for (seen, mine, *has), sockets in alike.items():
            shown = [pair for pair in zip(shared, has, strict=True) if pair[0] in seen]
            owed = tuple(
                (view, serial)
                for view, serial in chain(shown, mine)
                if serial != self._painted[view].drawing.serial
            )
            if not owed:
                continue
            if owed not in frames:
                frames[owed] = self._frame(dict(owed))
            body, serials = frames[owed]
            for socket in sockets:
                # The very same for all of them: whether they are alike is quickly seen then.
                socket.shared = seen
                socket.shown.update(serials)
                socket.deliver(body)
            self.frames += len(sockets)

    def _frame(
        self, views: Mapping[View, int | None], *, snapshot: bool = False
    ) -> tuple[Body, Serials]:
        """Return a frame of ``views``, and the serial numbers of what it brings.

        Each view comes with the serial number of what the page has of it; None: nothing.
        """
        painted = {view: self._painted[view] for view in views}
        body = frame(
            [one.drawing.quoted for view, one in painted.items() if views[view] is None],
            min(one.as_of for one in painted.values()),
            changes={
                view.panel: one.drawing.since(has)
                for view, one in painted.items()
                if (has := views[view]) is not None
            },
            snapshot=snapshot,
        )
        return body, {view.panel: one.drawing.serial for view, one in painted.items()}

    # --- what runs all the time ---

    async def _tick(self) -> None:
        last = self.loop.time() - self.pace.tick
        while True:
            await self._something_to_do.wait()
            since = self.loop.time() - last
            # Who was served waits a little for the sake of who was not.
            between = self.pace.crowd if self.is_crowded else self.pace.tick
            await asyncio.sleep(max(between - since, self.pace.gather))
            last = self.loop.time()
            self._something_to_do.clear()
            try:
                await self._paint_and_send(self._dirty | self._fresh)
            except Exception:
                # The tick is what keeps every page alive; it outlives whatever happens in it.
                logger.exception("live updates: a tick failed")
            if self._dirty:
                self._something_to_do.set()

    async def _keep_house(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(self.pace.look / LOOKS)
            turn = (turn + 1) % LOOKS
            if self.subscribed.is_set():
                self._mark({v for v in self._viewers if _TURN_OF.get(v.panel) == turn})
            if turn:
                continue
            if not self.subscribed.is_set():
                self.repaint_everything()
            else:
                self._mark(self._broken)
                if not self._broken:
                    self._as_of = timezone.now()

    async def _beat(self) -> None:
        """Send every page a heartbeat; not all at once, because each of them answers."""
        turn = 0
        while True:
            await asyncio.sleep(self.pace.heartbeat / TURNS)
            turn = (turn + 1) % TURNS
            now, stalled = timezone.now(), self.loop.time() - self.pace.silence
            for socket in [one for one in self._sockets if one.turn % TURNS == turn]:
                if socket.heard_at < stalled:
                    socket.drop(TOO_SLOW)
                else:
                    socket.beat(now, self._as_of)

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribe()
            except Exception as error:
                # Whatever the layer's backend raises: we subscribe again.
                if self.subscribed.is_set():
                    logger.warning("live updates are delayed, the channel layer failed: %s", error)
                self.subscribed.clear()
            await asyncio.sleep(self.pace.retry)

    async def _subscribe(self) -> None:
        """Hear events until the channel layer fails; raises whatever it raises."""
        layer = self._layer
        async with asyncio.timeout(self.pace.patience):
            # By the usual prefix: the Redis layer reads one list at a time in each process, and
            # whoever waits under another prefix would hold up ours for seconds.
            self._channel = await layer.new_channel()
            await layer.group_add(GROUP, self._channel)
        self.subscribed.set()
        self.repaint_everything()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._receive())
            both.create_task(self._probe())

    async def _receive(self) -> None:
        while True:
            message: dict[str, Any] = await self._layer.receive(self._channel)
            if message["type"] == "probe":
                if message["sender"] == self._channel:
                    self._echo.set()
                continue
            if message["lost"]:
                self.repaint_everything()
            self.take(facts_in(message))

    async def _probe(self) -> None:
        """Hear ourselves through the group, and join it again, every few seconds."""
        while True:
            await asyncio.sleep(self.pace.probe)
            self._echo.clear()
            async with asyncio.timeout(self.pace.patience):
                await self._layer.group_send(GROUP, probe_message(self._channel))
            try:
                async with asyncio.timeout(self.pace.echo):
                    await self._echo.wait()
                heard = True
            except TimeoutError:
                heard = False
            async with asyncio.timeout(self.pace.patience):
                await self._layer.group_add(GROUP, self._channel)
            if not heard:
                logger.warning("the live subscription was lost and is renewed")
                self.repaint_everything()

    def _spawn(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("live updates: a task ended", exc_info=task.exception())


def subject_of(view: View, *, agent_id: int | None = None) -> int:
    """Return for whom a view is read; what agents share is read for any one of them."""
    if isinstance(view.audience, Floor):
        return view.audience.tenant_id
    if isinstance(view.audience, OneCall):
        return view.audience.call_id
    if isinstance(view.audience, OneSupervisor):
        return view.audience.user_id
    if isinstance(view.audience, OneAgent | Desk):
        return view.audience.agent_id
    if isinstance(view.audience, Wall):
        return view.audience.wallboard_id
    if agent_id is None:
        raise ValueError(f"{view} is read for an agent.")
    return agent_id


#: The hub of each event loop; a server has one loop, every test one of its own.
_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub_here() -> Hub:
    """Return the hub of the running event loop, starting it for the first page."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = Hub()
        hub.start()
    return hub


def install(hub: Hub) -> None:
    """Make ``hub`` the one of its event loop and start it: another pace, other painters."""
    _hubs[hub.loop] = hub
    hub.start()


async def close_if_idle(hub: Hub) -> None:
    """Stop a hub whose last page was closed; the next page starts another."""
    if hub.is_idle:
        await remove(hub)


async def remove(hub: Hub) -> None:
    """Stop ``hub``; it is no longer the one of its event loop."""
    if _hubs.get(hub.loop) is hub:
        del _hubs[hub.loop]
        await hub.stop()


def serving_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop in which this process serves live pages, if it does. Thread-safe."""
    return next((loop for loop in list(_hubs) if loop.is_running()), None)
