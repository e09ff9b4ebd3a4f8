"""What reaches the pages when something happens, how often, and at what cost."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from difflib import unified_diff
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections

from contact_center.domain import events as ev
from contact_center.domain.events import all_events
from contact_center.models import Queue, QueueMember
from contact_center.panels import Panel
from contact_center.selectors.floor import FLOOR_PANELS
from contact_center.selectors.looks import Look
from contact_center.selectors.scopes import Scope
from contact_center.services.speaking import speak
from realtime import hub as hubs
from realtime.broadcast import push_to_browsers
from realtime.consumers import LiveConsumer
from realtime.groups import fact
from realtime.hub import Hub
from realtime.rendering import (
    CHANGED_BY_TIME,
    REPAINTS,
    Desk,
    OneSupervisor,
    View,
    floor_views,
    paint_views,
)
from realtime.sockets import LiveSocket
from tests.harness.live_screen import timeless
from tests.realtime.conftest import CALM, PATIENCE, QUICK, OpenPage, Page, panels_in, signed_in
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


async def fresh(page: Page) -> dict[str, str]:
    """What a page that opened now would show."""
    views = sorted(page.views)
    painted = await sync_to_async(paint_views)([(view, page.subjects[view]) for view in views])
    return panels_in({"content": "".join(html or "" for html in painted)})


async def catch_up(page: Page, shown: dict[str, str]) -> None:
    """Apply what is pushed, as htmx would, until the page shows what a new one would."""
    want = await fresh(page)
    try:
        async with asyncio.timeout(PATIENCE):
            while changed(shown, want):
                shown.update(panels_in(await page.frame()))
    except TimeoutError:
        for panel in sorted(changed(shown, want)):
            late = unified_diff(
                timeless(shown[panel]).splitlines(), timeless(want[panel]).splitlines(), n=0
            )
            raise AssertionError(f"no event repainted {panel}\n" + "\n".join(late)) from None


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The panels that differ in more than the time."""
    return {panel for panel in after if timeless(before[panel]) != timeless(after[panel])}


def test_every_event_has_its_row_and_no_row_is_without_event() -> None:
    assert set(REPAINTS) == set(all_events())


@pytest.mark.parametrize("pace", [CALM])
async def test_snapshot_and_events_are_a_fresh_snapshot_all_through_a_call(
    world: World, open_page: OpenPage
) -> None:
    """After every step of a call, the pages that only listened show what a new page would."""
    floor = await open_page("/ws/floor/", world.carol)
    desk = await open_page("/ws/desk/", world.alice.user)
    shown = {page: await page.snapshot() for page in (floor, desk)}

    async def after(what: Callable[[], Any], page: Page, *panels: str) -> Any:
        """Do it; both pages follow, and on ``page`` at least ``panels`` have changed."""
        before = dict(shown[page])
        result = await sync_to_async(what)()
        for each in (floor, desk):
            await catch_up(each, shown[each])
        assert set(panels) <= changed(before, shown[page])
        return result

    await after(lambda: world.take_a_break(world.bob), floor, "floor-tiles", "floor-agents")
    call = await after(world.ring_in, floor, "floor-queues", "floor-calls", "floor-tiles")
    offer = await after(world.dispatch, desk, "middle", "own-status")
    assert offer.agent_id == world.alice.pk
    await after(lambda: world.accept(offer), desk, "middle")
    await after(lambda: world.connect(offer), floor, "floor-calls", "floor-tiles", "floor-agents")
    await after(lambda: world.hold(offer), desk, "middle", "own-status")
    await after(lambda: world.caller_hangs_up(call), floor, "floor-ended", "floor-calls")
    await after(lambda: world.finish(offer), desk, "middle", "own-status", "last-calls")
    assert call.from_number[-4:] in shown[floor]["floor-ended"]
    assert "No call at the moment." in shown[floor]["floor-calls"]


