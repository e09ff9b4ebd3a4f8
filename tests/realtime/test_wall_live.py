"""Boards on a wall: live by their link alone, painted once, and gone when the link is withdrawn."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from contact_center.domain.alerting import AlertKind
from contact_center.models import Tile, Wallboard, WallboardLink
from contact_center.services import alerting, displaying
from contact_center.services.alerting import Said
from contact_center.services.displaying import Board
from realtime.consumers import WallConsumer
from realtime.hub import Hub
from realtime.rendering import paint_views, wall_views
from tests.realtime.conftest import CALM, OpenPage, Page, panels_in
from tests.realtime.test_hub import timeless
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_kept(settings: Any) -> None:
    """Today's figures are read anew each time."""
    settings.DJANGO_TWILIO_CALL_ANALYTICS = {"REAL_TIME_CACHE": 0}


BOARD = Board(name="Hall", tiles=list(Tile), queues=None, page_seconds=15)


@database_sync_to_async
def hang_up_a_board(world: World, name: str = "Hall") -> tuple[Wallboard, WallboardLink, str]:
    """Carol makes a board and a link to it."""
    asked = Board(name=name, tiles=BOARD.tiles, queues=None, page_seconds=15)
    board = displaying.make_wallboard(board=asked, actor=world.carol)
    row, token = displaying.make_link(wallboard_id=board.pk, name="TV", actor=world.carol)
    return board, row, token


async def do(what: Callable[..., Any], **values: Any) -> None:
    await sync_to_async(what)(**values)


async def test_a_screen_is_live_with_nobody_signed_in_and_shows_that_board_alone(
    world: World, open_page: OpenPage
) -> None:
    _board, row, token = await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None)
    assert screen.connected == (True, None)
    assert set(await screen.snapshot()) == {"wall-board"}
    call = await sync_to_async(world.ring_in)()
    html = await screen.frame_with("wall-board", "in 1 of 2 queues")
    assert call.from_number[-4:] not in html
    await row.arefresh_from_db()
    assert row.seen_at is not None


@pytest.mark.parametrize("token", ["A" * 43, "x", "0"])
async def test_a_guessed_link_is_refused(token: str, world: World, open_page: OpenPage) -> None:
    await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None)
    assert screen.connected[0] is False
    # A session opens no board either by way of a link that is none.
    assert (await open_page(f"/ws/wall/{token}/", world.carol)).connected[0] is False


async def test_another_origin_is_refused(world: World, open_page: OpenPage) -> None:
    _board, _row, token = await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None, origin="https://evil.example.com")
    assert screen.connected[0] is False


@pytest.mark.parametrize("pace", [CALM])
async def test_withdrawing_a_link_closes_its_screens_at_once_and_no_other(
    world: World, open_page: OpenPage
) -> None:
    board, row, token = await hang_up_a_board(world)
    _row, other_token = await database_sync_to_async(displaying.make_link)(
        wallboard_id=board.pk, name="other", actor=world.carol
    )
    screen = await open_page(f"/ws/wall/{token}/", None)
    other = await open_page(f"/ws/wall/{other_token}/", None)
    carols = await open_page(f"/ws/wallboards/{board.pk}/", world.carol)
    await do(displaying.revoke_link, wallboard_id=board.pk, link_id=row.pk, actor=world.carol)
    # By the event: the next look would come ten seconds later.
    assert await screen.close_code() == 4401
    for page in (other, carols):
        assert "wall-board" in await page.snapshot()
    assert (await open_page(f"/ws/wall/{token}/", None)).connected[0] is False


async def test_a_withdrawal_that_nobody_heard_of_is_found_out_by_looking(
    world: World, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WallConsumer, "session_check", 0.1)
    _board, row, token = await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None)
    await WallboardLink.objects.filter(pk=row.pk).aupdate(revoked_at=row.made_at)
    assert await screen.close_code() == 4401


