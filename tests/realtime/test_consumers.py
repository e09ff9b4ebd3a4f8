"""Who may open a live page, and what can be said to it."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from contact_center.models import PhoneLease, User
from contact_center.services import presence
from realtime import hub as hubs
from realtime.consumers import LiveConsumer
from tests.realtime.conftest import OpenPage
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_supervisor_sees_the_floor_and_an_agent_the_desk(
    world: World, open_page: OpenPage
) -> None:
    floor = await open_page("/ws/floor/", world.carol)
    desk = await open_page("/ws/desk/", world.alice.user)
    assert floor.connected == (True, None)
    assert desk.connected == (True, None)
    assert set(await floor.snapshot()) == {
        "alert-bell",
        "alert-strip",
        "floor-help",
        "floor-tiles",
        "floor-queues",
        "floor-calls",
        "floor-agents",
        "floor-ended",
        "supervision-bar",
    }
    assert set(await desk.snapshot()) == {
        "own-status",
        "queue-strip",
        "supervisor-word",
        "middle",
        "last-calls",
        "own-callbacks",
    }


@pytest.mark.parametrize("path", ["/ws/floor/", "/ws/desk/"])
async def test_without_a_session_the_page_is_told_to_sign_in(
    path: str, open_page: OpenPage
) -> None:
    page = await open_page(path, None)
    assert page.connected == (True, None)
    assert await page.close_code() == 4401


async def test_another_origin_is_refused(world: World, open_page: OpenPage) -> None:
    page = await open_page("/ws/floor/", world.carol, origin="https://evil.example.com")
    assert page.connected[0] is False


async def test_an_agent_who_asks_for_the_floor_is_refused(
    world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.alice.user)
    assert page.connected[0] is False


async def test_a_supervisor_without_a_desk_is_refused_at_the_desk(
    world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/desk/", world.carol)
    assert page.connected[0] is False


async def test_who_signs_out_loses_the_page_within_the_minute(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveConsumer, "session_check", 0.1)
    page = await open_page("/ws/floor/", world.carol)
    stays = await open_page("/ws/floor/", world.dana)
    await sync_to_async(page.client.logout)()
    assert await page.close_code() == 4401
    assert "heartbeat" in await stays.next_of("heartbeat")


async def test_who_is_no_longer_a_supervisor_loses_the_floor(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveConsumer, "session_check", 0.1)
    page = await open_page("/ws/floor/", world.carol)
    await sync_to_async(User.objects.filter(pk=world.carol.pk).update)(role="agent")
    assert await page.close_code() == 4401


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("hello", "unreadable"),
        ("[1]", "unreadable"),
        ("null", "unreadable"),
        ("[" * 4000, "unreadable"),
        (json.dumps({"cmd": "snapshot", "more": "x" * 5000}), "unreadable"),
        (json.dumps({"cmd": "take-over"}), "unknown-command"),
        (json.dumps({"cmd": "do_snapshot"}), "unknown-command"),
        (json.dumps({"cmd": ["snapshot"]}), "unknown-command"),
        (json.dumps({"cmd": "\ud800\x00"}), "unknown-command"),
        (json.dumps({"cmd": "beat", "lease": "a"}), "unknown-command"),
        ("{}", "unknown-command"),
    ],
)
async def test_nonsense_is_answered_and_the_page_stays(
    text: str, code: str, world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.send_to(text_data=text)
    answer = await page.next_of("error")
    assert answer["error"] == code
    assert answer["message"].endswith(".")
    assert "floor-tiles" in await page.snapshot()


async def test_bytes_are_answered_too(world: World, open_page: OpenPage) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.send_to(bytes_data=b"\x00\xff")
    assert (await page.next_of("error"))["error"] == "unreadable"


@pytest.mark.parametrize("version", [None, "7", -1, 10**30, True, {}])
async def test_any_version_may_be_said_to_be_seen(
    version: Any, world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.ask("seen", version=version)
    assert "floor-tiles" in await page.snapshot()


async def test_a_page_that_talks_too_much_is_told_so_once_and_then_dropped(
    world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    for _ in range(1000):
        await page.ask("seen", version=0)
    assert (await page.next_of("error"))["error"] == "slow-down"
    assert await page.close_code() == 4429


async def test_the_desk_says_that_the_phone_is_alive(world: World, open_page: OpenPage) -> None:
    lease = await sync_to_async(presence.claim_phone)(agent=world.alice)
    before = lease.heard_at
    page = await open_page("/ws/desk/", world.alice.user)
    await page.ask("beat", lease=lease.key)
    assert (await page.next_of("answer")) == {"answer": "beat", "held": True}
    after = await sync_to_async(PhoneLease.objects.get)(pk=lease.pk)
    assert after.heard_at > before


async def test_a_beat_of_another_tab_is_told_that_the_phone_is_elsewhere(
    world: World, open_page: OpenPage
) -> None:
    first = await sync_to_async(presence.claim_phone)(agent=world.alice)
    await sync_to_async(presence.claim_phone)(agent=world.alice)
    page = await open_page("/ws/desk/", world.alice.user)
    await page.ask("beat", lease=first.key)
    assert (await page.next_of("answer")) == {"answer": "beat", "held": False}


@pytest.mark.parametrize("lease", [None, 7, "", "a\x00b", "x" * 33, "a b", ["a"]])
async def test_a_beat_that_names_no_lease_is_answered(
    lease: Any, world: World, open_page: OpenPage
) -> None:
    page = await open_page("/ws/desk/", world.alice.user)
    await page.ask("beat", lease=lease)
    assert (await page.next_of("error"))["error"] == "unreadable"


async def test_the_last_page_to_go_ends_the_subscription(world: World, open_page: OpenPage) -> None:
    page = await open_page("/ws/floor/", world.carol)
    assert hubs.serving_loop() is asyncio.get_running_loop()
    await page.disconnect()
    assert hubs.serving_loop() is None