@pytest.mark.parametrize("pace", [CALM])
async def test_a_declined_offer_an_impatient_caller_and_a_lost_agent_are_followed_too(
    world: World, open_page: OpenPage
) -> None:
    floor = await open_page("/ws/floor/", world.carol)
    desk = await open_page("/ws/desk/", world.alice.user)
    shown = {page: await page.snapshot() for page in (floor, desk)}

    async def after(what: Callable[[], Any]) -> Any:
        result = await sync_to_async(what)()
        for each in (floor, desk):
            await catch_up(each, shown[each])
        return result

    await after(lambda: world.take_a_break(world.bob))
    first = await after(world.ring_in)
    offer = await after(world.dispatch)
    await after(lambda: world.decline(offer))
    await after(lambda: world.caller_hangs_up(first))
    assert "Caller left while waiting" in shown[floor]["floor-ended"]
    await after(world.ring_in)
    offer = await after(world.dispatch)
    await after(lambda: world.accept(offer))
    await after(lambda: world.connect(offer))
    await after(lambda: world.lose_agent(offer))
    assert "Not responding" in shown[floor]["floor-agents"]
    assert "Back to the line" in shown[floor]["floor-calls"]


@pytest.mark.parametrize("pace", [CALM])
async def test_a_hundred_events_are_one_frame(world: World, hub: Hub, open_page: OpenPage) -> None:
    floor = await open_page("/ws/floor/", world.carol)
    await floor.snapshot()
    frames, paintings = hub.frames, hub.paintings
    push_to_browsers(
        [ev.CallQueued(tenant_id=world.cast.tenant.pk, queue_id=world.cast.support.pk)] * 100
    )
    frame = await floor.frame()
    assert set(panels_in(frame)) == {"floor-tiles", "floor-queues", "floor-calls"}
    assert hub.frames == frames + 1
    assert hub.paintings == paintings + 3