@pytest.mark.parametrize("pace", [CALM])
async def test_removing_a_board_closes_every_screen_that_shows_it(
    world: World, open_page: OpenPage
) -> None:
    board, _row, token = await hang_up_a_board(world)
    _other, _link, other_token = await hang_up_a_board(world, "Lobby")
    screen = await open_page(f"/ws/wall/{token}/", None)
    carols = await open_page(f"/ws/wallboards/{board.pk}/", world.carol)
    stays = await open_page(f"/ws/wall/{other_token}/", None)
    await do(displaying.remove_wallboard, wallboard_id=board.pk, actor=world.carol)
    assert await screen.close_code() == 4401
    assert await carols.close_code() == 4401
    assert "wall-board" in await stays.snapshot()


async def test_the_board_by_session_is_for_its_own_supervisors(
    world: World, open_page: OpenPage
) -> None:
    board, _row, _token = await hang_up_a_board(world)
    path = f"/ws/wallboards/{board.pk}/"
    assert (await open_page(path, world.carol)).connected == (True, None)
    for person in (world.alice.user, world.erin.user, world.mallory):
        assert (await open_page(path, person)).connected[0] is False
    nobody = await open_page(path, None)
    assert await nobody.close_code() == 4401


@pytest.mark.parametrize("pace", [CALM])
async def test_a_board_is_painted_once_however_many_screens_show_it(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    board, _row, token = await hang_up_a_board(world)
    screens = [await open_page(f"/ws/wall/{token}/", None) for _ in range(8)]
    screens.append(await open_page(f"/ws/wallboards/{board.pk}/", world.carol))
    for screen in screens:
        await screen.ask("snapshot")
    for screen in screens:
        assert (await screen.frame())["snapshot"]
    assert hub.paintings == 1
    await sync_to_async(world.ring_in)()
    for screen in screens:
        await screen.frame_with("wall-board", "in 1 of 2 queues")
    # A call rings in by several events; each tick paints once for all nine.
    assert hub.paintings <= 4
    assert hub.frames <= 9 * hub.paintings


@pytest.mark.parametrize("pace", [CALM])
async def test_what_happens_elsewhere_does_not_reach_a_board(
    world: World, hub: Hub, open_page: OpenPage
) -> None:
    _board, _row, token = await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None)
    floor = await open_page("/ws/floor/", world.mallory)
    await floor.snapshot()
    await screen.snapshot()
    frames = hub.frames
    await do(world.take_a_break, agent=world.erin)
    await floor.frame_with("floor-tiles")
    assert hub.frames > frames
    assert await screen.receive_nothing()


@pytest.mark.parametrize("pace", [CALM])
async def test_a_board_that_only_listened_shows_what_a_new_one_would(
    world: World, open_page: OpenPage
) -> None:
    board, _row, token = await hang_up_a_board(world)
    screen = await open_page(f"/ws/wall/{token}/", None)
    shown = (await screen.snapshot())["wall-board"]
    views = [(view, board.pk) for view in wall_views(board.tenant_id, board.pk)]

    async def after(what: Callable[..., Any], *args: Any, **values: Any) -> Any:
        nonlocal shown
        before = shown
        result = await sync_to_async(what)(*args, **values)
        (html,) = await sync_to_async(paint_views)(views)
        want = panels_in({"content": html})["wall-board"]
        shown = await follow(screen, shown, want)
        assert timeless(shown) != timeless(before)
        return result

    await after(world.take_a_break, world.bob)
    await after(world.ring_in)
    offer = await after(world.dispatch)
    await after(world.accept, offer)
    await after(world.connect, offer)
    await after(world.hold, offer)
    await after(lambda: world.caller_hangs_up(offer.call))
    await after(world.finish, offer)
    await after(world.ring_in)
    # Limits and the board itself are followed as well.
    rule = {"kind": AlertKind.WAITING, "said": Said(threshold=1), "actor": world.dana}
    await after(alerting.set_rule, **rule)
    lobby = Board(name="Lobby", tiles=[Tile.WAITING], queues=None, page_seconds=20)
    await after(displaying.change_wallboard, wallboard_id=board.pk, board=lobby, actor=world.carol)
    assert "Lobby" in shown


async def follow(screen: Page, shown: str, want: str) -> str:
    """Take what is pushed until the screen shows what a new one would."""
    try:
        async with asyncio.timeout(5):
            while timeless(shown) != timeless(want):
                shown = await screen.frame_with("wall-board")
    except TimeoutError:
        raise AssertionError(f"no event brought\n{timeless(want)}\n{timeless(shown)}") from None
    return shown
