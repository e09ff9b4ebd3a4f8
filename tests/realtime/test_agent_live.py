"""What a supervisor does to an agent reaches the desk and the agent's page at once."""

import pytest
from asgiref.sync import sync_to_async

from contact_center.domain.states import Presence
from contact_center.services import overruling
from realtime.rendering import agent_views
from tests.realtime.conftest import CALM, OpenPage
from tests.realtime.test_hub import catch_up
from tests.realtime.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("pace", [CALM])
async def test_the_desk_says_at_once_who_did_it_and_the_agents_page_follows(
    world: World, open_page: OpenPage
) -> None:
    desk = await open_page("/ws/desk/", world.alice.user)
    other = await open_page("/ws/desk/", world.bob.user)
    page = await open_page(f"/ws/agents/{world.alice.pk}/", world.carol)
    page.subjects = dict.fromkeys(agent_views(world.alice.pk), world.alice.pk)
    shown = await page.snapshot()
    await desk.snapshot()
    await other.snapshot()
    await sync_to_async(overruling.change_presence)(
        agent=world.alice, to=Presence.BREAK, reason="lunch", actor=world.dana
    )
    word = await desk.frame_with("supervisor-word", "set your status to Lunch")
    assert "<b>Dana</b>" in word
    await catch_up(page, shown)
    assert "Lunch" in shown["agent-now"]
    assert "Dana" in shown["agent-story"]
    assert "Dana" not in (await other.snapshot())["supervisor-word"]


@pytest.mark.parametrize("pace", [CALM])
async def test_who_is_signed_out_leaves_every_tab_at_once_and_nobody_else_does(
    world: World, open_page: OpenPage
) -> None:
    tabs = [await open_page("/ws/desk/", world.alice.user) for _ in range(2)]
    other = await open_page("/ws/desk/", world.bob.user)
    for page in (*tabs, other):
        await page.snapshot()
    await sync_to_async(overruling.sign_out)(agent=world.alice, actor=world.carol)
    for tab in tabs:
        assert await tab.close_code() == 4401
    assert "own-status" in await other.snapshot()


async def test_nobody_may_look_at_an_agent_who_may_not(world: World, open_page: OpenPage) -> None:
    for person in (world.mallory, world.bob.user, world.cast.dave):
        page = await open_page(f"/ws/agents/{world.alice.pk}/", person)
        assert page.connected[0] is False
    page = await open_page(f"/ws/agents/{world.erin.pk}/", world.carol)
    assert page.connected[0] is False