@pytest.mark.parametrize("pace", [CALM])
async def test_a_panel_is_painted_once_however_many_watch(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    pages = [await open_page("/ws/floor/", world.carol) for _ in range(10)]
    for page in pages:
        await page.snapshot()
    paintings = hub.paintings
    push_to_browsers([ev.MenuEntered(tenant_id=world.cast.tenant.pk)])
    for page in pages:
        assert set(panels_in(await page.frame())) == {"floor-tiles", "floor-calls"}
    assert hub.paintings == paintings + 2


@pytest.mark.parametrize("pace", [CALM])
async def test_many_snapshots_at_once_are_painted_once(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    pages = [await open_page("/ws/floor/", world.carol) for _ in range(20)]
    for page in pages:
        await page.ask("snapshot")
    for page in pages:
        assert (await page.frame())["snapshot"]
    assert hub.paintings == 9


class EventfulPainters(ThreadPoolExecutor):
    """While they paint anything at all, something happens that makes it old."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__(1)
        self._happens, self._loop = happens, asyncio.get_running_loop()

    def submit(self, paint: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Paint, and let it happen before anybody is handed what was painted."""

        def eventfully() -> Any:
            painted = paint(*args, **named)
            self._loop.call_soon_threadsafe(self._happens)
            return painted

        return super().submit(eventfully)


async def test_many_who_ask_while_something_always_happens_are_not_painted_one_after_the_other(
    world: World,
) -> None:
    tenant_id = world.cast.tenant.pk
    rings = fact(ev.CallQueued(tenant_id=tenant_id, queue_id=world.cast.support.pk))
    views = floor_views(Look(Scope(tenant_id)))
    sent: asyncio.Queue[str] = asyncio.Queue()

    async def close(code: int) -> None:
        raise AssertionError(f"closed with {code}")

    hub = Hub(CALM, EventfulPainters(lambda: hub.take([rings])))
    sockets = [LiveSocket(sent.put, close) for _ in range(30)]
    for socket in sockets:
        hub.show(socket, views, dict.fromkeys(views, tenant_id))
    assert all(await asyncio.gather(*(hub.snapshot(socket) for socket in sockets)))
    assert {(await sent.get())[:12] for _ in sockets} == {'{"version": '}
    assert {socket.version for socket in sockets} == {1}
    assert hub.paintings <= 3 * len(views)

    # What had happened when somebody asked is on the page.
    call = await sync_to_async(world.ring_in)()
    hub.take([rings])
    assert await hub.snapshot(sockets[0])
    assert call.from_number[-4:] in await sent.get()


async def test_a_crowd_is_given_what_was_just_painted_and_the_next_frame_brings_the_rest(
    world: World,
) -> None:
    tenant_id = world.cast.tenant.pk
    views = floor_views(Look(Scope(tenant_id)))
    sent: list[asyncio.Queue[str]] = [asyncio.Queue() for _ in range(hubs.CROWD)]

    async def close(code: int) -> None:
        raise AssertionError(f"closed with {code}")

    hub = Hub(replace(CALM, crowd=60.0))
    sockets = [LiveSocket(queue.put, close) for queue in sent]
    for socket in sockets:
        assert not hub.is_crowded
        hub.show(socket, views, dict.fromkeys(views, tenant_id))
    assert hub.is_crowded
    first, *others = [hub.snapshot(socket) for socket in sockets]
    assert await first
    paintings = hub.paintings
    call = await sync_to_async(world.ring_in)()
    rings = fact(ev.CallQueued(tenant_id=tenant_id, queue_id=world.cast.support.pk))
    hub.take([rings])
    assert all(await asyncio.gather(*others))
    assert hub.paintings == paintings == len(views), "nobody had anything painted anew"
    for queue in sent:
        assert call.from_number[-4:] not in await queue.get()
    assert {socket.version for socket in sockets} == {1}
    hub.pace = replace(CALM, crowd=0.0)
    hub.start()
    for queue in sent:
        assert call.from_number[-4:] in json.dumps(json.loads(await queue.get())["changes"])
    await hub.stop()
    await sync_to_async(connections.close_all)()


async def test_who_comes_when_the_crowd_has_passed_sees_what_has_happened(world: World) -> None:
    async def ignore(_said: object) -> None:
        """A page that takes everything."""

    hub = Hub(replace(CALM, crowd=0.0))
    views = floor_views(Look(Scope(world.cast.tenant.pk)))
    sockets = [LiveSocket(ignore, ignore) for _ in range(2 * hubs.CROWD)]
    for socket in sockets:
        hub.show(socket, views, dict.fromkeys(views, world.cast.tenant.pk))
    assert await hub.snapshot(sockets[0])
    assert not hub.is_crowded
    hub.repaint_everything()
    assert await hub.snapshot(sockets[1])
    assert hub.paintings == 2 * len(views)
    await hub.stop()


class SlowPainters(ThreadPoolExecutor):
    """They begin when they are told to, and it is known who was painted with whom."""

    def __init__(self) -> None:
        super().__init__(1)
        self.may_begin = threading.Event()
        self.painted: list[list[View]] = []

    def submit(self, paint: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """Paint, once it is allowed."""

        def slowly() -> Any:
            self.may_begin.wait(5)
            self.painted.append([view for view, _subject_id in args[0]])
            return paint(*args, **named)

        return super().submit(slowly)


async def test_what_rings_is_painted_before_a_crowd_that_comes_back(world: World) -> None:
    async def ignore(_said: object) -> None:
        """A page that takes everything."""

    painters = SlowPainters()
    hub = Hub(CALM, painters)
    ring = View("middle", Desk(world.alice.pk))
    desk = LiveSocket(ignore, ignore)
    hub.show(desk, frozenset({ring}), {ring: world.alice.pk})
    crowd = [View("supervision-bar", OneSupervisor(user_id)) for user_id in range(1, 201)]
    pages = []
    for view in crowd:
        page = LiveSocket(ignore, ignore)
        hub.show(page, frozenset({view}), {view: view.audience.user_id})
        pages.append(page)
    coming_back = asyncio.gather(*(hub.snapshot(page) for page in pages))
    await asyncio.sleep(0)
    tenant_id = world.cast.tenant.pk
    hub.take([fact(ev.CallOffered(tenant_id=tenant_id, agent_id=world.alice.pk))])
    painters.may_begin.set()
    assert all(await coming_back)
    turn = next(at for at, views in enumerate(painters.painted) if ring in views)
    assert turn <= hubs.PAINTERS, "only what was under way already came before it"
    # The crowd was painted many at a time, and nobody twice.
    assert sum(len(views) for views in painters.painted) == 201
    assert len(painters.painted) < 40


@pytest.mark.parametrize("pace", [CALM])
async def test_agents_who_serve_the_same_queues_share_the_painting_of_the_strip(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    alice = await open_page("/ws/desk/", world.alice.user)
    bob = await open_page("/ws/desk/", world.bob.user)
    await alice.snapshot()
    await bob.snapshot()
    paintings = hub.paintings
    push_to_browsers(
        [ev.CallQueued(tenant_id=world.cast.tenant.pk, queue_id=world.cast.support.pk)]
    )
    assert set(panels_in(await alice.frame())) == {"queue-strip"}
    assert set(panels_in(await bob.frame())) == {"queue-strip"}
    assert hub.paintings == paintings + 1


@pytest.mark.parametrize("pace", [CALM])
async def test_each_desk_is_painted_in_the_language_of_its_agent(
    world: World, open_page: OpenPage
) -> None:
    await sync_to_async(speak)("es", to=world.alice.user)
    await sync_to_async(world.alice.user.refresh_from_db)()
    alice = await (await open_page("/ws/desk/", world.alice.user)).snapshot()
    bob = await (await open_page("/ws/desk/", world.bob.user)).snapshot()
    # Bob serves the same queues: what they would share is not shared between two languages.
    for panel, spanish, english in (
        ("queue-strip", "nadie en cola", "none waiting"),
        ("own-status", "Disponible", "Available"),
    ):
        assert spanish in alice[panel]
        assert english not in alice[panel]
        assert english in bob[panel]


@pytest.mark.parametrize("pace", [replace(CALM, tick=600.0)])
async def test_an_offer_does_not_wait_for_the_tick(world: World, open_page: OpenPage) -> None:
    """Alice's phone rings before the next tick; what else is new of the line may wait."""
    desk = await open_page("/ws/desk/", world.alice.user)
    await desk.snapshot()
    await sync_to_async(world.bob.slots.update)(activity="not_responding")
    await sync_to_async(world.ring_in)()
    await desk.frame_with("queue-strip")  # the first tick; nobody lives to see the second
    await sync_to_async(world.dispatch)()
    frame = await desk.frame()
    assert "middle" in panels_in(frame)
    assert "queue-strip" not in panels_in(frame)


@pytest.mark.parametrize("pace", [CALM])
async def test_what_concerns_one_agent_stays_with_that_agent(
    world: World, open_page: OpenPage
) -> None:
    alice = await open_page("/ws/desk/", world.alice.user)
    bob = await open_page("/ws/desk/", world.bob.user)
    await alice.snapshot()
    await bob.snapshot()
    push_to_browsers([ev.PresenceChanged(tenant_id=world.cast.tenant.pk, agent_id=world.alice.pk)])
    assert set(panels_in(await alice.frame())) == {"own-status", "middle", "supervisor-word"}
    push_to_browsers([ev.NextPresenceChosen(tenant_id=world.cast.tenant.pk, agent_id=world.bob.pk)])
    assert set(panels_in(await bob.frame())) == {"own-status", "supervisor-word"}


@pytest.mark.parametrize("pace", [CALM])
async def test_another_organisation_sees_nothing_of_ours(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    """Mallory's floor and Erin's desk stay as they are while our phones ring."""
    ours = await open_page("/ws/floor/", world.carol)
    theirs = await open_page("/ws/floor/", world.mallory)
    erin = await open_page("/ws/desk/", world.erin.user)
    before = {page: await page.snapshot() for page in (ours, theirs, erin)}
    call = await sync_to_async(world.ring_in)()
    await ours.frame_with("floor-calls", call.from_number[-4:])
    for page in (theirs, erin):
        for panel, html in (await page.snapshot()).items():
            assert call.from_number[-4:] not in html
            assert timeless(html) == timeless(before[page][panel])
    assert "Support" not in (await theirs.snapshot())["floor-queues"]


async def test_a_page_is_sent_nothing_before_its_first_snapshot_and_then_what_is_new(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    first = await open_page("/ws/floor/", world.carol)
    await first.snapshot()
    page = await open_page("/ws/floor/", world.carol)
    call = await sync_to_async(world.ring_in)()
    await first.frame_with("floor-calls", call.from_number[-4:])
    # It was painted and sent, and not to who has nothing that it could be new of.
    shown = await page.snapshot()
    assert page.version == 1
    assert call.from_number[-4:] in shown["floor-calls"]
    # What the first call set off may still be on its way; then only the second one is new.
    await catch_up(page, shown)
    other = await sync_to_async(world.ring_in)()
    while other.from_number[-4:] not in shown["floor-calls"]:
        frame = await page.frame()
        assert not frame["snapshot"]
        assert frame["content"] == ""
        assert call.from_number[-4:] not in json.dumps(frame["changes"])
        shown.update(panels_in(frame))
    assert call.from_number[-4:] in shown["floor-calls"]


async def test_frames_are_numbered_without_a_gap_and_heartbeats_repeat_the_last(
    world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    push_to_browsers([ev.MenuEntered(tenant_id=world.cast.tenant.pk)])
    last = 1
    async with asyncio.timeout(PATIENCE):
        while last < 4:
            message = await page.message()
            if "heartbeat" in message:
                assert message["version"] == last
                push_to_browsers([ev.MenuEntered(tenant_id=world.cast.tenant.pk)])
            else:
                assert message["version"] == page.version == last + 1
                last += 1


async def test_a_page_that_stops_reading_is_dropped_and_the_others_are_not(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server below buffers without end; the page is dropped by what it has not seen."""
    stalled = await open_page("/ws/floor/", world.carol)
    reads = await open_page("/ws/floor/", world.dana)
    size = sum(len(html) for html in (await stalled.snapshot()).values())
    monkeypatch.setattr("realtime.sockets.MAX_UNSEEN", size * 3)

    async def read_on() -> None:
        while True:
            message = await reads.message()
            await reads.ask("seen", version=message.get("version", 0))
            push_to_browsers([ev.CallEnded(tenant_id=world.cast.tenant.pk)])

    reading = asyncio.create_task(read_on())
    assert await stalled.close_code() == 4408
    assert not reading.done()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_page_that_answers_no_heartbeat_is_dropped(world: World) -> None:
    """A laptop that was closed keeps its connection for minutes; we do not."""
    hub = Hub(replace(QUICK, silence=0.5))
    hubs.install(hub)
    page = Page("/ws/floor/", await sync_to_async(signed_in)(world.carol))
    await page.connect()
    assert await page.close_code() == 4408
    await page.disconnect()


async def test_one_broken_panel_does_not_blank_the_others(
    world: World, hub: Hub, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        FLOOR_PANELS, "floor-ended", Panel("supervisors/there_is_no_such.html", lambda tenant: {})
    )
    page = await open_page("/ws/floor/", world.carol)
    await page.ask("snapshot")
    frame = await page.frame()
    assert set(panels_in(frame)) == {
        "alert-bell",
        "alert-strip",
        "floor-help",
        "floor-tiles",
        "floor-queues",
        "floor-calls",
        "floor-agents",
        "supervision-bar",
    }
    assert (await page.next_of("error"))["error"] == "not-painted"
    beat = await page.next_of("heartbeat")
    assert beat["as_of"] < beat["heartbeat"], "what is not painted is not as of now"


@pytest.mark.parametrize("pace", [replace(CALM, look=2.0)])
async def test_what_time_alone_changes_is_looked_at_in_turns_and_never_all_at_once(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    """Whatever waits for a tick waits for all that is painted in it."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    by_time = {view.panel for view in page.views if view.panel in CHANGED_BY_TIME}
    assert len(by_time) > 4
    looked_at: set[str] = set()
    while looked_at != by_time:
        at_once = set((await page.frame())["changed"])
        assert at_once <= by_time, "nothing else has changed"
        assert len(at_once) <= len(by_time) / 2
        looked_at |= at_once


async def test_after_the_subscription_failed_everything_is_painted_again(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    """What was lost is not known, so nothing is taken for true."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    layer = get_channel_layer()
    await layer.flush()
    call = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", call.from_number[-4:])


async def test_an_agent_who_gets_a_new_queue_sees_it_within_the_minute(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveConsumer, "session_check", 0.1)
    page = await open_page("/ws/desk/", world.alice.user)
    assert "Billing" not in (await page.snapshot())["queue-strip"]
    billing = await sync_to_async(Queue.objects.create)(tenant=world.cast.tenant, name="Billing")
    await sync_to_async(QueueMember.objects.create)(agent=world.alice, queue=billing)
    await page.frame_with("queue-strip", "Billing")
