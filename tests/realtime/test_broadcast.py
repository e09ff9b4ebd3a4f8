"""How facts get from whoever records them to the processes that serve pages."""

import asyncio
import os
import threading
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import transaction

from contact_center.domain import events as ev
from contact_center.event_stream import record
from realtime import broadcast, hub
from realtime.broadcast import Publisher, publisher, push_to_browsers
from realtime.groups import GROUP, Fact, facts_in
from realtime.hub import Pace
from tests.harness.processes import free_port
from tests.harness.services import TemporaryRedis
from tests.harness.waiting import wait_until
from tests.realtime.conftest import PATIENCE, OpenPage, layer_at, panels_in
from tests.realtime.world import World

#: Nothing wakes the event loop but what is told to it.
ASLEEP = Pace(tick=0.05, gather=0.02, look=60, heartbeat=60, probe=60)


class Listener:
    """Another process's subscription, as far as the channel layer can tell."""

    def __init__(self) -> None:
        self.layer = get_channel_layer()
        self.channel = ""

    async def subscribe(self) -> None:
        """Join the group."""
        self.channel = await self.layer.new_channel()
        await self.layer.group_add(GROUP, self.channel)

    async def next(self) -> dict[str, Any]:
        """The next message of events."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message: dict[str, Any] = await self.layer.receive(self.channel)
                if message["type"] == "events":
                    return message


@pytest_asyncio.fixture
async def listener(redis_layer: TemporaryRedis) -> Listener:
    """Somebody who listens at Redis."""
    listener = Listener()
    await listener.subscribe()
    return listener


def in_a_thread(what: Any) -> None:
    """Do it where no event loop runs, as the clock and the web's threads do."""
    thread = threading.Thread(target=what)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pace", [ASLEEP])
async def test_what_the_clocks_thread_records_wakes_the_pages_of_the_same_process(
    world: World, open_page: OpenPage
) -> None:
    """In `make run` the clock is a thread beside the server, and the layer is in memory."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    in_a_thread(lambda: push_to_browsers([ev.MenuEntered(tenant_id=world.cast.tenant.pk)]))
    assert set(panels_in(await page.frame())) == {"floor-tiles", "floor-calls"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pace", [ASLEEP])
async def test_what_is_rolled_back_reaches_nobody(world: World, open_page: OpenPage) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()

    def change_ones_mind() -> None:
        with transaction.atomic():
            record(ev.CallEnded(tenant_id=world.cast.tenant.pk))
            transaction.set_rollback(True)
        with transaction.atomic():
            record(ev.MenuEntered(tenant_id=world.cast.tenant.pk))

    await sync_to_async(change_ones_mind)()
    assert set(panels_in(await page.frame())) == {"floor-tiles", "floor-calls"}


@pytest.mark.redis
async def test_a_process_without_pages_sends_from_a_loop_of_its_own(listener: Listener) -> None:
    assert hub.serving_loop() is None
    in_a_thread(lambda: push_to_browsers([ev.CallQueued(tenant_id=7, queue_id=3)]))
    message = await listener.next()
    assert facts_in(message) == [Fact("call.queued", 7, None, 3)]
    assert message["lost"] is False


@pytest.mark.redis
async def test_nothing_personal_travels(listener: Listener) -> None:
    event = ev.PresenceChanged(tenant_id=1, agent_id=2, presence="break", reason="doctor")
    in_a_thread(lambda: push_to_browsers([event]))
    assert "doctor" not in repr(await listener.next())


@pytest.mark.redis
async def test_a_burst_is_sent_in_few_messages_and_in_order(listener: Listener) -> None:
    """Three hundred sends at once would be three hundred connections."""
    in_a_thread(lambda: [push_to_browsers([ev.CallQueued(tenant_id=n)]) for n in range(1000)])
    seen: list[int] = []
    messages = 0
    while len(seen) < 1000:
        message = await listener.next()
        messages += 1
        seen += [fact.tenant_id for fact in facts_in(message)]
    assert seen == list(range(1000))
    assert messages < 100


@pytest.mark.redis
async def test_after_an_outage_everybody_is_told_that_something_was_lost(
    listener: Listener,
    redis_layer: TemporaryRedis,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Facts are dropped rather than heaped up, and the pages are painted anew instead."""
    monkeypatch.setattr(broadcast, "RETRY", 0.1)
    monkeypatch.setattr(broadcast, "PATIENCE", 0.5)  # the client itself tries for seconds
    settings.CHANNEL_LAYERS = layer_at(f"redis://127.0.0.1:{free_port()}")
    in_a_thread(lambda: push_to_browsers([ev.CallQueued(tenant_id=7)]))
    await asyncio.to_thread(wait_until, lambda: "live updates are not sent" in caplog.text)
    settings.CHANNEL_LAYERS = layer_at(redis_layer.url)
    in_a_thread(lambda: push_to_browsers([ev.CallEnded(tenant_id=8)]))
    async with asyncio.timeout(PATIENCE):
        while not (await listener.next())["lost"]:
            pass


@pytest.mark.redis
async def test_a_queue_that_is_full_is_dropped_and_said_to_be_lost(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "MAX_WAITING", 10)
    in_a_thread(lambda: publisher.put([Fact("call.queued", 1, None, None)] * 11))
    message = await listener.next()
    assert message["lost"] is True
    assert facts_in(message) == []


def test_a_forked_process_starts_a_sender_of_its_own() -> None:
    """Gunicorn forks its workers after the code was loaded; threads do not survive that."""
    mine = Publisher()
    mine.put([Fact("call.queued", 1, None, None)])
    child = os.fork()
    if child == 0:
        mine.put([Fact("call.queued", 1, None, None)])
        alive = mine._own_thread is not None and mine._own_thread.is_alive()
        os._exit(0 if alive else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    mine.close()
