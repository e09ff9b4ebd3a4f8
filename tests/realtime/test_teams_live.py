"""What a supervisor of a team is sent, and what not: Nora's is the team of Alice, who serves Sales.

Bob is in no team of hers and serves Support. Carol sees the whole organisation.
"""

import pytest
from asgiref.sync import sync_to_async

from contact_center.models import (
    Offer,
    TeamSupervisor,
    Tile,
    Wallboard,
)
from contact_center.services import displaying
from contact_center.services.displaying import Board
from realtime.consumers import LiveConsumer
from tests.realtime.conftest import CALM, QUICK, OpenPage, Teams
from tests.realtime.test_hub import catch_up, changed
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def call_for(world: World, agent: str) -> Offer:
    """Somebody rings in for Sales or Support, and the only agent there is offered the call."""
    world.ring_in({"alice": "+14155550101", "bob": "+14155550102"}[agent])
    offer = Offer.objects.select_related("call", "agent__user").get(pk=world.dispatch().pk)
    assert offer.agent.user.username == agent
    return offer


@pytest.mark.parametrize("pace", [CALM])
async def test_nothing_of_another_team_is_sent_to_the_floor(
    world: World, teams: Teams, open_page: OpenPage
) -> None:
    nora = await open_page("/ws/floor/", teams.nora)
    carol = await open_page("/ws/floor/", world.carol)
    shown = {page: await page.snapshot() for page in (nora, carol)}
    before = dict(shown[nora])
    bobs = await sync_to_async(call_for)(world, "bob")
    await catch_up(carol, shown[carol])
    await catch_up(nora, shown[nora])
    assert bobs.call.from_number[-4:] in shown[carol]["floor-calls"]
    assert not changed(before, shown[nora])
    alices = await sync_to_async(call_for)(world, "alice")
    await catch_up(nora, shown[nora])
    assert alices.call.from_number[-4:] in shown[nora]["floor-calls"]
    everything = "".join(shown[nora].values())
    for words in ("Bob", "Support", bobs.call.from_number[-4:]):
        assert words not in everything


async def test_no_guessed_id_opens_a_socket(
    world: World, teams: Teams, open_page: OpenPage
) -> None:
    bobs = await sync_to_async(call_for)(world, "bob")
    alices = await sync_to_async(call_for)(world, "alice")
    boards = await sync_to_async(two_boards)(world)
    for offer, board, is_let_in in ((bobs, boards[1], False), (alices, boards[0], True)):
        for path in (
            f"/ws/agents/{offer.agent_id}/",
            f"/ws/calls/{offer.call_id}/",
            f"/ws/wallboards/{board.pk}/",
        ):
            page = await open_page(path, teams.nora)
            assert page.connected[0] is is_let_in, path
            assert (await open_page(path, world.carol)).connected[0], path


def two_boards(world: World) -> list[Wallboard]:
    return [
        displaying.make_wallboard(
            board=Board(name=queue.name, tiles=[Tile.WAITING], queues=[queue], page_seconds=15),
            actor=world.carol,
        )
        for queue in (world.cast.sales, world.cast.support)
    ]


@pytest.mark.parametrize("pace", [CALM])
async def test_asking_for_another_team_shows_the_own_one(
    world: World, teams: Teams, open_page: OpenPage
) -> None:
    wanted = f"team={teams.south.pk}&queue={world.cast.support.pk}&q=bob"
    page = await open_page(f"/ws/floor/?{wanted}", teams.nora)
    assert "Bob" not in "".join((await page.snapshot()).values())
    await page.ask("look", query=wanted)
    frame = await page.frame()
    assert frame["snapshot"]
    assert "Bob" not in frame["content"]
    assert "Support" not in frame["content"]


@pytest.mark.parametrize("pace", [CALM])
async def test_the_floor_follows_what_is_chosen_without_a_new_connection(
    world: World, teams: Teams, open_page: OpenPage
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    whole = await page.snapshot()
    assert "Alice" in whole["floor-agents"]
    assert "Bob" in whole["floor-agents"]
    await page.ask("look", query=f"team={teams.south.pk}&sort=name")
    html = await page.frame_with("floor-agents")
    assert "Alice" not in html
    assert "Bob" in html
    await sync_to_async(world.take_a_break)(world.alice)
    bobs = await sync_to_async(call_for)(world, "bob")
    html = await page.frame_with("floor-agents", "Ringing")
    assert "Alice" not in html
    assert bobs.call.from_number[-4:] in html


@pytest.mark.parametrize("pace", [CALM])
async def test_who_looks_anew_sees_the_teams_of_now_and_not_those_the_page_was_opened_with(
    world: World, teams: Teams, open_page: OpenPage
) -> None:
    floor = await open_page("/ws/floor/", teams.nora)
    assert "Alice" in (await floor.snapshot())["floor-agents"]
    await sync_to_async(TeamSupervisor.objects.update)(team=teams.south)
    await floor.ask("look", query="sort=name")
    html = await floor.frame_with("floor-agents")
    assert "Bob" in html
    assert "Alice" not in html


@pytest.mark.parametrize("query", [None, 7, ["team=1"], "q=" + "a" * 2000])
async def test_a_look_that_cannot_be_read_is_answered_and_changes_nothing(
    world: World, open_page: OpenPage, query: object
) -> None:
    page = await open_page("/ws/floor/", world.carol)
    await page.snapshot()
    await page.ask("look", query=query)
    assert (await page.next_of("error"))["error"] == "unreadable"
    assert "Bob" in (await page.snapshot())["floor-agents"]


@pytest.mark.parametrize("pace", [QUICK])
async def test_who_is_given_another_team_sees_that_one_within_the_minute(
    world: World, teams: Teams, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveConsumer, "session_check", 0.1)
    floor = await open_page("/ws/floor/", teams.nora)
    alice = await open_page(f"/ws/agents/{world.alice.pk}/", teams.nora)
    await floor.snapshot()
    await sync_to_async(TeamSupervisor.objects.update)(team=teams.south)
    assert await alice.close_code() == 4401
    html = await floor.frame_with("floor-agents", "Bob")
    assert "Alice" not in html
