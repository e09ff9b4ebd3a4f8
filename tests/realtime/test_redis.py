"""Live pages when Redis carries the events, and when it misbehaves."""

import asyncio
import contextlib
from dataclasses import replace

import pytest
import redis
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from tests.harness.services import TemporaryRedis
from tests.realtime.conftest import CALM, OpenPage
from tests.realtime.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.redis]


@pytest.fixture
def world(redis_layer: TemporaryRedis, world: World) -> World:
    """The same people, with Redis between them."""
    return world


async def test_a_call_reaches_the_floor_through_redis(world: World, open_page: OpenPage) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    call = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", call.from_number[-4:])


@pytest.mark.parametrize("pace", [replace(CALM, probe=60.0)])
async def test_somebody_else_of_this_process_who_waits_at_redis_delays_no_page(
    world: World, open_page: OpenPage
) -> None:
    """The layer reads for one waiter at a time; the other's turn would never end."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    layer = get_channel_layer()
    other = asyncio.create_task(layer.receive(await layer.new_channel()))
    try:
        for _turn in range(3):
            call = await sync_to_async(world.ring_in)()
            await page.frame_with("floor-calls", call.from_number[-4:])
    finally:
        other.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await other


async def test_an_emptied_redis_delays_the_pages_and_loses_nothing(
    world: World, open_page: OpenPage, redis_layer: TemporaryRedis
) -> None:
    """FLUSHALL removes every group without an error; the probe notices."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    redis.Redis.from_url(redis_layer.url).flushall()
    first = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", first.from_number[-4:])
    second = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", second.from_number[-4:])


async def test_broken_connections_to_redis_are_made_again(
    world: World, open_page: OpenPage, redis_layer: TemporaryRedis
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    control = redis.Redis.from_url(redis_layer.url)
    control.client_kill_filter(_type="normal", skipme=True)
    call = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", call.from_number[-4:])
    assert "heartbeat" in await page.next_of("heartbeat")


async def test_pages_are_painted_while_there_is_no_redis_at_all(
    world: World, open_page: OpenPage, redis_layer: TemporaryRedis
) -> None:
    """Nothing is heard any more, so everything is looked at every few seconds."""
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    redis.Redis.from_url(redis_layer.url).shutdown(nosave=True)
    call = await sync_to_async(world.ring_in)()
    await page.frame_with("floor-calls", call.from_number[-4:])
    offer = await sync_to_async(world.dispatch)()
    assert offer.agent_id in (world.alice.pk, world.bob.pk)
    await page.frame_with("floor-calls", "Ringing an agent")
